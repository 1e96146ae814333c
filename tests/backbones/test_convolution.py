import numpy as np
import pytest

import oracle
from huegraft.backbones.convolution import Convolution


@pytest.fixture(params=[3, 48, 64], ids="{} inputs".format)
def convolution(request):
    """From 64 inputs on by Winograd's way, with fewer by the plain one."""
    generator = np.random.default_rng(3)

    def normal(*shape):
        return generator.normal(size=shape).astype(np.float32)

    norm = (1 + np.float32(0.2) * normal(64), normal(64), normal(64), np.float32(0.5) + np.square(normal(64)))
    inputs = request.param
    return Convolution(normal(64, inputs, 3, 3) / np.float32(9 * inputs) ** np.float32(0.5), normal(64), norm)


def some_maps(convolution, height, width):
    inputs = convolution.weight.shape[1]
    return np.random.default_rng(4).normal(size=(height, width, inputs)).astype(np.float32)


def as_defined(convolution, maps, border, padding):
    """The batch norm as a step of its own, in float64."""
    above, below, left, right = border
    padded = np.pad(maps.astype(float), ((above, below), (left, right), (0, 0)), mode=padding)
    of_double = (array.astype(float) for array in (convolution.weight, convolution.bias))
    maps = np.moveaxis(oracle.convolve_padded(np.moveaxis(padded, 2, 0), *of_double), 0, 2)
    weight, bias, mean, variance = (array.astype(float) for array in convolution.norm)
    return np.maximum((maps - mean) / np.sqrt(variance + 1e-5) * weight + bias, 0)


@pytest.mark.parametrize("padding", ["constant", "reflect"])
@pytest.mark.parametrize("border", [(1, 1, 1, 1), (1, 0, 0, 1), (0, 0, 0, 0), (0, 1, 1, 0)])
@pytest.mark.parametrize(("height", "width"), [(3, 4), (6, 10), (9, 70), (34, 33)])
def test_both_ways_are_the_definition(convolution, height, width, border, padding):
    maps = some_maps(convolution, height, width)
    expected = as_defined(convolution, maps, border, padding)
    result = convolution(maps, border, padding)
    assert result.shape == expected.shape
    assert result.dtype == np.float32
    assert result.flags.c_contiguous
    assert np.abs(result - expected).max() < 2e-5 * expected.max()


def test_a_side_of_one_pixel_is_repeated(convolution):
    maps = some_maps(convolution, 1, 9)
    expected = as_defined(convolution, maps.repeat(3, axis=0), (0, 0, 1, 1), "reflect")
    assert np.abs(convolution(maps, (1, 1, 1, 1), "reflect") - expected).max() < 2e-5 * expected.max()


def test_any_number_of_threads_gives_the_same_bytes(convolution, threads):
    results = []
    for count in (1, 2, 3):
        with threads(count):
            results.append(convolution(some_maps(convolution, 50, 61), (1, 1, 1, 1), "reflect"))
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])
