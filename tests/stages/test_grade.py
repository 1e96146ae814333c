import dataclasses

import numpy as np
import pytest
from skimage import data

import huegraft
from huegraft.color import lab_from_srgb
from huegraft.setting_groups import GradeSettings
from huegraft.stages.base import fit_base
from huegraft.stages.context import isotropic_positions
from huegraft.stages.grade import fit_grade, returns
from huegraft.stages.plain import unplaced
from huegraft.types import in_unit_range
from plain_grade import graded
from superpixels import of_arrays

EXACT = GradeSettings(base="transport", evidence=1e-6, color_evidence=1e9, local_evidence=1e9)


def grid_of_superpixels(rng):
    """Return (n, 3) colours in CIELAB and a picture of 12 × 18 superpixels of 25 pixels."""
    rows, columns = np.mgrid[:12, :18]
    colors = rng.uniform([20, -30, -30], [80, 30, 30], (216, 3))
    picture = of_arrays(
        mode="transfer",
        fingerprint="",
        labels=np.kron(np.arange(216, dtype=np.int32).reshape(12, 18), np.ones((5, 5), dtype=np.int32)),
        features={"layer": np.zeros((216, 1))},
        areas=np.full(216, 25.0),
        positions=np.stack([(rows + 0.5) / 12, (columns + 0.5) / 18], axis=-1).reshape(-1, 2),
        color_mean=np.zeros((216, 3)),
        color_covariance=np.zeros((216, 3, 3)),
        validity=np.ones(216),
    )
    return colors, picture


def identity(colors):
    areas = np.ones(len(colors))
    return fit_base(colors, areas, colors, areas)


def fitted(rng, change, settings=None, attention=None):
    colors, picture = grid_of_superpixels(rng)
    attention = np.eye(216) if attention is None else attention
    attended = change(colors, picture.positions)
    settings = settings or GradeSettings(base="transport")
    grade = fit_grade(identity(colors), colors, attended, attention, picture, settings)
    painted = colors.reshape(12, 18, 3)
    return graded(grade, painted).reshape(-1, 3) - colors, attended - colors


def lengths(colors):
    return np.linalg.norm(colors, axis=1)


def test_a_quadratic_change_is_found(rng):
    def change(lab, _):
        return lab + 0.002 * lab[:, :1] * lab + [3.0, -2, 1]

    found, wanted = fitted(rng, change, EXACT)
    assert np.median(lengths(found - wanted)) < 0.1
    assert np.median(lengths(wanted)) > 4


def test_outliers_do_not_pull(rng):
    wrong = rng.uniform(size=216) < 0.25

    def change(lab, _):
        return lab + np.where(wrong[:, None], [0.0, 60, 60], [5.0, 0, 0])

    found, _ = fitted(rng, change)
    np.testing.assert_allclose(np.median(found, axis=0), [5, 0, 0], atol=1)


def test_a_change_that_depends_on_the_place_is_found(rng):
    def change(lab, positions):
        return lab + np.stack([np.zeros(216), 16 * (positions[:, 1] - 0.5), np.zeros(216)], axis=1)

    found, wanted = fitted(rng, change)
    still, _ = fitted(rng, change, GradeSettings(base="transport", local_evidence=1e9))
    assert lengths(found - wanted).mean() < 0.6 * lengths(still - wanted).mean()


def test_a_hue_of_its_own_goes_its_own_way(rng):
    """What no polynomial of degree 2 can do: only colours near one hue move."""

    def change(lab, _):
        near = (lengths(lab[:, 1:] - [20.0, 20]) < 12)[:, None]
        noise = np.random.default_rng(3).normal(0, 5, lab.shape)
        return lab + noise + np.where(near, [0.0, 15, -15], 0.0)

    found, wanted = fitted(rng, change, GradeSettings(base="transport", color_evidence=0.01, local_evidence=1e9))
    still, _ = fitted(rng, change, GradeSettings(base="transport", color_evidence=1e9, local_evidence=1e9))
    moved = (wanted[:, 1] - wanted[:, 2]) > 20
    assert 5 < moved.sum() < 60
    ours, theirs = ((each - wanted)[moved].mean(axis=0) for each in (found, still))
    assert np.linalg.norm(ours) < 0.7 * np.linalg.norm(theirs)
    assert np.median(lengths(found[~moved])) < 4


def test_little_evidence_leaves_the_base(rng):
    def change(lab, _):
        return lab + np.array([10.0, 0, 0])

    lost = np.full((216, 216), 1 / 216)  # attends to everything: nothing comes back near
    sure, _ = fitted(rng, change)
    unsure, _ = fitted(
        rng, change, GradeSettings(base="transport", evidence=10, color_evidence=0.1, local_evidence=0.1), lost
    )
    assert sure[:, 0].mean() > 9
    assert unsure[:, 0].mean() < 0.4 * sure[:, 0].mean()


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_degrees(rng, degree):
    def change(lab, _):
        return 0.8 * lab

    found, wanted = fitted(rng, change, dataclasses.replace(EXACT, degree=degree))
    error = np.median(lengths(found - wanted))
    assert (error > 3) == (degree == 0)
    assert (error < 0.1) == (degree > 0)


def test_colours_beyond_those_seen_change_as_the_nearest_seen(rng):
    colors, target = grid_of_superpixels(rng)
    settings = GradeSettings(base="transport", local_evidence=1e9)
    grade = fit_grade(identity(colors), colors, colors + 0.01 * colors**2, np.eye(216), target, settings)
    edge, beyond = np.array([[[80.0, 30, 30]]]), np.array([[[100.0, 90, 90]]])
    change = [graded(grade, each) - grade.base(each) for each in (edge, beyond)]
    np.testing.assert_allclose(change[0], change[1], atol=1)


def test_returns(rng):
    _, picture = grid_of_superpixels(rng)
    places = isotropic_positions(picture)
    np.testing.assert_allclose(returns(np.eye(216), places), 1)
    assert returns(np.full((216, 50), 1 / 50), places).max() < 0.1
    np.testing.assert_allclose(returns(np.eye(216)[rng.permutation(216)], places), 1)


BACKGROUNDS = {"black": 0.0, "grey": 0.5, "white": 1.0}


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("contrast", [0.0, 0.5])
def test_one_colour_becomes_one_colour(background, contrast):
    target = in_unit_range(data.coffee())[::3, ::3].copy()
    height, width = target.shape[:2]
    y, x = np.mgrid[:height, :width]
    around = np.hypot((y / height - 0.5) / 0.4, (x / width - 0.5) / 0.3) > 1
    target[around] = BACKGROUNDS[background]
    result = huegraft.transfer(target, in_unit_range(data.rocket())[::3, ::3], contrast=contrast).image
    spread = np.ptp(lab_from_srgb(np.rint(result[around] * 255) / 255), axis=0)
    assert spread.max() < 2


def test_what_has_more_than_one_colour_or_a_like_keeps_its_place():
    deviations, similarity = np.array([0, 0, 0.3, 3, 3]) / 255, np.array([0.1, 0.7, 0.4, 0.1, 0.7])
    np.testing.assert_array_equal(unplaced(deviations, similarity), [1, 0, 1, 0, 0])


def test_superpixels_without_a_place_ask_for_nothing_by_place(rng):
    def change(lab, positions):
        return lab + np.where(positions[:, :1] > 0.5, [8.0, 0, 0], 0)

    colors, picture = grid_of_superpixels(rng)
    settings = GradeSettings(base="transport", color_evidence=1e9)
    wanted = change(colors, picture.positions)
    grades = [
        fit_grade(identity(colors), colors, wanted, np.eye(216), picture, settings, np.full(216, share))
        for share in (0.0, 1.0)
    ]
    assert np.abs(grades[0].by_place.values).max() > 2
    np.testing.assert_array_equal(grades[1].by_place.values, 0)
