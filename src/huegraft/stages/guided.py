"""Guided: chroma as a line over lightness around each pixel, so that enlarged chroma has the edges of the lightness.

The guided filter (He, Sun, Tang 2013, doi:10.1109/TPAMI.2012.213) at the working size, its lines enlarged (He, Sun
2015, arXiv:1505.00996), with a Gaussian in place of the box.
"""

import numpy as np
from jaxtyping import Float32

from huegraft.compiled.blur import blur

_SIGMA = 1.0  # working pixels: as far as an edge can lie from where the fusion put it
_VARIANCE = 4.0  # of L* within which no edge is seen


def guided_lines(
    chroma: Float32[np.ndarray, "h w 2"], lightness: Float32[np.ndarray, "h w"]
) -> Float32[np.ndarray, "h w 4"]:
    """Return for each pixel the slopes of a* and b* over L*, then their offsets.

    Parameters
    ----------
    chroma
        a*, b*.
    lightness
        L* of what the chroma was fused for, at the same size.
    """
    a, b = np.moveaxis(chroma, 2, 0)
    planes = np.stack([lightness, a, b, lightness * lightness, lightness * a, lightness * b]).astype(np.float32)
    mean_l, mean_a, mean_b, square, with_a, with_b = blur(planes, _kernel())
    variance = square - mean_l * mean_l + np.float32(_VARIANCE)
    slope_a, slope_b = (with_a - mean_l * mean_a) / variance, (with_b - mean_l * mean_b) / variance
    lines = np.stack([slope_a, slope_b, mean_a - slope_a * mean_l, mean_b - slope_b * mean_l])
    return np.ascontiguousarray(np.moveaxis(blur(lines, _kernel()), 0, 2))


def _kernel() -> Float32[np.ndarray, " odd"]:
    reach = int(3 * _SIGMA)
    weights = np.exp(-np.square(np.arange(-reach, reach + 1)) / (2 * _SIGMA**2))
    return (weights / weights.sum()).astype(np.float32)
