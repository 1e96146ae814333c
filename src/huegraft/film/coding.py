"""Coding: the numbers behind a reading: the weights of Y′CbCr, the codes of 0 and 1, and the primaries."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from huegraft.color import LUMA, XYZ_RATIOS_FROM_RGB
from huegraft.compiled.color import linear_picture, srgb_picture_from_linear, through_matrix
from huegraft.film.reading import Matrix, Primaries, Range
from huegraft.primaries import PRIMARIES, matrix_to_srgb
from huegraft.shapes import Float32, Float64

_RED_AND_BLUE = {
    "bt470bg": (0.299, 0.114),
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
}
_BT2020 = 9  # in ITU-T H.273


@dataclass(frozen=True, eq=False)
class Coefficients:
    """What Y′CbCr is made with.

    Attributes
    ----------
    weights : (3,) float32
        Of R′, G′, B′ in Y′.
    reach : (4,) float32
        What a Cr of 1 adds to R′, Cb and Cr of 1 take from G′, and a Cb of 1 adds to B′.
    """

    weights: Float32[np.ndarray, "3"]
    reach: Float32[np.ndarray, "4"]


@cache
def coefficients(matrix: Matrix) -> Coefficients:
    """Return those of a matrix: ITU-R BT.601-7, 2.5.1; BT.709-6, 3.2 and 3.3; BT.2020-2, table 4.

    R′G′B′ has no matrix. Its Y′ is the grey that stills have, with the weights of BT.601.
    """
    red, blue = _RED_AND_BLUE.get(matrix, (LUMA[0], LUMA[2]))
    green = 1 - red - blue
    from_red, from_blue = 2 * (1 - red), 2 * (1 - blue)
    reach = from_red, from_blue * blue / green, from_red * red / green, from_blue
    return Coefficients(np.array([red, green, blue], np.float32), np.array(reach, np.float32))


Levels = tuple[float, float]
"""The code of 0, and how many codes there are from 0 to 1."""


def luma_levels(bits: int, range_of_codes: Range) -> Levels:
    """Return the levels of Y′, R′, G′ and B′: for "tv" those of BT.709-6, 4.6; for "pc" all codes are from 0 to 1."""
    if range_of_codes == "pc":
        return 0.0, 2.0**bits - 1
    return 16 * 2.0 ** (bits - 8), 219 * 2.0 ** (bits - 8)


def chroma_levels(bits: int, range_of_codes: Range) -> Levels:
    """Return the levels of Cb and Cr; ITU-T H.273, 8.3, has those for "pc"."""
    if range_of_codes == "pc":
        return 2.0 ** (bits - 1), 2.0**bits - 1
    return 2.0 ** (bits - 1), 224 * 2.0 ** (bits - 8)


def values(samples: np.ndarray, levels: Levels) -> Float32[np.ndarray, "h w"]:
    """Return what code values stand for, unclipped."""
    found = samples.astype(np.float32, order="C")
    found -= np.float32(levels[0])
    found /= np.float32(levels[1])
    return found


def to_srgb(rgb: Float32[np.ndarray, "h w 3"], primaries: Primaries) -> Float32[np.ndarray, "h w 3"]:
    """Return R′G′B′ of primaries as sRGB, unclipped. Those of BT.601 are taken as those of BT.709, which are sRGB's."""
    return rgb if primaries != "bt2020" else _in_light(rgb, _srgb_from_bt2020())


def from_srgb(rgb: Float32[np.ndarray, "h w 3"], primaries: Primaries) -> Float32[np.ndarray, "h w 3"]:
    """Return sRGB as R′G′B′ of primaries, unclipped: the way back of `to_srgb`."""
    return rgb if primaries != "bt2020" else _in_light(rgb, np.linalg.inv(_srgb_from_bt2020()))


def linear_from_xyz(primaries: Primaries) -> Float32[np.ndarray, "3 3"]:
    """Return the matrix from X, Y, Z, each over that of white, to linear R, G, B of primaries."""
    matrix = np.linalg.inv(XYZ_RATIOS_FROM_RGB)
    if primaries == "bt2020":
        matrix = np.linalg.inv(_srgb_from_bt2020()) @ matrix
    return np.ascontiguousarray(matrix, np.float32)


@cache
def _srgb_from_bt2020() -> Float64[np.ndarray, "3 3"]:
    return matrix_to_srgb(PRIMARIES[_BT2020])


def _in_light(rgb: Float32[np.ndarray, "h w 3"], matrix: Float64[np.ndarray, "3 3"]) -> Float32[np.ndarray, "h w 3"]:
    return srgb_picture_from_linear(through_matrix(linear_picture(rgb), matrix))
