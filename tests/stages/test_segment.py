import math

import numpy as np
import pytest
from skimage import data
from skimage.measure import label
from skimage.segmentation import slic

from huegraft.errors import ArgumentError
from huegraft.setting_groups import SegmentSettings
from huegraft.settings import preset
from huegraft.stages.segment import segment, superpixel_count
from huegraft.stages.slic import largest_pieces


def assert_contiguous_and_connected(labels):
    np.testing.assert_array_equal(np.unique(labels), np.arange(labels.max() + 1))
    assert label(labels + 1, connectivity=1).max() == labels.max() + 1


def grid(height, width, step):
    rows, columns = np.mgrid[step // 2 : height : step, step // 2 : width : step]
    return np.stack([rows.ravel(), columns.ravel()], axis=1).astype(float)


@pytest.mark.parametrize(("height", "width", "count"), [(512, 512, 1536), (1, 1, 1), (2, 2, 4), (3, 10_000, 519)])
def test_count_asked_for_is_the_papers(height, width, count):
    assert superpixel_count(height, width, SegmentSettings()) == count
    assert count == min(3 * math.floor(math.sqrt(height * width)), height * width)


def test_is_scikit_images_with_the_documented_settings(astronaut):
    expected = slic(astronaut, n_segments=3 * 37, compactness=10, max_num_iter=10, start_label=0, channel_axis=-1)
    np.testing.assert_array_equal(segment(astronaut, preset("paper").segment), expected)


def test_labels_are_contiguous_and_connected():
    photograph = (data.chelsea()[::2, ::2] / 255).astype(np.float32)
    labels = segment(photograph, SegmentSettings())
    assert_contiguous_and_connected(labels)
    assert 0.5 < (labels.max() + 1) / superpixel_count(*labels.shape, SegmentSettings()) < 1.5


def test_initial_centres_give_scikit_images_clusters():
    photograph = (data.chelsea()[:240:2, :240:2] / 255).astype(np.float32)
    stretched = (photograph - photograph.min()) / np.ptp(photograph)
    expected = slic(stretched, n_segments=144, start_label=0, enforce_connectivity=False, channel_axis=-1)
    labels = segment(stretched, SegmentSettings(), grid(120, 120, 10))
    assert_contiguous_and_connected(labels)
    assert labels.max() + 1 == 144
    assert (labels == largest_pieces(expected.astype(np.int32))).mean() > 0.95


def test_initial_centres_keep_their_superpixels_when_the_picture_darkens():
    photograph = (data.chelsea()[:240:2, :240:2] / 255).astype(np.float32)
    centres = grid(120, 120, 10)
    bright = segment(photograph, SegmentSettings(), centres)
    dark = segment(photograph * np.float32(0.97), SegmentSettings(), centres)
    assert (bright == dark).mean() > 0.85


def test_initial_centres_without_pixels_are_dropped(astronaut):
    doubled = np.concatenate([grid(40, 36, 9), grid(40, 36, 9)])
    labels = segment(astronaut, SegmentSettings(), doubled)
    assert_contiguous_and_connected(labels)
    assert labels.max() + 1 <= len(doubled)


@pytest.mark.parametrize("centres", [np.zeros((0, 2)), np.array([[0.0, 40.0]]), np.array([[-1.0, 0.0]])])
def test_centres_outside_are_refused(astronaut, centres):
    with pytest.raises(ArgumentError, match="initial centres must be"):
        segment(astronaut, SegmentSettings(), centres)
