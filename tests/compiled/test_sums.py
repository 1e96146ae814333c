import numpy as np
import pytest

from huegraft.compiled.sums import add_planes, add_products, add_shares


@pytest.fixture(params=[np.float32, np.float64])
def dtype(request):
    return request.param


def test_shares_are_added(rng, dtype):
    sums, values = rng.normal(size=(4, 70)), rng.normal(size=(9, 70)).astype(dtype)
    superpixels, cells, weights = rng.integers(0, 4, 30), rng.integers(0, 9, 30), rng.random(30)
    expected = sums.copy()
    for superpixel, cell, weight in zip(superpixels, cells, weights, strict=True):
        expected[superpixel] += weight * values[cell].astype(float)
    add_shares(sums, superpixels, cells, weights, values)
    np.testing.assert_allclose(sums, expected, atol=1e-13)


def test_pixels_are_added(rng, dtype):
    sums, planes = rng.normal(size=(4, 9)), rng.normal(size=(9, 5, 7)).astype(dtype)
    labels = np.repeat(rng.integers(0, 4, (5, 7)), 3)[:35].reshape(5, 7).astype(np.int32)
    expected = sums.copy()
    np.add.at(expected, labels, np.moveaxis(planes, 0, -1))
    add_planes(sums, labels, planes)
    np.testing.assert_allclose(sums, expected, atol=1e-13)


def test_products_of_differences_are_added(rng):
    sums, values, means = rng.normal(size=(4, 3, 3)), rng.normal(size=(5, 7, 3)), rng.normal(size=(4, 3))
    labels, expected = rng.integers(0, 4, (5, 7)).astype(np.int32), sums.copy()
    centred = values - means[labels]
    np.add.at(expected, labels, centred[..., :, None] * centred[..., None, :])
    add_products(sums, labels, values, means)
    np.testing.assert_allclose(sums, expected, atol=1e-13)


def test_threads_change_no_byte(rng, threads):
    labels, planes = rng.integers(0, 4, (5, 7)).astype(np.int32), rng.normal(size=(130, 5, 7))
    rows = np.ascontiguousarray(planes.reshape(130, 35).T)

    def sums(count):
        by_planes, by_shares = np.zeros((4, 130)), np.zeros((4, 130))
        with threads(count):
            add_planes(by_planes, labels, planes)
            add_shares(by_shares, labels.ravel().astype(np.int64), np.arange(35), np.ones(35), rows)
        return by_planes, by_shares

    np.testing.assert_array_equal(sums(1), sums(2))
