"""Bins: the pixels of a transfer are gathered by colour, so a fit sees thousands of bins, not millions of pixels."""

from dataclasses import dataclass

import numpy as np

from huegraft.shapes import Float64
from huegraft.types import Pixels, in_unit_range

_BINS = 128  # along each axis, at most; this is so fine that a map is linear within a bin
_MOST_PIXELS = 2**22


@dataclass(frozen=True, eq=False)
class Bins:
    """Mean colours of the pixels that fall into one bin.

    Attributes
    ----------
    colors, wanted : (n, 3)
        sRGB in [0, 1], of the target and of the result.
    shares : (n,)
        The shares of the pixels in the bins. Their sum is 1.
    """

    colors: Float64[np.ndarray, "n 3"]
    wanted: Float64[np.ndarray, "n 3"]
    shares: Float64[np.ndarray, " n"]


def binned(target: Pixels, result: Pixels, size: int) -> Bins:
    """Gather the pixels of target and result, two pictures of one size, by the target's colour.

    Each cell of a LUT of `size` nodes is divided into the same number of bins, so no bin lies in two cells. If there
    are more than 2²² pixels, those on an even grid are taken.
    """
    along = (size - 1) * max(1, _BINS // (size - 1))
    both = [in_unit_range(thinned(picture, _MOST_PIXELS)).reshape(-1, 3).T for picture in (target, result)]
    red, green, blue = np.minimum((both[0] * along).astype(np.int32), along - 1)
    place = (red * along + green) * along + blue
    count = np.bincount(place)
    filled = count > 0
    sums = [np.bincount(place, values)[filled] for values in np.concatenate(both)]
    means = (np.stack(sums) / count[filled]).T
    return Bins(means[:, :3], means[:, 3:], count[filled] / len(place))


def thinned(picture: np.ndarray, pixels: int) -> np.ndarray:
    """Return at most a number of pixels of a picture, which lie on an even grid."""
    step = int(np.ceil((picture.shape[0] * picture.shape[1] / pixels) ** 0.5))
    return picture[::step, ::step]
