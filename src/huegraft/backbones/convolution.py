"""A 3×3 convolution with what follows it: batch norm folded in, ReLU; on the CPU by Winograd's way."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from huegraft.compiled.library import in_bands_of_torch
from huegraft.compiled.winograd import SIDE, transform_inputs, transform_outputs

_G = ((1 / 4, 0, 0), (-1 / 6, -1 / 6, -1 / 6), (-1 / 6, 1 / 6, -1 / 6),
      (1 / 24, 1 / 12, 1 / 6), (1 / 24, -1 / 12, 1 / 6), (0, 0, 1))  # fmt: skip
"""Winograd's transform of a kernel, beside those in compiled/winograd.py."""

_BLOCK = 64
"""Tiles at a time: enough for matrix products at full speed, few enough to stay in the cache."""

_WORTH_IT = 64
"""Input channels from which on the transforms cost less than they save."""


@dataclass(frozen=True, eq=False)
class Convolution:
    """One 3×3 convolution, the batch norm (weight, bias, running mean and variance) that follows it, and the ReLU."""

    weight: Float[Tensor, "o i 3 3"]
    bias: Float[Tensor, " o"]
    norm: tuple[Tensor, ...] = ()

    def __call__(
        self, maps: Float[Tensor, "1 i h w"], border: tuple[int, int, int, int], padding: str
    ) -> Float[Tensor, "1 o h2 w2"]:
        """Convolve, normalise, rectify.

        Parameters
        ----------
        maps
            Stored channels last.
        border
            Pixels, 0 or 1, to add above, below, on the left and on the right before the convolution takes one off each.
        padding
            What they hold: "constant" (zeros) or "reflect".
        """
        weight, bias = self._folded
        return functional.relu_(functional.conv2d(_pad(maps, border, padding), weight, bias))

    def fast(
        self, maps: Float[Tensor, "1 i h w"], border: tuple[int, int, int, int], padding: str
    ) -> Float[Tensor, "1 o h2 w2"]:
        """Do the same by Winograd's way where it is faster; on maps of magnitude 1 the two differ by some 1e-6."""
        if maps.device.type == "cpu" and maps.shape[1] >= _WORTH_IT:
            return self._by_winograd(maps, border, padding)
        return self(maps, border, padding)

    @cached_property
    def _folded(self) -> tuple[Float[Tensor, "o i 3 3"], Float[Tensor, " o"]]:
        """Weight and bias with the batch norm in them."""
        if not self.norm:
            return self.weight, self.bias
        weight, bias, mean, variance = (tensor.double() for tensor in self.norm)
        scale = weight / (variance + 1e-5).sqrt()
        folded = (self.weight.double() * scale[:, None, None, None]).float()
        return folded.contiguous(memory_format=torch.channels_last), ((self.bias - mean) * scale + bias).float()

    @cached_property
    def _spectrum(self) -> Float[Tensor, "36 i o"]:
        """G g Gᵀ of each kernel g."""
        g = torch.tensor(_G, dtype=torch.float64)
        weight = self._folded[0].double()
        return torch.einsum("ak,oikl,bl->abio", g, weight, g).flatten(0, 1).float().contiguous()

    def _by_winograd(
        self, maps: Float[Tensor, "1 i h w"], border: tuple[int, int, int, int], padding: str
    ) -> Float[Tensor, "1 o h2 w2"]:
        above, below, left, right = border
        rows = _shown(maps.shape[2], above, below, padding)
        columns = _shown(maps.shape[3], left, right, padding)
        seen = maps[0].permute(1, 2, 0).contiguous().numpy()
        spectrum, bias = self._spectrum, self._folded[1].numpy()
        inputs, outputs = spectrum.shape[1:]
        out = torch.empty(1, maps.shape[2] + above + below - 2, maps.shape[3] + left + right - 2, outputs)
        tiles = (len(rows) // SIDE) * (len(columns) // SIDE)

        def work(start: int, stop: int) -> None:
            room, product = torch.empty(36 * _BLOCK * inputs), torch.empty(36 * _BLOCK * outputs)
            for first in range(start * _BLOCK, min(stop * _BLOCK, tiles), _BLOCK):
                count = min(_BLOCK, tiles - first)
                before = room[: 36 * count * inputs].view(36, count, inputs)
                after = product[: 36 * count * outputs].view(36, count, outputs)
                transform_inputs(seen, rows, columns, first, before.numpy())
                torch.bmm(before, spectrum, out=after)
                transform_outputs(after.numpy(), bias, first, out[0].numpy())

        in_bands_of_torch(work, -(-tiles // _BLOCK))
        return out.permute(0, 3, 1, 2)


def _shown(size: int, before: int, after: int, padding: str) -> Int[np.ndarray, " p"]:
    """Say which line of `size` stands at each line of a row of patches, −1 for zeros.

    The last patch may reach further than the border; what stands there reaches no output.
    """
    patches = -(-(size + before + after - 2) // SIDE)
    places = np.arange(-before, SIDE * patches + 2 - before)
    if padding == "reflect":
        return np.clip(np.where(places < size, np.abs(places), 2 * (size - 1) - places), 0, size - 1)
    return np.where(places < size, places, -1)


def _pad(maps: Float[Tensor, "1 c h w"], border: tuple[int, int, int, int], padding: str) -> Float[Tensor, "1 c h2 w2"]:
    """Add a border; a side of one pixel has no neighbour to reflect and is repeated instead."""
    above, below, left, right = border
    for side, lines in ((2, (0, 0, above, below)), (3, (left, right, 0, 0))):
        repeat = padding == "reflect" and maps.shape[side] == 1
        maps = functional.pad(maps, lines, mode="replicate" if repeat else padding)
    return maps
