"""sRGB and CIELAB in single precision. They agree with huegraft.color to a few 1e-6, and are several times as fast."""

from ctypes import c_float, c_int32, c_int64

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Bool, Float32, Float64
from huegraft.threads import in_blocks

_lab_from_srgb = function("color_lab_from_srgb", array(np.float32, 3), c_int64, c_int64, array(np.float32, 3))
_srgb_from_lab = function("color_srgb_from_lab", array(np.float32, 3), c_int64, c_int64, array(np.float32, 3))
_linear_from_srgb = function("color_linear_from_srgb", array(np.float32, 3), c_int64, array(np.float32, 3))
_srgb_from_linear = function("color_srgb_from_linear", array(np.float32, 3), c_int64, array(np.float32, 3))
_through_matrix = function(
    "color_through_matrix", array(np.float32, 3), c_int64, array(np.float32, 2), array(np.float32, 3)
)
_through_curves = function(
    "color_through_curves", array(np.float32, 3), c_int64, array(np.float32, 2), c_int64, array(np.float32, 3)
)
_with_chroma = function(
    "color_with_chroma", array(np.float32, 3), c_int64, array(np.float32, 3), c_int64, c_int32, array(np.float32, 3)
)
_add_moves = function(
    "color_add_moves", array(np.float32, 3), array(np.float32, 3), array(np.float32, 2), c_int64, array(np.float32, 3)
)
_compress = function("color_compress", array(np.float32, 2), c_int64, c_float, c_int32)
_clip = function("color_clip", array(np.float32, 3), c_int64, c_float, array(np.bool_, 2))


def lab_picture(rgb: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
    """Convert sRGB, continued beyond [0, 1], to CIELAB under D65."""
    lab = np.empty_like(rgb)
    in_blocks(lambda first, last: _lab_from_srgb(rgb, first, last, lab), rgb.shape[0] * rgb.shape[1], block=2**15)
    return lab


def srgb_picture_from_lab(lab: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
    """Convert CIELAB under D65 to unclipped sRGB."""
    rgb = np.empty_like(lab)
    in_blocks(lambda first, last: _srgb_from_lab(lab, first, last, rgb), lab.shape[0] * lab.shape[1], block=2**15)
    return rgb


def linear_picture(srgb: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
    """Undo the sRGB curve, continued beyond [0, 1]."""
    linear = np.empty_like(srgb)
    _linear_from_srgb(srgb, srgb.size, linear)
    return linear


def srgb_picture_from_linear(linear: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
    """Apply the sRGB curve, continued beyond [0, 1]."""
    srgb = np.empty_like(linear)
    _srgb_from_linear(linear, linear.size, srgb)
    return srgb


def through_matrix(
    values: Float32[np.ndarray, "h w 3"], matrix: Float64[np.ndarray, "3 3"]
) -> Float32[np.ndarray, "h w 3"]:
    """Return a matrix times each pixel. Unlike those of BLAS, its bits do not depend on the picture's shape."""
    out = np.empty_like(values)
    _through_matrix(values, values.shape[0] * values.shape[1], np.ascontiguousarray(matrix, np.float32), out)
    return out


def through_curves(
    values: Float32[np.ndarray, "h w 3"], curves: Float32[np.ndarray, "3 nodes"]
) -> Float32[np.ndarray, "h w 3"]:
    """Return each channel through its curve at even steps of the square root of [0, 1]. Beyond, the slope is 1."""
    out = np.empty_like(values)
    _through_curves(values, values.shape[0] * values.shape[1], curves, curves.shape[1], out)
    return out


def with_chroma(
    rgb: Float32[np.ndarray, "h w 3"], chroma: Float32[np.ndarray, "h w c"], *, grey: bool
) -> Float32[np.ndarray, "h w 3"]:
    """Return new chroma under the lightness of `rgb`, as unclipped sRGB.

    Parameters
    ----------
    rgb
        sRGB in [0, 1].
    chroma
        a*, b*. Or, in four channels, the slopes of both over L*, then their offsets.
    grey
        Whether the lightness is that of the grey Y.
    """
    out = np.empty_like(rgb)
    _with_chroma(rgb, rgb.shape[0] * rgb.shape[1], chroma, chroma.shape[2], grey, out)
    return out


def clip(rgb: Float32[np.ndarray, "h w 3"], tolerance: float) -> Bool[np.ndarray, "h w"]:
    """Clip to [0, 1] in place, and return where a channel lay outside by more than the tolerance."""
    clipped = np.empty(rgb.shape[:2], np.bool_)
    _clip(rgb, clipped.size, tolerance, clipped)
    return clipped


def add_moves(
    lab: Float32[np.ndarray, "h w 3"],
    rgb: Float32[np.ndarray, "h w 3"],
    share: Float32[np.ndarray, "h w"],
    moves: Float32[np.ndarray, "h w 3"],
) -> None:
    """Add to `moves` the share of the way from colours in CIELAB to new colours in sRGB."""
    _add_moves(lab, rgb, share, share.size, moves)


def compress(rgb: Float32[np.ndarray, "n 3"], tolerance: float, halvings: int) -> None:
    """Reduce the chroma of colours in place until sRGB holds them. Hue and L* (brought to [0, 100]) are kept."""
    _compress(rgb, len(rgb), tolerance, halvings)
