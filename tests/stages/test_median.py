import numpy as np
import torch

from huegraft.stages.median import toward_median


def test_the_mean_becomes_the_geometric_median(rng):
    chroma = torch.tensor(rng.normal(0, 30, (40, 2)))
    attention = torch.tensor(rng.dirichlet(np.ones(40), 6))
    found = toward_median(attention, chroma) @ chroma
    grid = torch.cartesian_prod(torch.arange(-40, 40.5, 0.5), torch.arange(-40, 40.5, 0.5)).double()
    best = grid[(attention @ torch.cdist(chroma, grid)).argmin(dim=1)]
    np.testing.assert_allclose(found, best, atol=1.5)


def test_most_matches_win_over_a_mean_of_hues():
    chroma = torch.tensor([[50.0, 0]] * 6 + [[-50.0, 0]] * 4, dtype=torch.float64)
    attention = torch.full((1, 10), 0.1, dtype=torch.float64)
    assert (attention @ chroma)[0, 0] < 11
    assert (toward_median(attention, chroma) @ chroma)[0, 0] > 40


def test_rows_still_sum_to_one_and_nothing_comes_back_to_life(rng):
    attention = torch.tensor(rng.dirichlet(np.ones(30), 5))
    attention[:, 7] = 0
    weights = toward_median(attention, torch.tensor(rng.normal(size=(30, 2))))
    np.testing.assert_allclose(weights.sum(dim=1), 1)
    assert (weights[:, 7] == 0).all()


def test_equal_colours_change_nothing(rng):
    attention = torch.tensor(rng.dirichlet(np.ones(30), 5))
    np.testing.assert_allclose(toward_median(attention, torch.full((30, 2), 3.0).double()), attention)
