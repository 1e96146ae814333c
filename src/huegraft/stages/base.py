"""Base: one map for all colours that the target goes through before it is matched. It needs the distributions alone.

The map is a tone curve on L*, then the linear Monge–Kantorovitch map in CIELAB (Pitié, Kokaram 2007,
doi:10.1049/cp:20070055). Both are fitted to the mean colours of superpixels, so that noise and grain do not count.
"""

from dataclasses import dataclass

import numpy as np

from huegraft.records import Frozen
from huegraft.shapes import Float64

_LEVELS = 33
_STEEPEST = 1.7  # the most contrast in lightness or chroma: with more of it noise would show
_FLATTEST = 0.5
_FLOOR = 1e-3  # the least variance in CIELAB, since a flat picture has none


@dataclass(frozen=True, eq=False)
class BaseMap(Frozen):
    """x → M (t(x) − μ) + ν, t the tone curve on L*.

    Attributes
    ----------
    tones : (2, levels)
        The L* that go in, which increase, and the L* that come out. Beyond its ends the curve is a shift.
    matrix : (3, 3)
        M, symmetric.
    before, after : (3,)
        μ and ν, mean colours in CIELAB.
    """

    tones: Float64[np.ndarray, "2 levels"]
    matrix: Float64[np.ndarray, "3 3"]
    before: Float64[np.ndarray, "3"]
    after: Float64[np.ndarray, "3"]

    def __call__(self, lab: Float64[np.ndarray, "*n 3"]) -> Float64[np.ndarray, "*n 3"]:
        """Map colours in CIELAB."""
        toned = np.concatenate([_curve(lab[..., :1], self.tones), lab[..., 1:]], axis=-1)
        return (toned - self.before) @ self.matrix + self.after


def fit_base(
    target: Float64[np.ndarray, "n 3"],
    target_areas: Float64[np.ndarray, " n"],
    reference: Float64[np.ndarray, "m 3"],
    reference_areas: Float64[np.ndarray, " m"],
) -> BaseMap:
    """Return the map that gives the target's mean colours the distribution of the reference's.

    Parameters
    ----------
    target, reference
        Mean colours of superpixels in CIELAB.
    target_areas, reference_areas
        How much each superpixel counts. In a masked reference it is the area times the mask.
    """
    levels = [_quantiles(target[:, 0], target_areas), _quantiles(reference[:, 0], reference_areas)]
    step = 1e-6 * np.arange(_LEVELS)  # equal levels still increase
    runs = np.diff(levels[0] + step)
    rises = np.clip(np.diff(levels[1]), _FLATTEST * runs, _STEEPEST * runs)
    tones = np.stack([levels[0] + step, levels[1][0] + np.concatenate([[0], np.cumsum(rises)])])
    toned = np.concatenate([_curve(target[:, :1], tones), target[:, 1:]], axis=1)
    before, ours = _moments(toned, target_areas)
    after, theirs = _moments(reference, reference_areas)
    root, inverse = _power(ours, 0.5), _power(ours, -0.5)
    matrix = inverse @ _power(root @ theirs @ root, 0.5) @ inverse
    return BaseMap(tones, _power(matrix, 1.0, largest=_STEEPEST), before, after)


def _quantiles(values: Float64[np.ndarray, " n"], areas: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " levels"]:
    """Return weighted quantiles at even shares, with the extremes."""
    order = np.argsort(values, kind="stable")
    shares = np.cumsum(areas[order]) - areas[order] / 2
    return _interpolated(np.linspace(0, 1, _LEVELS) * areas.sum(), shares, values[order])


def _curve(values: Float64[np.ndarray, "*n"], tones: Float64[np.ndarray, "2 levels"]) -> Float64[np.ndarray, "*n"]:
    inside = values.clip(tones[0, 0], tones[0, -1])
    return _interpolated(inside, tones[0], tones[1]) + (values - inside)


def _interpolated(
    x: Float64[np.ndarray, "*n"], knots: Float64[np.ndarray, " k"], values: Float64[np.ndarray, " k"]
) -> Float64[np.ndarray, "*n"]:
    """Return the piecewise linear function through (knots, values), constant beyond its ends."""
    if len(knots) == 1:
        return np.full(x.shape, values[0])
    right = np.searchsorted(knots, x).clip(1, len(knots) - 1)
    span = np.maximum(knots[right] - knots[right - 1], 1e-12)
    share = ((x - knots[right - 1]) / span).clip(0, 1)
    return values[right - 1] + share * (values[right] - values[right - 1])


def _moments(
    colors: Float64[np.ndarray, "n 3"], areas: Float64[np.ndarray, " n"]
) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3 3"]]:
    weights = areas / areas.sum()
    mean = weights @ colors
    centred = colors - mean
    return mean, (centred * weights[:, None]).T @ centred + _FLOOR * np.eye(3)


def _power(matrix: Float64[np.ndarray, "3 3"], exponent: float, largest: float = np.inf) -> Float64[np.ndarray, "3 3"]:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values.clip(_FLOOR / 10, largest) ** exponent) @ vectors.T
