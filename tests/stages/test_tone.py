import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

from huegraft.color import grey_from_srgb
from huegraft.evaluate.package import NAMES, photograph
from huegraft.session import Session
from huegraft.settings import Settings
from huegraft.stages.prepare import shrink
from huegraft.stages.tone import tone_of

SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])


@pytest.fixture(scope="module", params=NAMES)
def picture(request):
    whole = photograph(request.param)
    return shrink(whole, (180, 180 * whole.shape[1] // whole.shape[0]))


def tone(picture):
    encoded = Session().encode(np.rint(255 * picture.clip(0, 1)).astype(np.uint8), Settings(), "colorize")
    return tone_of(encoded.color_mean, encoded.areas * encoded.validity)


def toned(picture, shadow, light):
    return np.array(shadow) + (np.array(light) - shadow) * grey_from_srgb(picture)


def as_jpeg(picture, quality):
    file = io.BytesIO()
    Image.fromarray(np.rint(255 * picture.clip(0, 1)).astype(np.uint8)).save(file, "jpeg", quality=quality)
    return np.asarray(Image.open(file)) / 255


def test_photographs_have_colors(picture):
    assert tone(picture) == "color"


def test_weak_colors_are_colors(picture):
    grey = grey_from_srgb(picture)
    assert tone(grey + 0.2 * (picture - grey)) == "color"


@pytest.mark.parametrize("quality", [None, 95, 60])
def test_grey_and_single_tones_are_told(picture, quality):
    prints = {
        "grey": grey_from_srgb(picture),
        "sepia": picture @ SEPIA.T,
        "blue": toned(picture, (0.02, 0.1, 0.25), (0.92, 0.96, 0.98)),
        "green": toned(picture, (0.05, 0.12, 0.05), (0.9, 1, 0.88)),
        "purple": toned(picture, (0.2, 0.1, 0.22), (1, 0.9, 1)),
    }
    for name, each in prints.items():
        assert tone(each if quality is None else as_jpeg(each, quality)) == name


def test_what_jpeg_leaves_of_a_grey_picture_is_no_colour():
    dark = np.repeat(np.linspace(0.02, 0.12, 100)[:, None], 3, axis=1)
    dark[::25] += [0.006, -0.002, 0.004]
    assert tone_of(dark, np.ones(100)) == "grey"
    dark[::25] += [0.1, 0, 0]
    assert tone_of(dark, np.ones(100)) == "color"


def test_a_yellowed_scan_and_two_toned_prints_are_single_tones(picture):
    assert tone(toned(picture, (0.1, 0.09, 0.08), (0.96, 0.93, 0.84))) == "sepia"
    assert tone(toned(picture, (0.02, 0.05, 0.12), (1, 0.95, 0.8))) != "color"


def test_what_does_not_count_is_not_seen():
    brightness = np.linspace(0, 1, 60)
    colors = np.repeat(brightness[:, None], 3, axis=1)
    colors[20:30] = [1, 0, 0]
    counting = np.ones(60)
    assert tone_of(colors, counting) == "color"
    counting[20:30] = 0
    assert tone_of(colors, counting) == "grey"


def test_flat_and_single_pictures_have_a_tone():
    assert tone_of(np.full((1, 3), 0.5), np.ones(1)) == "grey"
    assert tone_of(np.tile([0.3, 0.45, 0.3], (4, 1)), np.ones(4)) == "green"
    assert tone_of(np.tile([0.9, 0.1, 0.1], (4, 1)), np.ones(4)) == "color"


def test_few_colours_and_dark_ones_are_colours():
    sky, field, house, sun = [0.35, 0.55, 0.9], [0.2, 0.6, 0.2], [0.75, 0.15, 0.1], [0.95, 0.85, 0.2]
    poster = np.repeat([sky, field, house, sun], [50, 30, 15, 5], axis=0)
    assert tone_of(poster, np.ones(100)) == "color"
    photograph = data.coffee()[::8, ::8].reshape(-1, 3) / 255
    assert tone_of(0.1 * photograph, np.ones(len(photograph))) == "color"
    assert tone_of(0.1 * photograph.mean(axis=1, keepdims=True).repeat(3, axis=1), np.ones(len(photograph))) == "grey"
