"""Shot list file: a shot list as JSON, which people edit."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from huegraft.errors import FilmError
from huegraft.film.shot_list import (
    NAMES_IN_FILE,
    Keyframe,
    Ranking,
    Reference,
    Shot,
    ShotList,
    check_shot_list,
    named,
)
from huegraft.io.atomic import written_whole

SCHEMA = 1
_RECORDS = {"references": Reference, "shots": Shot, "keyframes": Keyframe}
_LISTS = ("used", "disagreeing")
_OBJECTS = ("source", "settings", "reading", "fits")


def save_shot_list(path: Path, shots: ShotList) -> None:
    """Write a shot list as JSON, whole or not at all.

    Raises
    ------
    FilmError
        If it cannot be written.
    """
    content = {"schema": SCHEMA} | _plain(shots)
    try:
        with written_whole(path, replace=True) as temporary, temporary.open("w", encoding="utf-8") as file:
            file.write(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FilmError(f"cannot write {path}: {error}") from error


def load_shot_list(path: Path) -> ShotList:
    """Read a shot list that `save_shot_list` wrote and people have edited.

    Raises
    ------
    FilmError
        If the file is missing, is no JSON, or says what cannot be; the message names the place.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FilmError(f"cannot read {path}: {error}") from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        found = content.get("schema") if isinstance(content, dict) else type(content).__name__
        raise FilmError(f"{path}: expected a shot list of schema {SCHEMA}, got {found!r}")
    del content["schema"]
    try:
        shots = _read(ShotList, content)
        check_shot_list(shots)
    except (FilmError, TypeError, AttributeError, ValueError) as error:
        raise FilmError(f"{path}: {error}") from error
    return shots


def _plain(record: Any) -> dict[str, Any]:
    """Return a record as JSON has it; what this version does not know comes last."""
    content: dict[str, Any] = {}
    for entry in dataclasses.fields(record):
        value = getattr(record, entry.name)
        if entry.name != "rest":
            content[NAMES_IN_FILE.get(entry.name, entry.name)] = _plain_value(entry.name, value)
    return content | dict(record.rest)


def _plain_value(name: str, value: Any) -> Any:
    if name in _RECORDS:
        return [_plain(each) for each in value]
    return _plain(value) if isinstance(value, Ranking) else value


def _value(name: str, value: Any) -> Any:
    """Return the value of a field as a record has it."""
    if name in _RECORDS and not isinstance(value, list):
        raise FilmError(f'expected a list as "{name}", got {value!r:.60}')
    if name in _OBJECTS and not isinstance(value, dict):
        raise FilmError(f'expected an object as "{name}", got {value!r:.60}')
    if name in _RECORDS:
        return tuple(_read(_RECORDS[name], each) for each in value)
    if name in _LISTS:
        return tuple(value)
    return _read(Ranking, value) if name == "ranking" and value is not None else value


def _read(kind: type[Any], content: Any) -> Any:
    """Return a record of JSON's values; keys that it does not have are its rest."""
    if not isinstance(content, dict):
        raise FilmError(f"expected a {kind.__name__.lower()} as an object, got {content!r:.60}")
    rest, values = dict(content), {}
    for entry in dataclasses.fields(kind):
        name = NAMES_IN_FILE.get(entry.name, entry.name)
        if entry.name == "rest" or name not in rest:
            continue
        values[entry.name] = _value(entry.name, rest.pop(name))
    missing = [
        NAMES_IN_FILE.get(entry.name, entry.name)
        for entry in dataclasses.fields(kind)
        if entry.name not in values
        and entry.default is dataclasses.MISSING
        and entry.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise FilmError(f"a {kind.__name__.lower()} lacks {named(missing)}: {content!r:.80}")
    return kind(**values, rest=rest)
