"""All settings together, and the presets.

The names are unique over all groups, so that ``Settings.replace(tau=0.02, finish="rgb")`` and the command line's
``--tau 0.02 --finish rgb`` need not name the stage.
"""

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

from huegraft.errors import SettingsError
from huegraft.setting_groups import (
    FeatureSettings,
    FinishSettings,
    FuseSettings,
    GradeSettings,
    MatchSettings,
    PrepareSettings,
    SegmentSettings,
)

Mode = Literal["transfer", "colorize"]
STAGES = ("prepare", "segment", "features", "match", "grade", "fuse", "finish")


_NEEDS: dict[str, tuple[Callable[[Mapping[str, Any]], bool], str]] = {
    "standardize": (lambda by: not by["whiten"], "whitened features are not standardized"),
    "context_layers": (lambda by: bool(by["context"]), "there is no context"),
    "tolerance": (lambda by: by["fusion"] == "eq5", "the fusion sct leaves no superpixel out"),
    "upsample": (
        lambda by: not by["native"] and by["finish"] == "lab",
        "no chroma is enlarged",
    ),
    "min_confidence": (lambda by: by["fallback"] != "none", "there is no fallback"),
    "contrast": (lambda by: by["lightness"] > 0, "no new lightness is taken"),
}
"""A function of all values that tells whether a setting acts, and the reason why it may not act."""


def _plain(value: Any) -> Any:
    """Return lists as tuples, paths as strings, NumPy's numbers as Python's."""
    if isinstance(value, list):
        return tuple(_plain(each) for each in value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


@dataclass(frozen=True)
class Settings:
    """All settings, in one group for each stage.

    Examples
    --------
    >>> import huegraft
    >>> softer = huegraft.Settings().replace(strength=0.5, tau=0.02)
    >>> softer.finish.strength, softer.match.tau
    (0.5, 0.02)
    """

    prepare: PrepareSettings = field(default_factory=PrepareSettings)
    segment: SegmentSettings = field(default_factory=SegmentSettings)
    features: FeatureSettings = field(default_factory=FeatureSettings)
    grade: GradeSettings = field(default_factory=GradeSettings)
    match: MatchSettings = field(default_factory=MatchSettings)
    fuse: FuseSettings = field(default_factory=FuseSettings)
    finish: FinishSettings = field(default_factory=FinishSettings)

    def replace(self, **changes: Any) -> "Settings":
        """Return a copy with single settings changed, each named without its stage.

        Raises
        ------
        SettingsError
            If a name is unknown or a value out of range.
        """
        groups = {stage: getattr(self, stage) for stage in STAGES}
        owners = {entry.name: stage for stage, group in groups.items() for entry in dataclasses.fields(group)}
        for name, value in changes.items():
            if name not in owners:
                raise unknown_setting(name, owners)
            stage = owners[name]
            groups[stage] = dataclasses.replace(groups[stage], **{name: _plain(value)})
        return Settings(**groups)

    def names(self) -> list[str]:
        """Return the names of all settings, stage by stage."""
        return list(self._values())

    def idle(self) -> dict[str, str]:
        """Return the settings that change nothing beside the values of others, and why."""
        values = self._values()
        return {name: reason for name, (acts, reason) in _NEEDS.items() if not acts(values)}

    def effective(self) -> dict[str, Any]:
        """Return the values of all other settings by their names."""
        idle = self.idle()
        return {name: value for name, value in self._values().items() if name not in idle}

    def _values(self) -> dict[str, Any]:
        groups = [getattr(self, stage) for stage in STAGES]
        return {entry.name: getattr(group, entry.name) for group in groups for entry in dataclasses.fields(group)}

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return the settings as nested dictionaries of plain values."""
        return dataclasses.asdict(self)


def unknown_setting(name: str, known: Iterable[str]) -> SettingsError:
    """Return the error for a name that no setting has, with the name that may be meant."""
    names = sorted(known)
    meant = "".join(f"; did you mean {each}?" for each in get_close_matches(name, names, 1))
    return SettingsError(f"unknown setting {name!r}{meant or ';'} known are {', '.join(names)}")


PRESETS = {
    "best": Settings(),
    "paper": Settings().replace(
        slic="scikit-image",
        backbone="vgg19_bn",
        base="none",
        tau=0.015,
        merge=None,
        whiten=0.0,
        context=(),
        lightness_prior=0.0,
        median=False,
        delta_s=10.0,
        epsilon=1e-4,
        vividness=0.0,
        caution=0.0,
        tolerance=1e-5,
        gamut="clip",
    ),
}


def changed(settings: Settings | None, changes: Mapping[str, Any]) -> Settings:
    """Return settings, by default `Settings()`, with some changed by name.

    Raises
    ------
    SettingsError
        If they are no settings, a name is unknown or a value out of range.
    """
    if not isinstance(settings, Settings | None):
        raise SettingsError(f"settings must be huegraft.Settings, got {type(settings).__name__}")
    return (settings or Settings()).replace(**changes)


def preset(name: str) -> Settings:
    """Return the settings of a preset.

    ``best`` is ``Settings()``. It has the built-in backbone, and it is what measures best so far (decisions 007 and
    017). ``paper`` is the method as published. It uses VGG-19 with batch norm and scikit-image's SLIC, so it needs a
    file of weights and the extra ``paper``.

    Raises
    ------
    SettingsError
        If there is no such preset.

    Examples
    --------
    >>> import huegraft
    >>> huegraft.preset("paper").match.tau, huegraft.preset("best").match.tau
    (0.015, 0.03)
    """
    if name not in PRESETS:
        raise SettingsError(f"unknown preset {name!r}; known are {', '.join(PRESETS)}")
    return PRESETS[name]
