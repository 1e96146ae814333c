"""Feature maps in tiles: windows of a picture, the cells that the windows need, and means over superpixels."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from huegraft.compiled.sums import add_enlarged, add_pixels, areas
from huegraft.errors import BackboneError
from huegraft.shapes import Float, Float64, Int, Int32, Int64
from huegraft.windows import Window


@dataclass(frozen=True, eq=False)
class Cells:
    """Some cells of a feature map. The map stands for its bilinear enlargement to the picture's size.

    Attributes
    ----------
    values : (h, w, c) float
        The rows `top` to `top` + h and the columns `left` to `left` + w of the map.
    top, left : int
        The row and the column of the first of these cells.
    size : (float, float)
        Height and width of the picture divided by those of a cell. They are no whole numbers if the last cells reach
        beyond the picture.
    """

    values: Float[np.ndarray, "h w c"]
    top: int
    left: int
    size: tuple[float, float]


class Pooling:
    """Sums of feature maps over superpixels, window by window, in float64. They give F_l(i); no map f_l exists whole.

    Parameters
    ----------
    labels
        The superpixel of each pixel, below `count`.
    """

    def __init__(self, labels: Int32[np.ndarray, "h w"], count: int) -> None:
        self._labels = labels
        self._areas = areas(labels, count)
        self._sums: dict[str, Float64[np.ndarray, "n c"]] = {}

    def add(self, layer: str, window: Window, cells: Cells) -> None:
        """Add the values of a layer's map at the pixels of a window."""
        values = cells.values if cells.values.dtype == np.float64 else cells.values.astype(np.float32, copy=False)
        sums = self._sums.setdefault(layer, np.zeros((len(self._areas), values.shape[2])))
        if sums.shape[1] != values.shape[2]:
            found = f"{sums.shape[1]} channels in one tile and {values.shape[2]} in another"
            raise BackboneError(f"layer {layer!r} must have as many channels everywhere, got {found}")
        inside = np.ascontiguousarray(self._labels[window.crop()])
        if cells.size == self._labels.shape:
            add_pixels(sums, inside, values)
            return
        rows = _between(self._labels.shape[0], cells.size[0], window.top, window.bottom, cells.top)
        columns = _between(self._labels.shape[1], cells.size[1], window.left, window.right, cells.left)
        if rows[0].max() >= values.shape[0] or columns[0].max() >= values.shape[1]:
            raise BackboneError(f"layer {layer!r}: not all cells that its window lies between are there")
        add_enlarged(sums, inside, rows, columns, np.ascontiguousarray(values))

    def means(self) -> dict[str, Float64[np.ndarray, "n _"]]:
        """Return the mean of each channel over each superpixel, for each layer in the order of their first cells."""
        return {layer: sums / self._areas[:, None] for layer, sums in self._sums.items()}


def pooled_cells(
    layers: Sequence[str],
    labels: Int32[np.ndarray, "h w"],
    count: int,
    tile: int,
    cells_of: Callable[[Window], Iterable[Cells]],
) -> Iterator[Float64[np.ndarray, "n _"]]:
    """Yield the super-features of each layer. `cells_of` yields the cells that a window needs, layer by layer.

    Parameters
    ----------
    labels, count
        The superpixel of each pixel, and the number of superpixels.
    tile
        The side of the windows.
    """
    pooling = Pooling(labels, count)
    for window in windows(labels.shape[0], labels.shape[1], tile):
        for layer, cells in zip(layers, cells_of(window), strict=True):
            pooling.add(layer, window, cells)
    means = pooling.means()
    return (means[layer] for layer in layers)


def windows(height: int, width: int, side: int) -> Iterator[Window]:
    """Divide a picture into windows of about the same size. No window has more pixels than a square of the side."""
    if height * width <= side**2:
        yield Window.whole((height, width))
        return
    rows, columns = ([size * k // -(-size // side) for k in range(-(-size // side) + 1)] for size in (height, width))
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            yield Window(top, bottom, left, right)


def enlarged(
    values: Float[np.ndarray, "cells_down cells_across c"], cells: tuple[float, float], size: tuple[int, int]
) -> Float[np.ndarray, "h w c"]:
    """Return a map enlarged bilinearly to a picture's size, whose sides over a cell's are `cells`."""
    if values.shape[:2] == size:
        return values
    for axis in (0, 1):
        lower, upper, share = enlargement(size[axis], cells[axis], 0, size[axis])
        share = np.expand_dims(share.astype(values.dtype), (1, 2) if axis == 0 else (0, 2))
        values = (1 - share) * values.take(lower, axis) + share * values.take(upper, axis)
    return values


def enlargement(
    size: int, cells: float, start: int, stop: int
) -> tuple[Int[np.ndarray, " p"], Int[np.ndarray, " p"], Float[np.ndarray, " p"]]:
    """Return the cells between which the pixels `start` to `stop` lie when a line is enlarged bilinearly to `size`.

    Returns
    -------
    lower, upper, share
        The two cells, and how much the upper one counts, in [0, 1). A pixel centre beyond the centre of the outermost
        cell takes this cell (as align_corners=False has it).
    """
    places = np.maximum((np.arange(start, stop) + 0.5) * (cells / size) - 0.5, 0)
    lower = places.astype(np.int64)
    share = places - lower
    return lower, np.where(share > 0, np.minimum(lower + 1, math.ceil(cells) - 1), lower), share


def cells_between(size: int, cells: float, start: int, stop: int) -> tuple[int, int]:
    """Return the first and the end of the cells of a line that the pixels from `start` to `stop` lie between."""
    if cells == size:
        return start, stop
    lower, upper, _ = enlargement(size, cells, start, stop)
    return int(lower[0]), int(upper.max()) + 1


def _between(
    size: int, cells: float, start: int, stop: int, first: int
) -> tuple[Int64[np.ndarray, "p 2"], Float64[np.ndarray, " p"]]:
    """Return the two cells, counted from `first`, between which pixels lie, and how much the second cell counts."""
    lower, upper, share = enlargement(size, cells, start, stop)
    return np.stack([lower, upper], axis=1) - first, share
