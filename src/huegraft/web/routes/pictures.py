"""Pictures: they are uploaded or named, and shown."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from huegraft.web.problems import Problem
from huegraft.web.routes.parts import Level, Place, ServerPart, answers, made, problems, receive, received_json
from huegraft.web.schemas import FolderOut, FolderPicture, PictureOut, Size
from huegraft.web.storage import StoredPicture
from huegraft.web.tiles import SIDE, Levels, level_in, webp

router = APIRouter(prefix="/v1", tags=["pictures"])
_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_MADE = made(201, "picture", "get_picture", "get_thumbnail", "get_picture_tile", "delete_picture")
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "application/json": {"schema": FolderPicture.model_json_schema()},
        },
    }
}


@router.post("/pictures", status_code=201, openapi_extra=_BODY, responses=problems(404, 429, 503, 507) | _MADE)
async def add_picture(
    request: Request,
    response: Response,
    server: ServerPart,
    name: Annotated[str, Query(max_length=255, description="The name of the file, for people.")] = "picture",
) -> PictureOut:
    """Take a picture: the bytes of a file as the body, or as JSON a file of the served folder."""
    with server.uploading():
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
            stored = await run_in_threadpool(_named, server, await received_json(request))
        else:
            path = server.storage.incoming()
            try:
                await receive(request, path, server)
                stored = await run_in_threadpool(server.storage.add, path, Path(name).name or "picture")
            finally:
                path.unlink(missing_ok=True)
    response.headers["Location"] = f"/v1/pictures/{stored.id}"
    return _told(stored)


@router.get("/pictures/{picture}", responses=problems(404))
def get_picture(picture: str, server: ServerPart) -> PictureOut:
    """Tell what is known of a picture."""
    return _told(server.storage.picture(picture))


@router.delete("/pictures/{picture}", status_code=204, responses=problems(404, 409))
def delete_picture(picture: str, server: ServerPart) -> None:
    """Delete a picture that no session uses. A file of the served folder stays."""
    server.storage.delete_picture(picture)


@router.get("/pictures/{picture}/thumbnail", response_class=Response, responses=answers("image/webp", 404))
def get_thumbnail(picture: str, server: ServerPart) -> Response:
    """Show a picture small. The thumbnail has no metadata."""
    path = server.storage.folder_of(server.storage.picture(picture)) / "thumbnail.webp"
    return Response(path.read_bytes(), media_type="image/webp", headers=_FOREVER)


@router.get(
    "/pictures/{picture}/tiles/{level}/{column}_{row}.webp",
    response_class=Response,
    responses=answers("image/webp", 404),
)
def get_picture_tile(picture: str, level: Level, column: Place, row: Place, server: ServerPart) -> Response:
    """Show a tile of a level of a picture in sRGB."""
    stored = server.storage.picture(picture)
    levels = Levels(stored.size)
    window = levels.window(level, column, row)
    pixels = level_in(server.storage.folder_of(stored), levels, level)[window.crop()]
    return Response(webp(pixels), media_type="image/webp", headers=_FOREVER)


@router.get("/folder", responses=problems(404))
def get_folder(
    server: ServerPart, path: Annotated[str, Query(max_length=1000, description="A folder below the served one.")] = ""
) -> FolderOut:
    """List the folders and the pictures in a folder of the served one."""
    if server.served is None:
        return FolderOut(served=False, folders=[], pictures=[])
    folders, pictures = server.served.listed(path)
    return FolderOut(served=True, folders=folders, pictures=pictures)


def _named(server: ServerPart, body: Any) -> StoredPicture:
    try:
        named = FolderPicture.model_validate(body)
    except ValidationError as error:
        raise Problem(422, "bad-request", f"The body does not fit the schema: {error.errors()[0]['msg']}") from None
    if server.served is None:
        raise Problem(404, "no-folder", "The server serves no folder. Start it with --folder DIR.")
    path = f"{named.folder}/{named.path}" if named.folder else named.path
    file = server.served.file(path)
    return server.storage.add(file, file.name, path)


def _told(stored: StoredPicture) -> PictureOut:
    size = Size.of(stored.size)
    return PictureOut(
        id=stored.id, name=stored.name, size=size, depth=stored.depth, profile=stored.profile,
        notes=list(stored.notes),
        levels=Levels(stored.size).last, tile=SIDE,
    )  # fmt: skip
