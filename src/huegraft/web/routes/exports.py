"""Exports: results as files, LUTs, settings, and recipes that give the same bytes again."""

from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from huegraft.web.downloads import lut_of, write_result
from huegraft.web.jobs import Job
from huegraft.web.problems import Problem
from huegraft.web.recipes import imported, recipe_of, settings_of
from huegraft.web.routes.parts import ServerPart, problems, receive, told_session
from huegraft.web.schemas import Link, NewDownload, SessionOut

router = APIRouter(prefix="/v1", tags=["exports"])
_REVISION = "/sessions/{session}/revisions/{revision}"
_MISSING = problems(404, 409, 410)


@router.post(_REVISION + "/downloads", status_code=201, responses=problems(404, 409, 410, 422, 429, 503))
def add_download(session: str, revision: int, body: NewDownload, server: ServerPart) -> Link:
    """Write a result at full size, and return a link to it that holds for a short time.

    With ``save_as`` the file is written below the served folder, and there is no link.
    """
    stored = server.storage.session(session)
    server.results.look(stored, revision)
    job = server.jobs.submit(Job(session, "download", lambda _: write_result(server, stored, revision, body), revision))
    job.end.wait()
    if job.problem is not None:
        raise job.problem
    if job.result is None:
        raise Problem(409, "cancelled", "The download was cancelled. Ask again.")
    return Link.model_validate(job.result)


@router.get("/downloads/{name}/{file}", response_class=FileResponse, responses=problems(404, 410))
def get_download(name: str, file: str, server: ServerPart) -> FileResponse:
    """Return a file that was written. Signed links to it need no token."""
    folder = server.storage.root / "downloads"
    found = next((each for each in folder.glob("*/*") if (each.parent.name, each.name) == (name, file)), None)
    if found is None:
        raise Problem(410, "expired", "This link has ended. Ask for the download again.")
    return FileResponse(found, filename=file, media_type="application/octet-stream")


@router.get(_REVISION + "/lut.cube", response_class=Response, responses=problems(404, 409, 410, 422, 501))
def get_lut(
    session: str,
    revision: int,
    server: ServerPart,
    size: Annotated[int, Query(ge=2, le=65, description="The number of nodes along each axis.")] = 33,
) -> Response:
    """Return the 3-D LUT that best reproduces a transfer. The header Huegraft-Explained says how much of it."""
    text, explained = lut_of(server, server.storage.session(session), revision, size)
    headers = {"Huegraft-Explained": f"{explained:.4f}", "Content-Disposition": 'attachment; filename="result.cube"'}
    return Response(text, media_type="text/plain", headers=headers)


@router.get(_REVISION + "/settings.json", response_class=Response, responses=_MISSING)
def get_settings(session: str, revision: int, server: ServerPart) -> Response:
    """Return the settings as the command line saves and takes them."""
    text = settings_of(server, server.storage.session(session), revision)
    headers = {"Content-Disposition": 'attachment; filename="settings.json"'}
    return Response(text, media_type="application/json", headers=headers)


@router.get(_REVISION + "/recipe.zip", response_class=Response, responses=_MISSING)
def get_recipe(
    session: str,
    revision: int,
    server: ServerPart,
    format: Annotated[  # noqa: A002 - the name of the field in downloads
        Literal["png", "jpg", "webp", "tif", "exr", "jp2"], Query(description="The format of the result.")
    ] = "png",
    pictures: Annotated[bool, Query(description="Whether the pictures are in the recipe.")] = True,
) -> Response:
    """Return a recipe: settings, masks, pins and the exact command, which gives the bytes of the download."""
    body = recipe_of(server, server.storage.session(session), revision, format, pictures=pictures)
    headers = {"Content-Disposition": 'attachment; filename="recipe.zip"'}
    return Response(body, media_type="application/zip", headers=headers)


@router.post(
    "/projects",
    status_code=201,
    responses=problems(404, 408, 413, 422, 507),
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
    try:
        await receive(request, path, server)
        session = await run_in_threadpool(imported, server, Path(path))
    finally:
        path.unlink(missing_ok=True)
    response.headers["Location"] = f"/v1/sessions/{session.id}"
    return told_session(session, response)
