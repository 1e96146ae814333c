from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from dense_fusion import fuse_dense
from huegraft.settings import preset
from huegraft.stages.fuse import fuse, whitening
from huegraft.stages.segment import SegmentSettings, segment


def fused(picture, labels, colors, how=fuse, **settings):
    return how(picture, labels, colors, replace(preset("paper").fuse, **{"tolerance": 1e-6, **settings}))


@pytest.fixture
def scene(rng, astronaut):
    """A real crop, its superpixels, an attention and reference colours."""
    picture = astronaut[10:34, 4:30]
    labels = segment(picture, SegmentSettings(superpixels=40)).labels
    attention = rng.dirichlet(np.full(30, 0.1), size=labels.max() + 1)
    return picture, labels, attention, rng.random((30, 3))


@pytest.mark.parametrize("how", [fuse, fuse_dense])
@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {}),
        ({"fusion": "sct"}, {"sct": True}),
        ({"positions": "isotropic"}, {"isotropic": True}),
        ({"sigma_g": 0.5}, {"sigma_g": 0.5}),
        ({"fusion": "sct", "sigma_g": 0.5, "positions": "isotropic"}, {"sct": True, "sigma_g": 0.5, "isotropic": True}),
        ({"delta_s": 0.1, "delta_c": 10.0, "epsilon": 1e-3}, {"delta_s": 0.1, "delta_c": 10.0, "epsilon": 1e-3}),
    ],
    ids=["default", "sct", "isotropic", "fixed sigma_g", "sct, fixed sigma_g", "swapped deltas"],
)
def test_is_equations_4_to_6(scene, settings, expected, grey, how):
    picture, labels, attention, colors = scene
    picture = oracle.grey(picture).astype(np.float32) if grey else picture
    result = fused(picture, labels, attention @ colors, how, **settings)
    np.testing.assert_allclose(result, oracle.fuse(picture, labels, attention, colors, **expected), atol=1e-6)


def test_random_labels_and_pixels(rng):
    picture = rng.random((8, 9, 3)).astype(np.float32)
    labels = rng.permutation(np.arange(72) % 20).reshape(8, 9).astype(np.int32)
    attention, colors = rng.dirichlet(np.ones(5), size=20), rng.random((5, 3))
    result = fused(picture, labels, attention @ colors)
    np.testing.assert_allclose(result, oracle.fuse(picture, labels, attention, colors), atol=1e-6)


@pytest.mark.parametrize("fusion", ["eq5", "sct"])
def test_relabelling_changes_nothing(scene, rng, fusion):
    picture, labels, attention, colors = scene
    order = rng.permutation(labels.max() + 1)
    relabelled = np.argsort(order)[labels].astype(np.int32)
    means = attention @ colors
    ours, theirs = fused(picture, relabelled, means[order], fusion=fusion), fused(picture, labels, means, fusion=fusion)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("fusion", ["eq5", "sct"])
def test_chunks_change_nothing(scene, monkeypatch, fusion):
    picture, labels, attention, colors = scene
    how = fuse_dense if fusion == "eq5" else fuse
    whole = fused(picture, labels, attention @ colors, how, fusion=fusion)
    monkeypatch.setattr("dense_fusion.ELEMENTS_AT_ONCE", 700)
    monkeypatch.setattr("huegraft.stages.fuse._SUPERPIXELS_AT_ONCE", 3)
    np.testing.assert_allclose(fused(picture, labels, attention @ colors, how, fusion=fusion), whole, atol=1e-7)


@pytest.mark.parametrize("fusion", ["eq5", "sct"])
def test_the_same_bytes_for_any_number_of_threads(scene, threads, fusion):
    picture, labels, attention, colors = scene
    results = []
    for count in (1, 2, 3, 7):
        with threads(count):
            results.append(fused(picture, labels, attention @ colors, fusion=fusion).tobytes())
    assert len(set(results)) == 1


@pytest.mark.parametrize("how", [fuse, fuse_dense])
def test_distant_superpixels_do_not_underflow(how):
    picture = np.zeros((2, 40, 3), dtype=np.float32)
    picture[:, 20:] = 1
    labels = np.repeat([[0] * 20 + [1] * 20], 2, axis=0).astype(np.int32)
    result = fused(picture, labels, np.array([[0.25, 0.5, 0.75], [1.0, 0.0, 0.5]]), how, sigma_g=1e-6)
    np.testing.assert_allclose(result[:, :20], np.broadcast_to([0.25, 0.5, 0.75], (2, 20, 3)), atol=1e-7)
    np.testing.assert_allclose(result[:, 20:], np.broadcast_to([1.0, 0.0, 0.5], (2, 20, 3)), atol=1e-7)


def test_whitening_is_a_root_of_the_inverse(rng):
    spread = rng.normal(size=(6, 3, 3))
    covariance = spread @ spread.transpose(0, 2, 1)
    found = whitening(covariance, 0.5, 1e-3)
    np.testing.assert_array_equal(found[np.triu_indices(3, 1)], 0)
    for i in range(6):
        inverse = np.linalg.inv(0.25 * covariance[i] + 1e-3 * np.eye(3))
        np.testing.assert_allclose(found[..., i].T @ found[..., i], inverse, rtol=1e-9, atol=1e-9)


def test_tolerance_is_what_the_setting_says(scene):
    picture, labels, attention, colors = scene
    dense = fused(picture, labels, attention @ colors, fuse_dense)
    errors = [np.abs(fused(picture, labels, attention @ colors, tolerance=t) - dense).max() for t in (0.1, 1e-6)]
    assert 1e-5 < errors[0] <= 0.1
    assert errors[1] <= 1e-6


@given(
    color=st.floats(0, 1),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    seed=st.integers(0, 99),
    fusion=st.sampled_from(["eq5", "sct"]),
)
def test_one_color_stays_that_color(color, height, width, seed, fusion):
    rng = np.random.default_rng(seed)
    picture = rng.random((height, width, 3)).astype(np.float32)
    labels = (np.arange(height * width) // 3).reshape(height, width).astype(np.int32)
    result = fused(picture, labels, np.full((labels.max() + 1, 3), color), fusion=fusion)
    np.testing.assert_allclose(result, color, atol=1e-6)
