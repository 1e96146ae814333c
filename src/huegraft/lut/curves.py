"""Curves: a monotone tone curve for each channel. A LUT starts from them, and keeps them where there are no data."""

import numpy as np

from huegraft.extras import imports
from huegraft.lut.bins import Bins
from huegraft.shapes import Float64

with imports("lut", "fitting a LUT"):
    from scipy import sparse
    from scipy.linalg import cholesky, solve_triangular
    from scipy.optimize import nnls

_KNOTS = np.linspace(0, 1, 17)
_SMOOTHNESS = 1e-6  # weight of ∫ f″², beside a mean over pixels
_ANCHOR = 1e-3  # weight of black staying black and white staying white
_JITTER = 1e-12


def fit_curves(bins: Bins) -> Float64[np.ndarray, "3 knots"]:
    """Return the curves of red, green and blue at evenly spaced knots, in [0, 1]. They never fall."""
    return np.stack([_curve(*columns, bins.shares) for columns in zip(bins.colors.T, bins.wanted.T, strict=True)])


def apply_curves(
    curves: Float64[np.ndarray, "3 knots"], colors: Float64[np.ndarray, "n 3"]
) -> Float64[np.ndarray, "n 3"]:
    """Return colours under the curves."""
    return np.stack([np.interp(x, _KNOTS, y) for x, y in zip(colors.T, curves, strict=True)], axis=1)


def _curve(
    values: Float64[np.ndarray, " n"], wanted: Float64[np.ndarray, " n"], shares: Float64[np.ndarray, " n"]
) -> Float64[np.ndarray, " knots"]:
    """Fit by least squares over the rises between knots, which may not be negative."""
    count, place = len(_KNOTS), values * (len(_KNOTS) - 1)
    knots = np.minimum(place.astype(np.int64), count - 2)[:, None] + [0, 1]
    hats = sparse.csr_array(
        ((1 - np.abs(place[:, None] - knots)).ravel(), knots.ravel(), np.arange(0, 2 * len(values) + 1, 2)),
        shape=(len(values), count),
    )
    weighted = (hats * shares[:, None]).T
    bends = np.diff(np.eye(count), 2, axis=0)
    normal = (weighted @ hats).toarray() + _SMOOTHNESS * (count - 1) ** 3 * bends.T @ bends + _JITTER * np.eye(count)
    right = weighted @ wanted
    normal[[0, -1], [0, -1]] += _ANCHOR
    right[-1] += _ANCHOR
    root = cholesky(normal)
    summing = np.tril(np.ones((count, count)))
    rises, _ = nnls(root @ summing, solve_triangular(root, right, trans=1))
    return np.clip(summing @ rises, 0, 1)
