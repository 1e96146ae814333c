import numpy as np
import pytest
from skimage import data
from skimage.transform import resize

from huegraft.color import grey_from_srgb
from huegraft.compiled.color import lab_picture
from huegraft.film.keyframes import keyframe_colors
from huegraft.film.reading import Reading
from huegraft.picture import Picture
from huegraft.windows import Window

SIZE = (90, 140)
READING = Reading("bt709", "pc")


def photograph(name="coffee", top=60, left=100, size=SIZE):
    picture = getattr(data, name)()[top : top + size[0], left : left + size[1]]
    return np.ascontiguousarray(picture / np.float32(255), np.float32)


def luma(rgb):
    return np.ascontiguousarray(grey_from_srgb(rgb)[..., 0])


def found(reference, frame, reading=READING, size=SIZE):
    return keyframe_colors(Picture(reference), luma(frame), size, reading)


def errors(colors, rgb):
    return np.abs(colors.chroma - lab_picture(rgb)[..., 1:]).max(axis=2)


def test_a_reference_gives_its_own_colours():
    frame = photograph()
    colors = found(frame, frame)
    assert np.median(errors(colors, frame)) < 0.01
    assert colors.confidence.min() > 0.9


@pytest.mark.parametrize("size", [(45, 70), (135, 210), (180, 280)])
def test_a_reference_of_another_size(size):
    frame = photograph()
    colors = found(resize(frame, size, order=1, anti_aliasing=True).astype(np.float32), frame)
    assert np.median(errors(colors, frame)) < 4
    assert colors.confidence.mean() > 0.8


def test_a_reference_that_lies_aside():
    colors = found(photograph(top=58, left=103), photograph())
    assert np.median(errors(colors, photograph())) < 0.5
    assert colors.confidence[4:, 5:-5].mean() > 0.9


def test_a_reference_whose_tones_were_worked_on():
    frame = photograph()
    colors = found(np.ascontiguousarray(0.1 + 0.8 * frame), frame)
    assert colors.confidence.mean() > 0.85


def test_a_reference_that_shows_something_else():
    colors = found(photograph("astronaut", 40, 150), photograph())
    assert colors.confidence.mean() < 0.25


def test_the_bars_of_the_film_are_taken_off():
    frame = photograph()
    barred = np.zeros((120, 140, 3), np.float32)
    barred[15:105] = frame
    reading = Reading("bt709", "pc", bars=Window(15, 105, 0, 140))
    for reference in (barred, np.repeat(np.repeat(barred, 2, axis=0), 2, axis=1)):
        colors = found(reference, frame, reading, (120, 140))
        assert np.median(errors(colors, frame)) < 0.1
        assert colors.confidence.mean() > 0.9
