"""Y′CbCr and R′G′B′ as floats, and floats as code values. Y′ is in [0, 1], Cb and Cr are within ±½, unclipped."""

from ctypes import c_float, c_int32, c_int64

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.compiled.sites import Sites
from huegraft.shapes import Bool, Float32, UInt8, UInt16
from huegraft.threads import in_blocks

_ROWS, _MARGIN = 32, 8
_PLANE, _FLOATS, _WHOLE = array(np.float32, 2), array(np.float32, 1), array(np.int64, 1)
_to_rgb = function(
    "ycbcr_to_rgb", _PLANE, c_int64, _PLANE, _PLANE, c_int64, c_int64, _WHOLE, array(np.float64, 1), _FLOATS, c_int64,
    c_int64, _FLOATS, array(np.float32, 3),
)  # fmt: skip
_from_rgb = function(
    "ycbcr_from_rgb", array(np.float32, 3), c_int64, c_int64, _FLOATS, _WHOLE, _WHOLE, _WHOLE, _FLOATS, c_int64,
    c_int64, c_int64, _FLOATS, _PLANE, _PLANE, _PLANE,
)  # fmt: skip
_luma_around = function(
    "ycbcr_luma_around", _PLANE, c_int64, c_int64, _WHOLE, _WHOLE, _WHOLE, _FLOATS, _WHOLE, _WHOLE, c_int64, c_int64,
    c_int64, _FLOATS, _PLANE, _PLANE, _PLANE,
)  # fmt: skip
_codes = function(
    "ycbcr_codes", _PLANE, c_int64, c_float, c_float, c_int32, c_int32, c_int64, c_int64, array(np.bool_, 2), c_int64,
    c_int64, array(np.uint8, 2),
)  # fmt: skip


def rgb_from_ycbcr(
    luma: Float32[np.ndarray, "H W"],
    blues: Float32[np.ndarray, "h w"],
    reds: Float32[np.ndarray, "h w"],
    sites: Sites,
    reach: Float32[np.ndarray, "4"],
) -> Float32[np.ndarray, "H W 3"]:
    """Return R′G′B′ of planes of Y′, Cb, Cr, chroma enlarged linearly.

    Parameters
    ----------
    reach
        How far Cr moves red, Cb and Cr move green towards 0, and Cb moves blue.
    """
    (height, width), chroma = luma.shape, blues.shape
    out = np.empty((height, width, 3), np.float32)

    def work(top: int, bottom: int) -> None:
        scratch = np.empty(chroma[1] + 2 + 2 * chroma[1] * int(sites.steps[1]), np.float32)
        _to_rgb(luma, width, blues, reds, *chroma, sites.steps, sites.firsts, reach, top, bottom, scratch, out)

    in_blocks(work, height, block=_ROWS)
    return out


def ycbcr_from_rgb(
    rgb: Float32[np.ndarray, "H W 3"], sites: Sites, weights: Float32[np.ndarray, "3"]
) -> tuple[Float32[np.ndarray, "H W"], Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """Return Y′, and Cb and Cr at their sites, the means of the pixels around.

    Parameters
    ----------
    weights
        Of R′, G′, B′ in Y′; their sum is 1.
    """
    height, width = rgb.shape[:2]
    luma, rows, columns = np.empty((height, width), np.float32), *sites.chroma_size((height, width))
    blues, reds = np.empty((rows, columns), np.float32), np.empty((rows, columns), np.float32)

    def work(top: int, bottom: int) -> None:
        scratch = np.empty(2 * (width + 2 * _MARGIN), np.float32)
        filters = sites.steps, sites.starts, sites.counts, sites.taps
        _from_rgb(rgb, height, width, weights, *filters, columns, top, bottom, scratch, luma, blues, reds)

    in_blocks(work, rows, block=_ROWS)
    return luma, blues, reds


def luma_around(
    luma: Float32[np.ndarray, "H W"], sites: Sites
) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]:
    """Return for each sample of chroma the mean Y′ that it stands for, and the least and greatest that it colours."""
    (height, width), size = luma.shape, sites.chroma_size(luma.shape)
    means, least, greatest = (np.empty(size, np.float32) for _ in range(3))

    def work(top: int, bottom: int) -> None:
        scratch = np.empty(3 * (width + 2 * _MARGIN), np.float32)
        filters = sites.steps, sites.starts, sites.counts, sites.taps, sites.lows, sites.highs
        _luma_around(luma, height, width, *filters, size[1], top, bottom, scratch, means, least, greatest)

    in_blocks(work, size[0], block=_ROWS)
    return means, least, greatest


def codes(
    values: Float32[np.ndarray, "h w"],
    levels: tuple[float, float],
    bits: int,
    nearest: Bool[np.ndarray, "h w"],
    frame: int = 0,
    plane: int = 0,
) -> UInt8[np.ndarray, "h w"] | UInt16[np.ndarray, "h w"]:
    """Return code values, dithered or the nearest ones: whole numbers stay, and no value moves by a code or more.

    The pattern of the dither is the sequence R2 over places, and goes by the golden ratio from frame to frame, so that
    a place shows a value between two codes on the average of a few frames (M. Roberts, "The unreasonable effectiveness
    of quasirandom sequences", 2018).

    Parameters
    ----------
    levels
        The code of 0, and how many codes there are from 0 to 1.
    bits
        The codes are from 0 to 2^bits − 1: uint8 for 8 bits, uint16 for more.
    nearest
        Where the nearest code is taken.
    frame, plane
        Each has a pattern of its own.
    """
    height, width = values.shape
    out = np.empty((height, width), np.uint8 if bits == 8 else np.uint16)
    memory = out.view(np.uint8)

    def work(top: int, bottom: int) -> None:
        _codes(values, width, *levels, bits, out.itemsize, frame, plane, nearest, top, bottom, memory)

    in_blocks(work, height, block=_ROWS)
    return out
