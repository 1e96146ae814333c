from itertools import product

import numpy as np
import pytest

from huegraft.compiled.lut import look_up, look_up_in_curves, look_up_in_tetrahedra

UNIT = np.zeros(3, np.float32), np.ones(3, np.float32)


def plain(pixels, table, low, high):
    """The eight nodes around each colour, in float64."""
    last = len(table) - 1
    where = ((pixels.astype(float) - low) / (high.astype(float) - low)).clip(0, 1) * last
    lower = np.minimum(where.astype(int), last - 1)
    out = np.zeros(pixels.shape)
    for corner in product((0, 1), repeat=3):
        share = np.where(corner, where - lower, 1 - (where - lower)).prod(axis=2)
        out += share[..., None] * table[tuple(np.moveaxis(lower + corner, 2, 0))]
    return out.clip(0, 1)


@pytest.mark.parametrize("size", [2, 3, 17, 33])
@pytest.mark.parametrize("shape", [(1, 1), (37, 53), (1, 300)])
def test_is_the_plain_one(rng, size, shape):
    table = rng.uniform(-0.2, 1.2, (size, size, size, 3)).astype(np.float32)
    pixels = rng.uniform(-0.1, 1.1, (*shape, 3)).astype(np.float32)
    np.testing.assert_allclose(look_up(pixels, table, *UNIT), plain(pixels, table, *UNIT), atol=2e-6 * size)


def test_domains_of_their_own(rng):
    low, high = np.float32([-0.5, 0, 0.2]), np.float32([1.5, 4, 0.7])
    table = rng.random((5, 5, 5, 3), np.float32)
    pixels = (low - 0.1 + rng.random((40, 30, 3)) * (high - low + 0.2)).astype(np.float32)
    np.testing.assert_allclose(look_up(pixels, table, low, high), plain(pixels, table, low, high), atol=5e-6)


@pytest.mark.parametrize("size", [2, 5, 33])
def test_nodes_have_their_own_colors(rng, size):
    table = rng.random((size, size, size, 3), np.float32)
    along = np.linspace(0, 1, size, dtype=np.float32)
    nodes = np.stack(np.meshgrid(along, along, along, indexing="ij"), axis=-1).reshape(size, -1, 3)
    np.testing.assert_allclose(look_up(nodes, table, *UNIT), table.reshape(size, -1, 3), atol=2e-6 * size)


def test_beyond_the_domain_the_nearest_point_counts(rng):
    table = rng.random((4, 4, 4, 3), np.float32)
    pixels = np.float32([[[-9, 0.4, 0.3], [0.2, 7, 0.3], [2, -1, 5], [np.inf, -np.inf, 0]]])
    np.testing.assert_array_equal(look_up(pixels, table, *UNIT), look_up(pixels.clip(0, 1), table, *UNIT))


def test_colors_are_clipped():
    table = np.zeros((2, 2, 2, 3), np.float32)
    table[..., 0], table[..., 1], table[..., 2] = -1, 0.5, 2
    np.testing.assert_array_equal(look_up(np.full((1, 2, 3), 0.3, np.float32), table, *UNIT), [[[0, 0.5, 1]] * 2])


def test_threads_change_no_byte(rng, threads):
    pixels, table = rng.random((130, 301, 3), np.float32), rng.random((9, 9, 9, 3), np.float32)
    made = []
    for count in (1, 2, 3):
        with threads(count):
            made.append(look_up(pixels, table, *UNIT))
    np.testing.assert_array_equal(made[1], made[0])
    np.testing.assert_array_equal(made[2], made[0])


@pytest.mark.parametrize("wrong", [np.zeros((4, 4, 3)), np.zeros((4, 8, 3), np.float32)[:, ::2]])
def test_other_arrays_never_reach_the_loop(wrong):
    with pytest.raises(TypeError):
        look_up(wrong, np.zeros((2, 2, 2, 3), np.float32), *UNIT)


def plain_tetrahedra(color, table):
    """One colour, by the matrix of the tetrahedron that holds it: barycentric coordinates in float64."""
    last = len(table) - 1
    where = color.astype(float).clip(0, 1) * last
    lower = np.minimum(where.astype(int), last - 1)
    order = np.argsort(-(where - lower), kind="stable")
    corners = lower + np.array([np.isin(range(3), order[:count]) for count in range(4)])
    shares = np.linalg.solve(np.vstack([corners.T, np.ones(4)]), [*where, 1])
    return (shares @ table[tuple(corners.T)]).clip(0, 1)


@pytest.mark.parametrize("size", [2, 5, 17])
def test_tetrahedra_are_the_plain_ones(rng, size):
    table = rng.uniform(-0.2, 1.2, (size, size, size, 3)).astype(np.float32)
    pixels = rng.uniform(-0.1, 1.1, (9, 31, 3)).astype(np.float32)
    expected = np.array([plain_tetrahedra(color, table) for color in pixels.reshape(-1, 3)]).reshape(pixels.shape)
    np.testing.assert_allclose(look_up_in_tetrahedra(pixels, table, *UNIT), expected, atol=2e-6 * size)


def test_tetrahedra_keep_grey_where_the_nodes_do(rng):
    table = rng.random((9, 9, 9, 3), np.float32)
    table[range(9), range(9), range(9)] = np.linspace(0, 1, 9, dtype=np.float32)[:, None] ** 2
    greys = np.repeat(rng.random((4, 50, 1), np.float32), 3, axis=2)
    found = look_up_in_tetrahedra(greys, table, *UNIT)
    np.testing.assert_array_equal(found[..., 0], found[..., 1])
    np.testing.assert_array_equal(found[..., 0], found[..., 2])


@pytest.mark.parametrize("size", [2, 17, 1024])
def test_curves_are_interpolated(rng, size):
    table = rng.random((size, 3), np.float32)
    low, high = np.float32([0, -0.5, 0.1]), np.float32([1, 1.5, 0.9])
    pixels = rng.uniform(-0.1, 1.1, (9, 31, 3)).astype(np.float32)
    found = look_up_in_curves(pixels, table, low, high)
    for channel in range(3):
        nodes = np.linspace(low[channel], high[channel], size)
        expected = np.interp(pixels[..., channel], nodes, table[:, channel])
        np.testing.assert_allclose(found[..., channel], expected, atol=1e-6 * size + 1e-6)
