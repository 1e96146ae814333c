"""Segment: superpixels by SLIC (section 2.1.1; Achanta et al. 2012, doi:10.1109/TPAMI.2012.120)."""

import math

import numpy as np

from huegraft.setting_groups import MOST_SUPERPIXELS, SegmentSettings
from huegraft.shapes import Int32
from huegraft.stages.slic import Centres, Superpixels, slic_from_centres, slic_from_grid, superpixels_of
from huegraft.types import FloatPicture
from huegraft.views import View


def segment(picture: FloatPicture, settings: SegmentSettings | View, start: Centres | None = None) -> Superpixels:
    """Divide a picture into superpixels.

    Parameters
    ----------
    picture
        sRGB in [0, 1] at the working size.
    settings
        The number asked for (not the number obtained), compactness, iterations.
    start
        The centres of the picture before in a sequence, in place of a regular grid. Superpixels go on from them and
        keep their identities. huegraft's SLIC then does a few iterations, whatever the settings say.

    Returns
    -------
    Connected superpixels, with the centres that those of the next picture start from.
    """
    height, width = picture.shape[:2]
    count = superpixel_count(height, width, settings)
    if start is not None:
        return slic_from_centres(picture, start, count, settings.compactness)
    if settings.slic == "huegraft":
        return slic_from_grid(picture, count, settings.compactness, settings.iterations)
    return superpixels_of(picture, _slic_of_scikit_image(picture, count, settings))


def superpixel_count(height: int, width: int, settings: SegmentSettings | View) -> int:
    """Return N = min(3⌊√(H·W)⌋, H·W), or the number that the settings ask for (section 3.2), at most 20 000."""
    return min(settings.superpixels or _papers_count(height, width), height * width, MOST_SUPERPIXELS)


def superpixel_note(height: int, width: int, settings: SegmentSettings | View) -> str | None:
    """Say that a picture gets fewer superpixels than the paper's number. Return None if it does not."""
    count = _papers_count(height, width)
    if settings.superpixels is not None or count <= MOST_SUPERPIXELS:
        return None
    return (
        f"3·√(H·W) = {count} superpixels are capped at {MOST_SUPERPIXELS}, the most whose matches are held in memory; "
        "superpixels=… asks for fewer"
    )


def _papers_count(height: int, width: int) -> int:
    return 3 * math.isqrt(height * width)


def enlarged_labels(labels: Int32[np.ndarray, "h w"], size: tuple[int, ...]) -> Int32[np.ndarray, "H W"]:
    """Return the labels at another size. Each pixel takes the label at the place of its centre."""
    rows, columns = ((2 * np.arange(new) + 1) * old // (2 * new) for old, new in zip(labels.shape, size, strict=True))
    return np.ascontiguousarray(labels[rows][:, columns])


def _slic_of_scikit_image(
    picture: FloatPicture, count: int, settings: SegmentSettings | View
) -> Int32[np.ndarray, "h w"]:
    from skimage.segmentation import relabel_sequential, slic  # takes half a second to load

    labels = slic(
        picture,
        n_segments=count,
        compactness=settings.compactness,
        max_num_iter=settings.iterations,
        start_label=0,
        channel_axis=-1,
    )
    return relabel_sequential(labels + 1)[0].astype(np.int32) - 1
