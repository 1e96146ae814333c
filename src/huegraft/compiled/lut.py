"""A 3-D lookup table applied to pixels."""

from ctypes import c_int64

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float32
from huegraft.threads import in_blocks

_PIXELS = 2**14
_apply = function(
    "lut_apply", array(np.float32, 3), array(np.float32, 4), c_int64, array(np.float32, 1), array(np.float32, 1),
    c_int64, c_int64, array(np.float32, 3),
)  # fmt: skip


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
    out, scale = np.empty_like(pixels), 1 / (high - low)
    count = pixels.shape[0] * pixels.shape[1]
    in_blocks(lambda first, last: _apply(pixels, table, len(table), low, scale, first, last, out), count, block=_PIXELS)
    return out
