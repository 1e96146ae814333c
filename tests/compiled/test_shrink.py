import numpy as np
import pytest

from huegraft.compiled.shrink import shrink_areas
from huegraft.stages.prepare import working_size


def plain(picture, size):
    """Each new pixel by adding up the old ones it covers, times how much of them it covers."""
    height, width = picture.shape[:2]
    shrunk = np.zeros((*size, picture.shape[2]))
    for y in range(size[0]):
        for x in range(size[1]):
            top, bottom = y * height / size[0], (y + 1) * height / size[0]
            left, right = x * width / size[1], (x + 1) * width / size[1]
            total = 0.0
            for row in range(int(top), min(height, int(np.ceil(bottom)))):
                for column in range(int(left), min(width, int(np.ceil(right)))):
                    share = (min(bottom, row + 1) - max(top, row)) * (min(right, column + 1) - max(left, column))
                    shrunk[y, x] += share * picture[row, column]
                    total += share
            shrunk[y, x] /= total
    return shrunk


@pytest.mark.parametrize("size", [(13, 11), (12, 11), (5, 4), (1, 1), (13, 1), (7, 11)])
@pytest.mark.parametrize("channels", [1, 3])
def test_is_the_mean_of_the_area(rng, size, channels):
    picture = rng.random((13, 11, channels), dtype=np.float32)
    np.testing.assert_allclose(shrink_areas(picture, size), plain(picture, size), atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_whole_numbers_stand_for_the_unit_range(rng, dtype):
    picture = rng.integers(0, np.iinfo(dtype).max, (40, 30, 3), endpoint=True).astype(dtype)
    expected = shrink_areas((picture / np.iinfo(dtype).max).astype(np.float32), (9, 7))
    np.testing.assert_allclose(shrink_areas(picture, (9, 7)), expected, atol=1e-6)


def test_no_row_beside_the_band_is_read(monkeypatch):
    def among_nan(pixels):
        around = np.full((len(pixels) + 2, *pixels.shape[1:]), np.nan, dtype=np.float32)
        around[1:-1] = pixels
        return around[1:-1]

    monkeypatch.setattr("huegraft.compiled.shrink.in_unit_range", among_nan)
    for height in [*range(400, 4000, 7), 3648, 5472, 1177, 3770]:
        for new_height in (working_size(height, height * 3 // 2, 2**18)[0], height // 3, 2):
            shrunk = shrink_areas(np.ones((height, 1, 1), np.float32), (new_height, 1))
            np.testing.assert_allclose(shrunk, 1, atol=5e-5)
