"""Context: what surrounds a superpixel, as more features of it."""

from collections.abc import Sequence

import torch
from jaxtyping import Float32, Float64
from torch import Tensor

from huegraft.types import Encoded

_LOWEST_EXPONENT = -40.0  # e^-40 beside 1 is nothing, and still far from the numbers that processors are slow with


def with_context(
    features: Float64[Tensor, "n c"], picture: Encoded, radii: Sequence[float]
) -> Float64[Tensor, "n c_with_context"]:
    """Return the features and, for each radius, their mean over the superpixels around.

    Parameters
    ----------
    features
        Of one layer of `picture`.
    picture
        Whose superpixels they are.
    radii
        Standard deviations, over √(h·w), of the Gaussian that superpixels around are weighted by, times their areas.
    """
    places = isotropic_positions(picture, features.device)
    areas = torch.tensor(picture.areas, device=features.device)[:, None]
    summed = (torch.cat([features, torch.ones_like(areas)], dim=1) * areas).float()
    sums = [(nearness(places, radius) @ summed).double() for radius in radii]
    return torch.cat([features, *(each[:, :-1] / each[:, -1:] for each in sums)], dim=1)


def nearness(places: Float64[Tensor, "n d"], radius: float) -> Float32[Tensor, "n n"]:
    """Return a Gaussian of the distances between places, 1 at none; in single precision, which is twice as fast."""
    squared = torch.zeros(len(places), len(places), device=places.device)
    for axis in places.float().unbind(1):
        difference = axis[:, None] - axis
        squared.addcmul_(difference, difference)
    return squared.mul_(-1 / (2 * radius**2)).clamp_min_(_LOWEST_EXPONENT).exp_()


def isotropic_positions(picture: Encoded, device: torch.device) -> Float64[Tensor, "n 2"]:
    """Return the mean (y, x) of each superpixel over √(h·w)."""
    size = torch.tensor(picture.labels.shape, dtype=torch.float64, device=device)
    return torch.tensor(picture.positions, device=device) * size / size.prod().sqrt()
