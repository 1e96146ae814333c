"""Guided: chroma is a line over lightness around each pixel, so that enlarged chroma has the edges of the lightness.

It is the guided filter (He, Sun, Tang 2013, doi:10.1109/TPAMI.2012.213) at the working size, with a Gaussian in place
of the box. The lines of the filter are enlarged (He, Sun 2015, arXiv:1505.00996).
"""

import numpy as np

from huegraft.compiled.blur import blur
from huegraft.shapes import Float32

_SIGMA = 1.0  # working pixels: as far as an edge can lie from where the fusion put it
_REACH = 3  # deviations
_VARIANCE = 4.0  # of L* within which no edge is seen


def guided_lines(
    values: Float32[np.ndarray, "h w c"], lightness: Float32[np.ndarray, "h w"], sigma: float = _SIGMA
) -> Float32[np.ndarray, "h w lines"]:
    """Return for each pixel the slopes of the values over L*, then their offsets.

    Parameters
    ----------
    values
        a*, b*, or other values that change where lightness does.
    lightness
        L* of the picture that the values belong to, at the same size.
    sigma
        The deviation of the Gaussian, in pixels.
    """
    planes = [np.ascontiguousarray(plane) for plane in np.moveaxis(values, 2, 0)]
    products = [lightness * plane for plane in (lightness, *planes)]
    kernel = _kernel(sigma)
    means = blur(np.stack([lightness, *planes, *products]).astype(np.float32), kernel)
    mean_l, plain, (square, *products) = means[0], means[1 : 1 + len(planes)], means[1 + len(planes) :]
    variance = square - mean_l * mean_l + np.float32(_VARIANCE)
    slopes = [(product - mean_l * mean) / variance for product, mean in zip(products, plain, strict=True)]
    offsets = [mean - slope * mean_l for mean, slope in zip(plain, slopes, strict=True)]
    return np.ascontiguousarray(np.moveaxis(blur(np.stack([*slopes, *offsets]), kernel), 0, 2))


def _kernel(sigma: float) -> Float32[np.ndarray, " odd"]:
    reach = int(_REACH * sigma)
    weights = np.exp(-np.square(np.arange(-reach, reach + 1)) / (2 * sigma**2))
    return (weights / weights.sum()).astype(np.float32)
