"""Sums over superpixels."""

import numpy as np

from huegraft.compiled.threads import compiled


@compiled
def add_shares(
    sums: np.ndarray,
    superpixels: np.ndarray,
    cells: np.ndarray,
    weights: np.ndarray,
    values: np.ndarray,
    first: int,
    last: int,
) -> None:
    """Add weights[k]·values[cells[k]] to sums[superpixels[k]] for each k, in channels first to last.

    Parameters
    ----------
    sums : (n, c) float64
        Added to.
    superpixels, cells : (k,) int64
    weights : (k,) float64
    values : (m, c) float32 or float64
    first, last : int
        Range of channels.
    """
    for k in range(len(cells)):
        superpixel, cell, weight = superpixels[k], cells[k], weights[k]
        for c in range(first, last):
            sums[superpixel, c] += weight * values[cell, c]
