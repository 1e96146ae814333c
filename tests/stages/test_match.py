import dataclasses

import numpy as np
import pytest
import torch

import oracle
from huegraft.color import lab_from_srgb
from huegraft.errors import ArgumentError, EncodedMismatchError, SettingsError
from huegraft.setting_groups import MatchSettings
from huegraft.stages.balance import balanced
from huegraft.stages.context import with_context
from huegraft.stages.match import match, similarity
from huegraft.stages.median import toward_median
from huegraft.stages.prior import lightness_logits
from superpixels import encoded


def numpy_layers(picture):
    return list(picture.features.values())


def oracle_similarities(target, reference):
    pairs = zip(numpy_layers(target), numpy_layers(reference), strict=True)
    return [oracle.similarity(t, r) for t, r in pairs]


def test_similarity_is_equation_2(rng):
    target, reference = rng.normal(size=(11, 6)) + 3, rng.normal(size=(8, 6)) - 5
    result = similarity(torch.tensor(target), torch.tensor(reference), standardize=False)
    np.testing.assert_allclose(result, oracle.similarity(target, reference), atol=1e-6)


def test_standardised_similarity(rng):
    target, reference = rng.normal(size=(11, 6)) * [1, 1, 10, 1, 0.1, 0], rng.normal(size=(8, 6)) * [1, 3, 1, 1, 1, 0]
    result = similarity(torch.tensor(target), torch.tensor(reference), standardize=True)
    expected = oracle.similarity(*oracle.standardized(target, reference))
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_vanishing_norm_gives_zero(rng):
    flat, other = torch.full((4, 3), 0.7, dtype=torch.float64), torch.tensor(rng.normal(size=(5, 3)))
    assert (similarity(flat, other, standardize=False) == 0).all()
    assert (similarity(flat, flat, standardize=True) == 0).all()


@pytest.mark.parametrize("weights", [None, (1.0, 2.5)])
def test_transfer_is_equations_1_and_3(rng, weights):
    target, reference = encoded(rng, 7), encoded(rng, 12)
    attention = match(target, [reference], MatchSettings(layer_weights=weights))
    expected = oracle.attention_transfer(oracle_similarities(target, reference), weights or (1, 1))
    np.testing.assert_allclose(attention.weights, expected, atol=1e-4)


@pytest.mark.parametrize("weights", [None, (1.0, 2.5)])
def test_colourisation_is_equation_7(rng, weights):
    target, reference = encoded(rng, 7, "colorize"), encoded(rng, 12, "colorize")
    attention = match(target, [reference], MatchSettings(layer_weights=weights))
    expected = oracle.attention_colorize(oracle_similarities(target, reference), weights or (1, 1))
    np.testing.assert_allclose(attention.weights, expected, atol=1e-4)


def test_merge_can_be_chosen(rng):
    target, reference = encoded(rng, 7), encoded(rng, 12)
    attention = match(target, [reference], MatchSettings(merge="before"))
    expected = oracle.attention_colorize(oracle_similarities(target, reference), (1, 1))
    np.testing.assert_allclose(attention.weights, expected, atol=1e-4)


def test_flat_picture_gets_uniform_attention(rng):
    flat = encoded(rng, 4, features={"layer": np.full((4, 3), 2.0)})
    attention = match(flat, [encoded(rng, 10, features={"layer": rng.normal(size=(10, 3))})], MatchSettings())
    np.testing.assert_allclose(attention.weights, 0.1, atol=1e-12)


def test_references_are_joined_with_one_mean(rng):
    target, first, second = encoded(rng, 7), encoded(rng, 12), encoded(rng, 5)
    attention = match(target, [first, second], MatchSettings(tau=0.1))
    together = [np.concatenate(pair) for pair in zip(numpy_layers(first), numpy_layers(second), strict=True)]
    pairs = zip(numpy_layers(target), together, strict=True)
    expected = oracle.attention_transfer([oracle.similarity(t, r) for t, r in pairs], (1, 1), tau=0.1)
    np.testing.assert_allclose(attention.weights, expected, atol=1e-10)
    np.testing.assert_array_equal(attention.origin, [0] * 12 + [1] * 5)


@pytest.mark.parametrize("standardize", [False, True])
def test_the_same_reference_twice_shares_its_attention(rng, standardize):
    target, reference = encoded(rng, 7), encoded(rng, 12)
    settings = MatchSettings(standardize=standardize)
    once = match(target, [reference], settings).weights
    twice = match(target, [reference, reference], settings).weights
    np.testing.assert_allclose(twice[:, :12] + twice[:, 12:], once, atol=1e-10)


def test_masks_add_their_logarithm(rng):
    target, reference = encoded(rng, 7), encoded(rng, 12)
    mask = rng.random(12)
    mask[3] = 0
    whole = match(target, [reference], MatchSettings(merge="before", tau=0.2)).weights.numpy()
    masked = match(target, [reference], MatchSettings(merge="before", tau=0.2), [mask]).weights.numpy()
    expected = whole * mask
    np.testing.assert_allclose(masked, expected / expected.sum(axis=1, keepdims=True), atol=1e-10)
    assert (masked[:, 3] == 0).all()


def test_the_validity_of_a_reference_is_a_mask_too(rng):
    validity = np.array([0.0, 0.5, 1.0, 1.0])
    features = {"layer": rng.normal(size=(4, 3))}
    target = encoded(rng, 7, features={"layer": rng.normal(size=(7, 3))})
    by_validity = match(target, [encoded(rng, 4, features=features, validity=validity)], MatchSettings())
    by_mask = match(target, [encoded(rng, 4, features=features)], MatchSettings(), [validity])
    np.testing.assert_array_equal(by_validity.weights, by_mask.weights)


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        ([np.zeros(12)], "leave no reference superpixel"),
        ([np.ones(3)], "12 weights"),
        ([np.full(12, 2.0)], r"in \[0, 1\]"),
        ([np.full(12, np.nan)], r"in \[0, 1\]"),
        ([None, None], "one mask or None for each of 1"),
    ],
)
def test_bad_masks_are_refused(rng, masks, message):
    with pytest.raises(ArgumentError, match=message):
        match(encoded(rng, 7), [encoded(rng, 12)], MatchSettings(), masks)


def test_other_fingerprints_are_refused(rng):
    reference = encoded(rng, 12)
    for other in (dataclasses.replace(reference, fingerprint="other"), dataclasses.replace(reference, mode="colorize")):
        with pytest.raises(EncodedMismatchError, match="encode it again"):
            match(encoded(rng, 7), [other], MatchSettings())


def test_no_reference_is_refused(rng):
    with pytest.raises(ArgumentError, match="at least one reference"):
        match(encoded(rng, 7), [], MatchSettings())


def test_context_layers_must_be_there(rng):
    settings = MatchSettings(context=(0.1,), context_layers=("layer5", "sea"))
    with pytest.raises(SettingsError, match="context_layers names sea; the layers are layer5"):
        match(encoded(rng, 7, channels=(5,)), [encoded(rng, 12, channels=(5,))], settings)


def test_layer_weights_must_fit(rng):
    with pytest.raises(SettingsError, match="each of 2 layers, got 3"):
        match(encoded(rng, 7), [encoded(rng, 12)], MatchSettings(layer_weights=(1.0, 1.0, 1.0)))


def test_whitening_makes_components_count_alike(rng):
    mixed = rng.normal(size=(300, 4)) @ np.diag([10, 3, 1, 0.3]) @ np.linalg.qr(rng.normal(size=(4, 4)))[0]
    target, reference = torch.tensor(mixed[:150]), torch.tensor(mixed[150:])
    centred = torch.cat([each - each.mean(dim=0) for each in (target, reference)])
    white = centred @ torch.linalg.inv(torch.linalg.cholesky(centred.T @ centred / 300)).T
    white = white / white.norm(dim=1, keepdim=True)
    found = similarity(target, reference, standardize=False, whiten=1.0)
    np.testing.assert_allclose(found, white[:150] @ white[150:].T, atol=1e-9)
    between = similarity(target, reference, standardize=False, whiten=0.5)
    plain = similarity(target, reference, standardize=False)
    assert not np.allclose(between, plain)
    np.testing.assert_allclose(similarity(target, reference, standardize=True, whiten=1.0), found)


def test_whitening_leaves_out_what_is_noise():
    flat = torch.zeros(5, 3, dtype=torch.float64)
    assert (similarity(flat, flat, standardize=False, whiten=0.8) == 0).all()
    varied = torch.tensor([[1.0, 0], [2, 1e-9], [3, -1e-9], [4, 0]], dtype=torch.float64)
    found = similarity(varied, varied, standardize=False, whiten=1.0)
    np.testing.assert_allclose(found.abs(), 1, atol=1e-6)


def test_the_steps_of_best_join_in_the_matching(rng):
    """Each by the module that tests it, in the order context, prior, softmax, balance, median."""
    target, reference = encoded(rng, 9, "colorize", channels=(5,)), encoded(rng, 14, "colorize", channels=(5,))
    settings = MatchSettings(tau=0.1, context=(0.2,), lightness_prior=12.0, balance=0.6, median=True)
    cpu = torch.device("cpu")
    described = [with_context(torch.tensor(p.features["layer5"]), p, (0.2,)) for p in (target, reference)]
    similarities = similarity(*described, standardize=False)
    logits = similarities / 0.1 + lightness_logits(target, [reference], 12.0, cpu)
    areas = [torch.tensor(picture.areas) for picture in (target, reference)]
    plan = balanced(torch.softmax(logits, dim=1), *areas, 0.6)
    expected = toward_median(plan, lab_from_srgb(torch.tensor(reference.color_mean))[:, 1:])
    attention = match(target, [reference], settings)
    np.testing.assert_allclose(attention.weights, expected, atol=1e-12)
    np.testing.assert_allclose(attention.similarity, (expected * similarities).sum(dim=1), atol=1e-12)


def test_surroundings_join_the_layers_that_are_named(rng):
    """Each layer as it is where it stands alone, whichever of them are named."""
    target, reference = (encoded(rng, count, channels=(5, 4, 3)) for count in (9, 14))
    layers = list(target.features)
    settings = MatchSettings(tau=0.1, merge="before", context=(0.2,), context_layers=(layers[0], layers[2]))
    logits = torch.zeros(9, 14, dtype=torch.float64)
    for layer in layers:
        described = [torch.tensor(picture.features[layer]) for picture in (target, reference)]
        if layer != layers[1]:
            described = [with_context(*each, (0.2,)) for each in zip(described, (target, reference), strict=True)]
        logits += similarity(*described, standardize=False) / 0.1
    found = match(target, [reference], settings).weights
    np.testing.assert_allclose(found, torch.softmax(logits, dim=1), atol=1e-6)


def test_lightness_is_no_prior_in_transfer(rng):
    target, reference = encoded(rng, 9), encoded(rng, 14)
    plain = match(target, [reference], MatchSettings())
    np.testing.assert_array_equal(match(target, [reference], MatchSettings(lightness_prior=5.0)).weights, plain.weights)
