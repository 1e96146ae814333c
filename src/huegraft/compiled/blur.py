"""Separable convolution of planes."""

from ctypes import c_int64

import numpy as np
from jaxtyping import Float32

from huegraft.compiled.library import array, function, in_bands

_blur = function(
    "blur", array(np.float32, 3), c_int64, c_int64, c_int64, array(np.float32, 1), c_int64, c_int64, c_int64,
    array(np.float32, 1), array(np.float32, 3),
)  # fmt: skip


def blur(
    planes: Float32[np.ndarray, "c h w"], kernel: Float32[np.ndarray, " odd"], out: Float32[np.ndarray, "c h w"]
) -> None:
    """Convolve each plane with a symmetric kernel down and across, edges repeated, and write the result to `out`."""
    count, height, width = planes.shape
    reach = len(kernel) // 2

    def work(top: int, bottom: int) -> None:
        row = np.empty(width + 2 * reach, np.float32)
        _blur(planes, count, height, width, kernel, reach, top, bottom, row, out)

    in_bands(work, height, at_least=32)
