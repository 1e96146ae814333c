"""The rows "truth" and "noise", between which all others must lie, and the rows that do nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from huegraft.errors import EvaluationError
from huegraft.evaluate.methods.interface import MethodResult
from huegraft.evaluate.pairs import Pair, eight_bits, grey
from huegraft.settings import Mode
from huegraft.types import AnyPicture


def unchanged(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Return the target."""
    return target


def greyed(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Return the target's grey."""
    return grey(target)


def noise(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Return uniform noise."""
    return np.random.default_rng(0).uniform(size=target.shape).astype(np.float32)


@dataclass(frozen=True)
class Truth:
    """The right answer itself: what a perfect method would score."""

    modes: tuple[Mode, ...] = ("transfer", "colorize")
    version: str = "1"

    @property
    def settings(self) -> dict[str, Any]:
        """What tells this method from the others."""
        return {"function": "truth"}

    def __call__(self, frames: Sequence[Pair]) -> list[MethodResult]:
        """Return the truths.

        Raises
        ------
        EvaluationError
            If no truth is known.
        """
        if any(frame.truth is None for frame in frames):
            raise EvaluationError("no truth is known")
        return [MethodResult(eight_bits(frame.truth)) for frame in frames if frame.truth is not None]
