"""Pool: means over superpixels (section 2.1.3)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float64, Int, Int64
from torch import Tensor

from huegraft.backbones.parts import Part, Window, enlargement
from huegraft.compiled.sums import add_enlarged, add_planes, add_products
from huegraft.errors import BackboneError

_CHANNELS_AT_ONCE = 64


class Pooling:
    """Sums of feature maps over superpixels, part by part, in float64: F_l(i) for maps f_l that never exist whole.

    Parameters
    ----------
    labels
        Superpixel of each pixel, below `count`.
    device
        Where the parts are.
    """

    def __init__(self, labels: Int[np.ndarray, "h w"], count: int, device: torch.device) -> None:
        self._labels = labels
        self._areas = torch.from_numpy(np.bincount(labels.ravel(), minlength=count)).to(device)
        self._sums: dict[str, Float64[Tensor, "n c"]] = {}

    def add(self, layer: str, window: Window, part: Part) -> None:
        """Add what the pixels of a window have of a layer's map."""
        values = part.values if part.values.dtype == torch.float64 else part.values.float()
        if layer not in self._sums:
            shape = (len(self._areas), len(values))
            self._sums[layer] = torch.zeros(shape, dtype=torch.float64, device=values.device)
        sums = self._sums[layer]
        inside = np.ascontiguousarray(self._labels[window.top : window.bottom, window.left : window.right], np.int32)
        if part.size == self._labels.shape and (sums.device.type != "cpu" or values.stride(2) == 1):
            _add_planes(sums, torch.tensor(inside, device=sums.device), values)
            return
        rows = _between(self._labels.shape[0], part.size[0], window.top, window.bottom, part.top)
        columns = _between(self._labels.shape[1], part.size[1], window.left, window.right, part.left)
        if rows[0].max() >= values.shape[1] or columns[0].max() >= values.shape[2]:
            raise BackboneError(f"layer {layer!r}: the part does not hold all cells that its window lies between")
        cells = values.permute(1, 2, 0).contiguous()
        if sums.device.type == "cpu":
            add_enlarged(sums.numpy(), inside, rows, columns, cells.numpy())
        else:
            _index_add_enlarged(sums, inside, rows, columns, cells)

    def means(self) -> dict[str, Float64[Tensor, "n _"]]:
        """Return the mean of each channel over each superpixel, for each layer in the order of their first parts."""
        return {layer: sums / self._areas[:, None] for layer, sums in self._sums.items()}


def pool(values: Float[Tensor, "c h w"], labels: Int[Tensor, "h w"], count: int) -> Float64[Tensor, "n c"]:
    """Return the mean of each channel over each of `count` superpixels, summed in float64: F_l(i) for a map f_l."""
    sums = torch.zeros(count, len(values), dtype=torch.float64, device=values.device)
    _add_planes(sums, labels, values)
    return sums / areas(labels, count)[:, None]


def areas(labels: Int[Tensor, "h w"], count: int) -> Float64[Tensor, " n"]:
    """Return the number of pixels of each superpixel, P_i."""
    return torch.bincount(labels.flatten(), minlength=count).double()


def position_sides(height: int, width: int, units: str) -> tuple[float, float]:
    """Return what y and x are divided by: H and W for units "frame", √(H·W) both for "isotropic"."""
    side = (height * width) ** 0.5
    return (float(height), float(width)) if units == "frame" else (side, side)


def pixel_positions(height: int, width: int, units: str, device: torch.device) -> Float64[Tensor, "h w 2"]:
    """Return (y, x) of each pixel's centre, over the sides of those units."""
    side_y, side_x = position_sides(height, width, units)
    y = (torch.arange(height, device=device, dtype=torch.float64) + 0.5) / side_y
    x = (torch.arange(width, device=device, dtype=torch.float64) + 0.5) / side_x
    return torch.stack(torch.meshgrid(y, x, indexing="ij"), dim=-1)


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean and population covariance of d-dimensional pixels over each superpixel."""

    mean: Float64[Tensor, "n d"]
    covariance: Float64[Tensor, "n d d"]


def moments(values: Float[Tensor, "h w d"], labels: Int[Tensor, "h w"], count: int) -> Moments:
    """Return the mean and the population covariance of `values` over each superpixel, from centred differences."""
    mean = pool(values.permute(2, 0, 1), labels, count)
    size = values.shape[2]
    if values.device.type == "cpu":
        sums = torch.zeros(count, size, size, dtype=torch.float64)
        pixels = values.double().contiguous().numpy()
        add_products(sums.numpy(), labels.int().contiguous().numpy(), pixels, mean.numpy())
        return Moments(mean, sums / areas(labels, count)[:, None, None])
    centred = values.double() - mean[labels]
    products = (centred[..., :, None] * centred[..., None, :]).flatten(2)
    return Moments(mean, pool(products.permute(2, 0, 1), labels, count).unflatten(1, (size, size)))


def _add_planes(sums: Float64[Tensor, "n c"], labels: Int[Tensor, "h w"], values: Float[Tensor, "c h w"]) -> None:
    """Add each pixel of each plane to its superpixel's sum."""
    if sums.device.type == "cpu":
        add_planes(sums.numpy(), labels.int().contiguous().numpy(), values.contiguous().numpy())
        return
    superpixels = labels.flatten().long()
    for channels in _blocks(len(values)):
        sums[:, channels].index_add_(0, superpixels, values[channels].flatten(1).T.double())


def _index_add_enlarged(
    sums: Float64[Tensor, "n c"],
    labels: Int[np.ndarray, "h w"],
    rows: tuple[Int64[np.ndarray, "h 2"], Float64[np.ndarray, " h"]],
    columns: tuple[Int64[np.ndarray, "w 2"], Float64[np.ndarray, " w"]],
    cells: Float[Tensor, "cells_down cells_across c"],
) -> None:
    """Do as the compiled `add_enlarged`, on any device."""
    superpixels = torch.tensor(labels.ravel(), dtype=torch.int64, device=sums.device)
    for row in range(2):
        for column in range(2):
            shares = [np.abs(1 - side - share) for side, share in ((row, rows[1]), (column, columns[1]))]
            weights = torch.tensor(np.outer(*shares).ravel(), device=sums.device)[:, None]
            places = rows[0][:, row, None] * cells.shape[1] + columns[0][:, column]
            chosen = torch.tensor(places.ravel(), device=sums.device)
            for channels in _blocks(sums.shape[1]):
                values = cells[:, :, channels].flatten(0, 1)[chosen]
                sums[:, channels].index_add_(0, superpixels, weights * values)


def _blocks(channels: int) -> Iterator[slice]:
    """Divide channels, so that what is made of each pixel fits into memory."""
    return (slice(first, first + _CHANNELS_AT_ONCE) for first in range(0, channels, _CHANNELS_AT_ONCE))


def _between(
    size: int, cells: float, start: int, stop: int, first: int
) -> tuple[Int64[np.ndarray, "p 2"], Float64[np.ndarray, " p"]]:
    """Return the two cells, counted from `first`, that pixels of a line lie between, and what the second counts."""
    lower, upper, share = enlargement(size, cells, start, stop)
    return np.stack([lower, upper], axis=1) - first, share
