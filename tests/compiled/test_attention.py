import numpy as np
import pytest
import scipy.special
from scipy.spatial.distance import cdist

from huegraft.compiled.attention import median_weights, near_mean_distances, near_means, near_returns, row_dots, softmax

COLUMNS = pytest.mark.parametrize("columns", [1, 7, 15, 16, 17, 64, 65, 131])
COUNTS = pytest.mark.parametrize("count", [1, 5, 16, 33, 130, 257])


def attention_of(rng, rows, columns, concentration=0.1):
    return rng.dirichlet(np.full(columns, concentration), size=rows)


def gaussians(places, radius):
    return np.exp(-(cdist(places, places) ** 2) / (2 * radius**2))


@COLUMNS
@pytest.mark.parametrize("tau", [0.015, 0.5])
def test_softmax(rng, columns, tau):
    values, prior = rng.uniform(-1, 1, (37, columns)), rng.normal(size=columns)
    np.testing.assert_allclose(
        softmax(values, tau, prior), scipy.special.softmax(values / tau + prior, axis=1), rtol=1e-12
    )


@COLUMNS
def test_softmax_falls_with_the_squared_difference(rng, columns):
    values, prior = rng.uniform(-1, 1, (37, columns)), rng.normal(size=columns)
    own, others = rng.uniform(0, 100, 37), rng.uniform(0, 100, columns)
    expected = scipy.special.softmax(values / 0.1 + prior - 0.003 * (own[:, None] - others) ** 2, axis=1)
    np.testing.assert_allclose(softmax(values, 0.1, prior, own, others, 0.003), expected, rtol=1e-12, atol=1e-300)


@COLUMNS
def test_a_prior_of_minus_infinity_gives_nothing(rng, columns):
    values, masked = rng.uniform(-1, 1, (37, columns)), np.arange(columns) % 3 == 1
    prior = np.where(masked, -np.inf, rng.normal(size=columns))
    found = softmax(values, 0.1, prior, np.ones(37), np.zeros(columns), 0.5)
    assert (found[:, masked] == 0).all()
    np.testing.assert_allclose(found[:, ~masked], scipy.special.softmax((values / 0.1 + prior)[:, ~masked], axis=1))


def test_softmax_of_far_apart_values_neither_overflows_nor_underflows():
    found = softmax(np.array([[1.0, -1.0, 0.999], [-1.0, -1.0, -1.0]]), 1e-3, np.zeros(3))
    np.testing.assert_allclose(found[0], [1 / (1 + np.exp(-1)), 0, np.exp(-1) / (1 + np.exp(-1))], rtol=1e-10)
    np.testing.assert_allclose(found[1], 1 / 3, rtol=1e-15)


@COLUMNS
def test_row_dots(rng, columns):
    one, other = rng.normal(size=(37, columns)), rng.normal(size=(37, columns))
    np.testing.assert_allclose(row_dots(one, other), (one * other).sum(axis=1), atol=1e-12)


def weiszfeld(attention, places, rounds, least):
    """The reweighted attention in double precision: the mean first, then its rounds."""
    middle = attention @ places
    for _ in range(rounds - 1):
        weights = attention / np.maximum(cdist(middle, places), least)
        middle = weights @ places / weights.sum(axis=1, keepdims=True)
    weights = attention / np.maximum(cdist(middle, places), least)
    return weights / weights.sum(axis=1, keepdims=True)


@COLUMNS
@pytest.mark.parametrize("rounds", [1, 2, 8])
def test_toward_median_is_weiszfelds(rng, columns, rounds):
    attention, places = attention_of(rng, 37, columns, 0.5), rng.normal(0, 30, (columns, 2))
    found = median_weights(attention, places, rounds, 1.0)
    np.testing.assert_allclose(found, weiszfeld(attention, places, rounds, 1.0), rtol=2e-5, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    assert median_weights(attention, places, rounds, 1.0, out=attention) is attention
    np.testing.assert_array_equal(attention, found)


def test_toward_median_leaves_out_what_has_no_attention(rng):
    attention = attention_of(rng, 9, 40)
    attention[:, ::4] = 0
    assert (
        median_weights(attention / attention.sum(axis=1, keepdims=True), rng.normal(size=(40, 2)), 8, 1.0)[:, ::4] == 0
    ).all()


@COUNTS
@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("radius", [0.05, 1.0])
def test_near_means(rng, count, axes, radius):
    places, values = rng.random((count, axes)), rng.uniform(0.5, 2, (count, 5))
    np.testing.assert_allclose(near_means(places, radius, values), gaussians(places, radius) @ values, rtol=1e-5)


def returned(attention, places, radius):
    """The double sum, term by term."""
    back = attention / attention.sum(axis=0).clip(1e-12)
    return (gaussians(places, radius) * (attention @ back.T)).sum(axis=1)


@pytest.fixture(params=["as written", "by nodes"])
def both_ways(request, monkeypatch):
    """Few places are summed as written, many over the nodes of a grid."""
    monkeypatch.setattr("huegraft.compiled.attention._FEW", 512 if request.param == "as written" else 0)


@COUNTS
@pytest.mark.parametrize("columns", [1, 7, 64, 65, 131])
@pytest.mark.parametrize("radius", [0.04, 0.08, 0.5])
@pytest.mark.usefixtures("both_ways")
def test_near_returns(rng, count, columns, radius):
    places, attention = rng.random((count, 2)) * [0.7, 1.4], attention_of(rng, count, columns)
    np.testing.assert_allclose(near_returns(attention, places, radius), returned(attention, places, radius), rtol=5e-5)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.usefixtures("both_ways")
def test_near_returns_of_matches_one_to_one(rng, masked):
    """Most of what is summed is 0, and columns that nobody attends to have no way back."""
    places, attention = rng.random((150, 2)), np.eye(150)[rng.permutation(150)]
    if masked:
        attention[:, ::3] = 0
        attention[:, 1] += 1e-9
    found, expected = near_returns(attention, places, 0.08), returned(attention, places, 0.08)
    np.testing.assert_allclose(found, expected, rtol=5e-5, atol=1e-9)


@COUNTS
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_near_mean_distances(rng, count, channels):
    places, colors = rng.random((count, 2)), rng.normal(0, 30, (count, channels))
    near = gaussians(places, 0.1)
    expected = (near * cdist(colors, colors)).sum(axis=1) / near.sum(axis=1)
    np.testing.assert_allclose(near_mean_distances(places, 0.1, colors), expected, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize(("count", "columns"), [(300, 131), (257, 64), (33, 200)])
@pytest.mark.usefixtures("both_ways")
def test_threads_change_no_byte(rng, threads, count, columns):
    places, values = rng.random((count, 2)), rng.normal(size=(count, 70))
    attention, others = attention_of(rng, count, columns), rng.normal(0, 30, (columns, 2))
    similarity, prior = rng.uniform(-1, 1, (count, columns)), rng.normal(size=columns)

    def found():
        yield softmax(similarity, 0.1, prior, places[:, 0], others[:, 0], 0.5)
        yield row_dots(similarity, attention)
        yield median_weights(attention, others, 8, 1.0)
        yield near_means(places, 0.1, values)
        yield near_returns(attention, places, 0.08)
        yield near_mean_distances(places, 0.1, values[:, :2])

    results = []
    for number in (1, 2, 3, 7):
        with threads(number):
            results.append([each.tobytes() for each in found()])
    assert all(result == results[0] for result in results)
