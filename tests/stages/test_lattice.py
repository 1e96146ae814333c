import numpy as np

from huegraft.stages.lattice import fit_lattice


def fitted(where, residual, weights=None, **changes):
    count = len(where)
    options = {"nodes": (9, 9, 9), "widths": (0.1, 0.1, 0.1), "evidence": 1e-6} | changes
    areas = np.ones(count)
    return fit_lattice(where, residual, areas if weights is None else weights, areas, **options)


def points(rng, count=2000):
    return rng.random((count, 3))


def test_a_constant_is_kept(rng):
    where = points(rng)
    residual = np.full((2000, 3), [4.0, -2, 1])
    np.testing.assert_allclose(fitted(where, residual)(where[None])[0], residual, atol=1e-3)


def test_each_coordinate_is_its_own(rng):
    where = points(rng)
    for axis in range(3):
        residual = np.zeros((2000, 3))
        residual[:, axis] = 10 * where[:, axis]
        found = fitted(where, residual)(np.array([[[0.2, 0.2, 0.2], [0.8, 0.8, 0.8]]]))[0]
        assert found[1, axis] - found[0, axis] > 3
        others = [c for c in range(3) if c != axis]
        np.testing.assert_allclose(found[:, others], 0, atol=1e-5)


def test_beyond_the_ends_the_nearest_node_holds(rng):
    where = points(rng)
    lattice = fitted(where, 10 * where)
    found = lattice(np.array([[[1.0, 1, 1], [3, 3, 3]]]))[0]
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


def test_without_weight_or_evidence_nothing_moves(rng):
    where = points(rng, 300)
    residual = np.full((300, 3), 5.0)
    assert np.abs(fitted(where, residual, evidence=1e9).values).max() < 1e-3
    assert (fitted(where, residual, weights=np.zeros(300), evidence=0.1).values == 0).all()
