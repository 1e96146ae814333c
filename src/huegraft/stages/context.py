"""Context: the surroundings of a superpixel as further features of it."""

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
        The features of a picture's superpixels.
    areas, places
        The areas of the superpixels, and their places over √(h·w).
    radii
        The standard deviations of the Gaussian, over √(h·w). A superpixel's weight is the Gaussian times its area.
    """
    summed = np.concatenate([features, np.ones((len(areas), 1))], axis=1) * areas[:, None]
    sums = [near_means(places, radius, summed) for radius in radii]
    return [features, *(each[:, :-1] / each[:, -1:] for each in sums)]


def isotropic_positions(picture: Encoded) -> Float64[np.ndarray, "n 2"]:
    """Return the mean (y, x) of each superpixel over √(h·w)."""
    size = np.array(picture.labels.shape, np.float64)
    return picture.positions * (size / np.sqrt(size.prod()))
