"""A global regression from L* to a*, b*, which uses nothing but the tones of the reference."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from huegraft.color import lab_from_srgb, srgb_from_lab
from huegraft.types import AnyPicture

_STEPS = 4  # bins for one unit of L*
_BANDWIDTH = 2.0


def lightness_regression(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Give each pixel the mean a*, b* of the reference at its L*, by a Gaussian kernel of 2 units (Nadaraya–Watson)."""
    ours, theirs = (lab_from_srgb(each.astype(np.float64)) for each in (target, reference))
    count = 100 * _STEPS + 1
    bins = np.rint(theirs[..., 0] * _STEPS).astype(int).ravel().clip(0, count - 1)
    sums = [np.bincount(bins, weights, count) for weights in (None, *theirs[..., 1:].reshape(-1, 2).T)]
    amount, a, b = (
        gaussian_filter1d(each.astype(float), _BANDWIDTH * _STEPS, truncate=100, mode="constant") for each in sums
    )
    lightness = ours[..., 0] * _STEPS
    chroma = [np.interp(lightness, np.arange(count), each / np.maximum(amount, 1e-300)) for each in (a, b)]
    colored = np.stack([ours[..., 0], *chroma], axis=-1)
    return srgb_from_lab(colored).clip(0, 1).astype(np.float32)
