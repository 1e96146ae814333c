"""Every setting as a command line option, made from the settings themselves so that the two cannot drift apart."""

import dataclasses
import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, get_args, get_origin

import typer

from huegraft.errors import SettingsError
from huegraft.film.film_settings import FIRST_SETTINGS, STILL_SETTINGS
from huegraft.settings import STAGES, Settings, unknown_setting


def setting_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command's ``**settings`` stand for one option for each setting. An option is None unless it is given."""
    return _with_options(command, _option)


def film_setting_options(command: Callable[..., None]) -> Callable[..., None]:
    """As `setting_options` for films: settings that serve no film are not shown."""
    return _with_options(command, partial(_option, defaults=FIRST_SETTINGS), hidden=STILL_SETTINGS)


def matching_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command's ``**settings`` stand for one option for each setting that the matching depends on."""
    return _with_options(command, _option, STAGES[: STAGES.index("match") + 1])


def sweeping_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command's ``**settings`` stand for one option for each setting. An option takes several values, as text."""
    return _with_options(command, _sweeping_option)


def given_settings(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that were given. Comma-separated lists become tuples.

    Raises
    ------
    SettingsError
        If a list of numbers holds something else.
    """
    kinds = _kinds()
    return {
        name: _as_tuple(name, value, kinds[name]) if _is_tuple(kinds[name]) else value
        for name, value in texts.items()
        if value is not None
    }


def swept_values(texts: Sequence[tuple[str, str]]) -> dict[str, list[Any]]:
    """Return the values of each swept setting. Commas divide values, and semicolons divide values that are lists.

    The word "default" stands for the setting's default. A value named twice counts once.

    Raises
    ------
    SettingsError
        If there is none, a name is unknown or named twice, or a value is not of the setting's kind.
    """
    kinds, defaults = _kinds(), {entry.name: entry.default for _, entry in _entries()}
    values: dict[str, list[Any]] = {}
    for name, text in texts:
        if name not in kinds:
            raise unknown_setting(name, kinds)
        if name in values:
            raise SettingsError(f"{name} is named twice; give all its values at once")
        parts = [part.strip() for part in text.split(";" if _is_tuple(kinds[name]) else ",")]
        each = [defaults[name] if part == "default" else _as_value(name, part, kinds[name]) for part in parts]
        values[name] = list(dict.fromkeys(each))
    if not values:
        raise SettingsError("name a setting and its values: --tau 0.005,0.015 or --compare finish=rgb,lab")
    return values


def _entries() -> list[tuple[str, dataclasses.Field[Any]]]:
    return [(stage, entry) for stage in STAGES for entry in dataclasses.fields(getattr(Settings(), stage))]


def _kinds() -> dict[str, Any]:
    return {entry.name: _without_none(entry.type) for _, entry in _entries()}


def _with_options(
    command: Callable[..., None],
    make_option: Callable[..., Any],
    stages: Sequence[str] = STAGES,
    *,
    hidden: Sequence[str] = (),
) -> Callable[..., None]:
    signature = inspect.signature(command)
    own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    options: list[inspect.Parameter] = []
    for stage, entry in _entries():
        if stage not in stages:
            continue
        kind, names, text = make_option(_without_none(entry.type), entry)
        option = typer.Option(
            None,
            names,
            help=text,
            rich_help_panel=f"Settings: {stage}",
            show_default=False,
            hidden=entry.name in hidden,
        )
        options.append(
            inspect.Parameter(entry.name, inspect.Parameter.KEYWORD_ONLY, default=option, annotation=kind | None)
        )
    command.__signature__ = signature.replace(parameters=[*own, *options])  # pyright: ignore[reportFunctionMemberAccess]
    return command


def _option(
    kind: Any, entry: dataclasses.Field[Any], defaults: Mapping[str, Any] = types.MappingProxyType({})
) -> tuple[Any, str, str]:
    text, flag, default = entry.metadata["help"], _flag(entry), defaults.get(entry.name, entry.default)
    if default not in (None, ()) and not isinstance(default, bool):
        text += rf" \[default: {default}]"
    if _is_tuple(kind):
        return str, flag, f"{text} Commas separate the values."
    return kind, f"{flag}/--no-{flag[2:]}" if kind is bool else flag, text


def _sweeping_option(kind: Any, entry: dataclasses.Field[Any]) -> tuple[Any, str, str]:
    divided = "Semicolons separate lists" if _is_tuple(kind) else "Commas separate values"
    return str, _flag(entry), f"{entry.metadata['help']} {divided}; the word 'default' stands for {entry.default}."


def _flag(entry: dataclasses.Field[Any]) -> str:
    return f"--{entry.name.replace('_', '-')}"


def _without_none(kind: Any) -> Any:
    if isinstance(kind, types.UnionType) or type(None) in get_args(kind):
        (kind,) = (part for part in get_args(kind) if part is not type(None))
    return kind


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _as_tuple(name: str, text: str, kind: Any) -> tuple[Any, ...]:
    return tuple(_as_value(name, part.strip(), get_args(kind)[0]) for part in text.split(",")) if text else ()


def _as_value(name: str, text: str, kind: Any) -> Any:
    if _is_tuple(kind):
        return _as_tuple(name, text, kind)
    if kind is bool:
        if text not in ("true", "false"):
            raise SettingsError(f"{name} must be true or false, got {text!r}")
        return text == "true"
    if get_origin(kind) is Literal:
        return text
    try:
        return kind(text)
    except ValueError as error:
        raise SettingsError(f"{name} must be of kind {kind.__name__}, got {text!r}") from error
