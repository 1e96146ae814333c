"""Recipes: all that a result is made from in one file. Unzipped and run, it gives the bytes of the download."""

import io
import json
import shlex
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from huegraft import __version__
from huegraft.batch.inputs import Inputs
from huegraft.batch.settings_file import save_settings
from huegraft.web.downloads import result_name
from huegraft.web.problems import Problem
from huegraft.web.requests import filled_mask
from huegraft.web.results import check_ready
from huegraft.web.schemas import MOST_REFERENCES, Mask, ResultRequest
from huegraft.web.storage import StoredPicture, StoredSession

if TYPE_CHECKING:
    from huegraft.web.app import Server

SCHEMA = 1
_MOST_TEXT = 2**22  # bytes of recipe.json
_BLOCK = 2**20


class _Picture(BaseModel):
    model_config = ConfigDict(extra="ignore")
    name: str = Field(min_length=1, max_length=255)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class _Recipe(BaseModel):
    """What ``recipe.json`` holds. The request names references by their order, and uploaded masks by old ids."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)
    schema_: int = Field(alias="schema", ge=SCHEMA, le=SCHEMA)
    huegraft: str
    command: list[str]
    target: _Picture
    references: list[_Picture] = Field(min_length=1, max_length=MOST_REFERENCES)
    masks: dict[str, str] = Field(default_factory=dict, max_length=2 * MOST_REFERENCES + 64)
    request: dict[str, Any]


def settings_of(server: "Server", session: StoredSession, revision: int) -> bytes:
    """Return the settings of a result as the command line saves them. Masks are named as a recipe names them.

    Raises
    ------
    Problem
        If the result is not there.
    """
    check_ready(session, revision)
    request = ResultRequest.model_validate(session.request)
    path = server.storage.incoming().with_suffix(".json")
    try:
        save_settings(path, request.mode, request.all_settings(), _inputs(request).below(path.parent))
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)


def recipe_of(server: "Server", session: StoredSession, revision: int, ending: str, *, pictures: bool) -> bytes:
    """Return a recipe as a ZIP: ``recipe.json``, ``settings.json``, ``command.txt``, masks, and the pictures if asked.

    Raises
    ------
    Problem
        If the result is not there, or a picture of the served folder is gone.
    """
    check_ready(session, revision)
    request = ResultRequest.model_validate(session.request)
    stored = [server.storage.picture(each) for each in (session.target, *request.references)]
    names = _names(stored)
    command = ["huegraft", request.mode, *names, "-o", result_name(server, session, ending)]
    command += ["--settings", "settings.json"]
    uploaded = {mask.picture: f"masks/uploaded_{mask.picture}" for mask in request.masks() if mask.picture}
    described = [_Picture(name=name, sha256=each.digest) for each, name in zip(stored, names, strict=True)]
    recipe = _Recipe(
        schema=SCHEMA,
        huegraft=__version__,
        command=command,
        target=described[0],
        references=described[1:],
        masks=uploaded,
        request=request.model_dump(mode="json", exclude_defaults=True, exclude={"references"}),
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("recipe.json", recipe.model_dump_json(indent=2, by_alias=True))
        archive.writestr("settings.json", settings_of(server, session, revision))
        archive.writestr("command.txt", shlex.join(command) + "\n")
        for name, mask, picture in _masks(request, session.target):
            archive.writestr(name, _png(filled_mask(server.storage, mask, server.storage.pixels(picture).size)))
        for identity, name in uploaded.items():
            archive.write(server.storage.file_of(server.storage.picture(identity)), name)
        for each, name in zip(stored, names, strict=True) if pictures else ():
            archive.write(server.storage.file_of(each), name)
    return buffer.getvalue()


def imported(server: "Server", path: Path) -> StoredSession:
    """Return a new session with the pictures of a recipe, whose request is queued.

    Pictures that are not in the recipe are looked for among those of the storage, by their digests.

    Raises
    ------
    Problem
        If it is no recipe, holds too much, or a picture is missing.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            recipe = _Recipe.model_validate_json(b"".join(_read(archive, "recipe.json", _MOST_TEXT)))
            target, *references = [_picture(server, archive, each) for each in (recipe.target, *recipe.references)]
            body = json.dumps(recipe.request | {"references": references})
            for old, name in recipe.masks.items():
                new = _added(server, archive, name, name.rpartition("/")[2])
                body = body.replace(json.dumps(old), json.dumps(new))
            request = ResultRequest.model_validate_json(body)
    except (zipfile.BadZipFile, ValidationError, NotImplementedError, RuntimeError, KeyError, ValueError) as error:
        raise Problem(422, "bad-recipe", "This is no recipe of this version of huegraft, or it is damaged.") from error
    session = server.storage.new_session(target)
    server.results.ask(session, request)
    return session


def _picture(server: "Server", archive: zipfile.ZipFile, wanted: _Picture) -> str:
    """Return the id of a picture that a recipe holds, or that the storage has."""
    found = server.storage.of_digest(wanted.sha256)
    if found is not None:
        return found.id
    if wanted.name not in archive.namelist():
        raise Problem(
            422, "missing-picture", f"The recipe has no picture {wanted.name}. Upload this file, then the recipe again."
        )
    return _added(server, archive, wanted.name, wanted.name)


def _added(server: "Server", archive: zipfile.ZipFile, entry: str, name: str) -> str:
    path = server.storage.incoming()
    try:
        with path.open("wb") as file:
            for block in _read(archive, entry, server.limits.upload):
                file.write(block)
        return server.storage.add(path, Path(name).name).id
    finally:
        path.unlink(missing_ok=True)


def _read(archive: zipfile.ZipFile, name: str, most: int) -> Iterator[bytes]:
    """Yield the bytes of an entry, and stop one that is longer than it may be, whatever it claims."""
    size = 0
    with archive.open(name) as entry:
        while block := entry.read(_BLOCK):
            size += len(block)
            if size > most:
                raise Problem(413, "too-long", f"An entry of the recipe takes more than {most // 2**20} MiB.")
            yield block


def _names(stored: Sequence[StoredPicture]) -> list[str]:
    """Return names of the pictures' files that differ, and that every system takes."""
    names = list[str]()
    for number, each in enumerate(stored):
        path = Path(each.name)
        stem = "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in path.stem)[:80].strip()
        role = "target" if number == 0 else f"reference_{number}"
        name = f"{stem or role}{path.suffix.lower()}"
        names.append(f"{role}_{name}" if name in names or name.startswith("-") else name)
    return names


def _masks(request: ResultRequest, target: str) -> Iterator[tuple[str, Mask, str]]:
    """Yield the masks of a request: the name in a recipe, the mask, and the id of the picture that it belongs to."""
    if request.target_mask is not None:
        yield "masks/target.png", request.target_mask, target
    for number, mask in enumerate(request.reference_masks, start=1):
        if mask is not None:
            yield f"masks/reference_{number}.png", mask, request.references[number - 1]
    for number, region in enumerate(request.regions, start=1):
        if region.target_mask is not None:
            yield f"masks/region_{number}_target.png", region.target_mask, target
        if region.reference_mask is not None:
            reference = request.references[region.reference or 0]
            yield f"masks/region_{number}_reference.png", region.reference_mask, reference


def _inputs(request: ResultRequest) -> Inputs:
    """Return masks, regions and pins as the command line takes them."""
    names = [name for name, _, _ in _masks(request, "")]

    def named(name: str) -> str:
        return name if name in names else ""

    regions = [
        ":".join([named(f"masks/region_{number}_target.png"), named(f"masks/region_{number}_reference.png")])
        + ("" if each.reference is None else f":{each.reference + 1}")
        for number, each in enumerate(request.regions, start=1)
    ]
    pins = [
        f"{each.target[0]!r},{each.target[1]!r}:{each.reference[0]!r},{each.reference[1]!r}:{each.of + 1}"
        for each in request.pins
    ]
    references = [named(f"masks/reference_{number + 1}.png") for number in range(len(request.reference_masks))]
    return Inputs(named("masks/target.png") or None, tuple(references), tuple(regions), tuple(pins))


def _png(mask: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "PNG")
    return buffer.getvalue()
