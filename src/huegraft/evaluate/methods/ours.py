"""huegraft itself, under any settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import huegraft
from huegraft.errors import EvaluationError
from huegraft.evaluate.methods.interface import MethodResult, digest_of_files, package_version
from huegraft.evaluate.pairs import Pair, eight_bits
from huegraft.pipeline import colorize, encode_reference, transfer
from huegraft.settings import Mode, Settings, preset

_PACKAGES = ("numpy", "scikit-image", "torch")
_FREE_OF = ("cli", "evaluate", "io", "report")
"""Parts of the package that the results do not depend on."""


@dataclass(frozen=True)
class OwnMethod:
    """huegraft under some settings. The reference of a clip is encoded once."""

    chosen: Settings
    modes: tuple[Mode, ...] = ("transfer", "colorize")

    @classmethod
    def from_settings(cls, table: Mapping[str, Any]) -> "OwnMethod":
        """Return the method of a table of settings, which may include ``preset`` and ``modes``.

        Raises
        ------
        SettingsError
            If a setting or the preset is unknown or out of range.
        """
        changes = dict(table)
        start = preset(changes.pop("preset")) if "preset" in changes else Settings()
        modes = changes.pop("modes", list(cls.modes))
        if not isinstance(modes, list) or not modes or not all(mode in cls.modes for mode in modes):
            raise EvaluationError(f"modes must be a list of 'transfer', 'colorize' or both, got {modes!r}")
        return cls(start.replace(**changes), tuple(modes))

    @property
    def version(self) -> str:
        """The versions of the package and of its dependencies, and the digests of its sources and of the weights."""
        package = Path(huegraft.__file__).parent
        loops = [*package.rglob("*.[ch]")] or [*package.rglob("*.so")]  # an installed package has no sources
        files = sorted([*package.rglob("*.py"), *loops, *package.rglob("*.safetensors")])
        sources = [p for p in files if p.relative_to(package).parts[0] not in _FREE_OF]
        weights = self.chosen.features.weights
        digests = [digest_of_files(sources), *([digest_of_files([Path(weights)])] if weights else [])]
        return " ".join([huegraft.__version__, *digests, *(f"{name} {package_version(name)}" for name in _PACKAGES)])

    @property
    def settings(self) -> dict[str, Any]:
        """All settings. The weights stand there by their file's name alone, because the version tells their content."""
        values = self.chosen.to_dict()
        if weights := values["features"]["weights"]:
            values["features"]["weights"] = Path(weights).name
        return values

    def __call__(self, frames: Sequence[Pair]) -> list[MethodResult]:
        """Recolour the frames of a case, which share mode and reference."""
        mode, mask = frames[0].mode, frames[0].reference_mask
        encoded = encode_reference(frames[0].reference, self.chosen, mode=mode, mask=mask)
        recolor = transfer if mode == "transfer" else colorize
        recolored = []
        for frame in frames:
            result = recolor(frame.target, encoded, self.chosen)
            colors = np.asarray(result.attention @ encoded.color_mean)
            recolored.append(MethodResult(eight_bits(result.image), result.labels, colors))
        return recolored
