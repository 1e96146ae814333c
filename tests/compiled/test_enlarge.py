import numpy as np
import pytest

import oracle
from huegraft.compiled.enlarge import enlarge
from huegraft.windows import Window


@pytest.mark.parametrize("size", [(7, 5), (14, 10), (31, 23), (7, 40), (1, 1)])
@pytest.mark.parametrize("channels", [1, 2, 4])
def test_is_the_oracles(rng, size, channels):
    values = rng.normal(size=(min(7, size[0]), 5 if size[1] >= 5 else 1, channels)).astype(np.float32)
    expected = oracle.bicubic(values.astype(float), *size)
    np.testing.assert_allclose(enlarge(values, size, Window.whole(size)), expected, atol=1e-5)


@pytest.mark.parametrize("window", [(17, 30, 0, 41), (0, 50, 39, 41), (49, 50, 0, 1), (20, 33, 11, 12)])
def test_windows_are_parts_of_the_whole(rng, window):
    values = rng.normal(size=(6, 5, 3)).astype(np.float32)
    whole = enlarge(values, (50, 41), Window.whole((50, 41)))
    np.testing.assert_array_equal(enlarge(values, (50, 41), Window(*window)), whole[Window(*window).crop()])
