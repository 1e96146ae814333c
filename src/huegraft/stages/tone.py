"""Tone: whether a picture has colours, or is grey, perhaps with a cast.

A print in sepia or another toning, a cyanotype and a yellowed scan have one colour for each brightness. So each
superpixel's chroma is compared with the mean chroma of the other superpixels of about its brightness. In a toned
picture they hardly differ. In a photograph they differ much, also if its colours are weak.
"""

from typing import Literal

import numpy as np

from huegraft.color import lab_from_srgb
from huegraft.shapes import Float64

Cast = Literal["sepia", "green", "blue", "purple"]
Tone = Literal["color", "grey", Cast]

_GREY_CHROMA = 2.0  # and down to a quarter of it in the dark, where colours are weak
_DARK = 20.0  # L*
_GREY_SHARE = 0.99  # share of the area that must have less chroma
_NOISY_SHARE, _NOISE = 0.95, 0.5  # the same for a JPEG of a grey picture, and the chroma that JPEG leaves in the mean
_LEVELS = 201  # of brightness
_BRIGHTNESS_WIDTH = 3  # levels
_TONED_SHARE = 0.16  # the largest share of the chroma that may vary at one brightness
_TONED_VARIATION = 4.0  # in CIELAB
_STRONGEST_CAST = 45.0  # chroma; a picture with a stronger cast is a picture of one colour
_ONE_HUE = 0.7  # share of the chroma that points one way, unless the cast is weak: shadows may be toned differently
_WEAK_CAST = 12.0
_CASTS: tuple[tuple[float, Cast], ...] = ((115, "sepia"), (190, "green"), (295, "blue"), (350, "purple"))


def tone_of(colors: Float64[np.ndarray, "n 3"], weights: Float64[np.ndarray, " n"]) -> Tone:
    """Return "color", "grey", or the cast of a grey picture.

    Parameters
    ----------
    colors
        Mean sRGB colours of a picture's superpixels.
    weights
        How much each superpixel counts: its area, as far as it is seen.

    Examples
    --------
    >>> brightness = np.linspace(0, 1, 50)[:, None]
    >>> tone_of(brightness * [1.0, 0.9, 0.7], np.ones(50))
    'sepia'
    >>> tone_of(brightness * [1.0, 1.0, 1.0], np.ones(50))
    'grey'
    """
    seen = weights > 0
    colors, weights = colors[seen], weights[seen] / weights[seen].sum()
    lightness, chroma = np.split(lab_from_srgb(colors), [1], axis=1)
    strength = np.linalg.norm(chroma, axis=1)
    share = weights @ (strength < _GREY_CHROMA * (lightness[:, 0] / _DARK).clip(0.25, 1))
    if share >= _GREY_SHARE or (share >= _NOISY_SHARE and weights @ np.square(strength) < _NOISE**2):
        return "grey"
    varied = chroma - _chroma_of_others(colors.mean(axis=1), chroma, weights)
    variation, whole = (float(np.sqrt(weights @ np.square(each).sum(axis=1))) for each in (varied, chroma))
    if variation > min(_TONED_SHARE * whole, _TONED_VARIATION) or whole > _STRONGEST_CAST:
        return "color"
    a, b = weights @ chroma
    if np.hypot(a, b) < _ONE_HUE * (weights @ strength) and whole > _WEAK_CAST:
        return "color"
    hue = np.degrees(np.arctan2(b, a)) % 360
    for end, cast in _CASTS:
        if hue < end:
            return cast
    return "sepia"


def _chroma_of_others(
    brightness: Float64[np.ndarray, " n"], chroma: Float64[np.ndarray, "n 2"], weights: Float64[np.ndarray, " n"]
) -> Float64[np.ndarray, "n 2"]:
    """Return the mean chroma of the other superpixels, weighted by how near they are in brightness.

    Brightness is the mean of red, green and blue, because in clipped highlights L* hardly changes with the cast.
    """
    level = np.rint(brightness * (_LEVELS - 1)).astype(int).clip(0, _LEVELS - 1)
    apart = np.subtract.outer(np.arange(_LEVELS), np.arange(_LEVELS)) / _BRIGHTNESS_WIDTH
    nearness = (1 + np.square(apart)) ** -2.0
    summed = np.stack([np.bincount(level, each, _LEVELS) for each in (weights, *(weights * chroma.T))], axis=1)
    near = (nearness @ summed)[level] - weights[:, None] * np.column_stack([np.ones_like(weights), chroma])
    return near[:, 1:] / np.maximum(near[:, :1], 1e-12)
