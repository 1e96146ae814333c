"""SLIC of our own beside scikit-image's."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation
from skimage import data
from skimage.measure import label
from skimage.segmentation import find_boundaries, slic

from huegraft.compiled.color import lab_picture
from huegraft.compiled.slic import assign, grow, move
from huegraft.setting_groups import SegmentSettings
from huegraft.stages.segment import enlarged_labels, segment

OWN = SegmentSettings(slic="huegraft")


@pytest.fixture(scope="module", params=["chelsea", "coffee", "astronaut"])
def photograph(request):
    return (getattr(data, request.param)()[::2, ::2] / 255).astype(np.float32)


def recall(theirs, ours):
    """Share of the first's boundary pixels within two pixels of the second's."""
    boundary, other = (find_boundaries(labels, mode="inner") for labels in (theirs, ours))
    return (boundary & binary_dilation(other, iterations=2)).sum() / boundary.sum()


def spread(labels):
    sizes = np.bincount(labels.ravel())
    return sizes.std() / sizes.mean()


def test_boundaries_are_scikit_images(photograph):
    theirs, ours = (
        segment(photograph, SegmentSettings(slic=slic, superpixels=150)).labels for slic in ("scikit-image", "huegraft")
    )
    chance = recall(theirs, np.roll(ours, 7, axis=(0, 1)))  # their grids differ, and so do boundaries on flat ground
    assert min(recall(theirs, ours), recall(ours, theirs)) > chance + 0.25


def test_sizes_spread_no_wider_than_scikit_images(photograph):
    theirs, ours = (segment(photograph, settings).labels for settings in (SegmentSettings(slic="scikit-image"), OWN))
    assert spread(ours) < 1.05 * spread(theirs)
    assert 0.85 < (ours.max() + 1) / (theirs.max() + 1) < 1.15


def test_labels_are_connected_contiguous_and_not_small(photograph):
    labels = segment(photograph, OWN).labels
    np.testing.assert_array_equal(np.unique(labels), np.arange(labels.max() + 1))
    assert label(labels + 1, connectivity=1).max() == labels.max() + 1
    assert np.bincount(labels.ravel()).min() >= 0.4 * labels.size / (labels.max() + 1) * 0.7


def test_a_darker_picture_keeps_its_superpixels(photograph):
    bright, dark = (segment(photograph * np.float32(light), OWN).labels for light in (1, 0.97))
    assert recall(bright, dark) > 0.95


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 50, 3), (50, 1, 3), (2, 3, 3), (7, 400, 3)])
def test_thin_and_tiny_pictures(rng, shape):
    labels = segment(rng.random(shape, dtype=np.float32), OWN).labels
    np.testing.assert_array_equal(np.unique(labels), np.arange(labels.max() + 1))
    assert label(labels + 1, connectivity=1).max() == labels.max() + 1


def test_a_flat_picture_is_a_grid():
    labels = segment(np.full((60, 60, 3), 0.5, np.float32), SegmentSettings(slic="huegraft", superpixels=36)).labels
    np.testing.assert_array_equal(np.bincount(labels.ravel()), np.full(36, 100))


def test_loops_from_the_same_grid_give_scikit_images_clusters():
    photograph = (data.chelsea()[:240:2, :240:2] / 255).astype(np.float32)
    stretched = (photograph - photograph.min()) / np.ptp(photograph)
    expected = slic(stretched, n_segments=144, start_label=0, enforce_connectivity=False, channel_axis=-1)
    colors = np.ascontiguousarray(np.moveaxis(lab_picture(stretched), 2, 0)) / np.float32(10)
    clusters, labels = np.zeros((144, 5), np.float32), np.full((120, 120), -1, np.int32)
    clusters[:, :2] = np.mgrid[5:120:10, 5:120:10].reshape(2, -1).T
    for _ in range(10):
        labels = grow(assign(colors, clusters, 10, 21, labels))
        clusters = move(colors, labels, clusters)
    assert (labels == expected).mean() > 0.95


def test_an_emptied_cluster_takes_the_colour_at_its_place():
    """Four clusters start; the others take all pixels of the one at the lower left from it, and it comes back."""
    rows = [[1, 0, 1, 0], [1, 1, 1, 0], [1, 0, 1, 0], [1, 0, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0]]
    picture = np.repeat(np.array(rows, np.float32)[..., None], 3, axis=2)
    labels = segment(picture, SegmentSettings(superpixels=4, compactness=1)).labels
    np.testing.assert_array_equal(labels, np.repeat([[0, 0, 0, 1], [2, 2, 2, 3]], 3, axis=0))


def test_the_same_labels_for_any_number_of_threads(photograph, threads):
    with threads(1):
        alone = segment(photograph, OWN).labels
    with threads(3):
        np.testing.assert_array_equal(segment(photograph, OWN).labels, alone)


def test_enlarged_labels_are_those_of_the_place():
    labels = np.arange(6, dtype=np.int32).reshape(2, 3)
    np.testing.assert_array_equal(enlarged_labels(labels, (4, 6)), labels.repeat(2, axis=0).repeat(2, axis=1))
    np.testing.assert_array_equal(enlarged_labels(labels, (2, 3)), labels)
    np.testing.assert_array_equal(enlarged_labels(labels, (3, 5))[1], [3, 3, 4, 5, 5])
