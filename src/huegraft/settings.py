"""All settings together, and the presets.

The names are unique over all groups, so that ``Settings.replace(tau=0.02, finish="rgb")`` and the command line's
``--tau 0.02 --finish rgb`` need not name the stage.
"""

import dataclasses
import hashlib
import json
import os
from dataclasses import dataclass, field
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


def _plain(value: Any) -> Any:
    """Return lists as tuples, paths as strings, NumPy's numbers as Python's."""
    if isinstance(value, list):
        return tuple(_plain(each) for each in value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


@dataclass(frozen=True)
class Settings:
    """All settings, one group a stage."""

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
                raise SettingsError(f"unknown setting {name!r}; known are {', '.join(sorted(owners))}")
            stage = owners[name]
            groups[stage] = dataclasses.replace(groups[stage], **{name: _plain(value)})
        return Settings(**groups)

    def idle(self, mode: Mode) -> set[str]:
        """Return the names of the settings that change nothing in this mode, whatever the pictures and the backbone."""
        names = {stage: {entry.name for entry in dataclasses.fields(getattr(self, stage))} for stage in STAGES}
        idle = {"standardize"} if self.match.whiten else set[str]()
        if not self.match.context:
            idle |= {"context_layers"}
        if self.fuse.native or self.finish.finish == "rgb":
            idle |= {"upsample"}
        if self.fuse.fusion == "sct":
            idle |= {"tolerance"}
        if self.finish.fallback == "none":
            idle |= {"min_confidence"}
        if mode == "colorize":
            return idle | names["grade"]
        idle |= {"lightness_prior", "vividness", "caution"}
        if self.grade.base == "none":
            return idle | names["grade"] - {"base"}
        return idle | names["fuse"] | {"finish", "upsample"}

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return the settings as nested dictionaries of plain values."""
        return dataclasses.asdict(self)

    def key(self, stage: str) -> str:
        """Return a cache key of the settings that `stage` and every stage before it depend on.

        A result computed under the same key, from the same pictures, may be used again.

        Raises
        ------
        SettingsError
            If `stage` is not one of `STAGES`.
        """
        if stage not in STAGES:
            raise SettingsError(f"unknown stage {stage!r}; the stages are {', '.join(STAGES)}")
        groups = self.to_dict()
        text = json.dumps({name: groups[name] for name in STAGES[: STAGES.index(stage) + 1]}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


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
    ),
}


def preset(name: str) -> Settings:
    """Return the settings of a preset.

    ``best`` is ``Settings()``: what measures best so far (decisions 007 and 017), with the built-in backbone. ``paper``
    is the method as published, VGG-19 with batch norm and scikit-image's SLIC included, so it needs a file of weights
    and the extra ``paper``.

    Raises
    ------
    SettingsError
        If there is no such preset.
    """
    if name not in PRESETS:
        raise SettingsError(f"unknown preset {name!r}; known are {', '.join(PRESETS)}")
    return PRESETS[name]
