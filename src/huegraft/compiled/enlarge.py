"""Bicubic enlargement, some rows at a time."""

from ctypes import c_int64
from functools import lru_cache

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float32, Int64

_enlarge_taps = function("enlarge_taps", c_int64, c_int64, array(np.int64, 2), array(np.float32, 2))
_enlarge_rows = function(
    "enlarge_rows", array(np.float32, 3), c_int64, c_int64, c_int64, c_int64, c_int64, array(np.int64, 2),
    array(np.float32, 2), c_int64, c_int64, array(np.float32, 1), array(np.float32, 3),
)  # fmt: skip


def enlarge_rows(
    values: Float32[np.ndarray, "h w c"], size: tuple[int, int], top: int, bottom: int
) -> Float32[np.ndarray, "rows W c"]:
    """Return the rows from `top` to `bottom` of the values enlarged to `size`, pixel centres at half-integers."""
    height, width, channels = values.shape
    out = np.empty((bottom - top, size[1], channels), np.float32)
    line = np.empty(width * channels, np.float32)
    _enlarge_rows(values, height, width, channels, *size, *_taps(width, size[1]), top, bottom, line, out)
    return out


@lru_cache(4)
def _taps(length: int, new_length: int) -> tuple[Int64[np.ndarray, "n 4"], Float32[np.ndarray, "n 4"]]:
    """Return for each new place the four old ones that it is made from, and their weights."""
    places, weights = np.empty((new_length, 4), np.int64), np.empty((new_length, 4), np.float32)
    _enlarge_taps(length, new_length, places, weights)
    return places, weights
