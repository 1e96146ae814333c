"""SLIC from given starting centres, which scikit-image's does not offer (Achanta et al. 2012).

Distances and windows are those of ``skimage.segmentation.slic``, but the picture is not stretched to its own range, so
that a sequence of pictures is segmented alike when one of them grows darker.
"""

import numpy as np
from jaxtyping import Float, Float64, Int, Int32
from skimage.color import rgb2lab
from skimage.measure import label as connected_components
from skimage.segmentation import watershed

from huegraft.errors import ArgumentError
from huegraft.types import FloatPicture


def slic_from_centres(
    picture: FloatPicture, centres: Float[np.ndarray, "k 2"], compactness: float, iterations: int
) -> Int32[np.ndarray, "h w"]:
    """Cluster the pixels of `picture` around moving centres that start at `centres`, (y, x) in pixels.

    Returns connected labels, contiguous from 0, in the order of `centres`; a centre left without pixels is dropped.

    Raises
    ------
    ArgumentError
        If there is no centre, or one lies outside the picture.
    """
    height, width = picture.shape[:2]
    inside = (centres >= 0) & (centres <= [height - 1, width - 1])
    if len(centres) == 0 or not inside.all():
        raise ArgumentError(f"initial centres must be 1 or more positions (y, x) within {height}×{width} pixels")
    step = max(1.0, np.sqrt(height * width / len(centres)))
    rows, columns = np.mgrid[:height, :width] / step
    points = np.concatenate([rows[..., None], columns[..., None], rgb2lab(picture) / compactness], axis=2)
    labels = np.zeros((height, width), dtype=np.int32)
    clusters = np.concatenate([centres / step, np.zeros((len(centres), 3))], axis=1)  # at first, colours count alike
    for _ in range(iterations):
        labels = _assign(points, clusters, step)
        clusters = _means(points, labels, clusters)
    return _contiguous(_connect(labels))


def _assign(
    points: Float64[np.ndarray, "h w 5"], clusters: Float64[np.ndarray, "k 5"], step: float
) -> Int32[np.ndarray, "h w"]:
    """Give each pixel the nearest cluster within two steps, or its neighbour's where there is none."""
    height, width = points.shape[:2]
    nearest = np.full((height, width), np.inf)
    labels = np.full((height, width), -1, dtype=np.int32)
    reach = int(2 * step) + 1
    for k, cluster in enumerate(clusters):
        row, column = (cluster[:2] * step).astype(int).tolist()
        window = np.s_[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
        distance = ((points[window] - cluster) ** 2).sum(axis=2)
        closer = distance < nearest[window]
        nearest[window][closer] = distance[closer]
        labels[window][closer] = k
    return _grow(labels)


def _means(
    points: Float64[np.ndarray, "h w 5"], labels: Int32[np.ndarray, "h w"], clusters: Float64[np.ndarray, "k 5"]
) -> Float64[np.ndarray, "k 5"]:
    """Return the mean point of each cluster; a cluster without pixels stays where it is."""
    counts = np.bincount(labels.ravel(), minlength=len(clusters))[:, None]
    sums = np.stack(
        [np.bincount(labels.ravel(), points[..., c].ravel(), minlength=len(clusters)) for c in range(5)], axis=1
    )
    return np.where(counts > 0, sums / np.maximum(counts, 1), clusters)


def _connect(labels: Int32[np.ndarray, "h w"]) -> Int32[np.ndarray, "h w"]:
    """Keep the largest connected piece of each label and let its neighbours grow over the others."""
    pieces = np.asarray(connected_components(labels + 1, connectivity=1))
    sizes = np.bincount(pieces.ravel())
    owners = np.zeros(len(sizes), dtype=np.int64)
    owners[pieces] = labels
    by_size = np.argsort(sizes, kind="stable")
    largest = np.zeros(labels.max() + 1, dtype=np.int64)
    largest[owners[by_size]] = by_size  # where a label has several pieces, the last one written stays: the largest
    return _grow(np.where(pieces == largest[labels], labels, -1))


def _grow(labels: Int[np.ndarray, "h w"]) -> Int32[np.ndarray, "h w"]:
    """Let the labels grow over the pixels without one (-1), each staying connected."""
    if labels.min() >= 0:
        return labels.astype(np.int32)
    return watershed(np.zeros(labels.shape), labels + 1, connectivity=1).astype(np.int32) - 1


def _contiguous(labels: Int32[np.ndarray, "h w"]) -> Int32[np.ndarray, "h w"]:
    return np.unique(labels, return_inverse=True)[1].reshape(labels.shape).astype(np.int32)
