"""Lattice: displacements of colour averaged over neighbours, at nodes over three coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from huegraft.stages.context import nearness


@dataclass(frozen=True, eq=False)
class Lattice:
    """A smooth function of three coordinates in [0, 1], linear between its nodes.

    Attributes
    ----------
    values : (3, k, l, m)
        Displacements in CIELAB at nodes that divide each coordinate evenly from 0 to 1.
    """

    values: Float64[Tensor, "3 k l m"]

    def __call__(self, where: Float64[Tensor, "h w 3"]) -> Float64[Tensor, "h w 3"]:
        """Return the displacements at these coordinates; beyond [0, 1] those of the nearest node."""
        grid = 2 * where.flip(-1)[None, None].float() - 1
        taken = torch.nn.functional.grid_sample(
            self.values[None].float(), grid, padding_mode="border", align_corners=True
        )
        return taken[0, :, 0].permute(1, 2, 0).double()


def fit_lattice(
    where: Float64[Tensor, "n 3"],
    residual: Float64[Tensor, "n 3"],
    weights: Float64[Tensor, " n"],
    areas: Float64[Tensor, " n"],
    *,
    nodes: tuple[int, int, int],
    widths: Sequence[float],
    evidence: float,
) -> Lattice:
    """Return the residual's weighted mean around each node, drawn to 0 where little of the area near it has weight.

    Parameters
    ----------
    where, residual
        Of each superpixel: its coordinates, and the displacement that it asks for in CIELAB.
    weights, areas
        How much each counts, at most its area. Those far off count less: w / (1 + (r / 1.5 r̃)²), r̃ the median of r.
    nodes
        Along each coordinate.
    widths
        Standard deviations along each coordinate of the Gaussian that neighbours are weighted by.
    evidence
        The share of sure area, of what is near a typical superpixel, at which the mean is halved.
    """
    length = residual.norm(dim=1)
    weights = weights / (1 + (length / (1.5 * length.median() + 1e-9)).square())
    falls = [
        torch.exp((torch.linspace(0, 1, count).to(where)[:, None] - values).square() / (-2 * width**2))
        for count, values, width in zip(nodes, where.unbind(1), widths, strict=True)
    ]
    summed = torch.cat([residual, torch.ones_like(weights)[:, None]], dim=1) * weights[:, None]
    sums = torch.einsum("pn,kcn->pkc", *_products(falls, summed)).unflatten(0, nodes[:2])
    typical = (nearness(where / torch.tensor(widths).to(where), 1.0) @ areas.float()).median()
    mean = sums[..., :3] / (sums[..., 3:] + evidence * typical.clamp_min(1e-9))
    return Lattice(mean.permute(3, 0, 1, 2))


def _products(
    falls: Sequence[Float64[Tensor, "_ n"]], summed: Float64[Tensor, "n c"]
) -> tuple[Float64[Tensor, "p n"], Float64[Tensor, "k c n"]]:
    """Return the weights over the first two coordinates, and those over the third times what is summed."""
    first, second, third = falls
    return (first[:, None] * second).flatten(0, 1), third[:, None] * summed.T
