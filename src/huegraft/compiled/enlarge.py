"""Bicubic enlargement, some rows at a time."""

from ctypes import c_int64

import numpy as np
from jaxtyping import Float32

from huegraft.compiled.library import array, function

_enlarge_rows = function(
    "enlarge_rows", array(np.float32, 3), c_int64, c_int64, c_int64, c_int64, c_int64, c_int64, c_int64,
    array(np.float32, 1), array(np.float32, 3),
)  # fmt: skip


def enlarge_rows(
    values: Float32[np.ndarray, "h w c"], size: tuple[int, int], top: int, bottom: int
) -> Float32[np.ndarray, "rows W c"]:
    """Return the rows from `top` to `bottom` of the values enlarged to `size`, pixel centres at half-integers."""
    height, width, channels = values.shape
    out = np.empty((bottom - top, size[1], channels), np.float32)
    line = np.empty(width * channels, np.float32)
    _enlarge_rows(values, height, width, channels, *size, top, bottom, line, out)
    return out
