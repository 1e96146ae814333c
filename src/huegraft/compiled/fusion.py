"""The sums of equation (4) over only those superpixels that can matter, with a bounded error (decision 009).

Let q0 = min_i q(p, i), and s = σ_g, or s = q0 + 1e-5 if it adapts. The weights are d(p, i) = exp(−(q − q0)/s), and the
largest weight is 1. Let D be the sum of the weights left out, and K the sum of those kept. Leaving out changes the mean
colour by (mean left out − mean kept) · D/(D + K). This is at most D · span, because D + K ≥ 1, where span is the widest
range of a channel of the colours.

In a box of pixels around c with half-extents h, each component of W (v − V̄) lies within |W (c − V̄)| ± |W| h. This
gives lower and upper bounds of every q, and an upper bound u of q0. So d ≤ exp(−(lower − u)/s(u)), because
(q + 1e-5)/(q0 + 1e-5) falls as q0 grows. A superpixel that a box leaves out is left out of every part of the box.

The last sums run in single precision where s adapts, no W is large and the tolerance allows it.

V(p) is worked out from the picture where it is needed. Its colour axes are turned so that one of them is grey, which
changes no q. Grey pictures extend along this axis alone, so the sums of the other two, which would be 0, are left out.
"""

from ctypes import c_double, c_int, c_int64
from dataclasses import dataclass

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float32, Float64, Int32
from huegraft.threads import in_blocks, sums_of_bands

SIGMA_FLOOR = 1e-5
SMALLEST_TOLERANCE = 1e-6
"""The smallest tolerance. A tenth of it is more than the rounding of float32 and of the loops' exponential."""

_TILE, _DEEPEST = 64, 14  # as in fusion.c
_TILES = 2  # at a time
_DIAGONALS = (3, 5, 6, 13, 16)  # of W, of five axes: roughly how fast distances grow along each
_COLORS = slice(7, 10)
_WHITENING = [3, 4, 5, 6, 12, 13, 14, 15, 16]
_SINGLE_TOLERANCE, _SINGLE_WHITENING = 1 / 2048, 100.0  # up to which single precision is exact enough
_LANES, _TOGETHER = 16, 4  # as in loops.h and fusion.c
_SPACE, _COLOR = [[6, 7], [7, 8]], [[9, 10, 12], [10, 11, 13], [12, 13, 14]]  # among the sums of the loop
_MOMENT_BANDS = 16

_moments = function(
    "fusion_moments", array(np.float32, 3), array(np.int32, 2), c_int64, c_int64, c_int64, array(np.float64, 1),
    array(np.float64, 2), array(np.float64, 2),
)  # fmt: skip
_fuse_tiles = function(
    "fusion_tiles", array(np.float32, 3), c_int64, c_int64, array(np.float64, 1), array(np.float64, 1), c_double,
    c_double, c_double, array(np.int64, 1), c_int64, c_int64, c_int, c_int, array(np.float64, 3), array(np.float64, 2),
    array(np.int32, 1), array(np.float64, 2), array(np.float32, 1), array(np.float32, 3),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class VectorMoments:
    """Mean and population covariances of V(p) over each superpixel: y, x, then three axes of colour, grey first."""

    mean: Float64[np.ndarray, "n 5"]
    space: Float64[np.ndarray, "n 2 2"]
    color: Float64[np.ndarray, "n 3 3"]

    @property
    def grey(self) -> bool:
        """Whether all pixels are exactly grey."""
        return not (self.mean[:, 3:].any() or self.color[:, 1:].any())


def vector_moments(
    picture: Float32[np.ndarray, "h w 3"], labels: Int32[np.ndarray, "h w"], count: int, sides: tuple[float, float]
) -> VectorMoments:
    """Return the moments of V(p), from centred differences, over each of `count` superpixels.

    Parameters
    ----------
    sides
        What y and x, in pixels, are divided by.
    """
    rough = _sums(picture, labels, sides, np.zeros((count, 5)))
    centres = rough[:, 1:6] / rough[:, :1]
    sums = _sums(picture, labels, sides, centres)
    sums /= sums[:, :1]
    return VectorMoments(centres + sums[:, 1:6], sums[:, _SPACE], sums[:, _COLOR])


def _sums(
    picture: Float32[np.ndarray, "h w 3"],
    labels: Int32[np.ndarray, "h w"],
    sides: tuple[float, float],
    centres: Float64[np.ndarray, "n 5"],
) -> Float64[np.ndarray, "n 15"]:
    """Return each superpixel's number of pixels and sums of V(p) − centre and its products."""
    height, width = labels.shape

    def add(top: int, bottom: int, part: np.ndarray) -> None:
        _moments(picture, labels, top, bottom, width, np.array(sides), centres, part)

    return sums_of_bands(add, height, (len(centres), 15), bands=_MOMENT_BANDS)


def fuse_bounded(
    picture: Float32[np.ndarray, "h w 3"],
    sides: tuple[float, float],
    superpixels: Float64[np.ndarray, "_ n"],
    sigma_g: float | None,
    tolerance: float,
) -> Float32[np.ndarray, "h w 3"]:
    """Return Σ_i d(p, i) C(i) / Σ_i d(p, i) in [0, 1] for each pixel. The error in a channel is at most `tolerance`.

    Parameters
    ----------
    picture
        sRGB in [0, 1].
    sides
        What y and x, in pixels, are divided by.
    superpixels
        One column for each superpixel: V̄(i) of y, x and grey; the lower triangle of its W of position, row by row; W
        of grey; C(i). Unless the picture is grey, V̄(i) of the other two axes of colour and the rest of its W of colour
        follow.
    sigma_g
        σ_g, or None for the adaptive one.
    tolerance
        The largest error in a channel, whose range is 0 to 1. It is at least `SMALLEST_TOLERANCE`.
    """
    height, width = picture.shape[:2]
    tiles = -(-width // _TILE) * -(-height // _TILE)
    span = np.ptp(superpixels[_COLORS], axis=1).max()
    budget = min(1.0, 0.9 * tolerance / max(span, 1e-12))
    scale = np.zeros(5)
    diagonals = [row for row in _DIAGONALS if row < len(superpixels)]
    scale[: len(diagonals)] = superpixels[diagonals].mean(axis=1)
    growth = (0.0, sigma_g) if sigma_g else (1.0, SIGMA_FLOOR)
    whitening = superpixels[[row for row in _WHITENING if row < len(superpixels)]]
    is_mild = sigma_g is None and np.abs(whitening).max() <= _SINGLE_WHITENING
    single = is_mild and tolerance >= _SINGLE_TOLERANCE
    fused = np.empty_like(picture)

    def work(start: int, stop: int) -> None:
        rows, count = superpixels.shape
        lists, bounds = np.empty((_DEEPEST + 2, rows, count)), np.empty((2, count))
        lists[0] = superpixels
        singles = np.empty((rows + _TOGETHER) * (count + _LANES), np.float32)
        room = lists, bounds, np.empty(count, np.int32), np.empty((_TILE * _TILE, 8)), singles
        chosen = np.arange(start, stop)
        rules = np.array(sides), scale, *growth, budget
        _fuse_tiles(picture, height, width, *rules, chosen, len(chosen), count, rows, int(single), *room, fused)

    in_blocks(work, tiles, block=_TILES)
    return fused
