import numpy as np

from huegraft.compiled.sums import add_shares


def test_shares_are_added_in_the_channels_asked_for(rng):
    sums, values = rng.normal(size=(4, 6)), rng.normal(size=(9, 6)).astype(np.float32)
    superpixels, cells, weights = rng.integers(0, 4, 30), rng.integers(0, 9, 30), rng.random(30)
    expected = sums.copy()
    for superpixel, cell, weight in zip(superpixels, cells, weights, strict=True):
        expected[superpixel, 2:5] += weight * values[cell, 2:5].astype(float)
    add_shares(sums, superpixels, cells, weights, values, 2, 5)
    np.testing.assert_allclose(sums, expected, atol=1e-13)
