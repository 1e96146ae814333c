"""Context: what surrounds a superpixel, as more features of it."""

from collections.abc import Sequence

import numpy as np

from huegraft.compiled.attention import near_means
from huegraft.records import Encoded
from huegraft.shapes import Float64


def with_context(
    features: Float64[np.ndarray, "n c"],
    areas: Float64[np.ndarray, " n"],
    places: Float64[np.ndarray, "n 2"],
    radii: Sequence[float],
) -> list[Float64[np.ndarray, "n c"]]:
    """Return the features and, for each radius, their mean over the superpixels around.

    Parameters
    ----------
    features
        Of a picture's superpixels.
    areas, places
        Of the same, the places over √(h·w).
    radii
        Standard deviations, over √(h·w), of the Gaussian that superpixels around are weighted by, times their areas.
    """
    summed = np.concatenate([features, np.ones((len(areas), 1))], axis=1) * areas[:, None]
    sums = [near_means(places, radius, summed) for radius in radii]
    return [features, *(each[:, :-1] / each[:, -1:] for each in sums)]


def isotropic_positions(picture: Encoded) -> Float64[np.ndarray, "n 2"]:
    """Return the mean (y, x) of each superpixel over √(h·w)."""
    size = np.array(picture.labels.shape, np.float64)
    return picture.positions * (size / np.sqrt(size.prod()))
