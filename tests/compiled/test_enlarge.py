import numpy as np
import pytest

import oracle
from huegraft.compiled.enlarge import enlarge_rows


@pytest.mark.parametrize("size", [(7, 5), (14, 10), (31, 23), (7, 40), (1, 1)])
@pytest.mark.parametrize("channels", [1, 2, 4])
def test_is_the_oracles(rng, size, channels):
    values = rng.normal(size=(min(7, size[0]), 5 if size[1] >= 5 else 1, channels)).astype(np.float32)
    expected = oracle.bicubic(values.astype(float), *size)
    np.testing.assert_allclose(enlarge_rows(values, size, 0, size[0]), expected, atol=1e-5)


def test_bands_are_parts_of_the_whole(rng):
    values = rng.normal(size=(6, 5, 3)).astype(np.float32)
    whole = enlarge_rows(values, (50, 41), 0, 50)
    np.testing.assert_array_equal(enlarge_rows(values, (50, 41), 17, 30), whole[17:30])
