import numpy as np
import pytest

from huegraft.backbones.parts import enlargement
from huegraft.compiled.sums import add_enlarged, add_planes, add_products


@pytest.fixture(params=[np.float32, np.float64])
def dtype(request):
    return request.param


def between(size, cells):
    lower, upper, share = enlargement(size, cells, 0, size)
    return np.stack([lower, upper], axis=1), share


def test_enlargements_are_added(rng, dtype):
    sums, values = rng.normal(size=(4, 70)), rng.normal(size=(3, 4, 70)).astype(dtype)
    labels, expected = np.repeat(rng.integers(0, 4, (11, 6)), 3, axis=1)[:, :17].astype(np.int32), sums.copy()
    (rows, down), (columns, across) = between(11, 3), between(17, 4)
    for y in range(11):
        for x in range(17):
            for row, row_share in zip(rows[y], (1 - down[y], down[y]), strict=True):
                for column, column_share in zip(columns[x], (1 - across[x], across[x]), strict=True):
                    expected[labels[y, x]] += row_share * column_share * values[row, column].astype(float)
    add_enlarged(sums, np.ascontiguousarray(labels), (rows, down), (columns, across), values)
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
    cells = np.ascontiguousarray(planes[:, :2, :3].transpose(1, 2, 0))

    def sums(count):
        by_planes, by_cells = np.zeros((4, 130)), np.zeros((4, 130))
        with threads(count):
            add_planes(by_planes, labels, planes)
            add_enlarged(by_cells, labels, between(5, 2), between(7, 3), cells)
        return by_planes, by_cells

    np.testing.assert_array_equal(sums(1), sums(2))
