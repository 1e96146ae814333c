"""Grade: what the matched superpixels say beyond the base map, as maps of colour that vary over the picture.

Every target superpixel knows its colour under the base map and the colour that it attends to. The difference is noisy,
so it is explained by as little as it takes: a polynomial in the colour, the same everywhere, then a displacement that
varies slowly with position and lightness. Both are fitted with weights that fall with the residual and with how badly
the match returns to where it came from, and both are drawn to nothing where there is little evidence, so that the base
map remains.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from huegraft.settings import GradeSettings
from huegraft.stages.base import BaseMap

_RETURN_RADIUS = 0.08  # of √(H·W)
_ROUNDS = 15
_NODES = (24, 24, 12)  # of the grid of displacements: down, across, from black to white


@dataclass(frozen=True, eq=False)
class Grade:
    """Base map, polynomial, and displacements on a grid over (y, x, L*).

    Attributes
    ----------
    coefficients : (k, 3)
        Of the polynomial in base-mapped colours.
    limits : (2, 3)
        Least and greatest colour that it was fitted to; others are clamped to them first.
    displacements : (3, levels, down, across)
        In CIELAB, at nodes over the lightness and the frame.
    """

    base: BaseMap
    degree: int
    coefficients: Float64[Tensor, "k 3"]
    limits: Float64[Tensor, "2 3"]
    displacements: Float64[Tensor, "3 levels down across"]

    def __call__(
        self, lab: Float64[Tensor, "h w 3"], rows: tuple[float, float] = (0.0, 1.0)
    ) -> Float64[Tensor, "h w 3"]:
        """Map colours in CIELAB of the band of the frame between two heights, 0 at its top and 1 at its bottom."""
        mapped = self.base(lab)
        inside = mapped.clamp(*self.limits)
        return mapped + _terms(inside, self.degree) @ self.coefficients + self._displaced(mapped[..., 0], rows)

    def _displaced(self, lightness: Float64[Tensor, "h w"], rows: tuple[float, float]) -> Float64[Tensor, "h w 3"]:
        height, width = lightness.shape
        y = rows[0] + (torch.arange(height, device=lightness.device) + 0.5) / height * (rows[1] - rows[0])
        x = (torch.arange(width, device=lightness.device) + 0.5) / width
        where = torch.stack(
            [x.expand(height, width), y[:, None].expand(height, width), (lightness / 100).to(x).clamp(0, 1)], dim=-1
        )
        taken = torch.nn.functional.grid_sample(
            self.displacements[None].to(x), 2 * where[None, None] - 1, padding_mode="border", align_corners=True
        )
        return taken[0, :, 0].permute(1, 2, 0).double()


def fit_grade(
    base: BaseMap,
    mapped: Float64[Tensor, "n 3"],
    attended: Float64[Tensor, "n 3"],
    attention: Float64[Tensor, "n m"],
    areas: Float64[Tensor, " n"],
    positions: Float64[Tensor, "n 2"],
    size: tuple[int, int],
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
    areas, positions
        Of the target's superpixels: pixels, and mean (y/h, x/w).
    size
        Height and width at the working size.
    settings
        Degree, evidence needed, widths.
    """
    frame = torch.tensor(size, dtype=torch.float64, device=areas.device) / (size[0] * size[1]) ** 0.5
    places = positions * frame
    weights = areas * returns(attention, places)
    terms = _terms(mapped, settings.degree)
    evidence = settings.evidence * float(areas.sum())
    coefficients, residual = _robust(terms, attended - mapped, weights, areas, evidence)
    displacements = _displacements(residual, weights, areas, places, mapped[:, 0], frame, settings)
    limits = torch.stack([mapped.amin(dim=0), mapped.amax(dim=0)])
    return Grade(base, settings.degree, coefficients, limits, displacements)


def returns(attention: Float64[Tensor, "n m"], places: Float64[Tensor, "n 2"]) -> Float64[Tensor, " n"]:
    """Return how much of each superpixel's attention comes back near to it, in [0, 1].

    The way back is Bayes': B(j, i) = A(i, j) / Σ_i A(i, j). Near is a Gaussian of 0.08 √(H·W).
    """
    back = attention / attention.sum(dim=0).clamp_min(1e-12)
    near = torch.exp(-torch.cdist(places, places).square() / (2 * _RETURN_RADIUS**2))
    return ((attention @ back.T) * near).sum(dim=1)


def _terms(lab: Float64[Tensor, "*n 3"], degree: int) -> Float64[Tensor, "*n k"]:
    """Return 1, then the monomials of L*, a*, b* (over 100, a* and b* from the middle) up to the degree 1 or 2."""
    channels = (lab / 100 + torch.tensor([0, 0.5, 0.5]).to(lab)).unbind(-1)
    terms = [torch.ones_like(channels[0]), *channels] if degree else [torch.ones_like(channels[0])]
    if degree == 2:
        terms += [channels[first] * channels[second] for first in range(3) for second in range(first, 3)]
    return torch.stack(terms, dim=-1)


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


def _displacements(
    residual: Float64[Tensor, "n 3"],
    weights: Float64[Tensor, " n"],
    areas: Float64[Tensor, " n"],
    places: Float64[Tensor, "n 2"],
    lightness: Float64[Tensor, " n"],
    frame: Float64[Tensor, "2"],
    settings: GradeSettings,
) -> Float64[Tensor, "3 levels down across"]:
    """Return the residual's weighted mean around each node, drawn to 0 where little of the area near it has weight."""
    length = residual.norm(dim=1)
    weights = weights / (1 + (length / (1.5 * length.median() + 1e-9)).square())
    down, across, levels = (torch.linspace(0, 1, count).to(places) for count in _NODES)
    falls = [
        torch.exp(-(nodes[:, None] - values).square() / (2 * sigma**2))
        for nodes, values, sigma in (
            (levels * 100, lightness, settings.local_lightness),
            (down * frame[0], places[:, 0], settings.local_radius),
            (across * frame[1], places[:, 1], settings.local_radius),
        )
    ]
    near = torch.einsum("ln,yn,xn->lyxn", *falls)
    amount = near @ weights
    here = torch.exp(-torch.cdist(places, places).square() / (2 * settings.local_radius**2))
    here = here * torch.exp(-(lightness[:, None] - lightness).square() / (2 * settings.local_lightness**2))
    enough = settings.local_evidence * (here @ areas).median().clamp_min(1e-9)
    return ((near @ (weights[:, None] * residual)) / (amount + enough)[..., None]).permute(3, 0, 1, 2)


def _median(values: Float64[Tensor, " n"], areas: Float64[Tensor, " n"]) -> Float64[Tensor, ""]:
    ordered, order = values.sort()
    shares = areas[order].cumsum(0)
    return ordered[torch.searchsorted(shares, shares[-1] / 2).clamp_max(len(values) - 1)]
