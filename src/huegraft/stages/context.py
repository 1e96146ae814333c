"""Context: what surrounds a superpixel, as more features of it."""

from collections.abc import Sequence

import torch
from jaxtyping import Float64
from torch import Tensor

from huegraft.types import Encoded


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
    squared = torch.cdist(places, places).square()
    areas = torch.tensor(picture.areas, device=features.device)
    means = []
    for radius in radii:
        near = torch.exp(squared / (-2 * radius**2)) * areas
        means.append(near @ features / near.sum(dim=1, keepdim=True))
    return torch.cat([features, *means], dim=1)


def isotropic_positions(picture: Encoded, device: torch.device) -> Float64[Tensor, "n 2"]:
    """Return the mean (y, x) of each superpixel over √(h·w)."""
    size = torch.tensor(picture.labels.shape, dtype=torch.float64, device=device)
    return torch.tensor(picture.positions, device=device) * size / size.prod().sqrt()
