"""Colour as features. The product of two colours' features tells whether they are alike, but not how unlike."""

import math
from functools import cache

import numpy as np

from huegraft.compiled.color import lab_picture
from huegraft.compiled.color_kernel import FREQUENCIES, wave_sums, waves
from huegraft.compiled.sums import areas
from huegraft.shapes import Float32, Float64, Int32

_WIDTH = 10.0  # in CIELAB
_GENERATORS = (0.8191725, 0.6710436, 0.5497005)  # powers of 1/g, g⁴ = g + 1: points that fill a cube evenly


def color_kernel(picture: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 32"]:
    """Return cosines and sines of an sRGB picture's CIELAB. A sixteenth of their products is about exp(−d² / 2·10²).

    They are random Fourier features (Rahimi, Recht, NeurIPS 2007) whose frequencies are spread evenly instead of drawn.
    A cosine similarity of colours themselves would see only their direction, not how far they are from grey.
    """
    return np.moveaxis(waves(lab_picture(np.ascontiguousarray(picture)), frequencies()), 0, 2)


def pooled_color_kernel(
    picture: Float32[np.ndarray, "h w 3"], labels: Int32[np.ndarray, "h w"], count: int
) -> Float64[np.ndarray, "n 32"]:
    """Return the means of the features of `color_kernel` over superpixels."""
    sums = wave_sums(lab_picture(np.ascontiguousarray(picture)), labels, count, frequencies())
    return sums / areas(labels, count)[:, None]


@cache
def frequencies() -> Float32[np.ndarray, "f 3"]:
    """Return points of a normal distribution of deviation 1 / width, at the quantiles of evenly spread points."""
    numbers = np.arange(1, FREQUENCIES + 1)[:, None]
    even = (0.5 + numbers * np.array(_GENERATORS)) % 1
    return (np.vectorize(_quantile)(even) / _WIDTH).astype(np.float32)


def _quantile(share: float) -> float:
    """Return where the normal distribution reaches a share, by Newton's steps, since `statistics` is slow to load."""
    place = 0.0
    for _ in range(50):
        reached = math.erfc(-place / math.sqrt(2)) / 2
        place -= (reached - share) * math.sqrt(2 * math.pi) * math.exp(place * place / 2)
    return place
