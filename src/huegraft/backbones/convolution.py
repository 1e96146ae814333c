"""A 3×3 convolution with its batch norm, which is folded in, and its ReLU. Winograd's way is taken if it is faster."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from huegraft.blas import blas_on_one_thread
from huegraft.compiled.network import Kernel, convolve
from huegraft.compiled.winograd import SIDE, transform_inputs, transform_outputs
from huegraft.shapes import Float32, Int64
from huegraft.threads import in_blocks

_G = ((1 / 4, 0, 0), (-1 / 6, -1 / 6, -1 / 6), (-1 / 6, 1 / 6, -1 / 6),
      (1 / 24, 1 / 12, 1 / 6), (1 / 24, -1 / 12, 1 / 6), (0, 0, 1))  # fmt: skip
"""Winograd's transform of a kernel, beside those in compiled/winograd.py."""

_BLOCK = 64
"""The tiles that are worked on at a time: enough for fast matrix products, few enough to stay in the cache."""

_WORTH_IT = 64
"""The number of input channels from which on the transforms cost less than they save."""


@dataclass(frozen=True, eq=False)
class Convolution:
    """One 3×3 convolution, the batch norm (weight, bias, running mean and variance) that follows it, and the ReLU."""

    weight: Float32[np.ndarray, "o i 3 3"]
    bias: Float32[np.ndarray, " o"]
    norm: tuple[Float32[np.ndarray, " o"], ...] = ()

    def __call__(
        self, maps: Float32[np.ndarray, "h w i"], border: tuple[int, int, int, int], padding: str
    ) -> Float32[np.ndarray, "h2 w2 o"]:
        """Convolve, normalise and rectify. On maps of magnitude 1 the two ways differ by some 1e-6.

        Parameters
        ----------
        border
            The pixels, 0 or 1, that are added above, below, on the left and on the right. The convolution takes one off
            each side.
        padding
            What the added pixels hold: "constant" (zeros) or "reflect".
        """
        above, below, left, right = border
        if maps.shape[2] >= _WORTH_IT:
            rows = _shown(maps.shape[0], above, below, padding, whole=SIDE)
            return self._by_winograd(maps, rows, _shown(maps.shape[1], left, right, padding, whole=SIDE), border)
        rows, columns = _shown(maps.shape[0], above, below, padding), _shown(maps.shape[1], left, right, padding)
        return convolve(maps, self._kernel, rows, columns)

    @cached_property
    def folded(self) -> tuple[Float32[np.ndarray, "o i 3 3"], Float32[np.ndarray, " o"]]:
        """Weight and bias with the batch norm in them."""
        if not self.norm:
            return self.weight, self.bias
        weight, bias, mean, variance = (array.astype(np.float64) for array in self.norm)
        scale = weight / np.sqrt(variance + 1e-5)
        folded = self.weight * scale[:, None, None, None]
        return folded.astype(np.float32), ((self.bias - mean) * scale + bias).astype(np.float32)

    @cached_property
    def _kernel(self) -> Kernel:
        return Kernel.of(*self.folded)

    @cached_property
    def _spectrum(self) -> Float32[np.ndarray, "36 i o"]:
        """G g Gᵀ of each kernel g."""
        g = np.array(_G)
        weight = self.folded[0].astype(np.float64)
        spectrum = np.einsum("ak,oikl,bl->abio", g, weight, g, optimize=True)
        return np.ascontiguousarray(spectrum.reshape(36, *spectrum.shape[2:]), dtype=np.float32)

    def _by_winograd(
        self,
        maps: Float32[np.ndarray, "h w i"],
        rows: Int64[np.ndarray, " down"],
        columns: Int64[np.ndarray, " across"],
        border: tuple[int, int, int, int],
    ) -> Float32[np.ndarray, "h2 w2 o"]:
        above, below, left, right = border
        maps, spectrum, bias = np.ascontiguousarray(maps), self._spectrum, self.folded[1]
        inputs, outputs = spectrum.shape[1:]
        out = np.empty((maps.shape[0] + above + below - 2, maps.shape[1] + left + right - 2, outputs), np.float32)
        tiles = (len(rows) // SIDE) * (len(columns) // SIDE)

        def work(start: int, stop: int) -> None:
            room, product = np.empty(36 * _BLOCK * inputs, np.float32), np.empty(36 * _BLOCK * outputs, np.float32)
            for first in range(start * _BLOCK, min(stop * _BLOCK, tiles), _BLOCK):
                count = min(_BLOCK, tiles - first)
                before = room[: 36 * count * inputs].reshape(36, count, inputs)
                after = product[: 36 * count * outputs].reshape(36, count, outputs)
                transform_inputs(maps, rows, columns, first, before)
                np.matmul(before, spectrum, out=after)
                transform_outputs(after, bias, first, out)

        with blas_on_one_thread():
            in_blocks(work, -(-tiles // _BLOCK), block=2)
        return out


def _shown(size: int, before: int, after: int, padding: str, *, whole: int = 1) -> Int64[np.ndarray, " p"]:
    """Return which line of `size` stands at each of the padded lines, −1 for zeros.

    Patches have `whole` lines and two more. The last patch may reach beyond the border. The lines there reach no
    output.
    """
    patches = -(-(size + before + after - 2) // whole)
    places = np.arange(-before, whole * patches + 2 - before)
    if padding == "reflect":
        return np.clip(np.where(places < size, np.abs(places), 2 * (size - 1) - places), 0, size - 1)
    return np.where(places < size, places, -1)
