"""Grade: what the matched superpixels say beyond the base map, as maps of colour that vary over the picture.

Every target superpixel knows its colour under the base map and the colour that it attends to. The difference is noisy,
so it is explained by as little as it takes: a polynomial in the colour, the same everywhere, then a displacement for
each hue that asks for its own, then one that varies slowly with position and lightness. All are fitted with weights
that fall with the residual and with how badly the match returns to where it came from, and all are drawn to nothing
where there is little evidence, so that the base map remains.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from huegraft.compiled.grade import FlatGrade
from huegraft.setting_groups import GradeSettings
from huegraft.stages.base import BaseMap
from huegraft.stages.context import isotropic_positions, nearness
from huegraft.stages.lattice import Lattice, fit_lattice
from huegraft.types import Encoded

_RETURN_RADIUS = 0.08  # of √(H·W)
_NOTHING = 1e-15  # products of smaller numbers are ones that processors are slow with
_ROUNDS = 15
_MOST_TERMS = 10  # of a polynomial of the second degree
_COLOR_NODES = (11, 21, 21)
_PLACE_NODES = (24, 24, 12)


@dataclass(frozen=True, eq=False)
class Grade:
    """Base map, polynomial, and displacements by colour and by place.

    Attributes
    ----------
    coefficients : (k, 3)
        Of the polynomial in base-mapped colours.
    limits : (2, 3)
        Least and greatest colour that it was fitted to; others are clamped to them first.
    by_color
        Over base-mapped (L*, a*, b*).
    by_place
        Over (y, x) of the frame and the base-mapped L*.
    """

    base: BaseMap
    degree: int
    coefficients: Float64[Tensor, "k 3"]
    limits: Float64[Tensor, "2 3"]
    by_color: Lattice
    by_place: Lattice

    def __call__(
        self, lab: Float64[Tensor, "h w 3"], rows: tuple[float, float] = (0.0, 1.0)
    ) -> Float64[Tensor, "h w 3"]:
        """Map colours in CIELAB of the band of the frame between two heights, 0 at its top and 1 at its bottom."""
        height, width, _ = lab.shape
        y = rows[0] + (torch.arange(height).to(lab) + 0.5) / height * (rows[1] - rows[0])
        x = (torch.arange(width).to(lab) + 0.5) / width
        positions = torch.stack(torch.meshgrid(y, x, indexing="ij"), dim=-1)
        mapped = self.base(lab)
        inside = mapped.clamp(*self.limits)
        polynomial = _terms(inside, self.degree) @ self.coefficients
        place = torch.cat([positions, mapped[..., :1] / 100], dim=-1)
        return mapped + polynomial + self.by_color(_unit(inside)) + self.by_place(place)

    def flat(self) -> FlatGrade:
        """Return its numbers for the compiled loop."""

        def numbers(tensor: Tensor) -> np.ndarray:
            return np.ascontiguousarray(tensor.cpu().float().numpy())

        def nodes(lattice: Lattice) -> np.ndarray:
            return numbers(torch.nn.functional.pad(lattice.values.permute(1, 2, 3, 0), (0, 1)))

        base, missing = self.base, _MOST_TERMS - len(self.coefficients)
        return FlatGrade(
            *map(numbers, (base.tones, base.matrix, base.before, base.after, self.limits)),
            coefficients=numbers(torch.nn.functional.pad(self.coefficients, (0, 0, 0, missing))),
            by_color=nodes(self.by_color),
            by_place=nodes(self.by_place),
        )


def unrefined(base: BaseMap) -> Grade:
    """Return the grade that is the base map alone."""
    nothing = Lattice(torch.zeros(3, 1, 1, 1).to(base.tones))
    limits = torch.tensor([[-torch.inf] * 3, [torch.inf] * 3]).to(base.tones)
    return Grade(base, 0, torch.zeros(1, 3).to(base.tones), limits, nothing, nothing)


def fit_grade(
    base: BaseMap,
    mapped: Float64[Tensor, "n 3"],
    attended: Float64[Tensor, "n 3"],
    attention: Float64[Tensor, "n m"],
    target: Encoded,
    settings: GradeSettings,
) -> Grade:
    """Fit polynomial and displacements to the matches.

    Parameters
    ----------
    base
        The map behind `mapped`.
    mapped, attended
        Of each target superpixel, in CIELAB: its mean colour under the base map, and the one it attends to.
    attention
        A(i, j).
    target
        For the areas, the places and the mask of its superpixels: those outside the mask do not count.
    settings
        Degree, evidence needed, widths.
    """
    inside = torch.tensor(target.validity > 0, device=mapped.device)
    mapped, attended, attention = mapped[inside], attended[inside], attention[inside]
    areas = torch.tensor(target.areas * target.validity).to(mapped)[inside]
    positions = torch.tensor(target.positions).to(mapped)[inside]
    places = isotropic_positions(target, mapped.device)[inside]
    weights = areas * returns(attention, places)
    terms = _terms(mapped, settings.degree)
    evidence = settings.evidence * float(areas.sum())
    coefficients, residual = _robust(terms, attended - mapped, weights, areas, evidence)
    colors = _unit(mapped)
    by_color = fit_lattice(
        colors,
        residual,
        weights,
        areas,
        nodes=_COLOR_NODES,
        widths=(settings.color_width / 100, settings.color_width / 200, settings.color_width / 200),
        evidence=settings.color_evidence,
    )
    height, width = target.labels.shape
    squeeze = (width / height) ** 0.5  # turns a radius over √(h·w) into the frame's own units
    by_place = fit_lattice(
        torch.cat([positions, colors[:, :1]], dim=1),
        residual - by_color(colors[None])[0],
        weights,
        areas,
        nodes=_PLACE_NODES,
        widths=(settings.local_radius * squeeze, settings.local_radius / squeeze, settings.local_lightness / 100),
        evidence=settings.local_evidence,
    )
    limits = torch.stack([mapped.amin(dim=0), mapped.amax(dim=0)])
    return Grade(base, settings.degree, coefficients, limits, by_color, by_place)


def returns(attention: Float64[Tensor, "n m"], places: Float64[Tensor, "n 2"]) -> Float64[Tensor, " n"]:
    """Return how much of each superpixel's attention comes back near to it, in [0, 1].

    The way back is Bayes': B(j, i) = A(i, j) / Σ_i A(i, j). Near is a Gaussian of 0.08 √(H·W).
    """
    back = attention / attention.sum(dim=0).clamp_min(1e-12)
    both = attention.float().clamp_min_(_NOTHING) @ back.float().clamp_min_(_NOTHING).T
    return both.mul_(nearness(places, _RETURN_RADIUS)).sum(dim=1).double()


def _terms(lab: Float64[Tensor, "*n 3"], degree: int) -> Float64[Tensor, "*n k"]:
    """Return 1, then the monomials of L*, a*, b* (over 100, a* and b* from the middle) up to the degree 1 or 2."""
    channels = (lab / 100 + torch.tensor([0, 0.5, 0.5]).to(lab)).unbind(-1)
    terms = [torch.ones_like(channels[0]), *channels] if degree else [torch.ones_like(channels[0])]
    if degree == 2:
        terms += [channels[first] * channels[second] for first in range(3) for second in range(first, 3)]
    return torch.stack(terms, dim=-1)


def _unit(lab: Float64[Tensor, "*n 3"]) -> Float64[Tensor, "*n 3"]:
    """Return CIELAB with L* from 0 to 100, a* and b* from -100 to 100 all brought to [0, 1]."""
    return lab / torch.tensor([100, 200, 200]).to(lab) + torch.tensor([0, 0.5, 0.5]).to(lab)


def _robust(
    terms: Float64[Tensor, "n k"],
    differences: Float64[Tensor, "n 3"],
    weights: Float64[Tensor, " n"],
    areas: Float64[Tensor, " n"],
    evidence: float,
) -> tuple[Float64[Tensor, "k 3"], Float64[Tensor, "n 3"]]:
    """Fit by least squares with ridge, reweighted by 1 / (1 + (r/s)²); s is 1.48 medians of the residuals r.

    Weights once reduced stay reduced, so an outlier that pulls the fit cannot come back with it.
    """
    ridge = evidence * torch.eye(terms.shape[1]).to(terms)
    ridge[0, 0] *= 1e-3  # a shift of all colours needs less evidence
    coefficients = torch.zeros(terms.shape[1], 3).to(terms)
    for _ in range(_ROUNDS):
        weighted = terms * weights[:, None]
        coefficients = torch.linalg.solve(terms.T @ weighted + ridge, weighted.T @ differences)
        residual = (differences - terms @ coefficients).norm(dim=1)
        scale = 1.4826 * _median(residual, areas) + 0.1
        weights = weights / (1 + (residual / scale).square())
    return coefficients, differences - terms @ coefficients


def _median(values: Float64[Tensor, " n"], areas: Float64[Tensor, " n"]) -> Float64[Tensor, ""]:
    ordered, order = values.sort()
    shares = areas[order].cumsum(0)
    return ordered[torch.searchsorted(shares, shares[-1] / 2).clamp_max(len(values) - 1)]
