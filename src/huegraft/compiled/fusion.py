"""The sums of equation (4) over only those superpixels that can matter, the error bounded (decision 009).

With q0 = min_i q(p, i) and s = σ_g, or s = q0 + 1e-5 where it adapts, the weights are d(p, i) = exp(−(q − q0)/s), the
largest of them 1. Leaving out some of them changes their mean of colours by (mean left out − mean kept) · D/(D + K), D
and K the sums left out and kept, so by at most D · span: D + K ≥ 1, and span is the widest range of a channel of the
colours. A box of pixels around c with half-extents h has |W (v − V̄)| within |W (c − V̄)| ± |W| h, each component by
itself; hence lower and upper bounds of every q, an upper bound u of q0, and d ≤ exp(−(lower − u)/s(u)), because
(q + 1e-5)/(q0 + 1e-5) falls as q0 grows. What a box leaves out is left out of every part of it.
"""

# pyright: reportMissingParameterType=false
import math

import numpy as np
from jaxtyping import Float64

from huegraft.compiled.threads import compiled, in_bands

SIGMA_FLOOR = 1e-5
SMALLEST_TOLERANCE = 1e-6
"""A tenth of it is more than float32 and `_exp` round away."""

_TILE = 64  # pixels a side; one tile's boxes are worked on by one thread
_SMALL = 32  # pixels in a box that is not worth dividing
_WORTHWHILE = 1.25  # a box of no extent must shorten the list by as much for dividing to pay
_DEEPEST = 14
_STEPS = 128
_COLORS = 14  # row of the table at which the colours begin
_ROWS = 17
_DIAGONALS = (5, 7, 8, 10, 13)  # of W: roughly how fast distances grow along each axis
_SLACK = 1e-12  # relative, for the rounding of bounds
_ROUNDER = 1.5 * 2**52  # added to a small number it leaves the nearest whole one in the lowest bits
_SUMS = {
    "reassoc",
    "contract",
    "nnan",
    "nsz",
}  # what lets sums and minima be vectors; a callee without its own inherits


def fuse_bounded(
    vectors: Float64[np.ndarray, "p 5"],
    size: tuple[int, int],
    superpixels: Float64[np.ndarray, "17 n"],
    sigma_g: float | None,
    tolerance: float,
) -> Float64[np.ndarray, "p 3"]:
    """Return Σ_i d(p, i) C(i) / Σ_i d(p, i) for each pixel, wrong by at most `tolerance` in each channel.

    Parameters
    ----------
    vectors
        V(p): two of position, three of colour.
    size
        Height and width, p = height · width.
    superpixels
        A column each: V̄(i), the lower triangles, row by row, of its W for position (3 numbers) and colour (6), C(i).
        Diagonals are positive.
    sigma_g
        σ_g; None for the adaptive one.
    tolerance
        Times the span of the colours' channels, where that is below 1; at least `SMALLEST_TOLERANCE`.
    """
    height, width = size
    across = -(-width // _TILE)
    tiles = across * -(-height // _TILE)
    order = np.argsort(np.arange(tiles) % 16, kind="stable")  # dealt out, so that each thread sees all of the picture
    span = np.ptp(superpixels[_COLORS:], axis=1).max()
    budget = min(1.0, 0.9 * tolerance / max(span, 1e-12))
    fused = np.empty((len(vectors), 3))
    table = np.ascontiguousarray(superpixels)
    scale = table[_DIAGONALS, :].mean(axis=1)

    def work(start: int, stop: int) -> None:
        _fuse_tiles(vectors, height, width, table, scale, sigma_g or 0.0, budget, order[start:stop], fused)

    in_bands(work, tiles)
    return fused


@compiled(fastmath={"contract"})
def _exp(x: float) -> float:
    """Return e^x for x ≤ 0 to a relative 1e-8, without a branch or a call, so that loops of it are vectors."""
    x = max(x, -700.0)
    shifted = x * 1.4426950408889634 + _ROUNDER
    rest = x - (shifted - _ROUNDER) * 0.6931471805599453
    series = 1 / 720 + rest * (1 / 5040)
    for factor in (1 / 120, 1 / 24, 1 / 6, 1 / 2, 1.0, 1.0):
        series = series * rest + factor
    power = (np.float64(shifted).view(np.int64) + 1023) << 52
    return series * np.int64(power).view(np.float64)


@compiled(fastmath=_SUMS)
def _bounds(table, count, centre, half, lower, middle):
    """Fill in the lower bounds of q over a box and q at its centre; return the least upper bound and the least q."""
    least_upper, least_middle = np.inf, np.inf
    for k in range(count):
        y, x = centre[0] - table[0, k], centre[1] - table[1, k]
        r, s, t = centre[2] - table[2, k], centre[3] - table[3, k], centre[4] - table[4, k]
        d0, e0 = abs(table[5, k] * y), table[5, k] * half[0]
        d1, e1 = abs(table[6, k] * y + table[7, k] * x), abs(table[6, k]) * half[0] + table[7, k] * half[1]
        d2, e2 = abs(table[8, k] * r), table[8, k] * half[2]
        d3, e3 = abs(table[9, k] * r + table[10, k] * s), abs(table[9, k]) * half[2] + table[10, k] * half[3]
        d4 = abs(table[11, k] * r + table[12, k] * s + table[13, k] * t)
        e4 = abs(table[11, k]) * half[2] + abs(table[12, k]) * half[3] + table[13, k] * half[4]
        n0, n1, n2, n3, n4 = (
            max(d0 - e0, 0.0),
            max(d1 - e1, 0.0),
            max(d2 - e2, 0.0),
            max(d3 - e3, 0.0),
            max(d4 - e4, 0.0),
        )
        lower[k] = n0 * n0 + n1 * n1 + n2 * n2 + n3 * n3 + n4 * n4
        middle[k] = d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3 + d4 * d4
        f0, f1, f2, f3, f4 = d0 + e0, d1 + e1, d2 + e2, d3 + e3, d4 + e4
        least_upper = min(least_upper, f0 * f0 + f1 * f1 + f2 * f2 + f3 * f3 + f4 * f4)
        least_middle = min(least_middle, middle[k])
    return least_upper, least_middle


@compiled(fastmath=_SUMS)
def _blend(table, count, vector, sigma_g, q, fused):
    """Write the weighted mean of the listed superpixels' colours for one pixel; `q` is room to work in."""
    least = np.inf
    for k in range(count):
        y, x = vector[0] - table[0, k], vector[1] - table[1, k]
        r, s, t = vector[2] - table[2, k], vector[3] - table[3, k], vector[4] - table[4, k]
        d0, d1 = table[5, k] * y, table[6, k] * y + table[7, k] * x
        d2, d3 = table[8, k] * r, table[9, k] * r + table[10, k] * s
        d4 = table[11, k] * r + table[12, k] * s + table[13, k] * t
        q[k] = d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3 + d4 * d4
        least = min(least, q[k])
    rate = 1.0 / (sigma_g if sigma_g > 0 else least + SIGMA_FLOOR)
    total, red, green, blue = 0.0, 0.0, 0.0, 0.0
    for k in range(count):
        d = _exp((least - q[k]) * rate)
        total += d
        red += d * table[_COLORS, k]
        green += d * table[_COLORS + 1, k]
        blue += d * table[_COLORS + 2, k]
    fused[0], fused[1], fused[2] = red / total, green / total, blue / total


@compiled(fastmath=False)
def _box(vectors, pixels, centre, half):
    for axis in range(5):
        low, high = np.inf, -np.inf
        for pixel in pixels:
            low, high = min(low, vectors[pixel, axis]), max(high, vectors[pixel, axis])
        centre[axis], half[axis] = (low + high) / 2, (high - low) / 2


@compiled(fastmath=False)
def _least_exponent(lower, count, upper, sigma, farthest, budget, tally):
    """Return the exponent from which on all weights together, each at its bound, are within the budget."""
    tally[:] = 0
    for k in range(count):
        tally[int(max(min((lower[k] - upper) / sigma / farthest, 1.0), 0.0) * _STEPS)] += 1
    mass, step = 0.0, _STEPS
    while step > 0:
        mass += tally[step] * math.exp(-step * farthest / _STEPS)
        if mass > budget:
            break
        step -= 1
    return (step + 1) * farthest / _STEPS


@compiled(fastmath=False)
def _kept(table, count, lower, highest, kept):
    """Copy the superpixels whose bound is low enough, side by side, and return their number."""
    number = 0
    for k in range(count):
        if lower[k] <= highest:
            for row in range(_ROWS):
                kept[row, number] = table[row, k]
            number += 1
    return number


@compiled(fastmath=False)
def _divided(vectors, pixels, axis, value):
    """Bring the pixels below `value` to the front, in place, and return their number."""
    first, last = 0, len(pixels) - 1
    while first <= last:
        if vectors[pixels[first], axis] < value:
            first += 1
        else:
            pixels[first], pixels[last] = pixels[last], pixels[first]
            last -= 1
    return first


@compiled(fastmath=False)
def _pixels(tile, height, width, pixels):
    """Write the numbers of a tile's pixels and return how many there are."""
    across = -(-width // _TILE)
    top, left = tile // across * _TILE, tile % across * _TILE
    number = 0
    for y in range(top, min(top + _TILE, height)):
        for x in range(left, min(left + _TILE, width)):
            pixels[number] = y * width + x
            number += 1
    return number


@compiled(fastmath=False)
def _shorten(vectors, pixels, lists, counts, depth, sigma_g, budget, room):
    """List what may matter in one box, at `depth` + 1, and tell whether to fuse it now; `room` gets its extent."""
    centre, half, lower, middle, tally = room
    table, count, farthest = lists[depth], counts[depth], math.log(4 * lists.shape[2] / budget)
    _box(vectors, pixels, centre, half)
    upper, least = _bounds(table, count, centre, half, lower, middle)
    sigma = sigma_g if sigma_g > 0 else upper + SIGMA_FLOOR
    highest_middle = least + farthest * (sigma_g if sigma_g > 0 else least + SIGMA_FLOOR)
    listed, near = 0, 0
    for k in range(count):
        listed += lower[k] <= upper + farthest * sigma
        near += middle[k] <= highest_middle
    last = len(pixels) <= _SMALL or depth == _DEEPEST or listed <= _WORTHWHILE * near
    exponent = _least_exponent(lower, count, upper, sigma, farthest, 0.75 * budget, tally) if last else farthest
    highest = (upper + exponent * sigma) * (1 + _SLACK)
    counts[depth + 1] = _kept(table, count, lower, highest, lists[depth + 1])
    return last


@compiled(fastmath=False)
def _fuse_tiles(vectors, height, width, table, scale, sigma_g, budget, tiles, fused):
    """Divide each tile into smaller and smaller boxes with shorter and shorter lists, and fuse the last ones."""
    count = table.shape[1]
    lists, counts = np.empty((_DEEPEST + 2, _ROWS, count)), np.empty(_DEEPEST + 2, np.int64)
    lists[0], counts[0] = table, count
    centre, half, q = np.empty(5), np.empty(5), np.empty(count)
    room = (centre, half, q, np.empty(count), np.empty(_STEPS + 1, np.int64))
    numbers, boxes = np.empty(_TILE * _TILE, np.int64), np.empty((_DEEPEST + 2, 3), np.int64)
    for tile in tiles:
        boxes[0, 0], boxes[0, 1], boxes[0, 2] = 0, _pixels(tile, height, width, numbers), 0
        waiting = 1
        while waiting > 0:
            waiting -= 1
            start, stop, depth = boxes[waiting, 0], boxes[waiting, 1], boxes[waiting, 2]
            pixels = numbers[start:stop]
            if _shorten(vectors, pixels, lists, counts, depth, sigma_g, budget, room):
                for pixel in pixels:
                    _blend(lists[depth + 1], counts[depth + 1], vectors[pixel], sigma_g, q, fused[pixel])
                continue
            axis = np.argmax(half * scale)
            between = start + _divided(vectors, pixels, axis, centre[axis])
            boxes[waiting, 0], boxes[waiting, 1], boxes[waiting, 2] = between, stop, depth + 1
            boxes[waiting + 1, 0], boxes[waiting + 1, 1], boxes[waiting + 1, 2] = start, between, depth + 1
            waiting += 2
