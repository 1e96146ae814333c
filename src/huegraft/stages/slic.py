"""SLIC of our own (Achanta et al. 2012, doi:10.1109/TPAMI.2012.120).

Distances and windows are those of ``skimage.segmentation.slic``, but the picture is not stretched to its own range, so
that a sequence of pictures is segmented alike when one of them grows darker, and the clusters may start anywhere.
"""

import math

import numpy as np

from huegraft.compiled.color import lab_picture
from huegraft.compiled.slic import assign, connected_pieces, grow, move
from huegraft.errors import ArgumentError
from huegraft.shapes import Float, Float32, Int32, Int64
from huegraft.types import FloatPicture

_LEAST_PIECE = 0.5  # of the mean size: scikit-image's


def slic_from_grid(picture: FloatPicture, count: int, compactness: float, iterations: int) -> Int32[np.ndarray, "h w"]:
    """Cluster the pixels around about `count` centres that start on a regular grid.

    Returns connected labels, contiguous from 0 in the order of their first pixels. Pieces of a cluster that lie apart
    have labels of their own; pieces smaller than half the mean size go to their neighbours.
    """
    height, width = picture.shape[:2]
    rows = min(height, max(1, round(math.sqrt(count * height / width))))
    columns = min(width, max(1, round(count / rows)))
    y, x = np.meshgrid(_middles(height, rows), _middles(width, columns), indexing="ij")
    pieces, sizes = connected_pieces(
        _clustered(picture, np.stack([y, x], axis=-1).reshape(-1, 2), compactness, iterations)
    )
    kept = sizes >= min(sizes.max(), _LEAST_PIECE * height * width / (rows * columns))
    return _keep(pieces, kept, np.cumsum(kept) - 1)


def slic_from_centres(
    picture: FloatPicture, centres: Float[np.ndarray, "k 2"], compactness: float, iterations: int
) -> Int32[np.ndarray, "h w"]:
    """Cluster the pixels of `picture` around moving centres that start at `centres`, (y, x) in pixels.

    Returns connected labels, contiguous from 0, in the order of `centres`; a centre left without pixels is dropped. Of
    each cluster the largest piece stays, and its neighbours take the others.

    Raises
    ------
    ArgumentError
        If there is no centre, or one lies outside the picture.
    """
    height, width = picture.shape[:2]
    inside = (centres >= 0) & (centres <= [height - 1, width - 1])
    if len(centres) == 0 or not inside.all():
        raise ArgumentError(f"initial centres must be 1 or more positions (y, x) within {height}×{width} pixels")
    return largest_pieces(_clustered(picture, centres, compactness, iterations))


def largest_pieces(labels: Int32[np.ndarray, "h w"]) -> Int32[np.ndarray, "h w"]:
    """Keep the largest connected piece of each label, let its neighbours grow over the others, number without gaps."""
    pieces, sizes = connected_pieces(labels)
    owners = np.empty(len(sizes), dtype=np.int64)
    owners[pieces] = labels
    by_size = np.argsort(sizes, kind="stable")
    largest = np.full(labels.max() + 1, -1)
    largest[owners[by_size]] = by_size  # where a label has several pieces, the last one written stays: the largest
    kept = largest[owners] == np.arange(len(sizes))
    present = largest >= 0
    return _keep(pieces, kept, (np.cumsum(present) - 1)[owners])


def _clustered(
    picture: FloatPicture, centres: Float[np.ndarray, "k 2"], compactness: float, iterations: int
) -> Int32[np.ndarray, "h w"]:
    height, width = picture.shape[:2]
    step = max(1.0, math.sqrt(height * width / len(centres)))
    lab = lab_picture(np.ascontiguousarray(picture))
    colors = np.empty((3, height, width), np.float32)
    for plane, channel in zip(colors, np.moveaxis(lab, 2, 0), strict=True):
        np.divide(channel, np.float32(compactness), out=plane)
    clusters = np.zeros((len(centres), 5), dtype=np.float32)  # at first, colours count alike
    clusters[:, :2] = centres
    labels = np.full((height, width), -1 if iterations else 0, dtype=np.int32)
    for _ in range(iterations):
        labels = grow(assign(colors, clusters, step, int(2 * step) + 1, labels))
        clusters = move(colors, labels, clusters)
    return labels


def _keep(
    pieces: Int32[np.ndarray, "h w"], kept: np.ndarray, numbers: Int64[np.ndarray, " p"]
) -> Int32[np.ndarray, "h w"]:
    """Give each kept piece its number and let them grow over the others."""
    return grow(np.where(kept, numbers, -1).astype(np.int32)[pieces])


def _middles(length: int, count: int) -> Float32[np.ndarray, " count"]:
    return (((np.arange(count) + 0.5) * length) / count - 0.5).astype(np.float32)
