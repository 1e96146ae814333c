"""Downloads: a result as a file, or as a LUT."""

import os
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from huegraft.encodings import SRGB, SceneLinearEncoding
from huegraft.errors import PictureFileError
from huegraft.extras import require
from huegraft.io.image import write_picture
from huegraft.io.lut import write_lut
from huegraft.picture import Picture
from huegraft.types import at_depth, in_unit_range
from huegraft.web.jobs import Job
from huegraft.web.problems import Problem
from huegraft.web.schemas import NewDownload
from huegraft.web.served import file_exists
from huegraft.web.storage import StoredSession

if TYPE_CHECKING:
    from huegraft.web.app import Server

_DEPTHS = {"8": np.dtype(np.uint8), "16": np.dtype(np.uint16)}
_GRACE_SECONDS = 60  # a link that has just ended may still be read


def write_result(server: "Server", session: StoredSession, revision: int, wanted: NewDownload) -> dict[str, Any]:
    """Write a result at full size, and return the members of a `Link`.

    Raises
    ------
    Problem
        If the result is not there, or the file cannot be written where the client wants it.
    HuegraftError
        If the format cannot hold the picture.
    """
    place = None if wanted.save_as is None else new_place(server, wanted)
    picture = at_wanted_depth(server.results.full(session, revision), wanted.depth)
    if place is not None:
        try:
            notes = write_picture(place, picture)
        except PictureFileError as error:
            if isinstance(error.__cause__, FileExistsError) or os.path.lexists(place):
                raise file_exists() from None
            raise Problem(422, "cannot-write", "The file cannot be written into the served folder.") from error
        return {"link": None, "expires": None} | _facts(place, notes)
    server.storage.check_room(picture.pixels.nbytes)
    remove_expired(server)
    folder = server.storage.root / "downloads" / secrets.token_hex(16)
    folder.mkdir(mode=0o700)
    path = folder / result_name(server, session, wanted.format)
    notes = write_picture(path, picture)
    link, expires = server.signer.link(f"/v1/downloads/{folder.name}/{path.name}", server.limits.link_seconds)
    return {"link": link, "expires": expires} | _facts(path, notes)


def new_place(server: "Server", wanted: NewDownload) -> Path:
    """Return where below the served folder a result is written.

    Raises
    ------
    Problem
        If there is such a file, or it cannot be made.
    """
    assert wanted.save_as is not None  # noqa: S101 - callers ask
    if server.served is None:
        raise Problem(404, "no-folder", "The server serves no folder. Start it with --folder DIR.")
    path = server.served.new_file(wanted.save_as)
    if path.suffix.lower() != f".{wanted.format}":
        raise Problem(422, "bad-value", f"The name must end in .{wanted.format}, as the format does.")
    return path


def result_name(server: "Server", session: StoredSession, ending: str) -> str:
    """Return the name of a result's file. It has only letters that every system and every shell takes."""
    stem = Path(server.storage.picture(session.target).name).stem
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "-_") else "_" for each in stem)[:80]
    return f"{plain or 'picture'}_recolored.{ending}"


def at_wanted_depth(picture: Picture, depth: str) -> Picture:
    """Return a picture with 8 or 16 bits a channel, or as it is."""
    if depth == "source":
        return picture
    kind = _DEPTHS[depth]
    if isinstance(picture.encoding, SceneLinearEncoding):  # whole numbers hold no light
        picture = replace(picture, pixels=picture.as_float(), encoding=SRGB)
    pixels = at_depth(in_unit_range(picture.pixels).clip(0, 1), kind)
    alpha = None if picture.alpha is None else at_depth(in_unit_range(picture.alpha).clip(0, 1), kind)
    return replace(picture, pixels=pixels, alpha=alpha)


def lut_of(server: "Server", session: StoredSession, revision: int, size: int, job: Job) -> dict[str, Any]:
    """Make the LUT that best reproduces a transfer, as the .cube file that a job makes.

    Returns
    -------
    ``explained``: how much of the transfer it explains.

    Raises
    ------
    Problem
        If the result is not there, or is no transfer.
    MissingExtraError
        If SciPy is missing.
    """
    require("lut", "a LUT", "scipy")
    from huegraft.lut.fit import fit_lut, seen_pixels

    look = server.results.look(session, revision)
    if look.mode != "transfer":
        raise Problem(422, "no-lut", "Only a transfer can be a LUT: a grey target has no colours to be mapped.")
    pictures = server.storage.pixels(session.target), server.results.full(session, revision)
    before, after = (seen_pixels(each, look.bars) for each in pictures)
    lut = fit_lut(before, after, size, title="huegraft")
    path = server.storage.incoming(".cube")
    try:
        write_lut(path, lut)
        job.made.append(path.read_bytes())
        return {"explained": lut.explained}
    finally:
        path.unlink(missing_ok=True)


def _facts(path: Path, notes: tuple[str, ...]) -> dict[str, Any]:
    told = [note.removeprefix(f"{path}: ").replace(str(path), path.name) for note in notes]
    return {"name": path.name, "bytes": path.stat().st_size, "notes": told}


def remove_expired(server: "Server") -> None:
    """Remove files whose links have ended."""
    before = time.time() - server.limits.link_seconds - _GRACE_SECONDS
    for folder in (server.storage.root / "downloads").iterdir():
        with suppress(OSError):  # another thread removes it
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)
