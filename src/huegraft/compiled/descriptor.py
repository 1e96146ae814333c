"""The handcrafted descriptor, with the blur between its two loops."""

from collections.abc import Sequence
from ctypes import c_int64

import numpy as np

from huegraft.compiled.blur import blur
from huegraft.compiled.library import array, function
from huegraft.shapes import Float32
from huegraft.threads import in_blocks

_planes = function("descriptor_planes", array(np.float32, 3), c_int64, c_int64, c_int64, array(np.float32, 3))
_contrast = function("descriptor_contrast", array(np.float32, 3), c_int64, c_int64, c_int64, c_int64)


def describe(
    picture: Float32[np.ndarray, "h w 3"], kernels: Sequence[Float32[np.ndarray, " _"]]
) -> Float32[np.ndarray, "_ h w"]:
    """Return, for each kernel, blurred CIELAB, gradient magnitude and local deviation of L*, all over 100.

    Parameters
    ----------
    picture
        sRGB in [0, 1]. Where it is grey, a* and b* are exactly 0.
    kernels
        The kernels of the blurs, down and across.
    """
    height, width = picture.shape[:2]
    pixels = height * width
    planes = np.empty((4, height, width), np.float32)
    in_blocks(lambda first, last: _planes(picture, pixels, first, last, planes), pixels, block=2**15)
    out = np.empty((len(kernels), 5, height, width), np.float32)
    for scale, kernel in zip(out, kernels, strict=True):
        blur(planes, kernel, out=scale[:4])
        in_blocks(lambda top, bottom, scale=scale: _contrast(scale, height, width, top, bottom), height, block=64)
    return out.reshape(-1, height, width)
