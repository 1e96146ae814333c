"""Convolutions of maps whose channels lie side by side, (h, w, c), and the steps between them in a network."""

from ctypes import c_int, c_int64, c_void_p
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float32, Int64
from huegraft.threads import in_blocks

_ROWS = 32
_MULTIPLY_ADDS = 4_000_000  # of a block: with more there are too few blocks to share, with less too many to begin
_FEWEST, _MOST = 4, 8
_LARGEST_SIDE = 5
_convolve = function(
    "network_convolve", array(np.float32, 3), c_int64, c_int64, array(np.int64, 1), array(np.int64, 1), c_int64, c_int,
    c_int64, c_int64, array(np.float32, 2), c_int64, array(np.float32, 1), c_int, c_void_p, c_int64, c_int64, c_int64,
    array(np.float32, 1), array(np.float32, 3),
)  # fmt: skip
_halve = function(
    "network_halve", array(np.float32, 3), c_int64, c_int64, c_int64, c_int64, array(np.float32, 3)
)  # fmt: skip
_add_twice = function(
    "network_add_twice", array(np.float32, 3), c_int64, c_int64, c_int64, array(np.float32, 3), c_int64, c_int64,
    array(np.float32, 3),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Kernel:
    """The weights of a convolution, laid out for the loop.

    Attributes
    ----------
    weights : (side · side · inputs, outputs)
        The weights by row, column and input channel. The number of outputs is a multiple of eight.
    bias : (outputs,)
    side
        The side of the kernel, at most 5.
    """

    weights: Float32[np.ndarray, "taps outputs"]
    bias: Float32[np.ndarray, " outputs"]
    side: int

    @classmethod
    def of(cls, weights: Float32[np.ndarray, "o i side side"], bias: Float32[np.ndarray, " o"]) -> "Kernel":
        """Lay out weights that are given by output and input channel, row and column, as networks' files have them."""
        outputs, _, side, _ = weights.shape
        if outputs % 8 or side > _LARGEST_SIDE:
            raise ValueError(f"the loop wants a multiple of 8 outputs and a side of at most 5, got {weights.shape}")
        laid_out = np.ascontiguousarray(weights.transpose(2, 3, 1, 0), dtype=np.float32)
        return cls(laid_out.reshape(-1, outputs), np.ascontiguousarray(bias, dtype=np.float32), side)


def convolve(
    maps: Float32[np.ndarray, "h w c"],
    kernel: Kernel,
    rows: Int64[np.ndarray, " down"],
    columns: Int64[np.ndarray, " across"],
    *,
    stride: int = 1,
    dilation: int = 1,
    rectified: bool = True,
    skip: Float32[np.ndarray, "h2 w2 o"] | None = None,
) -> Float32[np.ndarray, "h2 w2 o"]:
    """Return a convolution plus bias, its ReLU if `rectified`, and `skip` on top.

    Parameters
    ----------
    rows, columns
        The row and the column of `maps` at each row and column of the padded maps, or −1 for zeros.
    skip
        Maps that are added after the ReLU.
    """
    reach = (kernel.side - 1) * dilation
    height, width = ((len(places) - reach - 1) // stride + 1 for places in (rows, columns))
    inputs, outputs = maps.shape[2], kernel.weights.shape[1]
    out = np.empty((height, width, outputs), np.float32)
    added = None if skip is None else np.ascontiguousarray(skip, dtype=np.float32)

    def work(first: int, last: int) -> None:
        room = np.empty((reach + 1) * len(columns) * inputs, np.float32)
        _convolve(
            maps, maps.shape[1], inputs, rows, columns, len(columns), kernel.side, stride, dilation, kernel.weights,
            outputs, kernel.bias, rectified, None if added is None else added.ctypes.data, width, first, last, room,
            out,
        )  # fmt: skip

    blocks = min(max(out.size * kernel.weights.shape[0] // _MULTIPLY_ADDS, _FEWEST), _MOST)
    in_blocks(work, height, block=-(-height // blocks))
    return out


@lru_cache(64)
def repeated(size: int, border: int) -> Int64[np.ndarray, " padded"]:
    """Return which line of `size` stands at each line of maps with a border that repeats the outermost lines."""
    lines = np.clip(np.arange(-border, size + border), 0, size - 1)
    lines.setflags(write=False)
    return lines


def halve(maps: Float32[np.ndarray, "h w c"]) -> Float32[np.ndarray, "h2 w2 c"]:
    """Return the means of 2×2 cells. Both sides are even."""
    height, width, channels = maps.shape
    out = np.empty((height // 2, width // 2, channels), np.float32)
    in_blocks(lambda first, last: _halve(maps, width, channels, first, last, out), height // 2, block=_ROWS)
    return out


def add_twice(
    half: Float32[np.ndarray, "h w c"], maps: Float32[np.ndarray, "h2 w2 c"]
) -> Float32[np.ndarray, "h2 w2 c"]:
    """Return maps plus the bilinear enlargement of maps of half the size. Edges are repeated."""
    out = np.empty_like(maps)
    in_blocks(lambda first, last: _add_twice(half, *half.shape, maps, first, last, out), len(maps), block=_ROWS)
    return out
