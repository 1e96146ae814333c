import numpy as np
import pytest

from huegraft.film import steady
from huegraft.film.chroma_track import Colors
from huegraft.film.steady import steady_colors
from huegraft.film.tracked import Fresh
from huegraft.threads import set_threads

SIZE = (48, 64)


def scene(rng):
    return np.kron(rng.random((12, 40)), np.ones((4, 4))).astype(np.float32)


def fresh_frames(rng, count, *, chroma=lambda _: 20.0, noise=5.0, keyframes=(), confidence=0.5):
    """Return the frames of a pan by a pixel a frame, and the true chroma at their pixels."""
    picture = scene(rng)
    for number in range(count):
        luma = np.ascontiguousarray(picture[:, number : number + SIZE[1]])
        trembling = 0 if number in keyframes else noise * rng.standard_normal(2)
        values = np.full((*SIZE, 2), chroma(number) + trembling, np.float32)
        keyframe = Colors(values, np.ones(SIZE, np.float32)) if number in keyframes else None
        yield Fresh(luma, Colors(values, np.full(SIZE, confidence, np.float32)), keyframe)


def test_trembling_colours_become_steady(rng):
    fresh = list(fresh_frames(rng, 40))
    result = list(steady_colors(iter(fresh)))
    assert len(result) == 40
    before = np.stack([each.colors.chroma for each in fresh])
    after = np.stack([each.chroma for each in result])
    assert np.abs(after - 20).mean() < 0.5 * np.abs(before - 20).mean()
    assert np.abs(np.diff(after, axis=0)).mean() < 0.15 * np.abs(np.diff(before, axis=0)).mean()
    for new, old in zip(result, fresh, strict=True):
        np.testing.assert_array_equal(new.confidence, old.colors.confidence)


def test_keyframes_count_most(rng):
    fresh = list(fresh_frames(rng, 12, keyframes=(0,), noise=0.0, chroma=lambda number: 60.0 if number else 0.0))
    result = list(steady_colors(iter(fresh), (0,)))
    assert max(each.chroma.mean() for each in result) < 15


def test_frames_that_are_shown_again_have_the_same_colours(rng):
    fresh = list(fresh_frames(rng, 10))
    shown = [each for one in fresh for each in (one, one._replace(again=True), one._replace(again=True))]
    found = list(steady_colors(iter(shown)))
    for each, wanted in zip(found[::3], steady_colors(iter(fresh)), strict=True):
        np.testing.assert_array_equal(each.chroma, wanted.chroma)
    for number, each in enumerate(found):
        np.testing.assert_array_equal(each.chroma, found[number - number % 3].chroma)


def test_slow_changes_stay(rng):
    result = list(steady_colors(fresh_frames(rng, 40, chroma=lambda number: 2.0 * number, noise=0.0)))
    means = np.array([each.chroma.mean() for each in result])
    assert np.diff(means).min() > 0
    assert means[30] - means[10] > 0.6 * 40


def test_a_change_of_light_stays(rng):
    fresh = list(fresh_frames(rng, 20, chroma=lambda number: 0.0 if number < 10 else 30.0, noise=0.0))
    lit = [each if number < 10 else each._replace(luma=each.luma / 3) for number, each in enumerate(fresh)]
    result = list(steady_colors(iter(lit)))
    assert result[10].chroma.mean() - result[9].chroma.mean() > 0.6 * 30


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 17])
def test_any_number_of_frames(rng, monkeypatch, count):
    monkeypatch.setattr(steady, "_AHEAD", 4)
    fresh = list(fresh_frames(rng, count))
    result = list(steady_colors(iter(fresh)))
    assert len(result) == count
    if count == 1:
        np.testing.assert_array_equal(result[0].chroma, fresh[0].colors.chroma)


def test_no_frames():
    assert list(steady_colors(iter(()))) == []


def test_frames_far_ahead_hardly_count(rng, monkeypatch):
    fresh = list(fresh_frames(rng, 50))
    windows = list(steady_colors(iter(fresh)))
    monkeypatch.setattr(steady, "_AHEAD", 50)
    whole = list(steady_colors(iter(fresh)))
    assert max(np.abs(one.chroma - other.chroma).mean() for one, other in zip(windows, whole, strict=True)) < 0.5


@pytest.mark.parametrize(("keyframes", "most"), [((), 33), ((0,), 33), ((80,), 82)])
def test_few_frames_are_held(rng, keyframes, most):
    taken = list[int]()

    def counted():
        for number, each in enumerate(fresh_frames(rng, 90, keyframes=keyframes)):
            taken.append(number)
            yield each

    for number, _ in enumerate(steady_colors(counted(), keyframes), start=1):
        assert len(taken) - number < most


def test_bars_stay_neutral(rng):
    def barred():
        for each in fresh_frames(rng, 9):
            each.luma[:, :6] = 0
            each.colors.chroma[:, :6] = 0
            each.colors.confidence[:, :6] = 0
            yield each

    for each in steady_colors(barred()):
        assert not each.chroma[:, :6].any()
        assert np.abs(each.chroma[:, 8:]).mean() > 5


def test_the_same_bytes_for_any_number_of_threads(rng):
    fresh, found = list(fresh_frames(rng, 12, keyframes=(3, 10))), []
    try:
        for threads in (1, 2):
            set_threads(threads)
            found.append([each.chroma for each in steady_colors(iter(fresh), (3, 10))])
    finally:
        set_threads(None)
    np.testing.assert_array_equal(*found)
