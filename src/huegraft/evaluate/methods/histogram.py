"""Histogram matching, channel by channel in sRGB, as scikit-image does it."""

from skimage.exposure import match_histograms

from huegraft.types import AnyPicture


def histogram_matching(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Give each channel the reference's cumulative histogram."""
    return match_histograms(target, reference, channel_axis=-1).astype(target.dtype)
