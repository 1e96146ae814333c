"""Base: one map for all colours, from the distributions alone, that the target goes through before it is matched.

A tone curve on L*, then the linear Monge–Kantorovitch map in CIELAB (Pitié, Kokaram 2007, doi:10.1049/cp:20070055).
Both are fitted to the mean colours of superpixels, so that noise and grain do not count.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

_LEVELS = 33
_STEEPEST = 1.7  # contrast, in lightness or chroma, is changed no further: noise would show, or flat patches
_FLATTEST = 0.5
_FLOOR = 1e-3  # variance, in CIELAB: a flat picture has none


@dataclass(frozen=True, eq=False)
class BaseMap:
    """x → M (t(x) − μ) + ν, t the tone curve on L*.

    Attributes
    ----------
    tones : (2, levels)
        L* that go in, increasing, and those that come out. Beyond its ends the curve goes on by a shift.
    matrix : (3, 3)
        M, symmetric.
    before, after : (3,)
        μ and ν, mean colours in CIELAB.
    """

    tones: Float64[Tensor, "2 levels"]
    matrix: Float64[Tensor, "3 3"]
    before: Float64[Tensor, "3"]
    after: Float64[Tensor, "3"]

    def __call__(self, lab: Float64[Tensor, "*n 3"]) -> Float64[Tensor, "*n 3"]:
        """Map colours in CIELAB."""
        toned = torch.cat([_curve(lab[..., :1], self.tones), lab[..., 1:]], dim=-1)
        return (toned - self.before) @ self.matrix + self.after


def fit_base(
    target: Float64[Tensor, "n 3"],
    target_areas: Float64[Tensor, " n"],
    reference: Float64[Tensor, "m 3"],
    reference_areas: Float64[Tensor, " m"],
) -> BaseMap:
    """Return the map that gives the target's mean colours the distribution of the reference's.

    Parameters
    ----------
    target, reference
        Mean colours of superpixels in CIELAB.
    target_areas, reference_areas
        How much each counts; those of a masked reference times the mask.
    """
    levels = [_quantiles(target[:, 0], target_areas), _quantiles(reference[:, 0], reference_areas)]
    step = 1e-6 * torch.arange(_LEVELS, dtype=torch.float64, device=target.device)  # equal levels still increase
    runs = (levels[0] + step).diff()
    rises = levels[1].diff().clamp(_FLATTEST * runs, _STEEPEST * runs)
    tones = torch.stack([levels[0] + step, levels[1][0] + torch.nn.functional.pad(rises.cumsum(0), (1, 0))])
    toned = torch.cat([_curve(target[:, :1], tones), target[:, 1:]], dim=1)
    before, ours = _moments(toned, target_areas)
    after, theirs = _moments(reference, reference_areas)
    root, inverse = _power(ours, 0.5), _power(ours, -0.5)
    matrix = inverse @ _power(root @ theirs @ root, 0.5) @ inverse
    return BaseMap(tones, _power(matrix, 1.0, largest=_STEEPEST), before, after)


def _quantiles(values: Float64[Tensor, " n"], areas: Float64[Tensor, " n"]) -> Float64[Tensor, " levels"]:
    """Return weighted quantiles at the middles of equal shares, and the extremes."""
    ordered, order = values.sort()
    shares = areas[order].cumsum(0) - areas[order] / 2
    wanted = torch.linspace(0, 1, _LEVELS, dtype=torch.float64, device=values.device) * areas.sum()
    return _interpolated(wanted, shares, ordered)


def _curve(values: Float64[Tensor, "*n"], tones: Float64[Tensor, "2 levels"]) -> Float64[Tensor, "*n"]:
    inside = values.clamp(tones[0, 0], tones[0, -1])
    return _interpolated(inside, tones[0], tones[1]) + (values - inside)


def _interpolated(
    x: Float64[Tensor, "*n"], knots: Float64[Tensor, " k"], values: Float64[Tensor, " k"]
) -> Float64[Tensor, "*n"]:
    """Return the piecewise linear function through (knots, values), constant beyond its ends."""
    if len(knots) == 1:
        return values.expand(x.shape)
    right = torch.searchsorted(knots, x.contiguous()).clamp(1, len(knots) - 1)
    span = (knots[right] - knots[right - 1]).clamp_min(1e-12)
    share = ((x - knots[right - 1]) / span).clamp(0, 1)
    return values[right - 1] + share * (values[right] - values[right - 1])


def _moments(colors: Float64[Tensor, "n 3"], areas: Float64[Tensor, " n"]) -> tuple[Tensor, Tensor]:
    weights = areas / areas.sum()
    mean = weights @ colors
    centred = colors - mean
    return mean, (centred * weights[:, None]).T @ centred + _FLOOR * torch.eye(3).to(colors)


def _power(matrix: Float64[Tensor, "3 3"], exponent: float, largest: float = torch.inf) -> Float64[Tensor, "3 3"]:
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp(_FLOOR / 10, largest) ** exponent) @ vectors.T
