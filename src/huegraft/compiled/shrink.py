"""Area averaging."""

from ctypes import c_int64

import numpy as np
from jaxtyping import Float32

from huegraft.compiled.library import array, function, in_bands

_shrink_rows = function(
    "shrink_rows", array(np.float32, 3), c_int64, c_int64, c_int64, c_int64, c_int64, c_int64, c_int64,
    array(np.float32, 1), array(np.float32, 3),
)  # fmt: skip


def shrink(picture: Float32[np.ndarray, "H W c"], size: tuple[int, int]) -> Float32[np.ndarray, "h w c"]:
    """Return the picture at a size no larger, each pixel the mean of the area that it covers, clipped to [0, 1]."""
    height, width, channels = picture.shape
    out = np.empty((*size, channels), np.float32)

    def work(top: int, bottom: int) -> None:
        sums = np.empty(width * channels, np.float32)
        _shrink_rows(picture, height, width, channels, *size, top, bottom, sums, out)

    in_bands(work, size[0])
    return out
