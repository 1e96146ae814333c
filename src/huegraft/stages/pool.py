"""Pool: means over superpixels (section 2.1.3)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

_CHANNELS_AT_ONCE = 64


def pool(values: Float[Tensor, "c h w"], labels: Int[Tensor, "h w"], count: int) -> Float64[Tensor, "n c"]:
    """Return the mean of each channel over each of `count` superpixels, summed in float64: F_l(i) for a map f_l."""
    flat = labels.flatten()
    sums = [
        torch.zeros(count, len(block), dtype=torch.float64, device=values.device).index_add_(
            0, flat, block.flatten(1).T.double()
        )
        for block in values.split(_CHANNELS_AT_ONCE)
    ]
    return torch.cat(sums, dim=1) / areas(labels, count)[:, None]


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
    values = values.double()
    mean = pool(values.permute(2, 0, 1), labels, count)
    centred = values - mean[labels]
    products = (centred[..., :, None] * centred[..., None, :]).flatten(2)
    covariance = pool(products.permute(2, 0, 1), labels, count)
    return Moments(mean, covariance.unflatten(1, (values.shape[2], values.shape[2])))
