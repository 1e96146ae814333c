"""Film settings: what a film begins with, and which settings serve a film."""

from collections.abc import Iterable, Mapping
from typing import Any

from huegraft.errors import ArgumentError
from huegraft.film.shot_list import ShotList
from huegraft.graph import check_used, unused_settings
from huegraft.request import Request
from huegraft.settings import Settings, unknown_setting

FIRST_SETTINGS = {"preset": "best", "working_pixels": 2**16}
"""The settings that a film begins with."""
STILL_SETTINGS = ("finish", "native", "upsample")
"""Settings that serve no film."""
_BY_PLACE = ("local_evidence", "local_lightness", "local_radius")
_NOT_IN_TRANSFER = ("fallback", "min_confidence")


def reset_settings(settings: Mapping[str, Any], names: Iterable[str] | None) -> dict[str, Any]:
    """Return settings of a film of which some, or all without names, are those that a film begins with.

    Raises
    ------
    SettingsError
        If a name is unknown.
    """
    taken = set(settings if names is None else names)
    known = {*settings, "preset", "steady", "siblings", *Settings().names()}
    for name in sorted(taken - known):
        raise unknown_setting(name, known)
    first = {name: value for name, value in FIRST_SETTINGS.items() if name in taken}
    return first | {name: value for name, value in settings.items() if name not in taken}


def check_film_settings(shots: ShotList, names: Iterable[str]) -> None:
    """Raise ArgumentError if settings cannot serve a film, or one of those named changes nothing.

    Raises
    ------
    FilmError
        If a setting is unknown or out of range.
    """
    settings, mode = shots.settings_of(), shots.mode
    one_grade = shots.steady_of() == "motion" and mode == "transfer"
    if one_grade and (moving := sorted(set(names) & set(_BY_PLACE))):
        raise ArgumentError(
            f"{', '.join(moving)} would change nothing, since the grade of a shot is the same at each place; "
            "leave it out, or give each frame its own grade by steady none"
        )
    shots.siblings_setting()
    still = sorted(set(names) & {*STILL_SETTINGS, *(_NOT_IN_TRANSFER if mode == "transfer" else ())})
    if still:
        raise ArgumentError(f"{', '.join(still)}: for still pictures, and not for films in {mode}; leave it out")
    if mode == "transfer" and settings.grade.base == "none":
        raise ArgumentError("a film's transfer needs a base map, whose grade is interpolated; leave out base none")
    unused = unused_settings(Request(mode, None, (None,), settings))
    check_used(set(names) & set(unused), unused)
