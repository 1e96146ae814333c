"""Chroma under luma: exact Y′, legal colours, a* and b* that come back."""

import numpy as np
import pytest
from skimage import data

import plain_film
from huegraft.color import LUMA, lab_from_srgb
from huegraft.compiled.film import limit, paint
from huegraft.errors import ArgumentError
from huegraft.film.chroma import Painter
from huegraft.film.coding import chroma_levels, coefficients, linear_from_xyz, luma_levels, to_srgb
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading
from huegraft.film.ycbcr import picture_of, planes_of_picture, small_picture
from huegraft.windows import Window

FULL, HALF = PlaneFormat("ycbcr", 8), PlaneFormat("ycbcr", 8, (2, 2))
BT709 = Reading("bt709")
LAYOUTS = [((1, 1), "left"), ((1, 2), "left"), ((2, 2), "left"), ((2, 2), "center"), ((2, 2), "topleft"),
           ((1, 4), "left")]  # fmt: skip
MATRICES = [("bt601", "bt601-625"), ("bt709", "bt709"), ("bt2020", "bt2020")]


def ramp(size=(16, 16)):
    return np.resize(np.arange(256, dtype=np.uint8), size)


def flat(a, b, size=(4, 4)):
    return np.broadcast_to(np.array([a, b], np.float32), (*size, 2)).copy()


def places(count):
    """Taps that take each place of a grid as it is."""
    chosen = np.repeat(np.arange(count)[:, None], 4, axis=1)
    return chosen, np.eye(4, dtype=np.float32)[np.zeros(count, int)]


def of_track(picture, layout, reading, size):
    """The planes of a picture, and its own a*, b* as a track."""
    planes = Planes(layout, planes_of_picture(picture, layout, reading, 0))
    chroma = lab_from_srgb(small_picture(planes, reading, size))[..., 1:]
    return planes, np.ascontiguousarray(chroma, np.float32)


def half_a_code(reading, bits):
    """How far half a code of Cb and one of Cr take R′, G′ or B′."""
    reach = coefficients(reading.matrix).reach
    return max(reach[0], reach[3], reach[1] + reach[2]) / 2 / chroma_levels(bits, reading.range)[1] + 1e-6


@pytest.mark.parametrize(("matrix", "primaries"), MATRICES)
def test_colours_come_back_from_luma_and_chroma(rng, matrix, primaries):
    video = rng.random((60, 50, 3), np.float32) * rng.random((60, 50, 1), np.float32)
    lab = lab_from_srgb(to_srgb(video, primaries).astype(float))
    luma, blues, reds = plain_film.from_rgb(video.astype(float), matrix)
    lines = np.concatenate([np.zeros_like(lab[..., 1:]), lab[..., 1:]], axis=2).astype(np.float32)
    weights = coefficients(matrix).weights
    found = paint(lines, places(60), places(50), luma.astype(np.float32), linear_from_xyz(primaries), weights)
    inside = (to_srgb(video, primaries) >= 0).all(axis=2)  # CIELAB of what is not sRGB continues otherwise
    for plane, expected in zip(found, (blues, reds), strict=True):
        assert np.abs(plane - expected)[inside].max() * 224 < 0.1  # codes


def test_grey_stays_neutral():
    lines = np.zeros((3, 256, 4), np.float32)
    luma = np.linspace(-0.1, 1.1, 256, dtype=np.float32)[None].repeat(3, axis=0)
    for plane in paint(lines, places(3), places(256), luma, linear_from_xyz("bt709"), coefficients("bt709").weights):
        np.testing.assert_allclose(plane, 0, atol=1e-5)


def test_what_is_shrunk_reaches_the_border(rng):
    blues, reds = (rng.random((40, 50), np.float32) - np.float32(0.5) for _ in range(2))
    least = rng.random((40, 50), np.float32) / 2
    greatest = least + rng.random((40, 50), np.float32) / 2
    before = blues.copy(), reds.copy()
    near = limit(blues, reds, least, greatest, coefficients("bt709").reach, 0.01)
    share = blues / before[0]
    np.testing.assert_allclose(reds / before[1], share, rtol=1e-5)
    for luma in (least, greatest):
        rgb = plain_film.to_rgb(luma.astype(float), blues, reds, "bt709")
        assert (np.abs(rgb - 0.5) <= 0.5 + 1e-6).all()
    margins = np.minimum(plain_film.to_rgb(least, blues, reds, "bt709").min(axis=2),
                         1 - plain_film.to_rgb(greatest, blues, reds, "bt709").max(axis=2))  # fmt: skip
    np.testing.assert_allclose(margins[share < 1], 0, atol=1e-6)
    np.testing.assert_array_equal(near, margins < 0.01)


def test_luma_beyond_its_range_gets_no_chroma():
    blues, reds = np.full((1, 3), 0.2, np.float32), np.full((1, 3), -0.1, np.float32)
    luma = np.array([[-0.01, 0.5, 1.01]], np.float32)
    limit(blues, reds, luma, luma, coefficients("bt709").reach, 0.01)
    assert blues.tolist() == [[0, pytest.approx(0.2), 0]]


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("range_of_codes", ["tv", "pc"])
@pytest.mark.parametrize("kind", ["ramp", "noise"])
@pytest.mark.parametrize("size", [(16, 16), (15, 17)])
def test_samples_of_luma_pass_through(rng, bits, range_of_codes, kind, size):
    samples = ramp(size) if kind == "ramp" else rng.integers(0, 256, size).astype(np.uint8)
    samples = samples if bits == 8 else samples.astype(np.uint16) * 4 + 3
    painter = Painter(PlaneFormat("ycbcr", bits, (2, 2)), Reading("bt709", range_of_codes), size)
    luma, *chroma = painter.planes(samples, flat(30, -20), 1)
    assert luma is samples
    assert [plane.shape for plane in chroma] == [tuple(-(-length // 2) for length in size)] * 2


@pytest.mark.parametrize(("subsampling", "siting"), LAYOUTS)
@pytest.mark.parametrize(("matrix", "range_of_codes"), [("bt709", "tv"), ("bt601", "pc"), ("bt2020", "tv")])
@pytest.mark.parametrize("bits", [8, 10])
def test_colours_are_legal_as_a_player_shows_them(rng, subsampling, siting, matrix, range_of_codes, bits):
    size = (37, 43)
    smooth = np.add.outer(np.linspace(0, 0.6, size[0]), np.linspace(0, 0.4, size[1]))
    values = np.where(rng.random(size) < 0.3, rng.random(size), smooth) * 1.1 - 0.05
    black, span = luma_levels(bits, range_of_codes)
    luma = (black + span * values).clip(0, 2**bits - 1).astype(np.uint8 if bits == 8 else np.uint16)
    chroma = (200 * rng.random((9, 11, 2)) - 100).astype(np.float32)
    layout, reading = PlaneFormat("ycbcr", bits, subsampling), Reading(matrix, range_of_codes, siting)
    samples = Painter(layout, reading, size).planes(luma, chroma, 4)
    rgb, shown = plain_film.decoded(samples, layout, reading), (luma.astype(float) - black) / span
    inside = (shown >= 0) & (shown <= 1)
    beyond = np.abs(rgb - 0.5).max(axis=2) - 0.5
    assert beyond[inside].max() <= half_a_code(reading, bits)
    np.testing.assert_allclose(rgb[~inside], np.repeat(shown[~inside][:, None], 3, axis=1), atol=1e-9)
    assert np.abs(samples[1].astype(int) - 2 ** (bits - 1)).max() > 10 * 2 ** (bits - 8)


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("guide", ["left", "center"])
def test_chroma_comes_back(astronaut, bits, guide):
    layout, reading = PlaneFormat("ycbcr", bits), Reading("bt709", siting=guide)
    smooth = np.full((24, 30, 3), (0.5, 0.42, 0.36), np.float32)
    smooth += np.linspace(-0.1, 0.1, 30, dtype=np.float32)[None, :, None]
    planes, chroma = of_track(smooth, PlaneFormat("ycbcr", 16), Reading("bt709", siting=guide), smooth.shape[:2])
    painter = Painter(layout, reading, smooth.shape[:2], source=(planes.format, reading))
    means = []
    for frame in range(16):
        samples = painter.planes(planes.samples[0], chroma, frame)
        means.append(lab_from_srgb(picture_of(Planes(layout, samples), reading))[..., 1:])
    worst = np.abs(np.mean(means, axis=0) - chroma)[3:-3, 3:-3].max()
    assert worst < (0.5 if bits == 8 else 0.25)


def test_chroma_lies_where_the_siting_says():
    columns = np.arange(64, dtype=np.float32)
    track = np.zeros((8, 64, 2), np.float32)
    track[..., 0] = (columns - 31.5) / 4
    luma = np.full((8, 64), 30000, np.uint16)
    for siting in ("left", "center"):
        layout, reading = PlaneFormat("ycbcr", 16, (1, 2)), Reading("bt709", siting=siting)
        planes = Planes(layout, Painter(layout, reading, luma.shape).planes(luma, track, 0))
        found = lab_from_srgb(picture_of(planes, reading))[4, 8:-8, 1]
        np.testing.assert_allclose(found, track[4, 8:-8, 0], atol=0.1)


def test_ten_bits_of_chroma_have_more_than_256_levels():
    layout = PlaneFormat("ycbcr", 10)
    track = np.zeros((2, 2000, 2), np.float32)
    track[..., 1] = np.linspace(-60, 60, 2000)
    luma = np.full((2, 2000), 500, np.uint16)
    blues = Painter(layout, BT709, luma.shape).planes(luma, track, 0)[1]
    assert len(np.unique(blues)) > 256


@pytest.mark.parametrize("source", [(8, "tv"), (8, "pc"), (10, "tv"), (16, "pc")])
@pytest.mark.parametrize("output", [(8, "tv"), (8, "pc"), (10, "tv"), (12, "pc")])
def test_luma_of_another_depth_or_range_is_converted(source, output):
    bits, range_of_codes = source
    codes = np.arange(2**bits, dtype=np.uint8 if bits == 8 else np.uint16).reshape(16, -1)
    given = PlaneFormat("ycbcr", bits), Reading("bt709", range_of_codes)
    layout, reading = PlaneFormat("ycbcr", output[0], (2, 2)), Reading("bt709", output[1])
    found = Painter(layout, reading, codes.shape, source=given).planes(codes, flat(0, 0), 2)[0]
    if source == output:
        assert found is codes
        return
    (black, span), (new_black, new_span) = luma_levels(*source), luma_levels(*output)
    wanted = (new_black + (codes.astype(float) - black) / span * new_span).clip(0, 2 ** output[0] - 1)
    assert np.abs(found - wanted).max() <= (0.5 + 1e-3 if new_span >= span else 1)


@pytest.mark.parametrize("bits", [8, 10, 16])
@pytest.mark.parametrize("matrix", ["rgb", "bt709"])
def test_rgb_keeps_luma_to_half_a_code(rng, bits, matrix):
    layout, reading = PlaneFormat("rgb", bits), Reading(matrix, "pc")
    luma = rng.random((41, 53), np.float32)
    luma[:16, :16] = ramp() / np.float32(255)
    chroma = (160 * rng.random((7, 9, 2)) - 80).astype(np.float32)
    samples = Painter(layout, reading, luma.shape).planes(luma, chroma, 3)
    weights = LUMA if matrix == "rgb" else plain_film.weights_of(matrix)
    found = np.tensordot(weights, np.stack(samples).astype(float), 1)
    assert np.abs(found - luma.astype(float) * (2**bits - 1)).max() <= 0.5 + 1e-2 * (bits == 16) + 1e-4
    assert len({plane.tobytes() for plane in samples}) == 3


def test_lightness_is_kept_where_that_is_asked_for(astronaut):
    planes, chroma = of_track(astronaut, PlaneFormat("ycbcr", 16), BT709, (40, 36))
    grey = planes.samples[0]
    lightness = plain_film.lightness_of_grey((grey.astype(float) - 4096) / (219 * 256))
    painter = Painter(planes.format, BT709, grey.shape, keep="lightness")
    rgb = picture_of(Planes(planes.format, painter.planes(grey, chroma, 0)), BT709)
    shift = lab_from_srgb(rgb.astype(float))[..., 0] - lightness
    assert np.abs(shift[((rgb > 0.01) & (rgb < 0.99)).all(axis=2)]).max() < 0.02
    rgb_format, pc = PlaneFormat("rgb", 16), Reading("rgb", "pc")
    stills = Painter(rgb_format, pc, grey.shape, keep="lightness", source=(planes.format, BT709))
    as_rgb = np.stack(stills.planes(grey, chroma, 0), axis=2) / 65535
    np.testing.assert_allclose(as_rgb, rgb.clip(0, 1), atol=0.03)
    for layout in (HALF, FULL):
        samples = Painter(layout, BT709, grey.shape, "lightness", (planes.format, BT709)).planes(grey, chroma, 0)
        shown = plain_film.decoded(samples, layout, BT709)
        assert np.abs(shown - 0.5).max() - 0.5 <= half_a_code(BT709, 8)


def test_the_shift_of_lightness_is_told():
    luma = np.full((32, 32), 100, np.uint8)
    painter = Painter(HALF, BT709, luma.shape)
    np.testing.assert_allclose(painter.lightness_shift(luma, flat(0, 0))[0], 0, atol=1e-3)
    shift, colors = painter.lightness_shift(luma, flat(40, 20))
    rgb = picture_of(Planes(HALF, painter.planes(luma, flat(40, 20), 0)), BT709)
    exact = (lab_from_srgb(rgb)[..., 0] - plain_film.lightness_of_grey(np.full((32, 32), 84 / 219))).mean()
    np.testing.assert_allclose(shift, exact, atol=0.1)
    np.testing.assert_allclose(colors, np.broadcast_to(np.float32([40, 20]), colors.shape), atol=0.5)
    assert exact > 1


@pytest.mark.parametrize("keep", ["luma", "lightness"])
@pytest.mark.parametrize("bars", [Window(4, 36, 0, 48), Window(3, 37, 5, 44)])
def test_bars_stay_neutral(rng, bars, keep):
    luma = np.full((40, 48), 16, np.uint8)
    luma[bars.crop()] = rng.integers(60, 180, bars.size)
    painter = Painter(HALF, Reading("bt709", bars=bars), luma.shape, keep)
    found, *chroma = painter.planes(luma, flat(30, 30, (8, 12)), 0)
    assert keep == "lightness" or found is luma
    for plane in chroma:
        inside = np.zeros((20, 24), bool)
        inside[bars.top // 2 : -(-bars.bottom // 2), bars.left // 2 : -(-bars.right // 2)] = True
        assert (plane[~inside] == 128).all()
        assert (plane[6:14, 6:18] != 128).mean() > 0.9


def test_a_track_covers_what_bars_leave():
    luma = np.full((40, 48), 120, np.uint8)
    track = np.zeros((16, 20, 2), np.float32)
    track[:, :10, 0] = 40
    planes = Painter(FULL, Reading("bt709", bars=Window(4, 36, 8, 48)), luma.shape).planes(luma, track, 0)
    assert (planes[2][4:36, 8:24] > 140).all()
    assert (planes[2][4:36, 32:] < 132).all()


def test_planes_of_grey_hold_no_colours():
    with pytest.raises(ArgumentError, match="'ycbcr' or 'rgb', got 'grey'"):
        Painter(PlaneFormat("grey", 8), BT709, (4, 4))


def test_threads_change_no_byte(threads):
    picture = (data.astronaut()[:300, :280] / 255).astype(np.float32)
    planes, chroma = of_track(picture, HALF, BT709, (90, 84))
    outputs = [(HALF, "luma"), (HALF, "lightness"), (PlaneFormat("rgb", 8), "luma")]
    found = []
    for count in (1, 3):
        with threads(count):
            made = [
                Painter(layout, BT709, picture.shape[:2], keep, (HALF, BT709)).planes(planes.samples[0], chroma, 9)
                for layout, keep in outputs
            ]
            found.append([plane for samples in made for plane in samples])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (3, 5), (1, 40)])
@pytest.mark.parametrize(("subsampling", "siting"), LAYOUTS)
def test_odd_sizes(size, subsampling, siting):
    luma = np.full(size, 128, np.uint8)
    layout, reading = PlaneFormat("ycbcr", 8, subsampling), Reading("bt709", siting=siting)
    samples = Painter(layout, reading, size).planes(luma, flat(20, 20, (1, 1)), 0)
    assert samples[1].shape == layout.chroma_size(size)
    np.testing.assert_allclose(samples[2], samples[2][0, 0], atol=1)
    assert samples[2][0, 0] > 132
