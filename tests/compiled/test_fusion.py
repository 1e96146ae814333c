import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from huegraft.compiled.fusion import SMALLEST_TOLERANCE, _bounds, _exp
from huegraft.settings import FuseSettings, SegmentSettings
from huegraft.stages.fuse import ConstantColors, fuse, fuse_dense
from huegraft.stages.segment import segment

TOLERANCES = (1 / 1024, 1e-3, 1e-5, SMALLEST_TOLERANCE)


def assert_held(picture, labels, colors, **changes):
    arguments = torch.tensor(picture), torch.tensor(labels), ConstantColors(torch.tensor(colors))
    dense = fuse_dense(*arguments, FuseSettings(**changes)).numpy()
    for tolerance in TOLERANCES:
        error = np.abs(fuse(*arguments, FuseSettings(**changes, tolerance=tolerance)).numpy() - dense).max()
        assert error <= tolerance, f"off by {error:.2g} at tolerance {tolerance:.2g}"


def colors_for(labels, rng):
    return rng.integers(0, 2, (labels.max() + 1, 3)).astype(float)


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("name", ["astronaut", "coffee", "rocket"])
def test_real_pictures(name, grey, rng):
    picture = (getattr(data, name)()[::4, ::4] / 255).astype(np.float32)
    if grey:
        picture = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
    labels = segment(picture, SegmentSettings())
    assert_held(picture, labels, colors_for(labels, rng))
    assert_held(picture, labels, colors_for(labels, rng), delta_s=1.5, epsilon=1e-3)


@pytest.mark.parametrize(
    "changes",
    [
        {"delta_s": 1e-3},
        {"delta_s": 1e3},
        {"delta_c": 1e-3},
        {"delta_c": 1e2},
        {"epsilon": 1e-8},
        {"epsilon": 1e3},
        {"sigma_g": 1e-4},
        {"sigma_g": 1.0},
        {"sigma_g": 1e8},
        {"positions": "isotropic"},
    ],
    ids=str,
)
def test_extreme_settings(changes, astronaut, rng):
    for picture in (astronaut, np.repeat(astronaut[..., :1], 3, axis=2)):
        labels = segment(picture, SegmentSettings())
        assert_held(picture, labels, colors_for(labels, rng), **changes)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (3, 500), (129, 65)], ids=str)
def test_odd_shapes(size, rng):
    picture = rng.random((*size, 3)).astype(np.float32)
    labels = (np.arange(size[0] * size[1]) // 7).reshape(size).astype(np.int32)
    assert_held(picture, labels, colors_for(labels, rng))


@pytest.mark.parametrize("superpixels", [1, 2, 400])
def test_flat_pictures(superpixels, rng):
    picture = np.full((40, 30, 3), 0.4, dtype=np.float32)
    labels = (np.arange(1200) * superpixels // 1200).reshape(40, 30).astype(np.int32)
    assert_held(picture, labels, colors_for(labels, rng))


def test_superpixels_of_one_pixel(astronaut, rng):
    labels = np.arange(1440, dtype=np.int32).reshape(40, 36)
    assert_held(astronaut, labels, colors_for(labels, rng))


def test_outliers_in_flat_regions(rng):
    picture = np.full((128, 128, 3), 0.4, dtype=np.float32)
    places = rng.random((128, 128)) < 0.01
    picture[places] = rng.random((places.sum(), 3))
    labels = segment(picture, SegmentSettings(superpixels=300))
    assert_held(picture, labels, colors_for(labels, rng))


def test_colors_all_alike_need_no_weights(astronaut):
    labels = segment(astronaut, SegmentSettings())
    assert_held(astronaut, labels, np.full((labels.max() + 1, 3), 0.3))


@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    contrast=st.floats(0, 1),
    delta_s=st.floats(0.01, 100),
    delta_c=st.floats(0.01, 100),
    sigma_g=st.none() | st.floats(0.01, 100),
)
@settings(max_examples=40, deadline=None)
def test_random_pictures(seed, height, width, contrast, delta_s, delta_c, sigma_g):
    rng = np.random.default_rng(seed)
    picture = (0.5 + contrast * (rng.random((height, width, 3)) - 0.5) * rng.random((height, 1, 1))).astype(np.float32)
    labels = np.arange(height)[:, None] // 5 * -(-width // 5) + np.arange(width) // 5
    changes = {"delta_s": delta_s, "delta_c": delta_c, "sigma_g": sigma_g}
    assert_held(picture, labels.astype(np.int32), colors_for(labels, rng), **changes)


def test_bounds_enclose_every_point_of_the_box(rng):
    table = rng.normal(size=(17, 50))
    table[[5, 7, 8, 10, 13]] = np.abs(table[[5, 7, 8, 10, 13]])
    whiten = np.zeros((50, 5, 5))
    whiten[:, [0, 1, 1], [0, 0, 1]] = table[5:8].T
    whiten[:, [2, 3, 3, 4, 4, 4], [2, 2, 3, 2, 3, 4]] = table[8:14].T
    for _ in range(20):
        centre, half = rng.normal(size=5), rng.random(5)
        corners = np.stack(np.meshgrid(*[[-1, 0, 1]] * 5), axis=-1).reshape(-1, 5)
        points = centre + half * corners
        q = (np.einsum("kij,pkj->pki", whiten, points[:, None] - table[:5].T) ** 2).sum(axis=2)
        lower, middle = np.empty(50), np.empty(50)
        upper, least = _bounds(table, 50, centre, half, lower, middle)
        assert (lower <= q.min(axis=0) + 1e-12).all()
        assert upper >= q.min(axis=1).max() - 1e-12
        np.testing.assert_allclose([least, middle[7]], [q[121].min(), q[121, 7]])


def test_exponential():
    x = np.linspace(-690, 0, 10_001)
    np.testing.assert_allclose([_exp(value) for value in x], np.exp(x), rtol=1e-8)
    assert 0 < _exp(-1e300) < 1e-300


def test_the_number_of_threads_changes_nothing(rng):
    picture = (data.coffee()[::2, ::2] / 255).astype(np.float32)
    labels = segment(picture, SegmentSettings(superpixels=300))
    arguments = torch.tensor(picture), torch.tensor(labels), ConstantColors(torch.tensor(colors_for(labels, rng)))
    threads, made = torch.get_num_threads(), []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            made.append(fuse(*arguments, FuseSettings()).numpy())
    finally:
        torch.set_num_threads(threads)
    assert made[0].tobytes() == made[1].tobytes() == made[2].tobytes()
