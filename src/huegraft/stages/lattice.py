"""Lattice: displacements of colour averaged over neighbours, at nodes over three coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from huegraft.compiled.attention import near_means
from huegraft.records import Frozen
from huegraft.shapes import Float64
from huegraft.threads import matmul


@dataclass(frozen=True, eq=False)
class Lattice(Frozen):
    """A smooth function of three coordinates in [0, 1], linear between its nodes.

    Attributes
    ----------
    values : (3, k, l, m)
        Displacements in CIELAB at nodes that divide each coordinate evenly from 0 to 1.
    """

    values: Float64[np.ndarray, "3 k l m"]

    def __call__(self, where: Float64[np.ndarray, "*n 3"]) -> Float64[np.ndarray, "*n 3"]:
        """Return the displacements at these coordinates. Beyond [0, 1] they are those of the nearest node."""
        last = np.array(self.values.shape[1:]) - 1
        places = where.clip(0, 1) * last
        lower = np.minimum(places.astype(np.int64), np.maximum(last - 1, 0))
        share = places - lower
        taken = np.zeros(where.shape)
        for corner in product((0, 1), repeat=3):
            at = np.minimum(lower + corner, last)
            weight = np.where(corner, share, 1 - share).prod(axis=-1)
            taken += weight[..., None] * np.moveaxis(self.values[:, at[..., 0], at[..., 1], at[..., 2]], 0, -1)
        return taken


def fit_lattice(
    where: Float64[np.ndarray, "n 3"],
    residual: Float64[np.ndarray, "n 3"],
    weights: Float64[np.ndarray, " n"],
    areas: Float64[np.ndarray, " n"],
    *,
    nodes: tuple[int, int, int],
    widths: Sequence[float],
    evidence: float,
) -> Lattice:
    """Return the weighted mean of the residual around each node. It is drawn to 0 where little area has weight.

    Parameters
    ----------
    where, residual
        The coordinates of each superpixel, and the displacement that it asks for in CIELAB.
    weights, areas
        How much each superpixel counts, which is at most its area. Large residuals count less:
        w / (1 + (r / 1.5 r̃)²), r̃ the median of r.
    nodes
        The number of nodes along each coordinate.
    widths
        The standard deviations, along each coordinate, of the Gaussian that weights the neighbours.
    evidence
        The share of sure area at which the mean is halved. The whole is the area near a typical superpixel.
    """
    length = np.linalg.norm(residual, axis=1)
    weights = weights / (1 + np.square(length / (1.5 * lower_median(length) + 1e-9)))
    falls = [
        np.exp(np.square(np.linspace(0, 1, count)[:, None] - values) / (-2 * width**2))
        for count, values, width in zip(nodes, where.T, widths, strict=True)
    ]
    summed = np.concatenate([residual, np.ones((len(weights), 1))], axis=1) * weights[:, None]
    first, second = _products(falls, summed)
    sums = matmul(first, second.T).reshape(*nodes, summed.shape[1])
    typical = lower_median(near_means(where / np.array(widths), 1.0, areas[:, None])[:, 0])
    mean = sums[..., :3] / (sums[..., 3:] + evidence * max(typical, 1e-9))
    return Lattice(np.moveaxis(mean, 3, 0))


def lower_median(values: Float64[np.ndarray, " n"]) -> float:
    """Return the median, or the lower one of the two middle values."""
    middle = (len(values) - 1) // 2
    return float(np.partition(values, middle)[middle])


def _products(
    falls: Sequence[Float64[np.ndarray, "_ n"]], summed: Float64[np.ndarray, "n c"]
) -> tuple[Float64[np.ndarray, "p n"], Float64[np.ndarray, "q n"]]:
    """Return the weights over the first two coordinates, and those over the third times what is summed."""
    first, second, third = falls
    count = len(summed)
    return (first[:, None] * second).reshape(-1, count), (third[:, None] * summed.T).reshape(-1, count)
