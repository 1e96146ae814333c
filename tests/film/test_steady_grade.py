from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
from skimage import data

import huegraft
from huegraft.color import lab_from_srgb, linear_from_srgb, srgb_from_linear
from huegraft.compiled.grade import apply_grade
from huegraft.film.compute import seconds_a_frame
from huegraft.film.grade_track import GradeTrack
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading
from huegraft.film.render import grades_of
from huegraft.film.shot_work import Lender, ShotWork
from huegraft.film.solver import Solver
from huegraft.film.steady_grade import own_grades, steady_grades
from huegraft.session import Session
from huegraft.settings import preset

SIZE = (72, 96)
SETTINGS = preset("best").replace(working_pixels=SIZE[0] * SIZE[1])


@dataclass(frozen=True)
class Frames:
    """What a shot's work takes its frames from."""

    pictures: list[np.ndarray]
    reading: Reading = field(default_factory=lambda: Reading("rgb", "pc"))
    index: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(entries=np.array([0])))

    def frames(self, start, stop):
        for picture in self.pictures[start:stop]:
            codes = np.rint(picture.clip(0, 1) * 65535).astype(np.uint16)
            planes = tuple(np.ascontiguousarray(codes[..., channel]) for channel in range(3))
            yield Planes(PlaneFormat("rgb", 16), planes)


def photograph(name):
    return np.ascontiguousarray(getattr(data, name)()[::3, ::3] / np.float32(255), np.float32)


def scene(left=0, name="coffee"):
    return np.ascontiguousarray(photograph(name)[20 : 20 + SIZE[0], left : left + SIZE[1]])


def true_grade(picture):
    """Return a picture under a grade that is known: warmer, darker and with less contrast."""
    return (0.05 + 0.8 * picture * np.array([1.0, 0.9, 0.75], np.float32)).astype(np.float32)


def lit(picture, gain):
    return srgb_from_linear((linear_from_srgb(picture.astype(np.float64)) * gain).clip(0, 1)).astype(np.float32)


def grainy(picture, rng):
    return (picture + 0.02 * rng.standard_normal(picture.shape, np.float32)).clip(0, 1)


@pytest.fixture
def track_of(tmp_path):
    def track(pictures, references, steady="motion", threads=1, **changes):
        lenders = []
        for number, (frame, picture) in enumerate(references):
            lenders.append(Lender(tmp_path / f"{number}.png", frame))
            huegraft.write_picture(lenders[-1].path, picture, replace=True)
        settings = SETTINGS.replace(**changes)
        work = ShotWork(Frames(pictures), 0, len(pictures), "transfer", settings, tuple(lenders), steady=steady)
        done = []
        with Session(threads=threads) as session:
            found = (steady_grades if steady == "motion" else own_grades)(Solver(work, session), done.append)
        assert done == list(range(1, len(pictures) + 1))
        return found

    return track


def graded(track, number, picture):
    return apply_grade(track[number], picture)[0].clip(0, 1)


def error(track, number, picture):
    apart = lab_from_srgb(graded(track, number, picture)) - lab_from_srgb(true_grade(picture))
    return float(np.linalg.norm(apart, axis=-1).mean())


def test_grain_does_not_move_the_grade(rng, track_of):
    pictures = [grainy(scene(), rng) for _ in range(17)]
    reference = [(None, true_grade(scene()))]
    track = track_of(pictures, reference)
    assert track.constant
    assert len(track) == 17
    own = track_of(pictures[:3], reference, "none")
    assert not own.constant
    assert error(track, 16, scene()) < 1.05 * np.mean([error(own, each, scene()) for each in range(3)])


def test_the_grade_is_the_same_at_each_place(track_of):
    track = track_of([scene()] * 2, [(None, true_grade(scene()))])
    assert track[0].by_place.shape == (1, 1, 1, 4)
    assert not track[0].by_place.any()


def test_changes_of_light_come_out(rng, track_of):
    pictures = [grainy(lit(scene(), 2.0**stops), rng) for stops in np.linspace(-0.4, 0.4, 17)]
    track = track_of(pictures, [(None, true_grade(pictures[8]))])
    lightness = [lab_from_srgb(graded(track, number, pictures[number]))[..., 0].mean() for number in (0, 16)]
    due = [lab_from_srgb(true_grade(pictures[number]))[..., 0].mean() for number in (0, 16)]
    assert np.diff(lightness) > 0.9 * np.diff(due)


def test_the_frame_that_a_reference_shows_best_decides(track_of):
    both = np.concatenate([photograph("coffee")[20:92, :96], photograph("chelsea")[20:92, :96]], axis=1)
    pictures = [np.ascontiguousarray(both[:, 6 * number : 6 * number + SIZE[1]]) for number in range(17)]
    for shown in (0, 16):
        track = track_of(pictures, [(None, true_grade(pictures[shown]))])
        own = track_of([pictures[0], pictures[16]], [(None, true_grade(pictures[shown]))], "none")
        assert error(track, 16 - shown, pictures[16 - shown]) < 0.6 * error(own, 1 - shown // 16, pictures[16 - shown])
        assert track.confidence[list(track.knots).index(shown)] == track.confidence.max()


def test_a_shot_begins_with_the_grade_that_another_shot_has(tmp_path):
    both = np.concatenate([photograph("coffee")[20:92, :96], photograph("chelsea")[20:92, :96]], axis=1)
    pictures = [np.ascontiguousarray(both[:, 6 * number : 6 * number + SIZE[1]]) for number in range(17)]
    huegraft.write_picture(tmp_path / "reference.png", true_grade(pictures[16]))
    lenders = (Lender(tmp_path / "reference.png"),)
    source = Frames([*pictures, *[pictures[16]] * 2, *[scene()] * 2])
    works = [
        ShotWork(source, start, stop, "transfer", SETTINGS, lenders, begin=begin)  # pyright: ignore[reportArgumentType]
        for start, stop, begin in ((0, 17, None), (17, 19, (0, 17)), (19, 21, (0, 17)), (19, 21, None))
    ]
    with Session(threads=1) as session:
        own, one, other, alone = (steady_grades(Solver(work, session), lambda _: None)[0] for work in works)
    for each in (one, other):
        np.testing.assert_allclose(each.matrix, own.matrix, atol=1e-6)
    assert np.abs(alone.matrix - own.matrix).max() > 0.01


def test_keyframes_move_the_grade(track_of):
    pictures = [scene()] * 21
    dark = [(4, true_grade(scene())), (12, 0.8 * true_grade(scene()))]
    track = track_of(pictures, dark)
    means = [graded(track, number, scene()).mean() for number in range(21)]
    assert not track.constant
    assert np.ptp(means[:5]) == 0
    assert np.ptp(means[12:]) == 0
    assert (np.diff(means[4:13]) < 0).all()
    assert abs(means[0] - true_grade(scene()).mean()) < 0.02
    assert abs(means[20] - 0.8 * true_grade(scene()).mean()) < 0.02


def test_few_frames_of_a_long_shot_are_solved(monkeypatch):
    solved = []

    class Counting:
        settings = SETTINGS
        work = SimpleNamespace(start=100, stop=1300, spacing=8, is_keyframe=lambda _: False)

        def begun(self):
            return None

        def frames(self):
            return iter(range(1200))

        def seen(self, frame):
            return frame

        def solve(self, picture, number, _):
            assert number == 100 + picture
            solved.append(self.settings.grade.rounds)
            confidence = np.full((2, 2), 0.9 - abs(picture - 600) / 1e4, np.float32)
            return SimpleNamespace(confidence=confidence, number=picture, fit=0.7)

    monkeypatch.setattr("huegraft.film.steady_grade._placeless", lambda look: look.number)
    monkeypatch.setattr("huegraft.film.steady_grade._at", lambda _, grades: grades)
    monkeypatch.setattr("huegraft.film.steady_grade.GradeTrack", SimpleNamespace(of=lambda *given: given))
    knots, confidence, grades = steady_grades(Counting(), lambda _: None)
    assert solved == [1] * 9 + [SETTINGS.grade.rounds]
    assert (knots[0], knots[-1], len(confidence)) == (0, 1199, 9)
    assert abs(grades.popitem()[0] - 600) < 5


@pytest.mark.parametrize("count", [1, 2, 9, 10])
def test_any_number_of_frames(track_of, count):
    track = track_of([scene()] * count, [(None, true_grade(scene()))])
    assert len(track) == count
    assert track.constant


def test_frames_by_themselves_are_graded_as_stills(track_of):
    pictures, reference = [scene(), scene(30)], true_grade(scene())
    track = track_of(pictures, [(None, reference)], "none")
    for number, picture in enumerate(pictures):
        exact = np.rint(picture * 65535).astype(np.float32) / 65535
        result = huegraft.transfer(exact, np.rint(reference * 255) / np.float32(255), SETTINGS)
        np.testing.assert_allclose(graded(track, number, exact), result.image, atol=1e-4)


def test_the_same_grade_for_any_number_of_threads(track_of):
    pictures = [scene(3 * number) for number in range(9)]
    one, two = (track_of(pictures, [(None, true_grade(scene()))], threads=threads) for threads in (1, 2))
    for name, values in one.grades.items():
        np.testing.assert_array_equal(values, two.grades[name])


@pytest.mark.parametrize("changes", [{}, {"strength": 0.5}, {"lightness": 0.0}])
def test_a_table_of_the_grade_is_near_the_grade(track_of, changes):
    track, settings = track_of([scene()] * 2, [(None, true_grade(scene()))]), SETTINGS.replace(**changes)
    two_places = {"by_place": np.zeros((2, 1, 1, 2, 4), np.float32)}  # they keep the table away
    exact = GradeTrack(track.knots, track.confidence, {**track.grades, **two_places})
    table, direct = (grades_of(each, settings)(0)(scene()) for each in (track, exact))
    apart = np.linalg.norm(lab_from_srgb(table) - lab_from_srgb(direct), axis=-1)
    assert apart.mean() < 0.2


def test_seconds_do_not_grow_with_a_long_shot(tmp_path):
    huegraft.write_picture(tmp_path / "r.png", true_grade(scene()))
    seconds = []
    for count in (65, 650):
        work = ShotWork(Frames([scene()] * 65), 0, count, "transfer", SETTINGS, (Lender(tmp_path / "r.png"),))
        with Session(threads=1) as session:
            seconds.append(seconds_a_frame(work, session))
    assert 0 < seconds[1] < 0.5 * seconds[0]
