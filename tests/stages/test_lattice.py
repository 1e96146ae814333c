import numpy as np
import torch

from huegraft.stages.lattice import fit_lattice


def fitted(where, residual, weights=None, **changes):
    count = len(where)
    options = {"nodes": (9, 9, 9), "widths": (0.1, 0.1, 0.1), "evidence": 1e-6} | changes
    areas = torch.ones(count, dtype=torch.float64)
    return fit_lattice(where, residual, areas if weights is None else weights, areas, **options)


def points(rng, count=2000):
    return torch.tensor(rng.random((count, 3)))


def test_a_constant_is_kept(rng):
    where = points(rng)
    residual = torch.tensor([[4.0, -2, 1]]).double().expand(2000, 3)
    np.testing.assert_allclose(fitted(where, residual)(where[None])[0], residual, atol=1e-3)


def test_each_coordinate_is_its_own(rng):
    where = points(rng)
    for axis in range(3):
        residual = torch.zeros(2000, 3).double()
        residual[:, axis] = 10 * where[:, axis]
        found = fitted(where, residual)(torch.tensor([[[0.2, 0.2, 0.2], [0.8, 0.8, 0.8]]]).double())[0]
        assert found[1, axis] - found[0, axis] > 3
        others = [c for c in range(3) if c != axis]
        np.testing.assert_allclose(found[:, others], 0, atol=1e-5)


def test_beyond_the_ends_the_nearest_node_holds(rng):
    where = points(rng)
    lattice = fitted(where, 10 * where)
    found = lattice(torch.tensor([[[1.0, 1, 1], [3, 3, 3]]]).double())[0]
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


def test_without_weight_or_evidence_nothing_moves(rng):
    where = points(rng, 300)
    residual = torch.full((300, 3), 5.0).double()
    assert fitted(where, residual, evidence=1e9).values.abs().max() < 1e-3
    assert (fitted(where, residual, weights=torch.zeros(300).double(), evidence=0.1).values == 0).all()
