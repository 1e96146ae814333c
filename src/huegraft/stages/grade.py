"""Grade: maps of colour that vary over the picture and refine the base map by the matched superpixels.

Every target superpixel has its colour under the base map and the colour that it attends to. The difference is noisy, so
simple maps explain it first: a polynomial in the colour that is the same everywhere, then a displacement for each hue
that asks for its own, then a displacement that varies slowly with position and lightness. The weights of their fits
fall with the residual and with how badly the match returns to where it came from. All maps are drawn to nothing where
there is little evidence, so that the base map remains.
"""

from dataclasses import dataclass

import numpy as np

from huegraft.compiled.attention import near_returns
from huegraft.compiled.grade import FlatGrade
from huegraft.records import Encoded, Frozen
from huegraft.setting_groups import GradeSettings
from huegraft.shapes import Float64
from huegraft.stages.base import BaseMap
from huegraft.stages.context import isotropic_positions
from huegraft.stages.lattice import Lattice, fit_lattice
from huegraft.views import View

_RETURN_RADIUS = 0.08  # of √(H·W)
_ROUNDS = 15
_MOST_TERMS = 10  # of a polynomial of the second degree
_COLOR_NODES = (11, 21, 21)
_PLACE_NODES = (24, 24, 12)
_NOTHING = Lattice(np.zeros((3, 1, 1, 1)))


@dataclass(frozen=True, eq=False)
class Grade(Frozen):
    """Base map, polynomial, displacements by colour and by place, and a tone curve that keeps contrast.

    Attributes
    ----------
    coefficients : (k, 3)
        The coefficients of the polynomial in base-mapped colours.
    limits : (2, 3)
        The least and the greatest colour that the polynomial was fitted to. Other colours are clamped to them first.
    by_color
        The displacements over base-mapped (L*, a*, b*).
    by_place
        The displacements over (y, x) of the frame and the base-mapped L*.
    kept : (levels,), or None
        The displacements of L* that keep the target's contrast, at levels of its own L* that divide 0 to 100 evenly.
    """

    base: BaseMap
    degree: int
    coefficients: Float64[np.ndarray, "k 3"]
    limits: Float64[np.ndarray, "2 3"]
    by_color: Lattice
    by_place: Lattice
    kept: Float64[np.ndarray, " levels"] | None = None

    def flat(self) -> FlatGrade:
        """Return its numbers for the compiled loop."""

        def numbers(array: np.ndarray) -> np.ndarray:
            return np.ascontiguousarray(array, dtype=np.float32)

        def nodes(lattice: Lattice) -> np.ndarray:
            return numbers(np.pad(np.moveaxis(lattice.values, 0, 3), ((0, 0), (0, 0), (0, 0), (0, 1))))

        base, missing = self.base, _MOST_TERMS - len(self.coefficients)
        return FlatGrade(
            *map(numbers, (base.tones, base.matrix, base.before, base.after, self.limits)),
            coefficients=numbers(np.pad(self.coefficients, ((0, missing), (0, 0)))),
            by_color=nodes(self.by_color),
            by_place=nodes(self.by_place),
            kept=numbers(np.zeros(1) if self.kept is None else self.kept),
        )


def unrefined(base: BaseMap) -> Grade:
    """Return the grade that is the base map alone."""
    return Grade(base, 0, np.zeros((1, 3)), np.array([[-np.inf] * 3, [np.inf] * 3]), _NOTHING, _NOTHING)


def fit_grade(
    base: BaseMap,
    mapped: Float64[np.ndarray, "n 3"],
    attended: Float64[np.ndarray, "n 3"],
    attention: Float64[np.ndarray, "n m"],
    target: Encoded,
    settings: GradeSettings | View,
    unplaced: Float64[np.ndarray, " n"] | None = None,
) -> Grade:
    """Fit polynomial and displacements to the matches.

    Parameters
    ----------
    base
        The map behind `mapped`.
    mapped, attended
        The mean colour of each target superpixel under the base map, and the colour that it attends to, in CIELAB.
    attention
        A(i, j).
    target
        The target, for the areas, the places and the mask of its superpixels. Those outside the mask do not count.
    settings
        The degree, the evidence needed and the widths.
    unplaced
        How far each superpixel says nothing of its place, in [0, 1] (:mod:`huegraft.stages.plain`). None stands for 0.
    """
    inside = target.validity > 0
    unplaced = np.zeros(len(inside)) if unplaced is None else unplaced
    if not inside.all():
        mapped, attended, attention, unplaced = mapped[inside], attended[inside], attention[inside], unplaced[inside]
    areas = (target.areas * target.validity)[inside]
    positions = target.positions[inside]
    places = isotropic_positions(target)[inside]
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
        np.concatenate([positions, colors[:, :1]], axis=1),
        (residual - by_color(colors)) * (1 - unplaced)[:, None],
        weights + (areas - weights) * unplaced,
        areas,
        nodes=_PLACE_NODES,
        widths=(settings.local_radius * squeeze, settings.local_radius / squeeze, settings.local_lightness / 100),
        evidence=settings.local_evidence,
    )
    limits = np.stack([mapped.min(axis=0), mapped.max(axis=0)])
    return Grade(base, settings.degree, coefficients, limits, by_color, by_place)


def returns(attention: Float64[np.ndarray, "n m"], places: Float64[np.ndarray, "n 2"]) -> Float64[np.ndarray, " n"]:
    """Return how much of each superpixel's attention comes back near to it, in [0, 1].

    The way back is Bayes': B(j, i) = A(i, j) / Σ_i A(i, j). Near is a Gaussian of 0.08 √(H·W).
    """
    return near_returns(attention, places, _RETURN_RADIUS)


def _terms(lab: Float64[np.ndarray, "*n 3"], degree: int) -> Float64[np.ndarray, "*n k"]:
    """Return 1, then the monomials of L*, a*, b* (over 100, a* and b* from the middle) up to a degree of 1 or 2."""
    channels = np.moveaxis(lab / 100 + [0, 0.5, 0.5], -1, 0)
    terms = [np.ones_like(channels[0]), *channels] if degree else [np.ones_like(channels[0])]
    if degree == 2:
        terms += [channels[first] * channels[second] for first in range(3) for second in range(first, 3)]
    return np.stack(terms, axis=-1)


def _unit(lab: Float64[np.ndarray, "*n 3"]) -> Float64[np.ndarray, "*n 3"]:
    """Return CIELAB brought to [0, 1]: L* from [0, 100], a* and b* from [-100, 100]."""
    return lab / [100, 200, 200] + [0, 0.5, 0.5]


def _robust(
    terms: Float64[np.ndarray, "n k"],
    differences: Float64[np.ndarray, "n 3"],
    weights: Float64[np.ndarray, " n"],
    areas: Float64[np.ndarray, " n"],
    evidence: float,
) -> tuple[Float64[np.ndarray, "k 3"], Float64[np.ndarray, "n 3"]]:
    """Fit by least squares with ridge, reweighted by 1 / (1 + (r/s)²); s is 1.48 medians of the residuals r.

    A weight that was reduced stays reduced, so an outlier that pulls the fit cannot come back.
    """
    ridge = evidence * np.eye(terms.shape[1])
    ridge[0, 0] *= 1e-3  # a shift of all colours needs less evidence
    coefficients = np.zeros((terms.shape[1], 3))
    for _ in range(_ROUNDS):
        weighted = terms * weights[:, None]
        coefficients = np.linalg.solve(terms.T @ weighted + ridge, weighted.T @ differences)
        residual = np.linalg.norm(differences - terms @ coefficients, axis=1)
        scale = 1.4826 * _median(residual, areas) + 0.1
        weights = weights / (1 + np.square(residual / scale))
    return coefficients, differences - terms @ coefficients


def _median(values: Float64[np.ndarray, " n"], areas: Float64[np.ndarray, " n"]) -> float:
    order = np.argsort(values, kind="stable")
    shares = np.cumsum(areas[order])
    return float(values[order][min(int(np.searchsorted(shares, shares[-1] / 2)), len(values) - 1)])
