"""Looks as safetensors files."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from huegraft.compiled.grade import FlatGrade
from huegraft.errors import LookFileError
from huegraft.io.tensors import read_record, write_record
from huegraft.look import LOOK_SCHEMA, FusedLayer, GradedLayer, Look, Warm, WarmPart
from huegraft.settings import Settings
from huegraft.stages.base import BaseMap
from huegraft.stages.grade import Grade
from huegraft.stages.lattice import Lattice
from huegraft.stages.slic import Centres

_RECORDS = {
    each.__name__: each
    for each in (Look, GradedLayer, FusedLayer, Warm, WarmPart, FlatGrade, BaseMap, Grade, Lattice, Centres)
}


def save_look(look: Look, path: str | Path, *, replace: bool = False) -> None:
    """Write a look to a safetensors file, whole or not at all.

    Raises
    ------
    LookFileError
        If the file exists and `replace` is False, or cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> target, reference = np.random.default_rng(0).random((2, 24, 32, 3), np.float32)
    >>> with huegraft.Session() as session:
    ...     look = session.solve(huegraft.Request("colorize", target, (reference,)))
    >>> huegraft.save_look(look, "look.safetensors", replace=True)
    >>> huegraft.load_look("look.safetensors").size
    (24, 32)
    """
    arrays: dict[str, np.ndarray] = {}
    described = _described(look, arrays)
    metadata = {"schema": str(LOOK_SCHEMA), "look": json.dumps(described), "digest": look.digest}
    content = save(arrays, metadata)
    write_record(Path(path), content, LookFileError, replace=replace)


def load_look(path: str | Path) -> Look:
    """Read a look that `save_look` wrote.

    Raises
    ------
    LookFileError
        If the file is missing, damaged, of another schema, or no look.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> target, reference = np.random.default_rng(0).random((2, 24, 32, 3), np.float32)
    >>> with huegraft.Session() as session:
    ...     look = session.solve(huegraft.Request("colorize", target, (reference,)))
    >>> huegraft.save_look(look, "look.safetensors", replace=True)
    >>> huegraft.load_look("look.safetensors").size
    (24, 32)
    """
    path = Path(path)
    metadata, arrays = read_record(path, "look", LookFileError)
    if "look" not in metadata:
        raise LookFileError(f"{path} is no look")
    if metadata.get("schema") != str(LOOK_SCHEMA):
        found = metadata.get("schema", "none")
        raise LookFileError(f"{path}: expected a look of schema {LOOK_SCHEMA}, got {found}; solve its request again")
    try:
        look = _made(json.loads(metadata["look"]), arrays)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise LookFileError(f"{path} is no complete look: {error}") from error
    if not isinstance(look, Look):
        raise LookFileError(f"{path} is no look, but a {type(look).__name__}")
    if look.digest != metadata.get("digest"):
        raise LookFileError(f"{path} is damaged: its content is not the content that was saved")
    return look


def _described(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Return a value as JSON has it. The value's arrays are put aside under numbers."""
    if isinstance(value, np.ndarray):
        name = str(len(arrays))
        arrays[name] = np.array(value, order="C")
        return {"array": name}
    if isinstance(value, Settings):
        return {"record": "Settings", "groups": value.to_dict()}
    if dataclasses.is_dataclass(value):
        return {"record": type(value).__name__} | dict(_fields(value, arrays))
    return [_described(each, arrays) for each in value] if isinstance(value, list | tuple) else value


def _fields(record: Any, arrays: dict[str, np.ndarray]) -> Iterator[tuple[str, Any]]:
    for entry in dataclasses.fields(record):
        yield entry.name, _described(getattr(record, entry.name), arrays)


def _made(described: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Return the value that `_described` described."""
    if isinstance(described, list):
        return tuple(_made(each, arrays) for each in described)
    if not isinstance(described, dict):
        return described
    if "array" in described:
        return arrays.pop(described["array"])  # each is named once
    if described["record"] == "Settings":
        groups = described["groups"].values()
        return Settings().replace(**{name: value for group in groups for name, value in group.items()})
    values = {name: _made(each, arrays) for name, each in described.items() if name != "record"}
    return _RECORDS[described["record"]](**values)
