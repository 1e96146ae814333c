import math

import numpy as np
import pytest
from skimage import data
from skimage.measure import label
from skimage.segmentation import slic

from huegraft.setting_groups import MOST_SUPERPIXELS, SegmentSettings
from huegraft.settings import preset
from huegraft.stages.segment import segment, superpixel_count, superpixel_note


def assert_contiguous_and_connected(labels):
    np.testing.assert_array_equal(np.unique(labels), np.arange(labels.max() + 1))
    assert label(labels + 1, connectivity=1).max() == labels.max() + 1


@pytest.mark.parametrize(("height", "width", "count"), [(512, 512, 1536), (1, 1, 1), (2, 2, 4), (3, 10_000, 519)])
def test_count_asked_for_is_the_papers(height, width, count):
    assert superpixel_count(height, width, SegmentSettings()) == count
    assert count == min(3 * math.floor(math.sqrt(height * width)), height * width)


@pytest.mark.parametrize(("pixels", "count"), [(2**25, 17_376), (6666**2, 19_998), (6667**2, 20_000), (2**26, 20_000)])
def test_count_is_capped_where_the_setting_is(pixels, count):
    assert superpixel_count(1, pixels, SegmentSettings()) == count
    note = superpixel_note(1, pixels, SegmentSettings())
    assert (note is None) == (3 * math.isqrt(pixels) <= MOST_SUPERPIXELS)
    assert superpixel_note(1, pixels, SegmentSettings(superpixels=MOST_SUPERPIXELS)) is None


def test_note_names_both_numbers():
    note = superpixel_note(2**13, 2**13, SegmentSettings())
    assert note.startswith("3·√(H·W) = 24576 superpixels are capped at 20000")
    assert note.endswith("superpixels=… asks for fewer")


def test_is_scikit_images_with_the_documented_settings(astronaut):
    expected = slic(astronaut, n_segments=3 * 37, compactness=10, max_num_iter=10, start_label=0, channel_axis=-1)
    np.testing.assert_array_equal(segment(astronaut, preset("paper").segment).labels, expected)


def test_labels_are_contiguous_and_connected():
    photograph = (data.chelsea()[::2, ::2] / 255).astype(np.float32)
    labels = segment(photograph, SegmentSettings()).labels
    assert_contiguous_and_connected(labels)
    assert 0.5 < (labels.max() + 1) / superpixel_count(*labels.shape, SegmentSettings()) < 1.5
