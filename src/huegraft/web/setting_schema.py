"""Setting schema: the settings that clients may choose, as a schema of JSON with all that a panel needs."""

import dataclasses
from functools import cache
from typing import Any

from huegraft.backbones.registry import CPU_ALONE
from huegraft.settings import STAGES, Settings

_HIDDEN = ("weights",)  # a path of the server's machine
_MOST = {"working_pixels": 2**21, "superpixels": 8000, "iterations": 50, "rounds": 8}
"""The most work that one request may ask for."""


@cache
def settings_schema() -> dict[str, Any]:
    """Return the schema. Each setting has its kind and range, its default, its stage, and a text that explains it."""
    properties: dict[str, Any] = {}
    for stage in STAGES:
        for entry in dataclasses.fields(getattr(Settings(), stage)):
            if entry.name in _HIDDEN:
                continue
            schema = dict(entry.metadata["kind"].schema)
            if entry.name == "backbone":
                schema["enum"] = list(CPU_ALONE)
            if entry.name in _MOST:
                schema = _bounded(schema, _MOST[entry.name])
            about = {"default": entry.default, "description": entry.metadata["help"], "x-stage": stage}
            properties[entry.name] = schema | about
    return {"type": "object", "properties": properties, "additionalProperties": False}


def most_of(name: str) -> int | None:
    """Return the most that a setting may be, if clients may choose less than others."""
    return _MOST.get(name)


def _bounded(schema: dict[str, Any], most: int) -> dict[str, Any]:
    if "anyOf" in schema:
        return schema | {"anyOf": [_bounded(each, most) for each in schema["anyOf"]]}
    return schema | {"maximum": most} if "maximum" in schema else schema
