"""Every setting as a command line option, made from the settings themselves so that the two cannot drift apart."""

import dataclasses
import inspect
import types
from collections.abc import Callable
from typing import Any, get_args, get_origin

import typer

from huegraft.errors import SettingsError
from huegraft.settings import STAGES, Settings


def setting_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command's ``**settings`` stand for one option per setting, each None unless given."""
    signature = inspect.signature(command)
    own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [_option(stage, entry) for stage, entry in _entries()]
    command.__signature__ = signature.replace(parameters=[*own, *options])  # pyright: ignore[reportFunctionMemberAccess]
    return command


def given_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Return those settings that were given, comma-separated lists as tuples.

    Raises
    ------
    SettingsError
        If a list of numbers holds something else.
    """
    kinds = {entry.name: _without_none(entry.type) for _, entry in _entries()}
    return {
        name: _as_tuple(name, value, get_args(kinds[name])[0]) if _is_tuple(kinds[name]) else value
        for name, value in settings.items()
        if value is not None
    }


def _entries() -> list[tuple[str, dataclasses.Field[Any]]]:
    return [(stage, entry) for stage in STAGES for entry in dataclasses.fields(getattr(Settings(), stage))]


def _option(stage: str, entry: dataclasses.Field[Any]) -> inspect.Parameter:
    kind = _without_none(entry.type)
    flag = entry.name.replace("_", "-")
    text = entry.metadata["help"]
    if entry.default is not None and not isinstance(entry.default, bool):
        text += rf" \[default: {entry.default}]"
    if _is_tuple(kind):
        kind, text = str, f"{text} Separated by commas."
    names = f"--{flag}/--no-{flag}" if kind is bool else f"--{flag}"
    return inspect.Parameter(
        entry.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=typer.Option(None, names, help=text, rich_help_panel=f"Settings: {stage}", show_default=False),
        annotation=kind | None,
    )


def _without_none(kind: Any) -> Any:
    if isinstance(kind, types.UnionType) or type(None) in get_args(kind):
        (kind,) = (part for part in get_args(kind) if part is not type(None))
    return kind


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _as_tuple(name: str, text: str, kind: type) -> tuple[Any, ...]:
    try:
        return tuple(kind(part.strip()) for part in text.split(","))
    except ValueError as error:
        raise SettingsError(f"{name} must be numbers separated by commas, got {text!r}") from error
