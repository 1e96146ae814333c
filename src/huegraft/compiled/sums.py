"""Sums over superpixels, in double precision."""

from ctypes import c_int64

import numpy as np
from jaxtyping import Float, Float64, Int32, Int64

from huegraft.compiled.library import array, function, in_bands

_CHANNELS_A_THREAD = 32
_PLANES_A_THREAD = 4
_add_enlarged = {
    np.dtype(dtype): function(
        name, array(np.float64, 2), array(np.int32, 2), c_int64, c_int64, array(np.int64, 2), array(np.float64, 1),
        array(np.int64, 2), array(np.float64, 1), array(dtype, 3), c_int64, c_int64, c_int64, c_int64,
    )
    for dtype, name in ((np.float32, "sums_add_enlarged"), (np.float64, "sums_add_double_enlarged"))
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


def add_enlarged(
    sums: Float64[np.ndarray, "n c"],
    labels: Int32[np.ndarray, "h w"],
    rows: tuple[Int64[np.ndarray, "h 2"], Float64[np.ndarray, " h"]],
    columns: tuple[Int64[np.ndarray, "w 2"], Float64[np.ndarray, " w"]],
    values: Float[np.ndarray, "cells_down cells_across c"],
) -> None:
    """Add each pixel of a bilinear enlargement, which never exists whole, to its superpixel's sum.

    Parameters
    ----------
    sums
        What is added to.
    labels
        Superpixel of each pixel.
    rows, columns
        The two cells of `values` that each line of pixels lies between, and what the second counts, in [0, 1).
    values
        What is enlarged, in single or double precision.
    """
    add, channels = _add_enlarged[values.dtype], sums.shape[1]

    def work(first: int, last: int) -> None:
        add(sums, labels, *labels.shape, *rows, *columns, values, values.shape[1], channels, first, last)

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
