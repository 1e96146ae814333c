import numpy as np
import pytest

from huegraft.backbones.tiles import enlargement
from huegraft.compiled.sums import add_enlarged, add_pixels, add_planes, centred_sums


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


def test_planes_are_added(rng, dtype):
    sums, planes = rng.normal(size=(4, 9)), rng.normal(size=(9, 5, 7)).astype(dtype)
    labels = np.repeat(rng.integers(0, 4, (5, 7)), 3)[:35].reshape(5, 7).astype(np.int32)
    expected = sums.copy()
    np.add.at(expected, labels, np.moveaxis(planes, 0, -1))
    add_planes(sums, labels, planes)
    np.testing.assert_allclose(sums, expected, atol=1e-13)


@pytest.mark.parametrize("channels", [1, 2, 9, 37])
@pytest.mark.parametrize("layout", ["pixels", "planes", "a part"])
def test_pixels_are_added(rng, dtype, channels, layout):
    sums, values = rng.normal(size=(4, channels)), rng.normal(size=(5, 9, channels)).astype(dtype)
    if layout == "planes":
        values = np.moveaxis(np.ascontiguousarray(np.moveaxis(values, 2, 0)), 0, 2)
    values = values[:, 1:8] if layout == "a part" else values[:, :7].copy(order="K")
    labels = np.repeat(rng.integers(0, 4, (5, 7)), 3)[:35].reshape(5, 7).astype(np.int32)
    expected = sums.copy()
    np.add.at(expected, labels, values)
    add_pixels(sums, labels, values)
    np.testing.assert_allclose(sums, expected, atol=1e-13)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_differences_and_their_products_are_added(rng, dtype, channels):
    values, means = rng.normal(size=(5, 7, channels)).astype(dtype), rng.normal(size=(4, channels))
    labels, sums = rng.integers(0, 4, (5, 7)).astype(np.int32), np.zeros((4, channels))
    products, centred = np.zeros((4, channels, channels)), values - means[labels]
    np.add.at(sums, labels, centred)
    np.add.at(products, labels, centred[..., :, None] * centred[..., None, :])
    found = centred_sums(labels, values, means)
    np.testing.assert_allclose(found[0], sums, atol=1e-13)
    np.testing.assert_allclose(found[1], products, atol=1e-13)


def test_threads_change_no_byte(rng, threads):
    labels, planes = rng.integers(0, 4, (5, 7)).astype(np.int32), rng.normal(size=(130, 5, 7))
    cells = np.ascontiguousarray(planes[:, :2, :3].transpose(1, 2, 0))
    pixels = np.ascontiguousarray(planes.transpose(1, 2, 0))

    def sums(count):
        by_planes, by_cells, by_pixels = (np.zeros((4, 130)) for _ in range(3))
        with threads(count):
            add_planes(by_planes, labels, planes)
            add_enlarged(by_cells, labels, between(5, 2), between(7, 3), cells)
            add_pixels(by_pixels, labels, pixels)
            return by_planes, by_cells, by_pixels, *centred_sums(labels, pixels[..., :3], np.ones((4, 3)))

    for one, other in zip(sums(1), sums(2), strict=True):
        np.testing.assert_array_equal(one, other)
