"""Recipes: all that a result is made from in one file. Unzipped and run, it gives the bytes of the download."""

import io
import shlex
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from huegraft import __version__
from huegraft.batch.inputs import Inputs
from huegraft.batch.settings_file import save_settings
from huegraft.io.formats import READ
from huegraft.web.downloads import result_name
from huegraft.web.problems import Problem
from huegraft.web.requests import filled_mask
from huegraft.web.results import check_ready, ready_request
from huegraft.web.schemas import MOST_REFERENCES, Mask, ResultRequest
from huegraft.web.storage import StoredPicture, StoredSession

if TYPE_CHECKING:
    from huegraft.web.app import Server

SCHEMA = 1
_MOST_TEXT = 2**22  # bytes of recipe.json
_MOST_ENTRIES, _MOST_DIRECTORY = 200, 2**16  # entries of a recipe, and the bytes of their list
_BLOCK = 2**20
_END_BYTES, _LOCATOR_BYTES = 22, 20  # of the end of a ZIP, and of what ZIP64 has before it
_TAKEN = ("recipe.json", "settings.json", "command.txt", "masks")


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
    request: dict[str, JsonValue]


def settings_of(server: "Server", session: StoredSession, revision: int) -> bytes:
    """Return the settings of a result as the command line saves them. Masks are named as a recipe names them.

    Raises
    ------
    Problem
        If the result is not there.
    """
    check_ready(session, revision)
    request = ready_request(session)
    path = server.storage.incoming(".json")
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
    request, result = ready_request(session), result_name(server, session, ending)
    stored = [server.storage.picture(each) for each in (session.target, *request.references)]
    names = _names(stored, result)
    command = ["huegraft", request.mode, *names, "-o", result, "--settings", "settings.json"]
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
    added = list[str]()
    try:
        with _opened(path, server.limits.upload) as archive:
            recipe = _Recipe.model_validate_json(b"".join(_read(archive, "recipe.json", _MOST_TEXT)))
            target, *references = [
                _picture(server, archive, each, added) for each in (recipe.target, *recipe.references)
            ]
            masks = {old: _added(server, archive, name, name, added) for old, name in recipe.masks.items()}
        request = ResultRequest.model_validate(_renamed(recipe.request, masks) | {"references": references})
        session = server.storage.new_session(target)
        try:
            server.results.ask(session.id, request)
        except BaseException:
            server.storage.delete_session(session.id)
            raise
    except BaseException as error:
        for each in added:
            with suppress(Problem):
                server.storage.delete_picture(each)
        if isinstance(error, _DAMAGED):
            raise Problem(
                422, "bad-recipe", "This is no recipe of this version of huegraft, or it is damaged."
            ) from None
        raise
    return server.storage.session(session.id)


_DAMAGED = (zipfile.BadZipFile, zlib.error, ValidationError, NotImplementedError, RuntimeError, KeyError, EOFError)


def _opened(path: Path, most: int) -> zipfile.ZipFile:
    """Open an archive after a look at its list of entries, so that no list is too long and no entry hurts.

    Raises
    ------
    BadZipFile
        If it is no archive, or has entries that no recipe has.
    Problem
        If its entries take too much.
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END_BYTES - _LOCATOR_BYTES))
        tail = file.read()
    end, locator = tail[-_END_BYTES:], tail[:-_END_BYTES]
    if end[:4] != b"PK\5\6" or locator.startswith(b"PK\6\7") or len(end) < _END_BYTES:
        raise zipfile.BadZipFile("it ends as no recipe does")
    if struct.unpack_from("<I", end, 12)[0] > _MOST_DIRECTORY:
        raise Problem(413, "too-long", f"A recipe may have {_MOST_ENTRIES} entries.")
    archive = zipfile.ZipFile(path)
    entries = archive.infolist()
    names = [each.filename for each in entries]
    strange = any(
        each.flag_bits & 1  # encrypted
        or each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others take much memory
        or stat.S_ISLNK(each.external_attr >> 16)
        or each.filename.startswith("/")
        or ".." in each.filename.split("/")
        for each in entries
    )
    if strange or len(set(names)) < len(names):
        archive.close()
        raise zipfile.BadZipFile("it has entries that no recipe has")
    if len(entries) > _MOST_ENTRIES or sum(each.file_size for each in entries) > most:  # no more is ever read
        archive.close()
        raise Problem(413, "too-long", f"A recipe may hold {_MOST_ENTRIES} entries and {most // 2**20} MiB.")
    return archive


def _renamed(value: Any, ids: Mapping[str, str]) -> Any:
    """Return a value of JSON with ids of masks in place of others."""
    if isinstance(value, dict):
        return {
            name: ids.get(each, each) if name == "picture" and isinstance(each, str) else _renamed(each, ids)
            for name, each in value.items()
        }
    return [_renamed(each, ids) for each in value] if isinstance(value, list) else value


def _picture(server: "Server", archive: zipfile.ZipFile, wanted: _Picture, added: list[str]) -> str:
    """Return the id of a picture that a recipe holds, or that the storage has."""
    found = server.storage.of_digest(wanted.sha256)
    if found is not None:
        return found.id
    if wanted.name not in archive.namelist():
        raise Problem(
            422, "missing-picture", f"The recipe has no picture {wanted.name}. Upload this file, then the recipe again."
        )
    return _added(server, archive, wanted.name, wanted.name, added)


def _added(server: "Server", archive: zipfile.ZipFile, entry: str, name: str, added: list[str]) -> str:
    path = server.storage.incoming()
    try:
        with path.open("wb") as file:
            for block in _read(archive, entry, server.limits.upload):
                file.write(block)
        added.append(server.storage.add(path, Path(name).name).id)
        return added[-1]
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


def _names(stored: Sequence[StoredPicture], result: str) -> list[str]:
    """Return names of the pictures' files that differ from all others, and that every system takes."""
    names, taken = list[str](), {*_TAKEN, result.casefold()}
    for number, each in enumerate(stored):
        stem, suffix = Path(each.name).stem, Path(each.name).suffix.lower()
        plain = "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in stem)[:80].strip(" .")
        role = "target" if number == 0 else f"reference_{number}"
        name = f"{plain or role}{suffix if suffix in READ else ''}"
        while name.casefold() in taken or name.startswith("-"):
            name = f"{role}_{name}"
        names.append(name)
        taken.add(name.casefold())
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
