"""Y′CbCr and R′G′B′ by the standards."""

import numpy as np
import pytest

import plain_film
from huegraft.color import LUMA
from huegraft.compiled.sites import Sites
from huegraft.compiled.ycbcr import codes, rgb_from_ycbcr, ycbcr_from_rgb
from huegraft.film.coding import chroma_levels, coefficients, from_srgb, luma_levels, to_srgb, values
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading
from huegraft.film.ycbcr import picture_of, planes_of_picture, small_luma, small_picture
from huegraft.windows import Window

FULL = PlaneFormat("ycbcr", 8)
SUBSAMPLINGS = [(1, 1), (1, 2), (2, 2), (1, 4), (4, 1)]
SITINGS = ["left", "center", "topleft"]
MATRICES = ["bt601", "bt709", "bt2020"]
BARS = {  # 75 % white, yellow, cyan, green, magenta, red, blue, and black
    "bt709": [
        (180, 128, 128), (168, 44, 136), (145, 147, 44), (133, 63, 52), (63, 193, 204), (51, 109, 212), (28, 212, 120),
        (16, 128, 128),
    ],
    "bt601": [
        (180, 128, 128), (162, 44, 142), (131, 156, 44), (112, 72, 58), (84, 184, 198), (65, 100, 212), (35, 212, 114),
        (16, 128, 128),
    ],
}  # fmt: skip
COLORS = 0.75 * np.array(
    [(1, 1, 1), (1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1), (0, 0, 0)], np.float32
)


def nearest(plane, levels, bits):
    return codes(np.ascontiguousarray(plane, np.float32), levels, bits, np.ones(plane.shape, bool))


@pytest.mark.parametrize("matrix", BARS)
@pytest.mark.parametrize("bits", [8, 10])
def test_bars_have_their_published_codes(matrix, bits):
    planes = ycbcr_from_rgb(COLORS[None], Sites.of((1, 1), "left"), coefficients(matrix).weights)
    found = [nearest(planes[0], luma_levels(bits, "tv"), bits)]
    found += [nearest(plane, chroma_levels(bits, "tv"), bits) for plane in planes[1:]]
    got = np.stack(found, axis=-1)[0].astype(float) / 2 ** (bits - 8)
    np.testing.assert_allclose(got, BARS[matrix], atol=0 if bits == 8 else 0.5)


def test_levels_of_the_standards():
    assert luma_levels(10, "tv") == (64, 876)
    assert chroma_levels(10, "tv") == (512, 896)
    assert luma_levels(12, "tv") == (256, 3504)
    assert luma_levels(8, "pc") == (0, 255)
    assert chroma_levels(8, "pc") == (128, 255)


def test_green_of_the_standards():
    np.testing.assert_allclose(coefficients("bt709").reach, [1.5748, 0.1873, 0.4681, 1.8556], atol=5e-5)
    np.testing.assert_allclose(coefficients("bt601").reach, [1.402, 0.344136, 0.714136, 1.772], atol=5e-6)
    np.testing.assert_array_equal(coefficients("bt470bg").reach, coefficients("bt601").reach)
    np.testing.assert_allclose(coefficients("bt2020").reach, [1.4746, 0.16455, 0.57135, 1.8814], atol=5e-5)


@pytest.mark.parametrize("kind", ["grey", "ycbcr", "rgb"])
@pytest.mark.parametrize("range_of_codes", ["tv", "pc"])
@pytest.mark.parametrize("bits", [8, 10, 16])
def test_ramps_of_luma_are_exact(kind, range_of_codes, bits):
    ramp = np.arange(2**bits, dtype=np.uint8 if bits == 8 else np.uint16).reshape(16, -1)
    neutral = np.full_like(ramp, 2 ** (bits - 1))
    samples = {"grey": (ramp,), "ycbcr": (ramp, neutral, neutral), "rgb": (ramp,) * 3}[kind]
    found = small_luma(Planes(PlaneFormat(kind, bits), samples), Reading("bt709", range_of_codes), ramp.shape)
    black, span = luma_levels(bits, range_of_codes)
    exact = ((ramp.astype(float) - black) / span).clip(0, 1)
    np.testing.assert_allclose(found, exact, rtol=0 if kind != "rgb" else 2e-7, atol=4e-8)


@pytest.mark.parametrize(("bits", "range_of_codes"), [(8, "tv"), (8, "pc"), (10, "tv"), (16, "pc")])
def test_ramps_go_through_values_unchanged(bits, range_of_codes, rng):
    ramp = np.arange(2**bits, dtype=np.uint8 if bits == 8 else np.uint16).reshape(16, -1)
    for levels in (luma_levels(bits, range_of_codes), chroma_levels(bits, range_of_codes)):
        back = codes(values(ramp, levels), levels, bits, rng.random(ramp.shape) < 0.5, frame=7, plane=2)
        np.testing.assert_array_equal(back, ramp)


def test_grey_of_rgb_is_that_of_stills(rng):
    samples = tuple(rng.integers(0, 256, (6, 9)).astype(np.uint8) for _ in range(3))
    found = small_luma(Planes(PlaneFormat("rgb", 8), samples), Reading("rgb", "pc"), (6, 9))
    np.testing.assert_allclose(found, np.tensordot(LUMA, np.stack(samples) / 255, 1), atol=1e-6)


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
@pytest.mark.parametrize("siting", SITINGS)
@pytest.mark.parametrize("size", [(8, 12), (7, 9), (1, 1), (5, 2)])
def test_the_loops_are_the_plain_ones(rng, subsampling, siting, size):
    sites = Sites.of(subsampling, siting)
    rgb = rng.random((*size, 3), np.float32)
    luma, blues, reds = ycbcr_from_rgb(rgb, sites, coefficients("bt709").weights)
    expected = plain_film.from_rgb(rgb.astype(float), "bt709")
    np.testing.assert_allclose(luma, expected[0], atol=1e-6)
    for found, plane in zip((blues, reds), expected[1:], strict=True):
        np.testing.assert_allclose(found, plain_film.averaged(plane, subsampling, siting), atol=1e-6)
    back = rgb_from_ycbcr(luma, blues, reds, sites, coefficients("bt709").reach)
    chroma = [plain_film.enlarged(plane.astype(float), size, subsampling, siting) for plane in (blues, reds)]
    np.testing.assert_allclose(back, plain_film.to_rgb(luma.astype(float), *chroma, "bt709"), atol=2e-6)


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("range_of_codes", ["tv", "pc"])
@pytest.mark.parametrize("bits", [10, 16])
def test_pictures_come_back(astronaut, matrix, range_of_codes, bits):
    reading = Reading(matrix, range_of_codes, primaries="bt2020" if matrix == "bt2020" else "bt709")
    samples = planes_of_picture(astronaut, PlaneFormat("ycbcr", bits), reading, 3)
    back = picture_of(Planes(PlaneFormat("ycbcr", bits), samples), reading)
    tolerance = 4 / 2**bits if matrix != "bt2020" else 24 / 2**bits  # dark colours of wide primaries are steep
    np.testing.assert_allclose(back, astronaut, atol=tolerance)


def test_wide_primaries_go_through_light():
    red = np.array([[[1, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5]]], np.float32)
    srgb = to_srgb(red, "bt2020")
    assert srgb[0, 0, 0] > 1.2
    assert srgb[0, 0, 1] < -0.1
    np.testing.assert_allclose(srgb[0, 1:], red[0, 1:], atol=1e-5)
    np.testing.assert_allclose(from_srgb(srgb, "bt2020"), red, atol=1e-5)


def test_superwhites_are_kept():
    samples = tuple(np.full((2, 2), code, np.uint8) for code in (250, 128, 128))
    picture = picture_of(Planes(FULL, samples), Reading("bt709"))
    np.testing.assert_allclose(picture, 234 / 219, rtol=1e-6)
    for found, given in zip(planes_of_picture(picture, FULL, Reading("bt709"), 0), samples, strict=True):
        np.testing.assert_array_equal(found, given)


@pytest.mark.parametrize("kind", ["grey", "rgb"])
def test_grey_and_rgb_planes(astronaut, kind):
    samples = planes_of_picture(astronaut, PlaneFormat(kind, 12), Reading("rgb", "pc"), 1)
    assert len(samples) == {"grey": 1, "rgb": 3}[kind]
    back = picture_of(Planes(PlaneFormat(kind, 12), samples), Reading("rgb", "pc"))
    expected = astronaut if kind == "rgb" else np.repeat((astronaut @ np.array(LUMA))[..., None], 3, axis=2)
    np.testing.assert_allclose(back, expected, atol=1 / 4095)


@pytest.mark.parametrize("size", [(20, 22), (40, 44), (7, 5)])
def test_small_pictures_are_the_means_within_the_bars(rng, size):
    layout = PlaneFormat("ycbcr", 8, (2, 2))
    rgb = np.full((48, 60, 3), 0.5, np.float32)
    rgb[4:44, 8:52] = np.repeat(np.repeat(rng.random((10, 11, 3), np.float32), 4, axis=0), 4, axis=1)
    reading = Reading("bt709", bars=Window(4, 44, 8, 52))
    planes = Planes(layout, planes_of_picture(rgb, layout, reading, 0))
    whole = picture_of(planes, reading)[4:44, 8:52]
    small = small_picture(planes, reading, size)
    assert small.shape == (*size, 3)
    np.testing.assert_allclose(small.mean(axis=(0, 1)), whole.mean(axis=(0, 1)), atol=0.01)
    if size == (40, 44):
        np.testing.assert_allclose(small, whole.clip(0, 1), atol=1e-6)


def test_dither_keeps_means_and_moves_by_less_than_a_code():
    flat = np.full((64, 64), 0.3, np.float32)
    wanted = 16 + 219 * 0.3
    frames = np.stack([codes(flat, (16, 219), 8, np.zeros(flat.shape, bool), frame) for frame in range(48)])
    assert np.abs(frames - wanted).max() < 1
    assert len(np.unique(frames, axis=0)) > 8  # the pattern goes on
    small = frames.reshape(48, 8, 8, 8, 8).mean(axis=(2, 4))
    assert np.abs(small - wanted).max() < 0.1  # areas of eight pixels do not flicker
    assert np.abs(frames[:16].mean(axis=0) - wanted).max() < 0.1  # nor does the mean of a few frames


def test_threads_change_no_byte(astronaut, threads):
    large = np.ascontiguousarray(np.tile(astronaut, (5, 3, 1)))
    layout, reading, found = PlaneFormat("ycbcr", 8, (2, 2)), Reading("bt709"), []
    for count in (1, 3):
        with threads(count):
            planes = planes_of_picture(large, layout, reading, 5)
            found.append([*planes, picture_of(Planes(layout, planes), reading)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
