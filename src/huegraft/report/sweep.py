"""One pair of pictures under many settings. The stages before the first change run once."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from huegraft.arrays import as_source
from huegraft.backbones import load_backbone
from huegraft.errors import SettingsError
from huegraft.picture import Picture
from huegraft.records import Result
from huegraft.report.colorfulness import colorfulness
from huegraft.report.drawing import contact_sheet
from huegraft.request import Request
from huegraft.session import Session
from huegraft.settings import Mode, Settings
from huegraft.types import AnyPicture

_COLUMNS = 4
_MOST = 48  # the results are held in memory until the sheet is drawn


@dataclass(frozen=True, eq=False)
class Study:
    """One combination of settings and its result.

    Attributes
    ----------
    changes : mapping of setting to value
    result : Result
    colorfulness : float
        Hasler and Süsstrunk's measure of the result.
    """

    changes: Mapping[str, Any]
    result: Result
    colorfulness: float


def sweep(
    mode: Mode,
    target: AnyPicture | Picture,
    reference: AnyPicture | Picture,
    values: Mapping[str, Sequence[Any]],
    settings: Settings | None = None,
    *,
    session: Session | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Study]:
    """Run every combination of the given values. The last setting varies fastest.

    Parameters
    ----------
    mode
        "transfer" or "colorize".
    target, reference
        sRGB in [0, 1], or Pictures.
    values
        The values that each setting takes.
    settings
        The settings that the combinations change.
    session
        A session that remembers what the combinations have in common. By default the call makes one of its own.
    progress
        As for `huegraft.transfer`.

    Raises
    ------
    SettingsError
        If a setting is unknown, a value is out of range, or there are more than 48 combinations. Nothing is run then.
    BackboneError, WeightsError
        If a backbone, its layers or its weights are missing. Nothing is run then.
    """
    target, reference = as_source(target, "target"), as_source(reference, "reference")
    combinations = [dict(zip(values, each, strict=True)) for each in itertools.product(*values.values())]
    chosen = [(settings or Settings()).replace(**changes) for changes in combinations]
    if not 1 <= len(chosen) <= _MOST:
        raise SettingsError(f"a sweep takes 1 to {_MOST} combinations, got {len(chosen)}")
    for features in {each.features for each in chosen}:
        # Unknown layers and missing weights are found before the work begins.
        load_backbone(features, "cpu" if session is None else session.device, mode)
    studies: list[Study] = []
    with Session() if session is None else nullcontext(session) as used:
        for changes, each in zip(combinations, chosen, strict=True):
            result = used.run(Request(mode, target, (reference,), each), progress=progress)
            shown = replace(result, image=result.image.as_float())
            studies.append(Study(changes, shown, colorfulness(shown.image)))
    return studies


def sweep_sheet(studies: Sequence[Study], target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Return a contact sheet: target and reference, then the results, each labelled with its changes.

    With several values of two settings the results form a grid, with one row for each value of the first setting.
    """
    varied = varied_settings(studies)
    columns = _COLUMNS
    if len(varied) == 2:
        columns = len({study.changes[varied[1]] for study in studies})
    panels = [(_label(study, varied), study.result.image) for study in studies]
    rows = [panels[start : start + columns] for start in range(0, len(panels), columns)]
    return contact_sheet([[("target", target), ("reference", reference)], *rows])


def varied_settings(studies: Sequence[Study]) -> list[str]:
    """Return the names of the settings that take more than one value."""
    return [name for name in studies[0].changes if len({study.changes[name] for study in studies}) > 1]


def _label(study: Study, varied: Sequence[str]) -> str:
    changes = ", ".join(f"{name} = {study.changes[name]}" for name in varied) or "no change"
    return f"{changes}\ncolourfulness {study.colorfulness:.1f}"
