import numpy as np
import pytest
from skimage import data

from huegraft.color import grey_from_srgb
from huegraft.compiled.color import lab_picture
from huegraft.film.carried import moving_frames
from huegraft.film.chroma_track import Colors
from huegraft.film.tracked import Fresh

SIZE = (96, 128)
WRONG = -70.0  # a* and b* of fresh colours


def photograph(name="coffee", top=60, left=100, size=(96, 300)):
    picture = getattr(data, name)()[top : top + size[0], left : left + size[1]]
    return np.ascontiguousarray(picture / np.float32(255), np.float32)


def moving(pictures, keyframes, chroma=None):
    """Return the moving frames of a shot whose fresh colours are wrong, and the true chroma."""
    truth = [lab_picture(each)[..., 1:] if chroma is None else chroma(number) for number, each in enumerate(pictures)]
    wrong, sure = np.full((*SIZE, 2), WRONG, np.float32), np.ones(SIZE, np.float32)

    def fresh():
        for number, each in enumerate(pictures):
            luma = np.ascontiguousarray(grey_from_srgb(each)[..., 0])
            keyframe = Colors(truth[number], sure) if number in keyframes else None
            yield Fresh(luma, Colors(wrong, 0.5 * sure), keyframe)

    return list(moving_frames(fresh(), keyframes)), truth


def pan(count, step):
    scene = photograph()
    return [np.ascontiguousarray(scene[:, round(step * each) : round(step * each) + SIZE[1]]) for each in range(count)]


def errors(frame, true):
    return np.abs(frame.own().picture[..., 1:3] - true).max(axis=2)


def test_true_colours_are_carried_along_a_pan():
    frames, truth = moving(pan(31, 2), (0,))
    for number in (1, 10, 30):
        seen = np.s_[3:-3, 3 : -3 - 2 * number]
        assert np.median(errors(frames[number], truth[number])[seen]) < 4
        assert (
            np.abs(frames[number].own().picture[..., 1:3] - WRONG)[4:-4, -2 * number :].mean() < 3
        )  # what came in is fresh
    np.testing.assert_allclose(frames[0].own().picture[..., 1:3], truth[0], atol=4)


def test_confidence_says_what_the_keyframe_shows():
    frames, _ = moving(pan(31, 2), (0,))
    maps = [each.own().confidence for each in frames]
    assert maps[0].min() > 0.99
    assert np.abs(maps[30][4:-4, -56:] - 0.5).mean() < 0.05  # what came in is as sure as its fresh colours
    near, far = (np.median(maps[number][3:-3, 3 : -3 - 2 * number]) for number in (1, 30))
    assert near > far > 0.95
    assert maps[0].mean() > maps[10].mean() > maps[20].mean() > maps[30].mean()


def test_what_is_hidden_in_the_keyframe_is_not_sure():
    pictures, _ = square_moving(20)
    found = moving(pictures, (0,))[0][19].own().confidence
    assert np.median(found[32:68, 12:47]) < 0.6  # the ground that the square bares
    assert np.median(found[:16]) > 0.95


def test_colours_stay_sharp():
    frames, truth = moving(pan(31, 1.5), (0,))
    before, after = (
        np.abs(np.diff(each[4:-4, 4:70], axis=1)).mean() for each in (truth[30], frames[30].own().picture[..., 1:3])
    )
    assert after > 0.85 * before


def test_frames_before_a_keyframe_take_its_colours():
    frames, truth = moving(pan(21, 2), (20,))
    assert np.median(errors(frames[0], truth[0])[3:-3, 43:-3]) < 4


def test_only_frames_within_reach_take_the_colours_of_a_later_keyframe():
    frames, _ = moving(pan(1, 1) * 61, (60,))
    assert not frames[0].lent
    assert 0 < frames[13].own().picture[..., 3].mean() < frames[40].own().picture[..., 3].mean()


@pytest.mark.parametrize("gain", [lambda number: 1 - 0.02 * number, lambda number: 1 - 0.4 * (number > 10)])
def test_exposure_changes_chroma_as_it_changes_that_of_the_film(gain):
    pictures = [each * np.float32(gain(number)) for number, each in enumerate(pan(21, 2))]
    frames, truth = moving(pictures, (0,))
    ((picture, _),) = frames[20].lent
    seen = picture[..., 3] > 0.8
    assert np.median(errors(frames[20], truth[20])[3:-3, 3:-43]) < 4
    chroma, true = (np.abs(each[seen]).mean() for each in (frames[20].own().picture[..., 1:3], truth[20]))
    assert chroma == pytest.approx(true, rel=0.1)


def test_between_two_keyframes_the_nearer_one_counts_more():
    frames, _ = moving(pan(11, 1), (0, 10), chroma=lambda number: np.full((*SIZE, 2), 3.0 * number, np.float32))
    found = [np.median(each.own().picture[..., 1:3]) for each in frames]
    np.testing.assert_allclose(found, 3.0 * np.arange(11), atol=5)
    assert (np.diff(found) > 0.8).all()


def square_moving(count):
    """Return pictures of a square that moves, and where it is in each."""
    ground, square = photograph(size=SIZE), photograph("chelsea", 50, 100, (40, 40))
    pictures, places = [ground.copy() for _ in range(count)], []
    for number, each in enumerate(pictures):
        places.append(np.s_[30:70, 10 + 3 * number : 50 + 3 * number])
        each[places[-1]] = square
    return pictures, places


def test_colours_do_not_bleed_over_the_edges_of_a_square_that_moves():
    pictures, places = square_moving(20)
    marks = [np.tile(np.float32([0, 40]), (*SIZE, 1)) for _ in places]
    for place, mark in zip(places, marks, strict=True):
        mark[place] = [40, 0]
    frames, truth = moving(pictures, (0,), chroma=marks.__getitem__)
    found = frames[19].own().picture[..., 1:3]
    inside = truth[19][..., 0] > 0
    assert np.mean(found[~inside][:, 0] > 2) < 0.01
    assert np.mean(found[inside][:, 1] > 2) < 0.02
    far = np.s_[[*range(16), *range(88, SIZE[0])]]
    assert np.mean(errors(frames[19], truth[19])[far] > 4) < 0.01
    bare = np.s_[32:68, 12:47]  # the ground that the keyframe does not show
    assert np.median(np.abs(found[bare] - WRONG)) < 5


def test_what_was_hidden_comes_back():
    ground = photograph(size=SIZE)
    hidden = np.roll(photograph("chelsea", 50, 100, SIZE), 7, axis=0)
    frames, truth = moving([ground, *[hidden] * 6, ground], (0,))
    assert np.median(errors(frames[4], truth[0])) > 20
    assert np.median(errors(frames[7], truth[0])) < 4


def test_a_pixel_without_confidence_has_no_weight():
    picture = pan(1, 1)[0]
    chroma, luma = lab_picture(picture)[..., 1:], np.ascontiguousarray(grey_from_srgb(picture)[..., 0])
    confidence = np.ones(SIZE, np.float32)
    confidence[:, :9] = 0
    fresh = Fresh(luma, Colors(np.zeros_like(chroma), confidence), Colors(chroma, np.ones_like(confidence)))
    (frame,) = moving_frames(iter([fresh]), (0,))
    assert not frame.own().picture[:, :9, 1:].any()
