"""Pool: means over superpixels (section 2.1.3)."""

from dataclasses import dataclass

import numpy as np

from huegraft.compiled.sums import add_pixels, areas, centred_sums
from huegraft.shapes import Float, Float64, Int32


def pool(
    values: Float[np.ndarray, "h w c"], labels: Int32[np.ndarray, "h w"], count: int
) -> Float64[np.ndarray, "n c"]:
    """Return F_l(i) for a map f_l: the mean of each channel over each of `count` superpixels, summed in float64."""
    sums = np.zeros((count, values.shape[2]))
    add_pixels(sums, labels, values)
    return sums / areas(labels, count)[:, None]


def position_sides(height: int, width: int, units: str) -> tuple[float, float]:
    """Return the divisors of y and x: H and W for the units "frame", √(H·W) twice for "isotropic"."""
    side = (height * width) ** 0.5
    return (float(height), float(width)) if units == "frame" else (side, side)


def pixel_positions(height: int, width: int, units: str) -> Float64[np.ndarray, "h w 2"]:
    """Return (y, x) of each pixel's centre, divided by the sides of the units."""
    side_y, side_x = position_sides(height, width, units)
    y, x = (np.arange(height) + 0.5) / side_y, (np.arange(width) + 0.5) / side_x
    return np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1)


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean and population covariance of d-dimensional pixels over each superpixel."""

    mean: Float64[np.ndarray, "n d"]
    covariance: Float64[np.ndarray, "n d d"]


def moments(values: Float[np.ndarray, "h w d"], labels: Int32[np.ndarray, "h w"], count: int) -> Moments:
    """Return the mean and the population covariance of `values` over each superpixel, from centred differences."""
    rough = np.zeros((count, values.shape[2]))
    pixels = areas(labels, count)[:, None]
    mean = centred_sums(labels, values, rough)[0] / pixels
    _, products = centred_sums(labels, values, mean)
    return Moments(mean, products / pixels[..., None])
