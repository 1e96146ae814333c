"""How a cost grows with the size of the picture: a straight line, and how far from it the figures are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Line:
    """The least-squares line y = start + slope · x.

    Attributes
    ----------
    r_squared
        Share of the variance explained; 1 where all y are equal.
    largest
        The largest distance of a y from it.
    """

    start: float
    slope: float
    r_squared: float
    largest: float


def fitted(x: Sequence[float], y: Sequence[float]) -> Line:
    """Fit a line to three points or more; fewer raise ValueError, for they would always fit."""
    if len(x) < 3:
        raise ValueError(f"a line to judge growth by needs three sizes or more, got {len(x)}")
    slope, start = np.polyfit(x, y, 1)
    residual = np.asarray(y) - (start + slope * np.asarray(x))
    variance = float(np.var(y))
    r_squared = 1 - float(np.mean(residual**2)) / variance if variance else 1.0
    return Line(float(start), float(slope), r_squared, float(np.abs(residual).max()))
