"""Colour under the luma of film: CIELAB chroma as Cb and Cr that are legal, and R′G′B′ codes that keep Y′."""

from ctypes import c_float, c_int32, c_int64

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Bool, Float32, Int16, Int64, UInt8, UInt16
from huegraft.threads import in_blocks

_ROWS, _SAMPLES, _PAIRS = 32, 2**15, 256
_PLANE, _FLOATS = array(np.float32, 2), array(np.float32, 1)
_LINES = array(np.float32, 3), c_int64, array(np.int64, 2), _PLANE, array(np.int64, 2), _PLANE
_paint = function("film_paint", *_LINES, _PLANE, c_int64, c_int64, c_int64, _PLANE, _FLOATS, _FLOATS, _PLANE, _PLANE)
_paint_lightness = function(
    "film_paint_lightness", *_LINES, _PLANE, c_int64, c_int64, c_int64, _FLOATS, array(np.float32, 3)
)
_limit = function("film_limit", _PLANE, _PLANE, _PLANE, _PLANE, _FLOATS, c_float, c_int64, c_int64, array(np.bool_, 2))
_rgb_codes = function(
    "film_rgb_codes", _PLANE, _PLANE, _PLANE, c_int64, _FLOATS, _FLOATS, c_float, c_float, c_int32, c_int32, c_int64,
    array(np.bool_, 2), c_int64, c_int64, array(np.uint8, 2), array(np.uint8, 2), array(np.uint8, 2),
)  # fmt: skip
_cells = {
    np.dtype(dtype): function(
        name, array(dtype, 2), c_int64, c_int64, c_int64, c_int64, c_int64, array(np.uint32, 1), array(np.uint8, 2)
    )
    for dtype, name in ((np.uint8, "film_cells"), (np.uint16, "film_deep_cells"))
}
_unlike = function(
    "film_unlike", array(np.int16, 3), c_int64, c_int64, array(np.int64, 2), c_int64, c_int64, c_float, c_int64,
    c_int64, _FLOATS,
)  # fmt: skip
Taps = tuple[Int64[np.ndarray, "_ 4"], Float32[np.ndarray, "_ 4"]]
"""For each row or column, the four of a grid that it is made from, and their weights."""


def paint(
    lines: Float32[np.ndarray, "h w 4"],
    rows: Taps,
    columns: Taps,
    luma: Float32[np.ndarray, "m n"],
    primaries: Float32[np.ndarray, "3 3"],
    weights: Float32[np.ndarray, "3"],
) -> tuple[Float32[np.ndarray, "m n"], Float32[np.ndarray, "m n"]]:
    """Return Cb and Cr of the colours that have the given Y′ and the chroma of CIELAB that lines give.

    L* is found by Newton's method. The sRGB curve is continued below 0 as it is above.

    Parameters
    ----------
    lines
        The slopes of a* and b* over L* of the grey, then their offsets, in a grid that is enlarged bicubically.
    rows, columns
        From that grid to that of the luma.
    primaries
        From X, Y, Z, each over that of white, to linear R, G, B.
    weights
        Of R′, G′, B′ in Y′.
    """
    blues, reds = np.empty_like(luma), np.empty_like(luma)
    height, width = luma.shape

    def work(top: int, bottom: int) -> None:
        scratch = np.empty(4 * lines.shape[1], np.float32)
        grids = lines, lines.shape[1], *rows, *columns
        _paint(*grids, luma, width, top, bottom, primaries, weights, scratch, blues, reds)

    in_blocks(work, height, block=_ROWS)
    return blues, reds


def paint_lightness(
    lines: Float32[np.ndarray, "h w 4"], rows: Taps, columns: Taps, luma: Float32[np.ndarray, "m n"]
) -> Float32[np.ndarray, "m n 3"]:
    """Return sRGB that has L* of the grey and the chroma that lines give, clipped; a Y′ beyond [0, 1] stays grey.

    Parameters
    ----------
    lines, rows, columns
        As for `paint`.
    """
    height, width = luma.shape
    rgb = np.empty((height, width, 3), np.float32)

    def work(top: int, bottom: int) -> None:
        scratch = np.empty(4 * lines.shape[1], np.float32)
        _paint_lightness(lines, lines.shape[1], *rows, *columns, luma, width, top, bottom, scratch, rgb)

    in_blocks(work, height, block=_ROWS)
    return rgb


def limit(
    blues: Float32[np.ndarray, "h w"],
    reds: Float32[np.ndarray, "h w"],
    least: Float32[np.ndarray, "h w"],
    greatest: Float32[np.ndarray, "h w"],
    reach: Float32[np.ndarray, "4"],
    margin: float,
) -> Bool[np.ndarray, "h w"]:
    """Shrink Cb and Cr in place until R′, G′, B′ lie in [0, 1] for the least and the greatest Y′ of each sample.

    Colours that are legal at a Y′ are a convex set, so what lies linearly between such samples is legal as well.

    Returns
    -------
    Where R′, G′ or B′ comes nearer to 0 or 1 than the margin.
    """
    near = np.empty(blues.shape, np.bool_)
    in_blocks(
        lambda first, last: _limit(blues, reds, least, greatest, reach, margin, first, last, near),
        blues.size,
        block=_SAMPLES,
    )
    return near


def rgb_codes(
    luma: Float32[np.ndarray, "h w"],
    blues: Float32[np.ndarray, "h w"],
    reds: Float32[np.ndarray, "h w"],
    coefficients: tuple[Float32[np.ndarray, "3"], Float32[np.ndarray, "4"]],
    levels: tuple[float, float],
    bits: int,
    nearest: Bool[np.ndarray, "h w"],
    frame: int = 0,
) -> tuple[UInt8[np.ndarray, "h w"] | UInt16[np.ndarray, "h w"], ...]:
    """Return codes of R′, G′, B′ whose Y′ is the given one to half a code.

    R′ and B′ are dithered, in opposite directions, and G′ is the code that brings Y′ nearest. Where the nearest codes
    are wanted, all three are those.

    Parameters
    ----------
    coefficients
        The weights of R′, G′, B′ in Y′, and how far Cb and Cr move them.
    levels, bits, nearest, frame
        As for `codes` in ycbcr.py.
    """
    height, width = luma.shape
    planes = [np.empty((height, width), np.uint8 if bits == 8 else np.uint16) for _ in range(3)]
    memory = [plane.view(np.uint8) for plane in planes]

    def work(top: int, bottom: int) -> None:
        depth = *levels, bits, planes[0].itemsize, frame
        _rgb_codes(luma, blues, reds, width, *coefficients, *depth, nearest, top, bottom, *memory)

    in_blocks(work, height, block=_ROWS)
    return tuple(planes)


def cells(
    samples: UInt8[np.ndarray, "h w"] | UInt16[np.ndarray, "h w"], bits: int, size: tuple[int, int]
) -> UInt8[np.ndarray, "rows columns"]:
    """Return the means of the cells of a grid over a plane, as codes of 8 bits.

    Cells of a plane that has fewer lines than the grid are of one line each, so that lines stand in several of them.

    Parameters
    ----------
    samples
        The codes of the plane.
    bits
        How many bits of a code count: 8 to 16.
    size : (rows, columns)
        Of the grid.
    """
    means = np.empty(size, np.uint8)
    _cells[samples.dtype](samples, *samples.shape, 2**bits - 1, *size, np.empty(samples.shape[1], np.uint32), means)
    return means


def unlike(
    pictures: Int16[np.ndarray, "n rows columns"],
    pairs: Int64[np.ndarray, "m 2"],
    reach: tuple[int, int],
    noise: float,
) -> Float32[np.ndarray, " m"]:
    """Return how unlike pairs of small pictures are: 1 less their greatest correlation when one is shifted.

    0 is the same picture, 1 is none that it has to do with, 2 is its negative.

    Parameters
    ----------
    pictures
        Pictures of which details alone are left. Their values are from -1023 to 1023, and they have at most 2000 cells.
    pairs
        The numbers of two pictures each.
    reach : (down, across)
        By how many cells the second picture is shifted at most. As many cells at the borders of the first do not count.
    noise
        The variance up to which pictures count as flat. Flat pictures are alike.
    """
    out = np.empty(len(pairs), np.float32)
    size = pictures.shape[1:]
    in_blocks(
        lambda first, last: _unlike(pictures, *size, pairs, *reach, noise, first, last, out), len(pairs), block=_PAIRS
    )
    return out
