"""Separable convolution of planes."""

from ctypes import c_int64

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float32
from huegraft.threads import in_blocks

_blur = function(
    "blur", array(np.float32, 3), c_int64, c_int64, c_int64, array(np.float32, 1), c_int64, c_int64, c_int64,
    array(np.float32, 1), array(np.float32, 3),
)  # fmt: skip


def blur(
    planes: Float32[np.ndarray, "c h w"],
    kernel: Float32[np.ndarray, " odd"],
    out: Float32[np.ndarray, "c h w"] | None = None,
) -> Float32[np.ndarray, "c h w"]:
    """Convolve each plane with a symmetric kernel down and across. Edges are repeated. The result may go to `out`."""
    count, height, width = planes.shape
    reach = len(kernel) // 2
    out = np.empty_like(planes) if out is None else out

    def work(top: int, bottom: int) -> None:
        row = np.empty(width + 2 * reach, np.float32)
        _blur(planes, count, height, width, kernel, reach, top, bottom, row, out)

    in_blocks(work, height, block=64)
    return out
