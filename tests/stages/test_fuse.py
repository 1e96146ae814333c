import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import oracle
from huegraft.setting_groups import FuseSettings
from huegraft.stages.fuse import ConstantColors, fuse, fuse_dense
from huegraft.stages.segment import SegmentSettings, segment


def fused(picture, labels, colors, how=fuse, **settings):
    model = ConstantColors(torch.tensor(colors))
    settings = FuseSettings(**{"tolerance": 1e-6, **settings})
    if how is fuse:
        return fuse(picture, labels, model, settings)
    return how(torch.tensor(picture), torch.tensor(labels), model, settings).numpy()


@pytest.fixture
def scene(rng, astronaut):
    """A real crop, its superpixels, an attention and reference colours."""
    picture = astronaut[10:34, 4:30]
    labels = segment(picture, SegmentSettings(superpixels=40))
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
        ({"delta_s": 0.1, "delta_c": 10.0, "epsilon": 1e-3}, {"delta_s": 0.1, "delta_c": 10.0, "epsilon": 1e-3}),
    ],
    ids=["default", "sct", "isotropic", "fixed sigma_g", "swapped deltas"],
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


def test_relabelling_changes_nothing(scene, rng):
    picture, labels, attention, colors = scene
    order = rng.permutation(labels.max() + 1)
    relabelled = np.argsort(order)[labels].astype(np.int32)
    means = attention @ colors
    np.testing.assert_allclose(fused(picture, relabelled, means[order]), fused(picture, labels, means), atol=1e-6)


def test_chunks_change_nothing(scene, monkeypatch):
    picture, labels, attention, colors = scene
    whole = fused(picture, labels, attention @ colors, fuse_dense)
    monkeypatch.setattr("huegraft.stages.fuse._ELEMENTS_AT_ONCE", 700)
    np.testing.assert_allclose(fused(picture, labels, attention @ colors, fuse_dense), whole, atol=1e-7)


@pytest.mark.parametrize("how", [fuse, fuse_dense])
def test_distant_superpixels_do_not_underflow(how):
    picture = np.zeros((2, 40, 3), dtype=np.float32)
    picture[:, 20:] = 1
    labels = np.repeat([[0] * 20 + [1] * 20], 2, axis=0).astype(np.int32)
    result = fused(picture, labels, np.array([[0.25, 0.5, 0.75], [1.0, 0.0, 0.5]]), how, sigma_g=1e-6)
    np.testing.assert_allclose(result[:, :20], np.broadcast_to([0.25, 0.5, 0.75], (2, 20, 3)), atol=1e-7)
    np.testing.assert_allclose(result[:, 20:], np.broadcast_to([1.0, 0.0, 0.5], (2, 20, 3)), atol=1e-7)


def test_other_color_models_see_the_pixels(scene):
    picture, labels, _, _ = scene

    class Inverse:
        def blend(self, weights, pixels):
            return weights.sum(dim=1, keepdim=True) * (1 - pixels)

    result = fuse(picture, labels, Inverse(), FuseSettings())
    np.testing.assert_allclose(result, 1 - picture, atol=1e-6)


def test_tolerance_is_what_the_setting_says(scene):
    picture, labels, attention, colors = scene
    dense = fused(picture, labels, attention @ colors, fuse_dense)
    errors = [np.abs(fused(picture, labels, attention @ colors, tolerance=t) - dense).max() for t in (0.1, 1e-6)]
    assert 1e-5 < errors[0] <= 0.1
    assert errors[1] <= 1e-6


@given(color=st.floats(0, 1), height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 99))
def test_one_color_stays_that_color(color, height, width, seed):
    rng = np.random.default_rng(seed)
    picture = rng.random((height, width, 3)).astype(np.float32)
    labels = (np.arange(height * width) // 3).reshape(height, width).astype(np.int32)
    result = fused(picture, labels, np.full((labels.max() + 1, 3), color))
    np.testing.assert_allclose(result, color, atol=1e-6)
