"""sRGB, linear light and CIELAB, on arrays whose last axis holds the channels, in their own precision.

The constants are those of IEC 61966-2-1 (sRGB) and CIE 15:2004 (CIELAB) under D65. The white point is the matrix's own
row sum, so that a neutral grey has a* = b* = 0 exactly. Whole pictures go through `huegraft.compiled.color`.
"""

import numpy as np

from huegraft.shapes import Float, Float64

_XYZ_FROM_RGB = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
)
_RGB_FROM_XYZ = np.linalg.inv(_XYZ_FROM_RGB)
_WHITE = _XYZ_FROM_RGB.sum(axis=1)
XYZ_RATIOS_FROM_RGB = _XYZ_FROM_RGB / _WHITE[:, None]
"""From linear sRGB to X, Y, Z, each over that of white."""
_DELTA = 6 / 29
LUMA = (0.299, 0.587, 0.114)
"""Weights of R, G, B in the grey of section 4.1."""


def linear_from_srgb(rgb: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """Undo the sRGB transfer curve (IEC 61966-2-1); negative values continue its linear part."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0.04045) + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(rgb_linear: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """Apply the sRGB transfer curve (IEC 61966-2-1); negative values continue its linear part."""
    curve = 1.055 * np.maximum(rgb_linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(rgb_linear <= 0.0031308, rgb_linear * 12.92, curve)


def lab_from_srgb(rgb: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """Convert sRGB in [0, 1] to CIELAB under D65: L* in [0, 100], a* and b* about ±110 (CIE 15:2004, 8.2.1)."""
    matrix = XYZ_RATIOS_FROM_RGB.astype(rgb.dtype)
    ratio = linear_from_srgb(rgb) @ matrix.T
    cube_root = np.maximum(ratio, _DELTA**3) ** (1 / 3)
    root = np.where(ratio > _DELTA**3, cube_root, ratio / (3 * _DELTA**2) + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def srgb_from_lab(lab: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """Convert CIELAB under D65 to sRGB, unclipped: colours outside the gamut fall outside [0, 1]."""
    lightness, a, b = np.moveaxis(lab, -1, 0)
    y = (lightness + 16) / 116
    root = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    ratio = np.where(root > _DELTA, root**3, 3 * _DELTA**2 * (root - 4 / 29))
    matrix = (_RGB_FROM_XYZ * _WHITE).astype(lab.dtype)
    return srgb_from_linear(ratio @ matrix.T)


def sum_of_channels(values: Float[np.ndarray, "*n 3"], weights: Float64[np.ndarray, "3"]) -> Float[np.ndarray, "*n"]:
    """Return the weighted sum of the channels, in bits that do not depend on the array's shape, as those of BLAS do."""
    red, green, blue = weights.astype(values.dtype)
    return red * values[..., 0] + green * values[..., 1] + blue * values[..., 2]


def grey_from_srgb(rgb: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """Return Y = 0.299 R + 0.587 G + 0.114 B, replicated to three channels (section 4.1)."""
    return np.repeat(sum_of_channels(rgb, np.array(LUMA))[..., None], 3, axis=-1)


def ciede2000(lab: Float[np.ndarray, "*n 3"], other: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n"]:
    """Return the colour difference ΔE00 of two arrays in CIELAB (CIE 142:2001), all weights 1.

    As Sharma, Wu, Dalal write it (Color Research & Application 30, 2005, doi:10.1002/col.20070).
    """
    (l_1, a_1, b_1), (l_2, a_2, b_2) = np.moveaxis(lab, -1, 0), np.moveaxis(other, -1, 0)
    middle = ((np.hypot(a_1, b_1) + np.hypot(a_2, b_2)) / 2) ** 7
    stretch = 1 + (1 - np.sqrt(middle / (middle + 25.0**7))) / 2
    chroma_1, chroma_2 = np.hypot(stretch * a_1, b_1), np.hypot(stretch * a_2, b_2)
    hue_1, hue_2 = (np.arctan2(b, stretch * a) % (2 * np.pi) for a, b in ((a_1, b_1), (a_2, b_2)))
    turn, both = hue_2 - hue_1, chroma_1 * chroma_2
    turn = np.where(both == 0, 0, turn - 2 * np.pi * (turn > np.pi) + 2 * np.pi * (turn < -np.pi))
    lightness, chroma = (l_1 + l_2) / 2, (chroma_1 + chroma_2) / 2
    sum_of_hues = hue_1 + hue_2
    far = np.abs(hue_1 - hue_2) > np.pi
    hue = (sum_of_hues + np.where(far, np.where(sum_of_hues < 2 * np.pi, 2, -2) * np.pi, 0)) / 2
    hue = np.where(both == 0, sum_of_hues, hue)
    degrees = np.rad2deg(hue)
    t = 1 - 0.17 * np.cos(hue - np.pi / 6) + 0.24 * np.cos(2 * hue)
    t = t + 0.32 * np.cos(3 * hue + np.pi / 30) - 0.20 * np.cos(4 * hue - np.deg2rad(63))
    from_50 = np.square(lightness - 50)
    scale_l, scale_c = 1 + 0.015 * from_50 / np.sqrt(20 + from_50), 1 + 0.045 * chroma
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rotation = rotation * np.sin(np.deg2rad(60 * np.exp(-np.square((degrees - 275) / 25))))
    of_l, of_c = (l_2 - l_1) / scale_l, (chroma_2 - chroma_1) / scale_c
    of_h = 2 * np.sqrt(both) * np.sin(turn / 2) / (1 + 0.015 * chroma * t)
    return np.sqrt(np.maximum(of_l**2 + of_c**2 + of_h**2 + rotation * of_c * of_h, 0))
