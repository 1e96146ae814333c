"""The loops of film beside plain NumPy; what they give together is tested in tests/film."""

import numpy as np
import pytest

import oracle
import plain_film
from huegraft.color import lab_from_srgb, srgb_from_lab
from huegraft.compiled.film import cells, paint_lightness, rgb_codes, unlike
from huegraft.compiled.sites import Sites
from huegraft.compiled.ycbcr import codes, luma_around
from huegraft.film.coding import coefficients
from huegraft.film.grid import Grid
from huegraft.windows import Window

LAYOUTS = [((1, 1), "left"), ((1, 2), "left"), ((2, 2), "left"), ((2, 2), "center"), ((2, 2), "topleft"),
           ((1, 4), "left"), ((4, 1), "center"), ((4, 4), "topleft")]  # fmt: skip


@pytest.mark.parametrize(("subsampling", "siting"), LAYOUTS)
@pytest.mark.parametrize("size", [(8, 12), (7, 9), (1, 1)])
def test_luma_around_is_that_of_the_pixels_that_a_sample_colours(rng, subsampling, siting, size):
    luma = rng.random(size, np.float32)
    means, least, greatest = luma_around(luma, Sites.of(subsampling, siting))
    np.testing.assert_allclose(means, plain_film.averaged(luma.astype(float), subsampling, siting), atol=1e-6)
    for place in np.ndindex(means.shape):
        alone = np.zeros(means.shape)
        alone[place] = 1
        colored = luma[plain_film.enlarged(alone, size, subsampling, siting) > 0]
        assert (least[place], greatest[place]) == (colored.min(), colored.max())


@pytest.mark.parametrize("window", [Window(0, 24, 0, 31), Window(4, 20, 3, 29)])
def test_lightness_is_kept_under_lines_that_are_enlarged(rng, window):
    luma = rng.random((24, 31), np.float32)
    lines = (rng.random((6, 7, 4), np.float32) - np.float32(0.5)) * np.array([0.5, 0.5, 40, 40], np.float32)
    taps = Grid(Sites.of((1, 1), "left"), window).taps(luma.shape, (6, 7))
    found = paint_lightness(lines, *taps, luma)[window.crop()]
    slopes_and_offsets = oracle.bicubic(lines.astype(float), *window.size)
    lightness = plain_film.lightness_of_grey(luma)[window.crop()]
    chroma = slopes_and_offsets[..., :2] * lightness[..., None] + slopes_and_offsets[..., 2:]
    expected = srgb_from_lab(np.concatenate([lightness[..., None], chroma], axis=2)).clip(0, 1)
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_luma_beyond_its_range_stays_grey():
    luma = np.array([[-0.1, 0.5, 1.2]], np.float32)
    lines = np.zeros((1, 1, 4), np.float32)
    lines[..., 2] = 30
    rgb = paint_lightness(lines, *Grid(Sites.of((1, 1), "left"), Window.whole((1, 3))).taps((1, 3), (1, 1)), luma)
    np.testing.assert_array_equal(rgb[0, ::2], np.repeat(luma[0, ::2, None], 3, axis=1))
    assert lab_from_srgb(rgb[0, 1])[1] == pytest.approx(30, abs=0.01)


@pytest.mark.parametrize("bits", [8, 10, 16])
def test_nearest_codes_are_rounded_ones(rng, bits):
    values = (1.2 * rng.random((5, 300)) - 0.1).astype(np.float32)
    span = np.float32(2**bits - 1)
    found = codes(values, (0.0, float(span)), bits, np.ones(values.shape, bool))
    np.testing.assert_array_equal(found, np.floor(span * values + np.float32(0.5)).clip(0, span))
    assert found.dtype == (np.uint8 if bits == 8 else np.uint16)


@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
def test_codes_of_rgb_are_near_the_colours(rng, matrix):
    rgb = 0.1 + 0.8 * rng.random((40, 300, 3))
    luma, blues, reds = (np.ascontiguousarray(plane, np.float32) for plane in plain_film.from_rgb(rgb, matrix))
    numbers = coefficients(matrix)
    for nearest, tolerance in ((True, 0.5), (False, 1.02)):
        mask = np.full(luma.shape, nearest)
        found = rgb_codes(luma, blues, reds, (numbers.weights, numbers.reach), (0.0, 255.0), 8, mask, 3)
        moves = np.stack(found, axis=2) - 255 * rgb
        assert np.abs(moves).max() <= tolerance + 1e-3
        assert np.abs(moves @ plain_film.weights_of(matrix)).max() <= 0.5 + 1e-3
        np.testing.assert_allclose(moves.mean(axis=(0, 1)), 0, atol=0.02)


@pytest.mark.parametrize(("bits", "dtype"), [(8, np.uint8), (10, np.uint16), (16, np.uint16)])
@pytest.mark.parametrize("size", [(61, 103), (12, 7), (3, 2)])
def test_cells_are_means(rng, bits, dtype, size):
    plane = rng.integers(0, 2**bits, size).astype(dtype)
    found = cells(plane, bits, (5, 7))
    for row, column in np.ndindex(5, 7):
        parts = [(place * length // count, max(place * length // count + 1, (place + 1) * length // count))
                 for place, length, count in ((row, size[0], 5), (column, size[1], 7))]  # fmt: skip
        mean = plane[slice(*parts[0]), slice(*parts[1])].astype(float).mean() * 255 / (2**bits - 1)
        assert abs(found[row, column] - mean) <= 0.5 + 1e-9


def test_unlike_is_the_least_over_shifts(rng):
    small = rng.integers(-300, 300, (5, 9, 12)).astype(np.int16)
    small[1] = np.roll(small[0], (2, -1), (0, 1))
    small[2] = 0
    small[3] = -small[0]
    pairs = np.array([[0, 0], [0, 1], [0, 2], [2, 2], [0, 3], [0, 4]])
    noise = 100.0
    found = unlike(small, pairs, (2, 1), noise)
    for (first, second), value in zip(pairs, found, strict=True):
        inner = small[first, 2:-2, 1:-1].astype(float)
        best = max(
            (np.mean((inner - inner.mean()) * (other - other.mean())) + noise)
            / np.sqrt((inner.var() + noise) * (other.var() + noise))
            for y in range(5)
            for x in range(3)
            for other in [small[second, y : y + 5, x : x + 10].astype(float)]
        )
        assert value == pytest.approx(1 - best, abs=1e-5)
    np.testing.assert_allclose(found[[0, 1, 3]], 0, atol=1e-6)
