"""Distance to the nearest of some points."""

from ctypes import c_int64

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float32
from huegraft.threads import in_blocks

_nearest_distance = function(
    "nearest_distance", array(np.float32, 2), c_int64, c_int64, array(np.float32, 2), c_int64, array(np.float32, 1)
)


def nearest_distance(
    points: Float32[np.ndarray, "n 3"], others: Float32[np.ndarray, "m 3"]
) -> Float32[np.ndarray, " n"]:
    """Return the Euclidean distance of each point to the nearest of `others`."""
    distances = np.empty(len(points), np.float32)
    in_blocks(
        lambda first, last: _nearest_distance(points, first, last, others, len(others), distances),
        len(points),
        block=4096,
    )
    return distances
