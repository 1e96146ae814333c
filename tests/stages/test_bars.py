"""Bars are found where they are beyond doubt, cut where the content begins, and found nowhere else."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imagecodecs import cms_profile
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_images

from huegraft.encodings import ProfileEncoding, SceneLinearEncoding
from huegraft.picture import Picture
from huegraft.stages.bars import bars_note, bars_of, without_bars
from huegraft.windows import Bars

NAMES = ("astronaut", "coffee", "chelsea", "rocket", "camera", "coins", "moon", "page", "text", "clock", "colorwheel")
NONE = Bars()
KINDS = [Bars(30, 30), Bars(30, 31), Bars(0, 0, 40, 40), Bars(20, 20, 45, 45), Bars(24, 48), Bars(28)]


def photographs():
    """Yield the photographs of packages, (H, W, 3) uint8."""
    for name in NAMES:
        picture = np.asarray(getattr(data, name)())
        yield name, np.ascontiguousarray(np.broadcast_to(picture.T, (3, *picture.T.shape[-2:])).T)
    yield from zip(("china", "flower"), load_sample_images().images, strict=True)


PHOTOGRAPHS = dict(photographs())
BRIGHT = PHOTOGRAPHS["coffee"][100:340, 100:460]


def barred(pixels, bars, black=0):
    sides = [(bars.top, bars.bottom), (bars.left, bars.right), (0, 0)]
    return np.pad(pixels, sides, constant_values=black)


def as_jpeg(pixels, quality):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def noisy(pixels, deviation, rng):
    return np.rint(pixels + rng.normal(0, deviation, pixels.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("black", [0, 5, 16])
@pytest.mark.parametrize("bars", KINDS, ids=str)
def test_clean_bars_are_cut_exactly(bars, black):
    pixels = barred(BRIGHT, bars, black)
    assert bars_of(Picture(pixels)) == bars
    assert bars_of(Picture(pixels.astype(np.uint16) * 257)) == bars
    assert bars_of(Picture((pixels / 255).astype(np.float32))) == bars
    np.testing.assert_array_equal(without_bars(Picture(pixels), bars).pixels, BRIGHT)


@pytest.mark.parametrize("bars", KINDS[:4], ids=str)
def test_film_noise_is_tolerated(bars, rng):
    assert bars_of(Picture(noisy(barred(BRIGHT, bars, 16).astype(float), 4, rng))) == bars
    assert bars_of(Picture(noisy(barred(BRIGHT, bars).astype(float), 4, rng))) == bars


@pytest.mark.parametrize("quality", [95, 75, 60])
@pytest.mark.parametrize("bars", KINDS[:4], ids=str)
def test_jpeg_is_tolerated(bars, quality):
    found = bars_of(Picture(as_jpeg(barred(BRIGHT, bars), quality)))
    assert all(0 <= lines - own <= 2 for lines, own in zip(found, bars, strict=True))
    assert sum(map(bool, found)) == sum(map(bool, bars))


@pytest.mark.parametrize("way", [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS])
@pytest.mark.parametrize("scale", [0.61, 1.7])
def test_no_dark_line_is_left_of_resampled_bars(scale, way):
    pixels = barred(BRIGHT, Bars(30, 30))
    height, width = (round(length * scale) for length in pixels.shape[:2])
    small = np.asarray(Image.fromarray(pixels).resize((width, height), way))
    bars = bars_of(Picture(small))
    assert all(0 <= lines - 30 * scale <= 4 for lines in bars[:2])
    cut = without_bars(Picture(small), bars).pixels.astype(float)
    for edge, inside in ((cut[0], cut[4]), (cut[-1], cut[-5])):
        assert np.median(edge) > 0.85 * np.median(inside)


def test_scene_linear_light_and_profiles():
    light = Picture((8 * (barred(BRIGHT, KINDS[0]) / 255) ** 2.2).astype(np.float16), SceneLinearEncoding())
    assert bars_of(light) == KINDS[0]
    profiled = Picture(barred(BRIGHT, KINDS[2]), ProfileEncoding(cms_profile("adobergb")))
    assert bars_of(profiled) == KINDS[2]


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_have_none(name):
    assert bars_of(Picture(PHOTOGRAPHS[name])) == NONE


def silhouette(pixels, level, black=0):
    return np.where(pixels.mean(axis=-1, keepdims=True) < level, black, pixels).astype(np.uint8)


def vignette(pixels, reach):
    height, width = pixels.shape[:2]
    y, x = np.mgrid[:height, :width]
    distance = np.hypot((2 * y - height) / height, (2 * x - width) / width)
    return (pixels * ((reach - distance) / 0.6).clip(0, 1)[..., None]).astype(np.uint8)


def cut_out(pixels):
    height, width = pixels.shape[:2]
    y, x = np.mgrid[:height, :width]
    inside = ((y - 0.6 * height) / (0.5 * height)) ** 2 + ((x - 0.5 * width) / (0.3 * width)) ** 2 < 1
    return np.where(inside[..., None], pixels, 0).astype(np.uint8)


def faded_at_borders(pixels):
    height, width = pixels.shape[:2]
    fade = [((np.minimum(np.arange(n), np.arange(n)[::-1]) / n - 0.05) / 0.15).clip(0, 1) for n in (height, width)]
    return (pixels * (fade[0][:, None] * fade[1])[..., None]).astype(np.uint8)


def rough_border(pixels):
    """Return a scan: black around it, with edges that go to and fro."""
    rng = np.random.default_rng(3)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[:height, :width]
    top, bottom = (rng.integers(-4, 5, width) + round(share * height) for share in (0.06, 0.94))
    left, right = (rng.integers(-4, 5, height)[:, None] + round(share * width) for share in (0.06, 0.94))
    inside = (y >= top) & (y < bottom) & (x >= left) & (x < right)
    return np.where(inside[..., None], pixels, 6).astype(np.uint8)


DARKENED = {
    "10 %": lambda pixels: (pixels * 0.1).astype(np.uint8),
    "10 % of the light": lambda pixels: (255 * (0.1 * (pixels / 255) ** 2.2) ** (1 / 2.2)).astype(np.uint8),
    "2 % of the light": lambda pixels: (255 * (0.02 * (pixels / 255) ** 2.2) ** (1 / 2.2)).astype(np.uint8),
    "night": lambda pixels: (0.6 * pixels - 64.0).clip(0, 255).astype(np.uint8),
    "hard night": lambda pixels: (1.2 * pixels - 128.0).clip(0, 255).astype(np.uint8),
    "silhouette": lambda pixels: silhouette(pixels, 100),
    "much silhouette": lambda pixels: silhouette(pixels, 150, 3),
    "two tones": lambda pixels: np.where(pixels.max(axis=-1, keepdims=True) < 128, 0, 255 + 0 * pixels).astype(
        np.uint8
    ),
    "vignette": lambda pixels: vignette(pixels, 1.1),
    "strong vignette": lambda pixels: vignette(pixels, 0.9),
    "faded at the borders": faded_at_borders,
    "cut-out": cut_out,
    "rough border": rough_border,
}


@pytest.mark.parametrize("way", DARKENED)
def test_dark_pictures_have_none(way):
    found = {name: bars_of(Picture(DARKENED[way](pixels))) for name, pixels in PHOTOGRAPHS.items()}
    assert {name: bars for name, bars in found.items() if any(bars)} == {}


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (64, 48), (300, 400)])
def test_black_pictures_have_none(size, rng):
    black = np.zeros((*size, 3), np.uint8)
    assert bars_of(Picture(black)) == NONE
    assert bars_of(Picture(noisy(black, 4, rng))) == NONE


def test_stars_and_dust_have_none(rng):
    sky = np.zeros((300, 400, 3), np.uint8)
    sky[rng.integers(0, 300, 500), rng.integers(0, 400, 500)] = 255
    assert bars_of(Picture(sky)) == NONE
    sky[200 + np.cumsum(rng.integers(-1, 2, 400)), np.arange(400)] = 200  # and a horizon
    assert bars_of(Picture(sky)) == NONE


def test_thin_dark_borders_of_scans_are_no_bars():
    assert bars_of(Picture(barred(PHOTOGRAPHS["chelsea"], Bars(2, 2, 3, 3)))) == NONE


def test_dark_content_is_left_alone():
    assert bars_of(Picture(barred((BRIGHT // 20).astype(np.uint8), KINDS[0]))) == NONE


def test_what_alpha_hides_is_no_bar_and_no_content():
    pixels = barred(BRIGHT, KINDS[0])
    alpha = np.full(pixels.shape[:2], 255, np.uint8)
    assert bars_of(Picture(pixels, alpha=alpha)) == KINDS[0]
    alpha[:30] = 0
    alpha[-30:] = 0
    for hidden in (0, 200):
        shown = np.where(alpha[..., None] > 0, pixels, hidden).astype(np.uint8)
        assert bars_of(Picture(shown, alpha=alpha)) == NONE


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted({"astronaut", "coffee", "chelsea", "flower"})),
    st.integers(0, 2),
    st.tuples(*[st.integers(0, 100)] * 2),
    st.integers(4, 80),
    st.integers(0, 6),
)
def test_bars_are_cut_exactly_or_not_at_all(name, kind, corner, lines, black):
    bars = (Bars(lines, lines), Bars(0, 0, lines, lines), Bars(lines, lines, lines + 3, lines + 3))[kind]
    pixels = PHOTOGRAPHS[name][corner[0] :, corner[1] :][:240, :320]
    found = bars_of(Picture(barred(pixels, bars, black)))
    for one, own in zip((found[:2], found[2:]), (bars[:2], bars[2:]), strict=True):
        assert one in (own, (0, 0))


def test_a_look_at_a_photograph_is_quick(monkeypatch):
    seen = []
    decode = Picture.in_gamut
    monkeypatch.setattr(Picture, "in_gamut", lambda self, pixels: seen.append(pixels.size) or decode(self, pixels))
    large = np.tile(PHOTOGRAPHS["coffee"], (4, 4, 1))
    assert bars_of(Picture(large)) == NONE
    assert sum(seen) < large.size / 200


def test_the_note():
    assert bars_note("target", NONE) is None
    assert bars_note("target", Bars(140, 139), stay=True) == (
        "target: black bars are cut off (140 lines at the top, 139 at the bottom) and stay as they are; --no-bars "
        "(bars=False) keeps them in"
    )
    assert "(3 lines at the left, 4 at the right);" in (bars_note("reference", Bars(0, 0, 3, 4)) or "")


def test_content_that_alpha_hides_says_nothing_of_an_edge(recwarn):
    pixels = barred(BRIGHT, KINDS[0])
    alpha = np.full(pixels.shape[:2], 255, np.uint8)
    alpha[30:60] = 0
    found = set()
    for hidden in (0, 255):
        shown = np.where(alpha[..., None] > 0, pixels, hidden).astype(np.uint8)
        found.add(bars_of(Picture(shown, alpha=alpha)))
    assert found == {NONE}
    assert not recwarn
