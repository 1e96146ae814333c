from ctypes import c_double, c_int, c_int64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from dense_fusion import fuse_dense
from huegraft.compiled.fusion import SMALLEST_TOLERANCE, vector_moments
from huegraft.compiled.library import array, function
from huegraft.setting_groups import FuseSettings, SegmentSettings
from huegraft.stages.fuse import fuse
from huegraft.stages.segment import segment

TOLERANCES = (1 / 1024, 1e-3, 1e-5, SMALLEST_TOLERANCE)


def assert_held(picture, labels, colors, **changes):
    dense = fuse_dense(picture, labels, colors, FuseSettings(**changes))
    for tolerance in TOLERANCES:
        error = np.abs(fuse(picture, labels, colors, FuseSettings(**changes, tolerance=tolerance)) - dense).max()
        assert error <= tolerance, f"off by {error:.2g} at tolerance {tolerance:.2g}"


def colors_for(labels, rng):
    return rng.integers(0, 2, (labels.max() + 1, 3)).astype(float)


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("name", ["astronaut", "coffee", "rocket"])
def test_real_pictures(name, grey, rng):
    picture = (getattr(data, name)()[::4, ::4] / 255).astype(np.float32)
    if grey:
        picture = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
    labels = segment(picture, SegmentSettings()).labels
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
        labels = segment(picture, SegmentSettings()).labels
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
    labels = segment(picture, SegmentSettings(superpixels=300)).labels
    assert_held(picture, labels, colors_for(labels, rng))


def test_colors_all_alike_need_no_weights(astronaut):
    labels = segment(astronaut, SegmentSettings()).labels
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


@pytest.mark.parametrize("axes", [5, 3])
def test_bounds_enclose_every_point_of_the_box(axes, rng):
    rows = {5: 17, 3: 10}[axes]
    table = rng.normal(size=(rows, 50))
    diagonals = [3, 5, 6, 13, 16][:axes]
    table[diagonals] = np.abs(table[diagonals])
    whiten = np.zeros((50, 5, 5))
    whiten[:, [0, 1, 1, 2], [0, 0, 1, 2]] = table[3:7].T
    if axes == 5:
        whiten[:, [3, 3, 4, 4, 4], [2, 3, 2, 3, 4]] = table[12:].T
    centres = table[[0, 1, 2, 10, 11][:axes]]
    bounds = function(
        "fusion_bounds", array(np.float64, 2), c_int64, c_int64, c_int, array(np.float64, 2), array(np.float64, 1),
        array(np.float64, 1), array(np.float64, 1), result=c_double,
    )  # fmt: skip
    for _ in range(20):
        box = np.pad(np.stack([rng.normal(size=axes), rng.random(axes)]), [(0, 0), (0, 8 - axes)])
        corners = np.stack(np.meshgrid(*[[-1, 0, 1]] * axes), axis=-1).reshape(-1, axes)
        points = box[0, :axes] + box[1, :axes] * corners
        differences = points[:, None] - centres.T
        q = (np.einsum("kij,pkj->pki", whiten[:, :axes, :axes], differences) ** 2).sum(axis=2)
        lower, middle, least = np.empty(50), np.empty(50), np.empty(1)
        upper = bounds(table, 50, 50, rows, box, lower, middle, least)
        assert (lower <= q.min(axis=0) + 1e-12).all()
        assert upper >= q.min(axis=1).max() - 1e-12
        at_centre = q[len(q) // 2]
        np.testing.assert_allclose([least[0], middle[7]], [at_centre.min(), at_centre[7]])


@pytest.mark.parametrize("tones", ["color", "grey", "levels"])
@pytest.mark.parametrize(
    ("delta_s", "delta_c", "epsilon"), [(1.5, 0.1, 1e-3), (0.01, 0.01, 1e-4), (100, 100, 1e-4), (0.1, 3, 1e-3)]
)
def test_single_precision_rounds_by_less_than_a_tenth_of_the_tolerance(
    astronaut, rng, monkeypatch, tones, delta_s, delta_c, epsilon
):
    picture = {"color": astronaut, "grey": astronaut.mean(axis=2, keepdims=True).repeat(3, 2)}.get(tones)
    picture = np.rint(astronaut * 8) / np.float32(8) if picture is None else picture
    labels = segment(picture, SegmentSettings()).labels
    settings = FuseSettings(delta_s=delta_s, delta_c=delta_c, epsilon=epsilon, tolerance=1 / 2048)
    colors = colors_for(labels, rng)
    single = fuse(picture, labels, colors, settings)
    monkeypatch.setattr("huegraft.compiled.fusion._SINGLE_TOLERANCE", 1)
    double = fuse(picture, labels, colors, settings)
    assert 0 < np.abs(single - double).max() <= 0.1 / 2048


def test_exponential():
    exponential = function("fusion_exponential", c_double, result=c_double)
    x = np.linspace(-690, 0, 10_001)
    np.testing.assert_allclose([exponential(value) for value in x], np.exp(x), rtol=1e-8)
    assert 0 < exponential(-1e300) < 1e-300


def test_moments_are_those_of_position_and_turned_color(rng):
    picture = rng.random((37, 23, 3)).astype(np.float32)
    labels = rng.permutation(np.arange(37 * 23) % 9).reshape(37, 23).astype(np.int32)
    found = vector_moments(picture, labels, 9, (37.0, 23.0))
    turned = np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]]) / np.sqrt([[3], [2], [6]])
    y, x = (np.mgrid[:37, :23] + 0.5) / np.array([37, 23])[:, None, None]
    vectors = np.concatenate([y[..., None], x[..., None], picture @ turned.T], axis=2)
    for label in range(9):
        mine = vectors[labels == label]
        np.testing.assert_allclose(found.mean[label], mine.mean(axis=0), atol=1e-7)
        np.testing.assert_allclose(found.space[label], np.cov(mine[:, :2].T, ddof=0), atol=1e-7)
        np.testing.assert_allclose(found.color[label], np.cov(mine[:, 2:].T, ddof=0), atol=1e-7)
    assert not found.grey


def test_moments_tell_grey_pictures_from_those_grey_on_the_whole():
    grey = np.repeat(np.linspace(0, 1, 24, dtype=np.float32).reshape(4, 6, 1), 3, axis=2)
    labels = np.zeros((4, 6), np.int32)
    assert vector_moments(grey, labels, 1, (4.0, 6.0)).grey
    tinted = np.full((2, 2, 3), 0.5, np.float32)
    tinted[0, 0, 0], tinted[1, 1, 0] = 0.25, 0.75
    assert not vector_moments(tinted, labels[:2, :2].copy(), 1, (2.0, 2.0)).grey


def test_the_number_of_threads_changes_nothing(rng, threads):
    picture = (data.coffee()[::2, ::2] / 255).astype(np.float32)
    labels = segment(picture, SegmentSettings(superpixels=300)).labels
    colors, made = colors_for(labels, rng), []
    for count in (1, 2, 3):
        with threads(count):
            made.append(fuse(picture, labels, colors, FuseSettings()))
    assert made[0].tobytes() == made[1].tobytes() == made[2].tobytes()
