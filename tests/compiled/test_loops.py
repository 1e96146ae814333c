"""Blur, nearest distance and grade against their plain versions."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import correlate1d
from scipy.spatial import KDTree

from huegraft.color import lab_from_srgb, srgb_from_lab
from huegraft.compiled.blur import blur
from huegraft.compiled.grade import apply_grade, grade_table, look_up_grade
from huegraft.compiled.nearest import nearest_distance
from huegraft.stages.base import BaseMap
from huegraft.stages.grade import Grade, unrefined
from huegraft.stages.lattice import Lattice
from huegraft.windows import Window
from plain_grade import graded


@pytest.mark.parametrize("shape", [(2, 40, 33), (1, 1, 7), (1, 9, 1), (3, 150, 300)])
@pytest.mark.parametrize("reach", [1, 12])
def test_blur_repeats_the_edges(rng, shape, reach):
    planes = rng.random(shape, dtype=np.float32)
    kernel = np.exp(-np.square(np.arange(-reach, reach + 1) / reach)).astype(np.float32)
    expected = correlate1d(correlate1d(planes.astype(float), kernel, 1, mode="nearest"), kernel, 2, mode="nearest")
    np.testing.assert_allclose(blur(planes, kernel), expected, rtol=1e-5)


@pytest.mark.parametrize(("count", "others"), [(1, 1), (3000, 70)])
def test_nearest_distance(rng, count, others):
    points, there = (rng.normal(size=(n, 3)).astype(np.float32) * 40 for n in (count, others))
    np.testing.assert_allclose(nearest_distance(points, there), KDTree(there).query(points)[0], rtol=1e-4, atol=1e-4)


@pytest.fixture
def grade(rng):
    tones = np.sort(rng.uniform(0, 100, (2, 33)), axis=1)
    matrix = np.eye(3) + rng.normal(size=(3, 3)) * 0.1
    base = BaseMap(tones, matrix + matrix.T, rng.normal(size=3), rng.normal(size=3))
    limits = np.array([[20.0, -30, -40], [80, 50, 45]])
    color, place = (Lattice(rng.normal(size=(3, *nodes)) * 5) for nodes in ((4, 6, 5), (3, 2, 7)))
    return Grade(base, 2, rng.normal(size=(10, 3)) * 4, limits, color, place, rng.normal(size=9) * 5)


@pytest.mark.parametrize("degree", [0, 1, 2])
@pytest.mark.parametrize("lightness", [0.0, 0.6, 1.0])
def test_grade_is_the_plain_one(rng, grade, degree, lightness):
    terms = {0: 1, 1: 4, 2: 10}[degree]
    grade = replace(grade, degree=degree, coefficients=grade.coefficients[:terms])
    rgb = rng.random((37, 300, 3), dtype=np.float32)
    image, lab = apply_grade(grade.flat(), rgb, lightness=lightness)
    old = lab_from_srgb(rgb.astype(float))
    expected = graded(grade, old)
    np.testing.assert_allclose(lab, expected, atol=5e-3)
    expected[..., 0] = old[..., 0] + lightness * (expected[..., 0] - old[..., 0])
    np.testing.assert_allclose(image, srgb_from_lab(expected), atol=5e-4)


def test_a_table_holds_what_a_grade_makes_of_its_nodes(rng, grade):
    flat = replace(grade, by_place=Lattice(np.zeros((3, 1, 1, 1)))).flat()
    nodes = rng.integers(-8, 73, (20, 30, 3)).astype(np.float32) / 64
    np.testing.assert_allclose(
        look_up_grade(grade_table(flat, 0.6), nodes), apply_grade(flat, nodes, lightness=0.6)[0], atol=1e-5
    )


def test_a_table_is_linear_between_nodes_and_has_a_slope_of_1_beyond_them(rng):
    levels, matrix = np.linspace(-0.125, 1.125, 81), rng.normal(size=(3, 3))
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    table = np.pad(grid @ matrix, ((0, 0), (0, 0), (0, 0), (0, 1))).astype(np.float32)
    rgb = rng.uniform(-0.5, 1.5, (40, 50, 3)).astype(np.float32)
    rgb[:5] = rgb[:5, :, :1]
    within = rgb.clip(-0.125, 1.125)
    np.testing.assert_allclose(look_up_grade(table, rgb), within @ matrix + (rgb - within), atol=1e-5)


@pytest.mark.parametrize("window", [(0, 80, 0, 700), (11, 80, 5, 600), (40, 41, 699, 700), (0, 80, 300, 301)])
def test_windows_of_a_graded_frame_are_parts_of_the_whole(rng, grade, window):
    rgb, flat, window = rng.random((80, 700, 3), dtype=np.float32), grade.flat(), Window(*window)
    old = np.ascontiguousarray(rgb[window.crop()])
    parts, whole = apply_grade(flat, old, (80, 700), window, 0.6), apply_grade(flat, rgb, lightness=0.6)
    np.testing.assert_array_equal(np.stack(parts), np.stack(whole)[:, *window.crop()])


def test_an_unrefined_grade_is_the_base_map(rng, grade):
    rgb = rng.random((5, 7, 3), dtype=np.float32)
    expected = grade.base(lab_from_srgb(rgb.astype(float)))
    np.testing.assert_allclose(apply_grade(unrefined(grade.base).flat(), rgb)[1], expected, atol=2e-3)


def test_an_interrupt_while_addresses_are_made_stays_one(monkeypatch):
    def interrupted(self, value):
        raise KeyboardInterrupt

    monkeypatch.setattr("huegraft.compiled.library._ArrayType.address", interrupted)
    with pytest.raises(KeyboardInterrupt):
        blur(np.zeros((1, 4, 4), np.float32), np.ones(3, np.float32))
