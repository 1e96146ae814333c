"""Dense flow between small pictures, and what is carried along it."""

from ctypes import c_float, c_int64
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from huegraft.compiled.blur import blur
from huegraft.compiled.library import array, function
from huegraft.compiled.shrink import shrink_areas
from huegraft.shapes import Float32
from huegraft.threads import in_blocks

_PATCH, _STEP, _PAD, _VALUES = 8, 4, 16, 6  # as in flow.c
_SOFT = np.array([1, 2, 1], np.float32) / 4
_SEEDED = 2  # the finest levels, whose search may start from a seed
_LEAST = 8  # pixels of the shorter side of the coarsest level
_PLANE, _VECTORS, _FLOATS = array(np.float32, 2), array(np.float32, 3), array(np.float32, 1)
_PAIR = _PLANE, _PLANE, c_int64, c_int64
_search = function(
    "flow_search", *_PAIR, _VECTORS, c_int64, c_int64, _FLOATS, _VECTORS, c_int64, c_int64, c_int64, c_int64, _VECTORS
)  # fmt: skip
_settle = function("flow_settle", _VECTORS, c_int64, c_int64, _VECTORS, _VECTORS)
_dense = function("flow_dense", *_PAIR, _VECTORS, c_int64, c_int64, c_int64, c_int64, _FLOATS, _VECTORS)
_carry = function(
    "flow_carry", _VECTORS, _VECTORS, _VECTORS, c_int64, c_int64, c_float, c_float, c_float, c_int64, c_int64, c_int64,
    _VECTORS, _VECTORS,
)  # fmt: skip
_lend = function(
    "flow_lend", _VECTORS, _VECTORS, _VECTORS, c_int64, c_int64, c_float, c_int64, c_int64, _VECTORS
)  # fmt: skip
_compose = function("flow_compose", _VECTORS, _VECTORS, c_int64, c_int64, c_int64, c_int64, _VECTORS)


class Limits(NamedTuple):
    """How much of a weight is carried to another frame: decay × exp(−(strayed / stray)² − (difference / apart)²).

    Attributes
    ----------
    decay
        The most that is carried.
    stray
        In pixels. What strayed is the way there and back.
    apart
        In luma of [0, 1].
    """

    decay: float
    stray: float
    apart: float


@dataclass(frozen=True, eq=False)
class Pyramid:
    """A picture at its own size and at halves of it, the finest first. Each has a margin that repeats its border."""

    levels: tuple[Float32[np.ndarray, "_ _"], ...]

    @classmethod
    def of(cls, luma: Float32[np.ndarray, "h w"]) -> Self:
        """Return that of a picture of luma in [0, 1]."""
        levels = [blur(luma[None], _SOFT)[0][..., None]]
        while min(levels[-1].shape[:2]) >= 2 * _LEAST:
            height, width = levels[-1].shape[:2]
            levels.append(shrink_areas(levels[-1], (-(-height // 2), -(-width // 2))))
        return cls(tuple(np.pad(each[..., 0], _PAD, mode="edge") for each in levels))


def flow(
    one: Pyramid, other: Pyramid, seed: Float32[np.ndarray, "h w 2"] | None = None
) -> Float32[np.ndarray, "h w 2"]:
    """Return how far each pixel of a picture moves, down and across, to where it lies in another one.

    Patches of 8×8 pixels are searched from the coarsest level on by inverse search: T. Kroeger and others, Fast Optical
    Flow using Dense Inverse Search, ECCV 2016. A patch may become lighter or darker.

    A patch keeps what its texture says of its move. The rest it takes from patches around it, most of all from those of
    its luma.

    Parameters
    ----------
    one, other
        The pictures, of one size.
    seed
        A flow that may be right. Patches of the finest levels take it where it makes them more alike.
    """
    patches, ratio = np.zeros((1, 1, _VALUES), np.float32), np.ones(2, np.float32)
    for level in reversed(range(len(one.levels))):
        size = _size(one, level)
        seeds = None if seed is None or level >= _SEEDED else _seeds(seed, size)
        patches = _searched((one.levels[level], other.levels[level], *size), patches, ratio, seeds)
        ratio = np.array(_size(one, max(0, level - 1)), np.float32) / np.array(size, np.float32)
    height, width = _size(one, 0)
    out = np.empty((height, width, 2), np.float32)

    def work(top: int, bottom: int) -> None:
        sums = np.empty(3 * (width + 2 * _PAD), np.float32)
        _dense(one.levels[0], other.levels[0], height, width, patches, *patches.shape[:2], top, bottom, sums, out)

    in_blocks(work, height, block=32)
    return out


def carry(
    other: Float32[np.ndarray, "h w 4"],
    there: Float32[np.ndarray, "h w 2"],
    back: Float32[np.ndarray, "h w 2"],
    limits: Limits,
    *owns: Float32[np.ndarray, "h w 4"],
) -> list[Float32[np.ndarray, "h w 4"]]:
    """Return the colours of a frame with those of another frame: the mean by weight, and the sum of the weights.

    The other picture is read between its pixels by cubic weights, so that it stays sharp from frame to frame. Pixels
    without a weight of their own stay so.

    Parameters
    ----------
    other
        The luma, a*, b* and weight of the other frame.
    there
        The flow from the frame to the other one.
    back
        The flow from the other frame to this one.
    limits
        How much of the weights counts.
    owns
        The luma, a*, b* and weight of this frame, once or twice. Both have the same luma, and the same pixels have no
        weight.
    """
    out = [own.copy() for own in owns]
    size, now = other.shape[:2], (len(out), out[0], out[-1])
    in_blocks(lambda top, bottom: _carry(other, there, back, *size, *limits, top, bottom, *now), size[0], block=32)
    return out


def composed(first: Float32[np.ndarray, "h w 2"], then: Float32[np.ndarray, "h w 2"]) -> Float32[np.ndarray, "h w 2"]:
    """Return the flow to a third picture, from that to another one and that from there on."""
    size = first.shape[:2]
    out = np.empty_like(first)
    in_blocks(lambda top, bottom: _compose(first, then, *size, top, bottom, out), size[0], block=32)
    return out


def lent(
    picture: Float32[np.ndarray, "h w 4"],
    there: Float32[np.ndarray, "h w 2"],
    back: Float32[np.ndarray, "h w 2"],
    stray: float,
) -> Float32[np.ndarray, "h w 4"]:
    """Return a picture of luma, a*, b* and weight as another frame sees it, read as `carry` reads it.

    Parameters
    ----------
    picture
        The picture.
    there, back
        The flow from the frame to the picture, and from the picture to the frame.
    stray
        In pixels. Weights count by exp(−(strayed / stray)²). Pixels that lie outside the picture have no weight.
    """
    size = picture.shape[:2]
    out = np.empty_like(picture)
    in_blocks(lambda top, bottom: _lend(picture, there, back, *size, stray, top, bottom, out), size[0], block=32)
    return out


def _seeds(seed: Float32[np.ndarray, "h w 2"], size: tuple[int, int]) -> Float32[np.ndarray, "rows columns 2"]:
    """Return how the patches of a level of a size move where a flow has their middles."""
    of_level = np.array(size, np.float32) / np.array(seed.shape[:2], np.float32)
    middles = [np.minimum(_STEP * np.arange(_patches(side)), max(0, side - _PATCH)) + _PATCH // 2 for side in size]
    rows, columns = (
        np.minimum(places / ratio, side - 1).astype(np.int64)
        for places, ratio, side in zip(middles, of_level, seed.shape[:2], strict=True)
    )
    return seed[np.ix_(rows, columns)] * of_level


def _patches(side: int) -> int:
    """Return how many patches lie along a side of a picture."""
    return -(-max(0, side - _PATCH) // _STEP) + 1


def _searched(
    pair: tuple[Float32[np.ndarray, "_ _"], Float32[np.ndarray, "_ _"], int, int],
    coarse: Float32[np.ndarray, "_ _ 6"],
    ratio: Float32[np.ndarray, "2"],
    seeds: Float32[np.ndarray, "rows columns 2"] | None,
) -> Float32[np.ndarray, "rows columns 6"]:
    """Return the patches of a level, searched from those of the coarser one, and from seeds."""
    rows, columns = map(_patches, pair[2:])
    patches = np.empty((rows, columns, _VALUES), np.float32)
    start = coarse if seeds is None else seeds, int(seeds is not None)
    in_blocks(
        lambda first, last: _search(*pair, coarse, *coarse.shape[:2], ratio, *start, columns, first, last, patches),
        rows,
        block=8,
    )
    _settle(patches, rows, columns, *np.empty((2, rows, columns, 2), np.float32))
    return patches


def _size(pyramid: Pyramid, level: int) -> tuple[int, int]:
    height, width = pyramid.levels[level].shape
    return height - 2 * _PAD, width - 2 * _PAD
