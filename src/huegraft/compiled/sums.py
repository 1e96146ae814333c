"""Sums over superpixels, in double precision."""

from ctypes import c_int64

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float, Float64, Int32, Int64
from huegraft.threads import in_blocks, sums_of_bands

_CHANNELS = 16
_PLANES = 4
_count = function("sums_count", array(np.int32, 2), c_int64, array(np.float64, 1))
_add_enlarged = {
    np.dtype(dtype): function(
        name, array(np.float64, 2), array(np.int32, 2), c_int64, c_int64, array(np.int64, 2), array(np.float64, 1),
        array(np.int64, 2), array(np.float64, 1), array(dtype, 3), c_int64, c_int64, c_int64, c_int64,
    )
    for dtype, name in ((np.float32, "sums_add_enlarged"), (np.float64, "sums_add_double_enlarged"))
}  # fmt: skip
_add_pixels = {
    np.dtype(dtype): function(
        name, array(np.float64, 2), array(np.int32, 2), c_int64, array(dtype, 3), c_int64, c_int64, c_int64
    )
    for dtype, name in ((np.float32, "sums_add_pixels"), (np.float64, "sums_add_double_pixels"))
}
_add_planes = {
    np.dtype(dtype): function(
        name, array(np.float64, 2), array(np.int32, 2), c_int64, array(dtype, 3), c_int64, c_int64, c_int64
    )
    for dtype, name in ((np.float32, "sums_add_planes"), (np.float64, "sums_add_double_planes"))
}
_add_moments = {
    np.dtype(dtype): function(
        name, array(np.float64, 2), array(np.int32, 2), array(dtype, 3), c_int64, array(np.float64, 2), c_int64, c_int64
    )
    for dtype, name in ((np.float32, "sums_add_moments"), (np.float64, "sums_add_double_moments"))
}


def areas(labels: Int32[np.ndarray, "h w"], count: int) -> Float64[np.ndarray, " n"]:
    """Return the number of pixels of each of `count` superpixels, P_i."""
    counts = np.zeros(count)
    _count(np.ascontiguousarray(labels), labels.size, counts)
    return counts


def add_enlarged(
    sums: Float64[np.ndarray, "n c"],
    labels: Int32[np.ndarray, "h w"],
    rows: tuple[Int64[np.ndarray, "h 2"], Float64[np.ndarray, " h"]],
    columns: tuple[Int64[np.ndarray, "w 2"], Float64[np.ndarray, " w"]],
    values: Float[np.ndarray, "cells_down cells_across c"],
) -> None:
    """Add each pixel of a bilinear enlargement to its superpixel's sum. The enlargement never exists whole.

    Parameters
    ----------
    sums
        The sums that are added to.
    labels
        The superpixel of each pixel.
    rows, columns
        The two cells of `values` between which each line of pixels lies, and how much the second counts, in [0, 1).
    values
        The values that are enlarged, in single or double precision.
    """
    add, channels = _add_enlarged[values.dtype], sums.shape[1]

    def work(first: int, last: int) -> None:
        add(sums, labels, *labels.shape, *rows, *columns, values, values.shape[1], channels, first, last)

    in_blocks(work, channels, block=_CHANNELS)


def add_pixels(
    sums: Float64[np.ndarray, "n c"], labels: Int32[np.ndarray, "h w"], values: Float[np.ndarray, "h w c"]
) -> None:
    """Add each pixel to its superpixel's sum, in double precision. Planes in memory are added as planes.

    Parameters
    ----------
    sums
        The sums that are added to.
    labels
        The superpixel of each pixel.
    values
        The values, with channels on the last axis.
    """
    values = values if values.dtype in _add_pixels else values.astype(np.float32)
    if values.strides[1] == values.itemsize and values.shape[2] > 1:
        add_planes(sums, labels, np.ascontiguousarray(np.moveaxis(values, 2, 0)))
        return
    add = _add_pixels[values.dtype]
    values = np.ascontiguousarray(values)
    channels = values.shape[2]
    in_blocks(
        lambda first, last: add(sums, labels, labels.size, values, channels, first, last), channels, block=_CHANNELS
    )


def add_planes(
    sums: Float64[np.ndarray, "n c"], labels: Int32[np.ndarray, "h w"], planes: Float[np.ndarray, "c h w"]
) -> None:
    """Add each pixel of each plane, in single or double precision, to its superpixel's sum."""
    add = _add_planes[planes.dtype]
    in_blocks(
        lambda first, last: add(sums, labels, labels.size, planes, len(planes), first, last),
        len(planes),
        block=_PLANES,
    )


def centred_sums(
    labels: Int32[np.ndarray, "h w"], values: Float[np.ndarray, "h w d"], centres: Float64[np.ndarray, "n d"]
) -> tuple[Float64[np.ndarray, "n d"], Float64[np.ndarray, "n d d"]]:
    """Return the sums over superpixels of v and of v vᵀ, where v is a pixel's values minus the centre, and d ≤ 3."""
    count, channels = centres.shape
    rows, columns = np.tril_indices(channels)
    values, add_moments = np.ascontiguousarray(values), _add_moments[values.dtype]

    def add(first: int, last: int, part: np.ndarray) -> None:
        add_moments(part, labels, values, channels, centres, first, last)

    sums = sums_of_bands(add, labels.size, (count, channels + len(rows)))
    products = np.empty((count, channels, channels))
    products[:, rows, columns] = products[:, columns, rows] = sums[:, channels:]
    return sums[:, :channels], products
