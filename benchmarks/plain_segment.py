"""Plain segmentation, frozen for comparison: scikit-image's SLIC."""

import math

import numpy as np
from jaxtyping import Float, Int32
from skimage.segmentation import relabel_sequential, slic


def segment(
    picture: Float[np.ndarray, "h w 3"], compactness: float = 10.0, iterations: int = 10
) -> Int32[np.ndarray, "h w"]:
    """Return superpixels of a picture (sRGB in [0, 1]), 3⌊√(h·w)⌋ asked for, labelled contiguously from 0."""
    height, width = picture.shape[:2]
    labels = slic(
        picture,
        n_segments=min(3 * math.isqrt(height * width), height * width),
        compactness=compactness,
        max_num_iter=iterations,
        start_label=0,
        channel_axis=-1,
    )
    return relabel_sequential(labels + 1)[0].astype(np.int32) - 1
