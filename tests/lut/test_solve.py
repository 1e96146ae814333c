import numpy as np
import pytest
from scipy import sparse

from huegraft.lut.solve import bending, interpolation, solve


def nodes(size):
    return np.stack(np.meshgrid(*[np.linspace(0, 1, size)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)


def test_weights_give_back_what_is_linear(rng):
    colors = np.vstack([rng.random((50, 3)), [[0, 0, 0], [1, 1, 1], [1, 0, 0.5]]])
    weights = interpolation(colors, 6)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(weights @ nodes(6), colors, atol=1e-12)


@pytest.mark.parametrize("size", [5, 9, 17])
def test_bending_is_that_of_the_function(size):
    red, green, blue = nodes(size).T
    energy = bending(size)
    for plane in (np.ones_like(red), red, 2 * green - blue):
        assert abs(plane @ energy @ plane) < 1e-9
    cells, product, square = size - 1, red * blue, red**2
    assert product @ energy @ product == pytest.approx(2 * size / cells)  # ∫ 1 + 1, the nodes at the ends in full
    assert square @ energy @ square == pytest.approx(4 * (size - 2) * size**2 / cells**3)  # ∫ 2²


@pytest.mark.parametrize("size", [2, 9, 10, 20, 33])
@pytest.mark.parametrize("count", [1, 400])
def test_the_solution_is_that_of_the_equations(rng, size, count):
    weights = interpolation(rng.random((count, 3)) * 0.5, size)
    matrix = (weights.T @ weights / count + 3e-6 * bending(size) + 1e-4 / size**3 * sparse.eye_array(size**3)).tocsr()
    truth = np.sin(3 * nodes(size) @ rng.normal(size=(3, 3)))
    found = solve(matrix, matrix @ truth, size)
    assert np.abs(found - truth).max() < 2e-3


def test_nothing_to_solve_is_solved():
    matrix = sparse.eye_array(17**3, format="csr")
    np.testing.assert_array_equal(solve(matrix, np.zeros((17**3, 3)), 17), 0)
