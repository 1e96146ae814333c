"""Shown: the picture that colours make under the luma of the truth."""

import numpy as np

from huegraft.compiled.film import paint
from huegraft.compiled.sites import Sites
from huegraft.compiled.ycbcr import rgb_from_ycbcr
from huegraft.film.coding import coefficients, linear_from_xyz
from huegraft.shapes import Float32

_FULL = Sites.of((1, 1), "center")


def shown(luma: Float32[np.ndarray, "h w"], chroma: Float32[np.ndarray, "h w 2"]) -> Float32[np.ndarray, "h w 3"]:
    """Return the sRGB colours, clipped to [0, 1], that have a given Y′ by BT.709 and a given a*, b*.

    A film that keeps its luma has these colours. True chroma under true luma gives the truth.
    """
    values = coefficients("bt709")
    lines = np.concatenate([np.zeros_like(chroma), chroma], axis=2)
    rows, columns = (_each(length) for length in luma.shape)
    blues, reds = paint(lines, rows, columns, np.ascontiguousarray(luma), linear_from_xyz("bt709"), values.weights)
    return rgb_from_ycbcr(np.ascontiguousarray(luma), blues, reds, _FULL, values.reach).clip(0, 1)


def _each(length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return taps that take each line as it is."""
    lines = np.repeat(np.arange(length, dtype=np.int64)[:, None], 4, axis=1)
    weights = np.zeros((length, 4), np.float32)
    weights[:, 0] = 1
    return lines, weights
