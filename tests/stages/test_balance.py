import numpy as np
import pytest
from scipy.special import softmax

from huegraft.stages.balance import balanced


@pytest.fixture
def attention():
    """Return rows that all prefer the first of four reference superpixels."""
    return softmax(np.array([[2.0, 1, 0, 0], [2, 0, 1, 0], [2, 0, 0, 1], [2, 1, 1, 0]]), axis=1)


AREAS = np.ones(4)


def test_zero_leaves_the_attention(attention):
    np.testing.assert_array_equal(balanced(attention, AREAS, AREAS, 0.0), attention)


def test_what_is_taken_comes_nearer_to_the_areas(attention):
    plan = balanced(attention, AREAS, AREAS, 1.0)
    np.testing.assert_allclose(plan.sum(axis=1), 1)
    assert np.abs(plan.mean(axis=0) - 0.25).sum() < 0.6 * np.abs(attention.mean(axis=0) - 0.25).sum()
    between = balanced(attention, AREAS, AREAS, 0.4)
    np.testing.assert_allclose(between, 0.6 * attention + 0.4 * plan)


def test_an_unbalanced_plan_by_its_definition(attention):
    """At the optimum u = (a / K v)^s and v = (b / Kᵀ u)^s with s = ρ / (ρ + ε), here a half."""
    give, take = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.1, 0.2, 0.3, 0.4])
    plan = balanced(attention, give, take, 1.0)
    v = (plan / attention)[0] / (plan / attention)[0, 0]
    u = (give / (attention @ v)) ** 0.5
    again = (take / (attention.T @ u)) ** 0.5
    np.testing.assert_allclose(again / again[0], v, rtol=1e-3)


def test_masked_superpixels_stay_out(attention):
    attention[:, 3] = 0
    assert (balanced(attention, AREAS, np.array([1.0, 1, 1, 0]), 1.0)[:, 3] == 0).all()
