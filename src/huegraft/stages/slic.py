"""SLIC of our own (Achanta et al. 2012, doi:10.1109/TPAMI.2012.120).

Distances and windows are those of ``skimage.segmentation.slic``. But the picture is not stretched to its own range, so
the pictures of a sequence are segmented alike when one of them grows darker. And the clusters may start from those of
the picture before.
"""

import math
from dataclasses import dataclass

import numpy as np

from huegraft.compiled.color import lab_picture
from huegraft.compiled.slic import assign, connected_pieces, grow, move
from huegraft.errors import ArgumentError
from huegraft.records import Frozen
from huegraft.shapes import Bool, Float32, Float64, Int32, Int64
from huegraft.types import FloatPicture

_LEAST_PIECE = 0.5  # share of the mean size, as in scikit-image
_LEAST_SURVIVOR = 0.25  # share of the mean size: below that of a new piece, or superpixels would come and go
_LARGEST = 2.25  # share of the mean size


@dataclass(frozen=True, eq=False)
class Centres(Frozen):
    """The places and identities of superpixels, one row for each. The superpixels of the next picture start there.

    Attributes
    ----------
    places : (n, 2) float32
        Mean y, x over the height and the width. Pixel centres lie at half-integers, so the means lie in (0, 1).
    colors : (n, 3) float32
        Mean CIELAB.
    ids : (n,) int64
        Identities. A superpixel that goes on in the next picture keeps its identity.
    following : int
        The next identity that was never used.
    """

    places: Float32[np.ndarray, "n 2"]
    colors: Float32[np.ndarray, "n 3"]
    ids: Int64[np.ndarray, " n"]
    following: int

    def __post_init__(self) -> None:
        super().__post_init__()
        inside = (self.places > 0) & (self.places < 1)
        if len(self.ids) == 0 or not inside.all() or not np.isfinite(self.colors).all():
            raise ArgumentError("centres must be 1 or more places (y, x) between 0 and 1, each with a finite colour")
        if len(np.unique(self.ids)) < len(self.ids) or self.ids.max() >= self.following:
            raise ArgumentError(f"the identities of centres must be distinct and below {self.following}, the following")


@dataclass(frozen=True, eq=False)
class Superpixels:
    """A picture divided.

    Attributes
    ----------
    labels : (h, w) int32
        The superpixel of each pixel, contiguous from 0. Each superpixel is connected.
    centres : Centres
        A row for each superpixel.
    """

    labels: Int32[np.ndarray, "h w"]
    centres: Centres


def slic_from_grid(picture: FloatPicture, count: int, compactness: float, iterations: int) -> Superpixels:
    """Cluster the pixels around about `count` centres that start on a regular grid.

    Superpixels are numbered in the order of their first pixels. Pieces of a cluster that lie apart are superpixels of
    their own. Pieces smaller than half the mean size go to their neighbours.
    """
    height, width = picture.shape[:2]
    rows = min(height, max(1, round(math.sqrt(count * height / width))))
    columns = min(width, max(1, round(count / rows)))
    clusters = np.zeros((rows * columns, 5), np.float32)  # at first, colours count alike
    clusters[:, 0] = np.repeat(_middles(height, rows), columns)
    clusters[:, 1] = np.tile(_middles(width, columns), rows)
    space = _Space.of(picture, len(clusters), compactness)
    labels = space.nearest(clusters)
    for _ in range(iterations - 1):
        clusters = space.moved(labels, clusters)
        labels = space.nearest(clusters, labels)
    pieces, sizes = connected_pieces(labels)
    kept = sizes >= min(sizes.max(), _LEAST_PIECE * space.mean_size)
    return space.superpixels(_keep(pieces, kept, np.cumsum(kept) - 1))


def slic_from_centres(picture: FloatPicture, start: Centres, count: int, compactness: float) -> Superpixels:
    """Cluster the pixels around the centres of the picture before, so that about `count` superpixels remain.

    The largest piece of a cluster keeps the identity. If it is smaller than a quarter of the mean size, the cluster is
    dropped. Other pieces of at least half the mean size are new superpixels, and smaller ones go to their neighbours. A
    cluster that has grown beyond 2.25 times the mean size is divided. Superpixels are numbered in the order of their
    identities.
    """
    height, width = picture.shape[:2]
    space = _Space.of(picture, count, compactness)
    began = np.column_stack([start.places * [height, width] - 0.5, start.colors / compactness]).astype(np.float32)
    labels = space.nearest(began)
    clusters = _divided(space, labels, space.moved(labels, began), began)
    following = start.following + len(clusters) - len(began)
    ids = np.concatenate([start.ids, np.arange(start.following, following)])
    return _going_on(space, space.nearest(clusters, labels), ids, following)


def superpixels_of(picture: FloatPicture, labels: Int32[np.ndarray, "h w"]) -> Superpixels:
    """Return the superpixels of labels. All of them are new."""
    return _Space.of(picture, int(labels.max()) + 1, 1).superpixels(labels)


@dataclass(frozen=True, eq=False)
class _Space:
    """The pixels of a picture, among which clusters move: (y, x) in pixels, then CIELAB over the compactness."""

    colors: Float32[np.ndarray, "3 h w"]
    compactness: float
    mean_size: float

    @classmethod
    def of(cls, picture: FloatPicture, count: int, compactness: float) -> "_Space":
        lab = lab_picture(np.ascontiguousarray(picture))
        height, width = lab.shape[:2]
        colors = np.empty((3, height, width), np.float32)
        for plane, channel in zip(colors, np.moveaxis(lab, 2, 0), strict=True):
            np.divide(channel, np.float32(compactness), out=plane)
        return cls(colors, compactness, height * width / count)

    @property
    def step(self) -> float:
        """Pixels between neighbouring clusters, by which positions are divided."""
        return max(1.0, math.sqrt(self.mean_size))

    def nearest(
        self, clusters: Float32[np.ndarray, "k 5"], before: Int32[np.ndarray, "h w"] | None = None
    ) -> Int32[np.ndarray, "h w"]:
        """Return the nearest cluster of each pixel. The guess `before` changes nothing but the time."""
        before = np.full(self.colors.shape[1:], -1, np.int32) if before is None else before
        return grow(assign(self.colors, clusters, self.step, int(2 * self.step) + 1, before))

    def moved(
        self, labels: Int32[np.ndarray, "h w"], clusters: Float32[np.ndarray, "k 5"]
    ) -> Float32[np.ndarray, "k 5"]:
        """Return the clusters at the means of their pixels. One without pixels stays, and takes the colour there."""
        moved = move(self.colors, labels, clusters)
        empty = np.bincount(labels.ravel(), minlength=len(clusters)) == 0
        y, x = (self._nearest_line(moved[empty, axis], axis) for axis in (0, 1))
        moved[empty, 2:] = self.colors[:, y, x].T
        return moved

    def _nearest_line(self, places: Float32[np.ndarray, " k"], axis: int) -> Int64[np.ndarray, " k"]:
        """Return the row (axis 0) or column (1) of pixels at each place."""
        return np.rint(places).astype(np.int64).clip(0, self.colors.shape[1 + axis] - 1)

    def superpixels(
        self, labels: Int32[np.ndarray, "h w"], ids: Int64[np.ndarray, " n"] | None = None, following: int = 0
    ) -> Superpixels:
        """Return the superpixels with their centres. If there are no identities, all superpixels are new."""
        if ids is None:
            following = int(labels.max()) + 1
            ids = np.arange(following)
        means = move(self.colors, labels, np.zeros((len(ids), 5), np.float32))
        places = ((means[:, :2] + 0.5) / labels.shape).astype(np.float32)
        return Superpixels(labels, Centres(places, means[:, 2:] * np.float32(self.compactness), ids, following))


def _going_on(
    space: _Space, labels: Int32[np.ndarray, "h w"], ids: Int64[np.ndarray, " k"], following: int
) -> Superpixels:
    """Return the superpixels that the clusters' pieces become."""
    pieces, sizes = connected_pieces(labels)
    owners = np.empty(len(sizes), dtype=np.int64)
    owners[pieces] = labels
    is_largest = _are_largest(owners, sizes)
    survives = is_largest & (sizes >= min(sizes.max(), _LEAST_SURVIVOR * space.mean_size))
    fresh = ~is_largest & (sizes >= _LEAST_PIECE * space.mean_size)
    identities = ids[owners]
    identities[fresh] = following + np.arange(fresh.sum())
    kept = np.flatnonzero(survives | fresh)
    kept = kept[np.argsort(identities[kept])]
    numbers = np.empty(len(sizes), dtype=np.int64)
    numbers[kept] = np.arange(len(kept))
    labels = _keep(pieces, survives | fresh, numbers)
    return space.superpixels(labels, identities[kept], following + int(fresh.sum()))


def _are_largest(owners: Int64[np.ndarray, " p"], sizes: Int64[np.ndarray, " p"]) -> Bool[np.ndarray, " p"]:
    """Tell for each piece whether it is the largest piece of its owner."""
    by_size = np.argsort(sizes, kind="stable")
    largest = np.empty(owners.max() + 1, dtype=np.int64)
    largest[owners[by_size]] = by_size  # where an owner has several pieces, the last one written stays: the largest
    return largest[owners] == np.arange(len(sizes))


def _divided(
    space: _Space,
    labels: Int32[np.ndarray, "h w"],
    clusters: Float32[np.ndarray, "k 5"],
    began: Float32[np.ndarray, "k 5"],
) -> Float32[np.ndarray, "k2 5"]:
    """Return the clusters, and divide those that have become too large.

    A half of a large cluster lies on one side of its mean, on the axis of position or colour along which its pixels
    differ most. Each half becomes a cluster at its own mean. The half that is nearer to where the cluster began takes
    the cluster's row, and the other half a row at the end.
    """
    large = np.flatnonzero(np.bincount(labels.ravel(), minlength=len(clusters)) > _LARGEST * space.mean_size)
    if len(large) == 0:
        return clusters
    numbers = np.full(len(clusters), -1)
    numbers[large] = np.arange(len(large))
    y, x = np.nonzero(numbers[labels] >= 0)
    owners = numbers[labels[y, x]]
    scale = np.array([space.step, space.step, 1, 1, 1])
    values = np.column_stack([y, x, space.colors[:, y, x].T]) / scale
    apart = values - _means(values, owners)[owners]
    axes = _means(apart**2, owners).argmax(axis=1)
    is_beyond = apart[np.arange(len(owners)), axes[owners]] > 0
    halves = _means(values, 2 * owners + is_beyond).reshape(-1, 2, 5)
    ways = np.square(halves - (began[large] / scale)[:, None]).sum(axis=2)
    rows, nearer = np.arange(len(large)), ways.argmin(axis=1)
    divided = np.concatenate([clusters, halves[rows, 1 - nearer] * scale]).astype(np.float32)
    divided[large] = halves[rows, nearer] * scale
    return divided


def _means(values: Float64[np.ndarray, "p c"], owners: Int64[np.ndarray, " p"]) -> Float64[np.ndarray, "n c"]:
    """Return the mean over each owner's rows. Owners are contiguous from 0."""
    sums = np.stack([np.bincount(owners, channel) for channel in values.T], axis=1)
    return sums / np.bincount(owners)[:, None]


def _keep(
    pieces: Int32[np.ndarray, "h w"], kept: Bool[np.ndarray, " p"], numbers: Int64[np.ndarray, " p"]
) -> Int32[np.ndarray, "h w"]:
    """Give each kept piece its number and let them grow over the others."""
    return grow(np.where(kept, numbers, -1).astype(np.int32)[pieces])


def _middles(length: int, count: int) -> Float32[np.ndarray, " count"]:
    return (((np.arange(count) + 0.5) * length) / count - 0.5).astype(np.float32)
