"""The loops of SLIC: nearest cluster, means of clusters, connected pieces."""

from ctypes import c_float, c_int64

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float32, Int32, Int64
from huegraft.threads import in_blocks, sums_of_bands

_ROWS = 64
_assign = function(
    "slic_assign", array(np.float32, 3), c_int64, c_int64, array(np.float32, 2), array(np.int32, 1), c_int64, c_float,
    c_int64, array(np.int32, 2), c_int64, c_int64, array(np.int32, 1), array(np.int32, 1), array(np.float32, 2),
    array(np.float32, 1), array(np.int32, 2),
)  # fmt: skip
_move = function(
    "slic_move", array(np.float32, 3), c_int64, c_int64, array(np.int32, 2), c_int64, c_int64, array(np.float64, 2)
)
_pieces = function(
    "slic_pieces", array(np.int32, 2), c_int64, c_int64, array(np.int32, 2), array(np.int64, 1), array(np.int64, 1),
    result=c_int64,
)  # fmt: skip
_grow = function("slic_grow", array(np.int32, 2), c_int64, c_int64, array(np.int64, 1))


def assign(
    colors: Float32[np.ndarray, "3 h w"],
    clusters: Float32[np.ndarray, "k 5"],
    step: float,
    reach: int,
    before: Int32[np.ndarray, "h w"],
) -> Int32[np.ndarray, "h w"]:
    """Return the nearest cluster of each pixel, or -1. Its centre lies within `reach` rows and columns.

    Parameters
    ----------
    colors
        CIELAB over the compactness.
    clusters
        (y, x) in pixels, then colour.
    step
        The pixels between neighbouring clusters, by which positions are divided.
    reach
        The reach in pixels.
    before
        For each pixel a cluster that may be the nearest, or -1. It changes the time, not the labels.
    """
    size = colors.shape[1], colors.shape[2]
    labels = np.empty(size, np.int32)
    by_column = np.argsort(clusters[:, 1], kind="stable").astype(np.int32)

    def work(top: int, bottom: int) -> None:
        count = len(clusters)
        room = (*np.empty((2, count), np.int32), np.empty((5, count), np.float32), np.empty(count, np.float32))
        _assign(colors, *size, clusters, by_column, count, step, reach, before, top, bottom, *room, labels)

    in_blocks(work, size[0], block=_ROWS)
    return labels


def move(
    colors: Float32[np.ndarray, "3 h w"], labels: Int32[np.ndarray, "h w"], clusters: Float32[np.ndarray, "k 5"]
) -> Float32[np.ndarray, "k 5"]:
    """Return the clusters at the means of their pixels. A cluster without pixels stays. No label may be -1."""

    def add(top: int, bottom: int, part: np.ndarray) -> None:
        _move(colors, *labels.shape, labels, top, bottom, part)

    sums = sums_of_bands(add, len(labels), (len(clusters), 6))
    areas = sums[:, 5:]
    return np.where(areas > 0, sums[:, :5] / np.maximum(areas, 1), clusters).astype(np.float32)


def connected_pieces(labels: Int32[np.ndarray, "h w"]) -> tuple[Int32[np.ndarray, "h w"], Int64[np.ndarray, " k"]]:
    """Return the 4-connected pieces of equal labels, numbered in the order of their first pixels, and their sizes."""
    pieces, waiting, sizes = np.empty_like(labels), np.empty(labels.size, np.int64), np.empty(labels.size, np.int64)
    count = _pieces(labels, *labels.shape, pieces, waiting, sizes)
    return pieces, sizes[:count].copy()


def grow(labels: Int32[np.ndarray, "h w"]) -> Int32[np.ndarray, "h w"]:
    """Return the labels after they grew, all at the same speed, over the pixels without a label (-1)."""
    if labels.min() >= 0:
        return labels
    grown = labels.copy()
    _grow(grown, *grown.shape, np.empty(grown.size, np.int64))
    return grown
