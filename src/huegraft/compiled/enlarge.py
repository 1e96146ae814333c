"""Bicubic enlargement, a window at a time."""

from ctypes import c_int64
from functools import lru_cache

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float32, Int64
from huegraft.windows import Window

_enlarge_taps = function("enlarge_taps", c_int64, c_int64, array(np.int64, 2), array(np.float32, 2))
_enlarge_window = function(
    "enlarge_window", array(np.float32, 3), c_int64, c_int64, c_int64, c_int64, array(np.int64, 2),
    array(np.float32, 2), c_int64, c_int64, c_int64, c_int64, array(np.float32, 1), array(np.float32, 3),
)  # fmt: skip


def enlarge(
    values: Float32[np.ndarray, "h w c"], size: tuple[int, int], window: Window
) -> Float32[np.ndarray, "H W c"]:
    """Return a window of the values enlarged to `size`. Pixel centres lie at half-integers."""
    height, width, channels = values.shape
    out = np.empty((*window.size, channels), np.float32)
    line = np.empty(width * channels, np.float32)
    _enlarge_window(values, height, width, channels, size[0], *_taps(width, size[1]), *window, line, out)
    return out


@lru_cache(4)
def _taps(length: int, new_length: int) -> tuple[Int64[np.ndarray, "n 4"], Float32[np.ndarray, "n 4"]]:
    """Return for each new place the four old places that it is made from, and their weights."""
    places, weights = np.empty((new_length, 4), np.int64), np.empty((new_length, 4), np.float32)
    _enlarge_taps(length, new_length, places, weights)
    return places, weights
