from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from skimage import data, io

from huegraft.color import grey_from_srgb
from huegraft.compiled.color import lab_picture
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading
from huegraft.film.shot_work import Lender, ShotWork
from huegraft.film.solver import Solver
from huegraft.film.tracked import tracked_colors
from huegraft.session import Session
from huegraft.settings import preset

SIZE = (90, 120)
SETTINGS = preset("best").replace(working_pixels=SIZE[0] * SIZE[1])


@dataclass(frozen=True)
class Pan:
    """Grey frames of a pan over a photograph, with black bars at the sides where they are asked for."""

    reading: Reading = field(default_factory=lambda: Reading("bt709", "pc"))
    bars: int = 0
    speed: int = 2

    def frames(self, start, stop):
        for number in range(start, stop):
            left = self.speed * number
            grey = grey_from_srgb(scene()[20 : 20 + SIZE[0], left : left + SIZE[1]])[..., 0]
            if self.bars:
                grey[:, : self.bars] = grey[:, -self.bars :] = 0
            yield Planes(PlaneFormat("grey", 8), (np.rint(grey * 255).astype(np.uint8),))


def scene():
    return np.ascontiguousarray(data.coffee()[::2, ::2] / np.float32(255), np.float32)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    path = tmp_path_factory.mktemp("reference") / "reference.png"
    io.imsave(path, np.rint(scene()[20 : 20 + SIZE[0], 10 : 10 + SIZE[1]] * 255).astype(np.uint8))
    return Path(path)


def colors_of(reference, source, frames=8, spacing=None, monkeypatch=None, **changes):
    if spacing:
        monkeypatch.setattr("huegraft.film.shot_work._SPACING", {"colorize": spacing})
    work = ShotWork(source, 0, frames, "colorize", SETTINGS.replace(**changes), (Lender(reference),))
    with Session(threads=1) as session:
        return [each.colors for each in tracked_colors(Solver(work, session))]


def test_frames_between_knots_are_near_those_that_are_solved(reference, monkeypatch):
    tracked = colors_of(reference, Pan())
    solved = colors_of(reference, Pan(), spacing=1, monkeypatch=monkeypatch)
    assert len(tracked) == len(solved) == 8
    apart = [np.abs(one.chroma - other.chroma).mean() for one, other in zip(tracked, solved, strict=True)]
    chroma = np.mean([np.abs(each.chroma).mean() for each in solved])
    assert apart[0] == 0  # the first knot is solved alike
    assert max(apart) < 0.1 * chroma
    assert (
        max(np.abs(one.confidence - other.confidence).mean() for one, other in zip(tracked, solved, strict=True)) < 0.05
    )


def test_superpixels_keep_to_what_they_show_in_a_fast_pan(reference, monkeypatch):
    tracked = colors_of(reference, Pan(speed=12), 9)
    solved = colors_of(reference, Pan(speed=12), 9, spacing=1, monkeypatch=monkeypatch)
    apart = np.mean([np.abs(one.chroma - other.chroma).mean() for one, other in zip(tracked, solved, strict=True)])
    monkeypatch.undo()
    monkeypatch.setattr("huegraft.film.tracked.moved", lambda centres, *_: centres)
    left_behind = colors_of(reference, Pan(speed=12), 9)
    other = np.mean([np.abs(one.chroma - each.chroma).mean() for one, each in zip(left_behind, solved, strict=True)])
    assert apart < 0.7 * other


@pytest.mark.parametrize("frames", [1, 2, 5, 6])
def test_every_frame_has_colours(reference, frames):
    assert len(colors_of(reference, Pan(), frames)) == frames


def test_frames_that_are_solved_alone_do_not_depend_on_others(reference):
    work = ShotWork(Pan(), 0, 6, "colorize", SETTINGS, (Lender(reference),), steady="none")
    with Session(threads=1) as session:
        whole, part = (
            [each.colors for each in tracked_colors(Solver(each, session))] for each in (work, replace(work, start=4))
        )
    assert len(whole) == 6
    for one, other in zip(whole[4:], part, strict=True):
        assert np.array_equal(one.chroma, other.chroma)
        assert np.array_equal(one.confidence, other.confidence)


def test_bars_that_only_this_shot_has_stay_neutral(reference):
    for colors in colors_of(reference, Pan(bars=20), 6):
        assert colors.chroma.shape == (*SIZE, 2)
        sides = np.s_[:, [*range(20), *range(-20, 0)]]
        assert not colors.chroma[sides].any()
        assert not colors.confidence[sides].any()
        assert np.abs(colors.chroma[:, 20:-20]).mean() > 3


def test_strength_and_fallback_count(reference):
    whole, half = colors_of(reference, Pan(), 3), colors_of(reference, Pan(), 3, strength=0.5)
    np.testing.assert_allclose(half[1].chroma, whole[1].chroma / 2, atol=1e-5)
    unsure = (
        colors_of(reference, Pan(), 3, fallback="none"),
        colors_of(reference, Pan(), 3, fallback="keep", min_confidence=0.9),
    )
    assert np.abs(unsure[1][1].chroma).mean() < 0.9 * np.abs(unsure[0][1].chroma).mean()


def test_superpixels_that_live_between_knots_take_the_colours_of_the_nearest(reference, monkeypatch):
    cut = Pan()
    pan = list(cut.frames(0, 6))
    pan[2] = Planes(pan[2].format, (pan[2].samples[0][::-1, ::-1].copy(),))  # an odd frame: nothing goes on in it
    monkeypatch.setattr(Pan, "frames", lambda _, start, stop: iter(pan[start:stop]))
    colors = colors_of(reference, cut, 6)
    assert all(np.isfinite(each.chroma).all() for each in colors)
    assert np.abs(colors[2].chroma).mean() > 1


@dataclass(frozen=True)
class Still(Pan):
    """Grey frames of which every one is shown several times."""

    times: int = 3

    def frames(self, start, stop):
        for number in range(start, stop):
            yield from Pan.frames(self, number // self.times, number // self.times + 1)


@pytest.mark.parametrize("times", [3, 20])
def test_frames_that_show_the_same_have_the_same_colours(reference, times):
    for number, (one, other) in enumerate(pairwise(colors_of(reference, Still(times=times), 20))):
        same = (number + 1) % times != 0
        assert np.array_equal(one.chroma, other.chroma) == same
        assert np.array_equal(one.confidence, other.confidence) or not same


def test_keyframes_have_the_colours_of_their_references(reference):
    work = ShotWork(Pan(), 0, 9, "colorize", SETTINGS, (Lender(reference, 5),))
    with Session(threads=1) as session:
        fresh = list(tracked_colors(Solver(work, session)))
    assert [number for number, each in enumerate(fresh) if each.keyframe is not None] == [5]
    true = lab_picture(np.ascontiguousarray(scene()[20 : 20 + SIZE[0], 10 : 10 + SIZE[1]]))[..., 1:]
    assert np.abs(fresh[5].keyframe.chroma - true).mean() < 0.5
    assert fresh[5].keyframe.confidence.mean() > 0.9
