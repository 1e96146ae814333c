import dataclasses

import numpy as np
import pytest
from scipy.special import softmax

import oracle
from cosines import similarity
from huegraft.color import lab_from_srgb
from huegraft.errors import ArgumentError, EncodedMismatchError, SettingsError
from huegraft.settings import preset
from huegraft.stages.balance import balanced
from huegraft.stages.context import isotropic_positions, with_context
from huegraft.stages.match import attend, compare, joined_features, likeness, match
from huegraft.stages.median import toward_median
from huegraft.stages.prior import comparable_lightness
from superpixels import encoded


def paper(**changes):
    """Return the paper's settings of the matching, some changed."""
    return dataclasses.replace(preset("paper").match, **changes)


def numpy_layers(picture):
    return list(picture.features.values())


def with_surroundings(picture, layer, radius):
    parts = with_context(picture.features[layer], picture.areas, isotropic_positions(picture), (radius,))
    return np.concatenate(parts, axis=1)


def oracle_similarities(target, reference):
    pairs = zip(numpy_layers(target), numpy_layers(reference), strict=True)
    return [oracle.similarity(t, r) for t, r in pairs]


def test_similarity_is_equation_2(rng):
    target, reference = rng.normal(size=(11, 6)) + 3, rng.normal(size=(8, 6)) - 5
    result = similarity(target, reference, standardize=False)
    np.testing.assert_allclose(result, oracle.similarity(target, reference), atol=1e-6)


def test_standardised_similarity(rng):
    target, reference = rng.normal(size=(11, 6)) * [1, 1, 10, 1, 0.1, 0], rng.normal(size=(8, 6)) * [1, 3, 1, 1, 1, 0]
    result = similarity(target, reference, standardize=True)
    expected = oracle.similarity(*oracle.standardized(target, reference))
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_vanishing_norm_gives_zero(rng):
    flat, other = np.full((4, 3), 0.7), rng.normal(size=(5, 3))
    assert (similarity(flat, other, standardize=False) == 0).all()
    assert (similarity(flat, flat, standardize=True) == 0).all()


@pytest.mark.parametrize("weights", [None, (1.0, 2.5)])
def test_transfer_is_equations_1_and_3(rng, weights):
    target, reference = encoded(rng, 7), encoded(rng, 12)
    attention = match(target, [reference], paper(layer_weights=weights))
    expected = oracle.attention_transfer(oracle_similarities(target, reference), weights or (1, 1))
    np.testing.assert_allclose(attention.weights, expected, atol=1e-4)


@pytest.mark.parametrize("weights", [None, (1.0, 2.5)])
def test_colourisation_is_equation_7(rng, weights):
    target, reference = encoded(rng, 7, "colorize"), encoded(rng, 12, "colorize")
    attention = match(target, [reference], paper(layer_weights=weights))
    expected = oracle.attention_colorize(oracle_similarities(target, reference), weights or (1, 1))
    np.testing.assert_allclose(attention.weights, expected, atol=1e-4)


def test_merge_can_be_chosen(rng):
    target, reference = encoded(rng, 7), encoded(rng, 12)
    attention = match(target, [reference], paper(merge="before"))
    expected = oracle.attention_colorize(oracle_similarities(target, reference), (1, 1))
    np.testing.assert_allclose(attention.weights, expected, atol=1e-4)


def test_flat_picture_gets_uniform_attention(rng):
    flat = encoded(rng, 4, features={"layer": np.full((4, 3), 2.0)})
    attention = match(flat, [encoded(rng, 10, features={"layer": rng.normal(size=(10, 3))})], paper())
    np.testing.assert_allclose(attention.weights, 0.1, atol=1e-12)


def test_references_are_joined_with_one_mean(rng):
    target, first, second = encoded(rng, 7), encoded(rng, 12), encoded(rng, 5)
    attention = match(target, [first, second], paper(tau=0.1))
    together = [np.concatenate(pair) for pair in zip(numpy_layers(first), numpy_layers(second), strict=True)]
    pairs = zip(numpy_layers(target), together, strict=True)
    expected = oracle.attention_transfer([oracle.similarity(t, r) for t, r in pairs], (1, 1), tau=0.1)
    np.testing.assert_allclose(attention.weights, expected, atol=1e-10)
    np.testing.assert_array_equal(attention.origin, [0] * 12 + [1] * 5)


@pytest.mark.parametrize("standardize", [False, True])
def test_the_same_reference_twice_shares_its_attention(rng, standardize):
    target, reference = encoded(rng, 7), encoded(rng, 12)
    settings = paper(standardize=standardize)
    once = match(target, [reference], settings).weights
    twice = match(target, [reference, reference], settings).weights
    np.testing.assert_allclose(twice[:, :12] + twice[:, 12:], once, atol=1e-10)


def test_masks_add_their_logarithm(rng):
    target, reference = encoded(rng, 7), encoded(rng, 12)
    mask = rng.random(12)
    mask[3] = 0
    whole = match(target, [reference], paper(merge="before", tau=0.2)).weights
    behind = dataclasses.replace(reference, validity=mask)
    masked = match(target, [behind], paper(merge="before", tau=0.2)).weights
    expected = whole * mask
    np.testing.assert_allclose(masked, expected / expected.sum(axis=1, keepdims=True), atol=1e-10)
    assert (masked[:, 3] == 0).all()


def test_the_validity_of_each_reference_is_its_mask(rng):
    validity = np.array([0.0, 0.5, 1.0, 1.0])
    features = {"layer": rng.normal(size=(4, 3))}
    target = encoded(rng, 7, features={"layer": rng.normal(size=(7, 3))})
    whole, masked = encoded(rng, 4, features=features), encoded(rng, 4, features=features, validity=validity)
    expected = match(target, [whole, whole], paper(tau=0.2)).weights * np.r_[validity, np.ones(4)]
    found = match(target, [masked, whole], paper(tau=0.2)).weights
    np.testing.assert_allclose(found, expected / expected.sum(axis=1, keepdims=True), atol=1e-10)


def test_masks_that_leave_nothing_are_refused(rng):
    with pytest.raises(ArgumentError, match="leave no reference superpixel"):
        match(encoded(rng, 7), [encoded(rng, 12, validity=np.zeros(12))], paper())


def test_other_fingerprints_are_refused(rng):
    reference = encoded(rng, 12)
    for other in (dataclasses.replace(reference, fingerprint="other"), dataclasses.replace(reference, mode="colorize")):
        with pytest.raises(EncodedMismatchError, match="encode the reference again"):
            match(encoded(rng, 7), [other], paper())


def test_no_reference_is_refused(rng):
    with pytest.raises(ArgumentError, match="at least one reference"):
        match(encoded(rng, 7), [], paper())


def test_context_layers_must_be_there(rng):
    settings = paper(context=(0.1,), context_layers=("layer5", "sea"))
    with pytest.raises(SettingsError, match="context_layers names sea; the layers are layer5"):
        match(encoded(rng, 7, channels=(5,)), [encoded(rng, 12, channels=(5,))], settings)


def test_layer_weights_must_fit(rng):
    with pytest.raises(SettingsError, match="each of 2 layers, got 3"):
        match(encoded(rng, 7), [encoded(rng, 12)], paper(layer_weights=(1.0, 1.0, 1.0)))


def test_whitening_makes_components_count_alike(rng):
    mixed = rng.normal(size=(300, 4)) @ np.diag([10, 3, 1, 0.3]) @ np.linalg.qr(rng.normal(size=(4, 4)))[0]
    target, reference = mixed[:150], mixed[150:]
    centred = np.concatenate([each - each.mean(axis=0) for each in (target, reference)])
    white = centred @ np.linalg.inv(np.linalg.cholesky(centred.T @ centred / 300)).T
    white = white / np.linalg.norm(white, axis=1, keepdims=True)
    found = similarity(target, reference, standardize=False, whiten=1.0)
    np.testing.assert_allclose(found, white[:150] @ white[150:].T, atol=1e-9)
    between = similarity(target, reference, standardize=False, whiten=0.5)
    plain = similarity(target, reference, standardize=False)
    assert not np.allclose(between, plain)
    np.testing.assert_allclose(similarity(target, reference, standardize=True, whiten=1.0), found)


def test_whitening_leaves_out_what_is_noise():
    flat = np.zeros((5, 3))
    assert (similarity(flat, flat, standardize=False, whiten=0.8) == 0).all()
    varied = np.array([[1.0, 0], [2, 1e-9], [3, -1e-9], [4, 0]])
    found = similarity(varied, varied, standardize=False, whiten=1.0)
    np.testing.assert_allclose(np.abs(found), 1, atol=1e-6)


def test_the_steps_of_best_join_in_the_matching(rng):
    """Each by the module that tests it, in the order context, prior, softmax, balance, median."""
    target, reference = encoded(rng, 9, "colorize", channels=(5,)), encoded(rng, 14, "colorize", channels=(5,))
    settings = paper(tau=0.1, context=(0.2,), lightness_prior=12.0, balance=0.6, median=True)
    described = [with_surroundings(p, "layer5", 0.2) for p in (target, reference)]
    similarities = similarity(*described, standardize=False)
    ours, theirs = comparable_lightness(target, [reference])
    logits = similarities / 0.1 - (ours[:, None] - theirs) ** 2 / (2 * 12.0**2)
    plan = balanced(softmax(logits, axis=1), target.areas, reference.areas, 0.6)
    expected = toward_median(plan, lab_from_srgb(reference.color_mean)[:, 1:])
    attention = match(target, [reference], settings)
    np.testing.assert_allclose(attention.weights, expected, atol=1e-12)
    np.testing.assert_allclose(attention.similarity, (expected * similarities).sum(axis=1), atol=1e-12)


def test_surroundings_join_the_layers_that_are_named(rng):
    """Each layer as it is where it stands alone, whichever of them are named."""
    target, reference = (encoded(rng, count, channels=(5, 4, 3)) for count in (9, 14))
    layers = list(target.features)
    settings = paper(tau=0.1, merge="before", context=(0.2,), context_layers=(layers[0], layers[2]))
    logits = np.zeros((9, 14))
    for layer in layers:
        described = [picture.features[layer] for picture in (target, reference)]
        if layer != layers[1]:
            described = [with_surroundings(picture, layer, 0.2) for picture in (target, reference)]
        logits += similarity(*described, standardize=False) / 0.1
    found = match(target, [reference], settings).weights
    np.testing.assert_allclose(found, softmax(logits, axis=1), atol=1e-6)


def test_features_joined_before_are_not_joined_again(rng):
    target, references = encoded(rng, 9), [encoded(rng, count) for count in (14, 8)]
    settings = paper(context=(0.2, 0.4), context_layers=("layer9",), merge="after")
    own, joined = joined_features(target, settings), [joined_features(each, settings) for each in references]
    assert [layer.shape for layer in joined[0]] == [(14, 5), (14, 27)]
    expected = match(target, references, settings).weights
    found = attend(compare(own, joined, settings), target, references, settings).weights
    np.testing.assert_array_equal(found, expected)
    other = [[rng.permutation(layer) for layer in each] for each in joined]
    assert not np.allclose(attend(compare(own, other, settings), target, references, settings).weights, expected)


def test_a_whitening_may_be_that_of_an_earlier_comparison(rng):
    target, reference, later = encoded(rng, 30), encoded(rng, 24), encoded(rng, 30)
    settings = paper(whiten=0.8)
    features = [joined_features(each, settings) for each in (target, reference, later)]
    first = compare(features[0], [features[1]], settings)
    frozen = compare(features[2], [features[1]], settings, first.whitening)
    for one, other in zip(first.whitening, frozen.whitening, strict=True):
        assert one is other
    assert not np.allclose(frozen.weighted, compare(features[2], [features[1]], settings).weighted)


def test_likeness_is_the_weighted_mean_of_the_layers(rng):
    picture = encoded(rng, 9)
    layers = [oracle.similarity(*oracle.standardized(layer, layer)) for layer in numpy_layers(picture)]
    expected = (layers[0] + 2.5 * layers[1]) / 3.5
    np.testing.assert_allclose(likeness(picture, range(9), (1.0, 2.5)), expected, atol=1e-6)
    np.testing.assert_allclose(likeness(picture, [4, 1], (1.0, 2.5)), expected[:, [4, 1]], atol=1e-6)
    np.testing.assert_allclose(likeness(picture, [3], None), (layers[0] + layers[1])[:, [3]] / 2, atol=1e-6)


def test_the_same_bytes_for_any_number_of_threads(rng, threads):
    target, reference = encoded(rng, 300, "colorize"), encoded(rng, 201, "colorize")
    settings = paper(tau=0.1, context=(0.2,), whiten=0.5, lightness_prior=12.0, balance=0.6, median=True)
    results = []
    for count in (1, 2, 3, 7):
        with threads(count):
            results.append(match(target, [reference], settings).weights.tobytes())
    assert len(set(results)) == 1


def test_lightness_is_no_prior_in_transfer(rng):
    target, reference = encoded(rng, 9), encoded(rng, 14)
    plain = match(target, [reference], paper())
    np.testing.assert_array_equal(match(target, [reference], paper(lightness_prior=5.0)).weights, plain.weights)
