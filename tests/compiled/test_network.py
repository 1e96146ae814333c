from itertools import product

import numpy as np
import pytest

import oracle
from huegraft.compiled.network import Kernel, add_twice, convolve, halve, repeated

SIZES = [(13, 21), (150, 11), (9, 5), (6, 1), (1, 3)]


def near(result, expected):
    assert result.shape == expected.shape
    assert result.dtype == np.float32
    return np.abs(result - expected).max() < 2e-6 * np.abs(expected).max()


def with_border(size, border, mode):
    """Say which line stands at each of the padded ones, as NumPy pads."""
    fill = {"constant_values": -1} if mode == "constant" else {}
    return np.pad(np.arange(size), border, mode=mode, **fill)


def by_oracle(maps, weights, bias, border, mode, stride=1, dilation=1):
    """In float64."""
    padded = np.pad(maps.astype(float), ((border, border), (border, border), (0, 0)), mode=mode)
    result = oracle.convolve_padded(np.moveaxis(padded, 2, 0), weights.astype(float), bias, stride, dilation)
    return np.moveaxis(result, 0, 2)


def twice_as_many(size):
    """The weights, (2 size, size), by which as many lines become twice as many, linearly between pixel centres."""
    places = (np.arange(2 * size) + 0.5) / 2 - 0.5
    return np.stack([np.interp(places, np.arange(size), line) for line in np.eye(size)], axis=1)


@pytest.mark.parametrize("mode", ["edge", "constant", "reflect"])
@pytest.mark.parametrize("side", [1, 3, 4])
@pytest.mark.parametrize("dilation", [1, 2, 4])
@pytest.mark.parametrize("stride", [1, 2])
def test_is_the_oracles_convolution(rng, mode, side, dilation, stride):
    border = ((side - 1) * dilation + 1) // 2
    for (height, width), outputs, inputs in product(SIZES, (8, 24, 48), (1, 5)):
        maps, weights, bias = (
            rng.normal(size=shape).astype(np.float32)
            for shape in ((height, width, inputs), (outputs, inputs, side, side), outputs)
        )
        expected = by_oracle(maps, weights, bias, border, mode, stride, dilation)
        rows, columns = (with_border(size, border, mode) for size in (height, width))
        skip = rng.normal(size=expected.shape).astype(np.float32)
        for rectified, added in product((True, False), (None, skip)):
            result = convolve(
                maps, Kernel.of(weights, bias), rows, columns,
                stride=stride, dilation=dilation, rectified=rectified, skip=added,
            )  # fmt: skip
            wanted = np.maximum(expected, 0) if rectified else expected
            assert near(result, wanted if added is None else wanted + added)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33])
@pytest.mark.parametrize("outputs", [8, 16, 24, 40, 56, 64, 72, 80, 96, 104])
def test_any_width_and_any_eights_of_outputs(rng, width, outputs):
    maps = rng.normal(size=(3, width, 7)).astype(np.float32)
    weights, bias = (rng.normal(size=shape).astype(np.float32) for shape in ((outputs, 7, 3, 3), outputs))
    result = convolve(maps, Kernel.of(weights, bias), repeated(3, 1), repeated(width, 1), rectified=False)
    assert near(result, by_oracle(maps, weights, bias, 1, "edge"))


@pytest.mark.parametrize("size", [1, 2, 9])
def test_edges_are_repeated(size):
    for border in (0, 1, 4):
        np.testing.assert_array_equal(repeated(size, border), np.pad(np.arange(size), border, mode="edge"))


def test_a_border_may_differ_from_side_to_side(rng):
    maps = rng.normal(size=(5, 6, 3)).astype(np.float32)
    weights, bias = (rng.normal(size=shape).astype(np.float32) for shape in ((8, 3, 3, 3), 8))
    result = convolve(maps, Kernel.of(weights, bias), np.array([-1, 0, 1, 2, 3]), np.array([2, 3, 4, 5, -1]))
    seen = np.pad(maps[:4, 2:], ((1, 0), (0, 1), (0, 0)))
    assert near(result, np.maximum(by_oracle(seen, weights, bias, 0, "edge"), 0))


def test_what_is_no_number_does_not_become_one():
    kernel = Kernel.of(np.ones((8, 2, 3, 3), np.float32), np.zeros(8, np.float32))
    maps = np.zeros((9, 20, 2), np.float32)
    maps[4, 10] = np.nan
    result = convolve(maps, kernel, repeated(9, 1), repeated(20, 1))
    assert np.isnan(result[3:6, 9:12]).all()
    assert np.isnan(result).sum() == 9 * 8


@pytest.mark.parametrize("shape", [(12, 3, 3, 3), (7, 3, 1, 1), (8, 3, 6, 6)])
def test_kernels_that_the_loop_cannot_do_are_refused(shape):
    with pytest.raises(ValueError, match="multiple of 8 outputs and a side of at most 5"):
        Kernel.of(np.zeros(shape, np.float32), np.zeros(shape[0], np.float32))


@pytest.mark.parametrize("wrong", [np.zeros((4, 4, 3)), np.zeros((4, 8, 3), np.float32)[:, ::2]])
def test_other_arrays_never_reach_the_loop(wrong):
    kernel = Kernel.of(np.zeros((8, 3, 1, 1), np.float32), np.zeros(8, np.float32))
    with pytest.raises(TypeError):
        convolve(wrong, kernel, repeated(4, 0), repeated(4, 0))


@pytest.mark.parametrize("size", [(2, 2), (6, 10), (150, 4), (2, 34)])
@pytest.mark.parametrize("channels", [1, 3, 24])
def test_halves_are_means(rng, size, channels):
    maps = rng.normal(size=(*size, channels)).astype(np.float32)
    expected = maps.astype(float).reshape(size[0] // 2, 2, size[1] // 2, 2, channels).mean(axis=(1, 3))
    np.testing.assert_allclose(halve(maps), expected, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (3, 1), (3, 5), (70, 2), (2, 17)])
@pytest.mark.parametrize("channels", [1, 3, 24])
def test_doubles_are_bilinear(rng, size, channels):
    half = rng.normal(size=(*size, channels)).astype(np.float32)
    maps = rng.normal(size=(2 * size[0], 2 * size[1], channels)).astype(np.float32)
    expected = maps + np.einsum("yi,xj,ijc->yxc", *map(twice_as_many, size), half.astype(float))
    np.testing.assert_allclose(add_twice(half, maps), expected, atol=1e-6)


def test_threads_change_no_byte(rng, threads):
    maps, half = (rng.normal(size=(*size, 24)).astype(np.float32) for size in ((140, 34), (70, 17)))
    kernel = Kernel.of(*(rng.normal(size=shape).astype(np.float32) for shape in ((48, 24, 3, 3), 48)))
    made = []
    for count in (1, 2, 3):
        with threads(count):
            convolved = convolve(maps, kernel, repeated(140, 2), repeated(34, 2), dilation=2)
            made.append((convolved, halve(maps), add_twice(half, maps)))
    for results in made[1:]:
        for one, other in zip(results, made[0], strict=True):
            np.testing.assert_array_equal(one, other)
