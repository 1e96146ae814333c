import numpy as np
import pytest

from huegraft.compiled.winograd import transform_inputs, transform_outputs

G = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24


@pytest.mark.parametrize("channels", [3, 64, 300])
@pytest.mark.parametrize(("height", "width"), [(4, 4), (8, 12), (5, 7), (1, 1)])
def test_a_depthwise_convolution(rng, height, width, channels):
    maps = rng.normal(size=(height + 2, width + 2, channels)).astype(np.float32)
    kernel, bias = rng.normal(size=(3, 3)), rng.normal(size=channels).astype(np.float32)
    down, across = -(-height // 4), -(-width // 4)
    rows = np.minimum(np.arange(4 * down + 2), height + 1)
    columns = np.where(np.arange(4 * across + 2) < width + 2, np.arange(4 * across + 2), -1)
    spectra = np.full((36, down * across, channels), np.nan, dtype=np.float32)
    transform_inputs(maps, rows, columns, 0, spectra)
    spectra *= (G @ kernel @ G.T).reshape(36, 1, 1).astype(np.float32)
    result = np.full((height, width, channels), np.nan, dtype=np.float32)
    transform_outputs(spectra, bias, 0, result)
    expected = bias + sum(
        kernel[i, j] * maps[i : i + height, j : j + width].astype(float) for i in range(3) for j in range(3)
    )
    np.testing.assert_allclose(result, np.maximum(expected, 0), atol=5e-5)


def test_blocks_of_tiles_are_the_whole(rng):
    maps, places = rng.normal(size=(14, 10, 2)).astype(np.float32), np.arange(14)
    whole, part = np.empty((36, 6, 2), np.float32), np.empty((36, 2, 2), np.float32)
    transform_inputs(maps, places, places[:10], 0, whole)
    transform_inputs(maps, places, places[:10], 3, part)
    np.testing.assert_array_equal(part, whole[:, 3:5])
    bias = np.zeros(2, np.float32)
    at_once, in_blocks = np.empty((12, 8, 2), np.float32), np.empty((12, 8, 2), np.float32)
    transform_outputs(whole, bias, 0, at_once)
    for first in (0, 2, 4):
        transform_outputs(np.ascontiguousarray(whole[:, first : first + 2]), bias, first, in_blocks)
    np.testing.assert_array_equal(in_blocks, at_once)


def test_what_is_no_number_does_not_become_one():
    maps = np.empty((4, 4, 70), np.float32)
    transform_outputs(np.full((36, 1, 70), np.nan, dtype=np.float32), np.zeros(70, np.float32), 0, maps)
    assert np.isnan(maps).all()
