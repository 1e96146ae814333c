"""Exports: results as files, LUTs, settings, and recipes that give the same bytes again."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from huegraft.web.downloads import lut_of, new_place, write_result
from huegraft.web.jobs import Job
from huegraft.web.problems import Problem
from huegraft.web.recipes import imported, recipe_of, settings_of
from huegraft.web.results import check_ready
from huegraft.web.routes.parts import Revision, ServerPart, answers, finished, problems, receive, told
from huegraft.web.schemas import FormatName, Link, NewDownload, SessionOut

router = APIRouter(prefix="/v1", tags=["exports"])
_REVISION = "/sessions/{session}/revisions/{revision}"


@router.post(_REVISION + "/downloads", status_code=201, responses=problems(404, 409, 410, 429, 501, 503, 507))
async def add_download(session: str, revision: Revision, body: NewDownload, server: ServerPart) -> Link:
    """Write a result at full size, and return a link to it that holds for a short time.

    With ``save_as`` the file is written below the served folder, and there is no link.
    """
    stored = server.storage.session(session)
    check_ready(stored, revision)
    if body.save_as is not None:
        new_place(server, body)
    job = Job(session, "download", lambda _: write_result(server, stored, revision, body), revision)
    return Link.model_validate(await finished(server, job))


@router.get(
    "/downloads/{name}/{file}", response_class=FileResponse, responses=answers("application/octet-stream", 404, 410)
)
def get_download(name: str, file: str, server: ServerPart) -> FileResponse:
    """Return a file that was written. Signed links to it need no token."""
    folder = server.storage.root / "downloads"
    found = next((each for each in folder.glob("*/*") if (each.parent.name, each.name) == (name, file)), None)
    if found is None:
        raise Problem(410, "expired", "This link has ended. Ask for the download again.")
    return FileResponse(found, filename=file, media_type="application/octet-stream")


@router.get(
    _REVISION + "/lut.cube", response_class=Response, responses=answers("text/plain", 404, 409, 410, 429, 501, 503)
)
async def get_lut(
    session: str,
    revision: Revision,
    server: ServerPart,
    size: Annotated[int, Query(ge=2, le=65, description="The number of nodes along each axis.")] = 33,
) -> Response:
    """Return the 3-D LUT that best reproduces a transfer. The header Huegraft-Explained says how much of it."""
    stored = server.storage.session(session)
    check_ready(stored, revision)
    job = Job(session, "lut", lambda job: lut_of(server, stored, revision, size, job), revision)
    found = await finished(server, job)
    headers = {"Huegraft-Explained": f"{found['explained']:.4f}", "Content-Disposition": _named("result.cube")}
    return Response(job.made[0], media_type="text/plain", headers=headers)


@router.get(_REVISION + "/settings.json", response_class=Response, responses=answers("application/json", 404, 409, 410))
def get_settings(session: str, revision: Revision, server: ServerPart) -> Response:
    """Return the settings as the command line saves and takes them."""
    text = settings_of(server, server.storage.session(session), revision)
    headers = {"Content-Disposition": _named("settings.json")}
    return Response(text, media_type="application/json", headers=headers)


@router.get(_REVISION + "/recipe.zip", response_class=Response, responses=answers("application/zip", 404, 409, 410))
def get_recipe(
    session: str,
    revision: Revision,
    server: ServerPart,
    format: Annotated[FormatName, Query(description="The format of the result.")] = "png",  # noqa: A002
    pictures: Annotated[bool, Query(description="Whether the pictures are in the recipe.")] = True,
) -> Response:
    """Return a recipe: settings, masks, pins and the exact command, which gives the bytes of the download."""
    body = recipe_of(server, server.storage.session(session), revision, format, pictures=pictures)
    headers = {"Content-Disposition": _named("recipe.zip")}
    return Response(body, media_type="application/zip", headers=headers)


@router.post(
    "/projects",
    status_code=201,
    responses=problems(404, 429, 503, 507),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def add_project(request: Request, response: Response, server: ServerPart) -> SessionOut:
    """Take a recipe, make its session anew, and ask for its result."""
    path = server.storage.incoming()
    with server.uploading():
        try:
            await receive(request, path, server)
            session = await run_in_threadpool(imported, server, path)
        finally:
            path.unlink(missing_ok=True)
    response.headers["Location"] = f"/v1/sessions/{session.id}"
    return told(session, response)


def _named(name: str) -> str:
    return f'attachment; filename="{name}"'
