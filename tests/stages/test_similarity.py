import numpy as np
import pytest

import oracle
from cosines import similarity
from huegraft.stages.similarity import (
    all_directions,
    directions,
    merged_after,
    merged_before,
    weighted_similarity,
    whitenings,
)

WEIGHTS = (1.0, 2.5, 0.5)


@pytest.fixture
def layers(rng):
    """Super-features of 7 target and 19 reference superpixels in three layers of different widths."""
    return [(rng.normal(size=(7, c)) + 2, rng.normal(size=(19, c)) - 1) for c in (5, 9, 33)]


@pytest.fixture
def cosines(layers):
    return [oracle.similarity(target, reference) for target, reference in layers]


def all_before(layers, weights, tau, log_prior, prior=None):
    """Merge before the softmax, as `merged_after` merges after it."""
    weighted = weighted_similarity(layers, weights)
    return merged_before(weighted, tau, log_prior, prior), weighted


def test_weighted_similarity_is_the_sum_of_the_layers(layers, cosines):
    found = weighted_similarity(all_directions(layers, standardize=False), WEIGHTS)
    expected = sum(weight * layer for weight, layer in zip(WEIGHTS, cosines, strict=True))
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(("standardize", "whiten"), [(False, 0.0), (True, 0.0), (False, 0.7)])
def test_directions_are_those_of_each_layer(layers, standardize, whiten):
    whitening = whitenings(layers, whiten) if whiten else ()
    found = all_directions(layers, standardize=standardize, whitening=whitening)
    for number, ((own, others), layer) in enumerate(zip(found, layers, strict=True)):
        of_layer = whitening[number] if whiten else None
        expected = directions(*layer, standardize=standardize, whitening=of_layer)
        np.testing.assert_array_equal(own, expected[0])
        np.testing.assert_array_equal(others, expected[1])
        np.testing.assert_allclose(own @ others.T, similarity(*layer, standardize=standardize, whiten=whiten))


def test_merged_before_is_equation_7(layers, cosines):
    found, weighted = all_before(all_directions(layers, standardize=False), WEIGHTS, 0.1, np.zeros(19))
    np.testing.assert_allclose(found, oracle.attention_colorize(cosines, WEIGHTS, tau=0.1), atol=1e-12)
    expected = sum(weight * layer for weight, layer in zip(WEIGHTS, cosines, strict=True))
    np.testing.assert_allclose(weighted, expected, atol=1e-12)


def test_merged_after_is_equations_1_and_3(layers, cosines):
    found, weighted = merged_after(all_directions(layers, standardize=False), WEIGHTS, 0.1, np.zeros(19))
    np.testing.assert_allclose(found, oracle.attention_transfer(cosines, WEIGHTS, tau=0.1), atol=1e-12)
    expected = sum(weight * layer for weight, layer in zip(WEIGHTS, cosines, strict=True))
    np.testing.assert_allclose(weighted, expected, atol=1e-12)


def with_logits(cosines, logits, tau):
    """The layers, so that dividing them by the temperature adds the logits too."""
    return [layer + tau * logits for layer in cosines]


def test_priors_are_added_to_the_logits(layers, cosines, rng):
    shares, ours, theirs = rng.uniform(0.1, 1, 19), rng.uniform(0, 100, 7), rng.uniform(0, 100, 19)
    logits = np.log(shares) - 0.002 * (ours[:, None] - theirs) ** 2
    found = all_directions(layers, standardize=False), WEIGHTS, 0.1, np.log(shares), (ours, theirs, 0.002)
    after = oracle.attention_transfer(with_logits(cosines, logits, 0.1), WEIGHTS, tau=0.1)
    np.testing.assert_allclose(merged_after(*found)[0], after, atol=1e-12)
    before = oracle.attention_colorize(with_logits(cosines, logits / sum(WEIGHTS), 0.1), WEIGHTS, tau=0.1)
    np.testing.assert_allclose(all_before(*found)[0], before, atol=1e-12)


@pytest.mark.parametrize("merged", [all_before, merged_after])
def test_what_is_masked_gets_nothing(layers, merged):
    log_prior = np.where(np.arange(19) % 3 == 0, -np.inf, 0.0)
    found, _ = merged(all_directions(layers, standardize=False), WEIGHTS, 0.1, log_prior)
    assert (found[:, ::3] == 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)


@pytest.mark.parametrize("merged", [all_before, merged_after])
def test_the_same_bytes_for_any_number_of_threads(rng, threads, merged):
    layers = [(rng.normal(size=(300, c)), rng.normal(size=(131, c))) for c in (5, 40)]
    results = []
    for count in (1, 2, 3, 7):
        with threads(count):
            turned = all_directions(layers, whitening=whitenings(layers, 0.5))
            found = merged(turned, (1.0, 2.0), 0.1, np.zeros(131))
            results.append(b"".join(each.tobytes() for each in found))
    assert len(set(results)) == 1
