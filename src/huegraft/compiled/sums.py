"""Sums over superpixels, in double precision."""

from ctypes import c_int64

import numpy as np
from jaxtyping import Float, Float64, Int32, Int64

from huegraft.compiled.library import array, function, in_bands

_CHANNELS_A_THREAD = 32
_PLANES_A_THREAD = 4
_add_shares = {
    np.dtype(dtype): function(
        name, array(np.float64, 2), array(np.int64, 1), array(np.int64, 1), array(np.float64, 1), c_int64,
        array(dtype, 2), c_int64, c_int64, c_int64,
    )
    for dtype, name in ((np.float32, "sums_add_shares"), (np.float64, "sums_add_double_shares"))
}  # fmt: skip
_add_planes = {
    np.dtype(dtype): function(
        name, array(np.float64, 2), array(np.int32, 2), c_int64, array(dtype, 3), c_int64, c_int64, c_int64
    )
    for dtype, name in ((np.float32, "sums_add_planes"), (np.float64, "sums_add_double_planes"))
}
_add_products = function(
    "sums_add_products", array(np.float64, 3), array(np.int32, 2), c_int64, array(np.float64, 3), c_int64,
    array(np.float64, 2),
)  # fmt: skip


def add_shares(
    sums: Float64[np.ndarray, "n c"],
    superpixels: Int64[np.ndarray, " k"],
    cells: Int64[np.ndarray, " k"],
    weights: Float64[np.ndarray, " k"],
    values: Float[np.ndarray, "m c"],
) -> None:
    """Add weights[k]·values[cells[k]] to sums[superpixels[k]] for each k; values in single or double precision."""
    add, channels = _add_shares[values.dtype], sums.shape[1]

    def work(first: int, last: int) -> None:
        add(sums, superpixels, cells, weights, len(cells), values, channels, first, last)

    in_bands(work, channels, at_least=_CHANNELS_A_THREAD)


def add_planes(
    sums: Float64[np.ndarray, "n c"], labels: Int32[np.ndarray, "h w"], planes: Float[np.ndarray, "c h w"]
) -> None:
    """Add each pixel of each plane, in single or double precision, to its superpixel's sum."""
    add = _add_planes[planes.dtype]
    in_bands(
        lambda first, last: add(sums, labels, labels.size, planes, len(planes), first, last),
        len(planes),
        at_least=_PLANES_A_THREAD,
    )


def add_products(
    sums: Float64[np.ndarray, "n d d"],
    labels: Int32[np.ndarray, "h w"],
    values: Float64[np.ndarray, "h w d"],
    means: Float64[np.ndarray, "n d"],
) -> None:
    """Add v vᵀ to its superpixel's sum for each pixel, v its values less its superpixel's mean."""
    _add_products(sums, labels, labels.size, values, values.shape[2], means)
