import numpy as np
from scipy.spatial.distance import cdist

from huegraft.stages.median import toward_median


def test_the_mean_becomes_the_geometric_median(rng):
    chroma = rng.normal(0, 30, (40, 2))
    attention = rng.dirichlet(np.ones(40), 6)
    found = toward_median(attention, chroma) @ chroma
    grid = np.stack(np.meshgrid(*[np.arange(-40, 40.5, 0.5)] * 2), axis=-1).reshape(-1, 2)
    best = grid[(attention @ cdist(chroma, grid)).argmin(axis=1)]
    np.testing.assert_allclose(found, best, atol=1.5)


def test_most_matches_win_over_a_mean_of_hues():
    chroma = np.array([[50.0, 0]] * 6 + [[-50.0, 0]] * 4)
    attention = np.full((1, 10), 0.1)
    assert (attention @ chroma)[0, 0] < 11
    assert (toward_median(attention, chroma) @ chroma)[0, 0] > 40


def test_rows_still_sum_to_one_and_nothing_comes_back_to_life(rng):
    attention = rng.dirichlet(np.ones(30), 5)
    attention[:, 7] = 0
    weights = toward_median(attention, rng.normal(size=(30, 2)))
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert (weights[:, 7] == 0).all()


def test_equal_colours_change_nothing(rng):
    attention = rng.dirichlet(np.ones(30), 5)
    np.testing.assert_allclose(toward_median(attention, np.full((30, 2), 3.0)), attention)
