"""Lookup tables applied to pixels."""

from collections.abc import Callable
from ctypes import c_int64

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float32
from huegraft.threads import in_blocks

_PIXELS = 2**14


def _loop(name: str, axes: int) -> Callable[..., None]:
    """Return the loop of a table with a number of axes."""
    floats = array(np.float32, 1)
    return function(
        name, array(np.float32, 3), array(np.float32, axes), c_int64, floats, floats, c_int64, c_int64,
        array(np.float32, 3),
    )  # fmt: skip


_trilinear, _tetrahedral, _curves = _loop("lut_apply", 4), _loop("lut_tetrahedral", 4), _loop("lut_curves", 2)


def look_up(
    pixels: Float32[np.ndarray, "h w 3"],
    table: Float32[np.ndarray, "n n n 3"],
    low: Float32[np.ndarray, "3"],
    high: Float32[np.ndarray, "3"],
) -> Float32[np.ndarray, "h w 3"]:
    """Return the colours between the nodes of a table, trilinearly, clipped to [0, 1].

    Parameters
    ----------
    low, high
        The colours of the first and the last node. Beyond them the nearest point of the grid counts.
    """
    return _looked_up(_trilinear, pixels, table, low, high)


def look_up_in_tetrahedra(
    pixels: Float32[np.ndarray, "h w 3"],
    table: Float32[np.ndarray, "n n n 3"],
    low: Float32[np.ndarray, "3"],
    high: Float32[np.ndarray, "3"],
) -> Float32[np.ndarray, "h w 3"]:
    """Return the colours between four nodes of a table, clipped to [0, 1]. Grey stays grey where the nodes of it do."""
    return _looked_up(_tetrahedral, pixels, table, low, high)


def look_up_in_curves(
    pixels: Float32[np.ndarray, "h w 3"],
    table: Float32[np.ndarray, "n 3"],
    low: Float32[np.ndarray, "3"],
    high: Float32[np.ndarray, "3"],
) -> Float32[np.ndarray, "h w 3"]:
    """Return red, green and blue each under its own curve, linearly between the nodes, clipped to [0, 1]."""
    return _looked_up(_curves, pixels, table, low, high)


def _looked_up(
    loop: Callable[..., None], pixels: np.ndarray, table: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    out, scale = np.empty_like(pixels), 1 / (high - low)
    count = pixels.shape[0] * pixels.shape[1]
    in_blocks(lambda first, last: loop(pixels, table, len(table), low, scale, first, last, out), count, block=_PIXELS)
    return out
