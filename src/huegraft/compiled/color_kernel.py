"""The loops of the kernel of colour: cosines and sines of CIELAB, and their sums over superpixels."""

from ctypes import c_int64

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float32, Float64, Int32
from huegraft.threads import in_blocks, sums_of_bands

FREQUENCIES = 16

_features = function(
    "color_kernel_features", array(np.float32, 3), c_int64, array(np.float32, 2), c_int64, c_int64, array(np.float32, 3)
)
_add = function(
    "color_kernel_add", array(np.float32, 3), array(np.int32, 2), array(np.float32, 2), c_int64, c_int64,
    array(np.float64, 2),
)  # fmt: skip


def waves(lab: Float32[np.ndarray, "h w 3"], frequencies: Float32[np.ndarray, "16 3"]) -> Float32[np.ndarray, "32 h w"]:
    """Return the cosines, then the sines, of each frequency's product with each pixel."""
    height, width, _ = lab.shape
    features = np.empty((2 * FREQUENCIES, height, width), np.float32)
    in_blocks(lambda first, last: _features(lab, height * width, frequencies, first, last, features), FREQUENCIES)
    return features


def wave_sums(
    lab: Float32[np.ndarray, "h w 3"],
    labels: Int32[np.ndarray, "h w"],
    count: int,
    frequencies: Float32[np.ndarray, "16 3"],
) -> Float64[np.ndarray, "n 32"]:
    """Return the sums of `waves` over each of `count` superpixels. The waves never exist whole."""

    def add(first: int, last: int, part: np.ndarray) -> None:
        _add(lab, labels, frequencies, first, last, part)

    return sums_of_bands(add, labels.size, (count, 2 * FREQUENCIES))
