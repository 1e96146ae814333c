"""Reinhard, Ashikhmin, Gooch, Shirley. Color transfer between images. 2001. doi:10.1109/38.946629."""

import numpy as np

from huegraft.evaluate.methods.ruderman import lalphabeta_from_rgb, rgb_from_lalphabeta
from huegraft.types import AnyPicture


def reinhard(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Give each channel of lαβ the reference's mean and standard deviation."""
    ours, theirs = lalphabeta_from_rgb(target), lalphabeta_from_rgb(reference)
    scale = theirs.std(axis=(0, 1)) / np.maximum(ours.std(axis=(0, 1)), 1e-6)
    matched = (ours - ours.mean(axis=(0, 1))) * scale + theirs.mean(axis=(0, 1))
    return np.clip(rgb_from_lalphabeta(matched), 0, 1).astype(np.float32)
