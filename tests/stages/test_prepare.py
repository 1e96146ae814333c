import numpy as np
import pytest

import oracle
from huegraft.picture import Picture
from huegraft.setting_groups import PrepareSettings
from huegraft.stages.prepare import prepare, shrink, working_size


def test_small_pictures_are_left_alone(astronaut):
    prepared = prepare(Picture(astronaut), "transfer", PrepareSettings())
    np.testing.assert_array_equal(prepared.seen, astronaut)
    assert not np.shares_memory(prepared.seen, astronaut)


def test_grey_is_the_papers(astronaut):
    prepared = prepare(Picture(astronaut), "colorize", PrepareSettings())
    np.testing.assert_allclose(prepared.seen, oracle.grey(astronaut), atol=1e-6)
    np.testing.assert_array_equal(prepared.color, astronaut)


@pytest.mark.parametrize("size", [(17, 11), (40, 5), (1, 1), (13, 36)])
def test_shrinking_averages_areas(astronaut, size):
    np.testing.assert_allclose(shrink(astronaut, size), oracle.area_average(astronaut, *size), atol=1e-6)


@pytest.mark.parametrize(
    ("height", "width", "pixels"),
    [(3, 10**6, 2**18), (4000, 6000, 2**18), (10**6, 1, 100), (5, 5, 1), (512, 512, 2**18)],
)
def test_working_size_fits(height, width, pixels):
    new_height, new_width = working_size(height, width, pixels)
    assert 1 <= new_height <= height
    assert 1 <= new_width <= width
    assert new_height * new_width <= pixels
    if min(new_height, new_width) > 1:
        assert new_height * new_width > 0.98 * min(pixels, height * width)
        assert new_height / new_width == pytest.approx(height / width, rel=0.01)
