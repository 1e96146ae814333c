"""Steady grade: one grade for a shot of a recoloured film, as a colourist gives it (decision 028).

The grade of a single frame brings the frame to the colours of the references, whatever light the frame has. Grades of
many frames would therefore take out what truly changes in a shot, and would move with the grain. One grade leaves every
change of the shot in it. Keyframes change the grade, since they say how their frames shall look.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from huegraft.compiled.grade import FlatGrade
from huegraft.film.grade_track import GradeTrack
from huegraft.film.planes import Planes
from huegraft.film.shot_work import ShotWork
from huegraft.film.solver import Solver
from huegraft.film.sureness import some_frames
from huegraft.look import GradedLayer, Look, Warm
from huegraft.settings import Settings
from huegraft.shapes import Int64
from huegraft.types import FloatPicture

MOST_LOOKED_AT = 9
"""How many frames of a shot are looked at, beside keyframes."""
_FITS = (0.5, 0.9)  # references of these fits show another scene, and the scene itself
_ALIKE = 0.003  # a difference of mean confidences that says nothing


def own_grades(solver: Solver, progress: Callable[[int], None]) -> GradeTrack:
    """Return the grades of all frames of a shot, each found as that of a still picture."""
    looks: list[Look] = []
    for number, frame in enumerate(solver.frames()):
        looks.append(solver.solve(solver.seen(frame), solver.work.start + number, None))
        progress(number + 1)
    means = [float(look.confidence.mean()) for look in looks]
    return GradeTrack.of(range(len(looks)), means, [_layer(look).grade for look in looks])


def steady_grades(solver: Solver, progress: Callable[[int], None]) -> GradeTrack:
    """Return the grade of a shot, which moves between keyframes alone.

    Frames that references belong to have grades of their own, and between them the numbers of the grade are
    interpolated. Without such frames up to nine frames are matched once. The frame whose colours are the surest shows
    best what the references show, so its grade is that of the shot. Of several frames that are about as sure, the
    middle one counts.

    Parameters
    ----------
    solver
        Solves frames of the shot.
    progress
        A function that is called with the number of frames that are done.
    """
    begun = solver.begun()
    warm = None if begun is None else _handed_on(begun)
    graded = _graded(solver, enumerate(solver.frames()), warm, progress)
    knots = list(graded.confidence)
    grades = {number: _placeless(look) for number, look in graded.looks.items()}
    return GradeTrack.of(knots, [*graded.confidence.values()], _at(knots, grades))


class _Graded(NamedTuple):
    """The looks of the frames of a shot that decide its grade, and the mean confidences of all that are looked at."""

    looks: dict[int, Look]
    confidence: dict[int, float]


def _graded(
    solver: Solver, frames: Iterable[tuple[int, Planes]], warm: Warm | None, progress: Callable[[int], None]
) -> _Graded:
    """Return what decides the grade of a shot. Frames are given with their numbers, counted from the shot's first."""
    work, settings = solver.work, solver.settings
    looks: dict[int, Look] = {}
    pictures: dict[int, tuple[FloatPicture, float]] = {}
    confidence: dict[int, float] = {}
    looked_at = set(_looked_at(work).tolist())

    def solved(number: int, picture: FloatPicture, chosen: Settings) -> Look:
        solver.settings = chosen
        return solver.solve(picture, work.start + number, warm)

    for number, frame in frames:
        if work.is_keyframe(number):
            look = solved(number, solver.seen(frame), _of_shots(settings, 1))
            looks[number], confidence[number] = look, float(look.confidence.mean())
        elif number in looked_at:
            picture = solver.seen(frame)
            look = solved(number, picture, _of_shots(settings, 0).replace(rounds=1, contrast=0.0))
            pictures[number] = picture, look.fit
            confidence[number] = float(look.confidence.mean())
        progress(number + 1)
    if not looks:
        surest = _surest(confidence)
        picture, fit = pictures[surest]
        looks[surest] = solved(surest, picture, _of_shots(settings, fit))
    return _Graded(looks, confidence)


def _handed_on(solver: Solver) -> Warm:
    """Return what the frame that decides the grade of a shot hands on. Of keyframes it is the surest one."""
    start = solver.work.start
    numbers = sorted({*_looked_at(solver.work).tolist(), *solver.work.keyframes})
    frames = some_frames(solver.work.source, [start + number for number in numbers])
    looks, confidence = _graded(solver, ((number - start, frame) for number, frame in frames), None, lambda _: None)
    return looks[max(looks, key=confidence.__getitem__)].warm


def _of_shots(settings: Settings, fit: float) -> Settings:
    """Return settings for a grade that is the same at all places, since what a shot shows moves through them.

    Where the references show the scene itself, displacements by colour are narrower in return, and need less evidence.
    Those of other scenes stay wide: narrow ones would show steps in skies.
    """
    share, grade = float(np.interp(fit, _FITS, (0, 1))), settings.grade
    return settings.replace(
        local_evidence=1e9,
        color_width=(1 - 3 / 8 * share) * grade.color_width,
        color_evidence=(1 - 3 / 4 * share) * grade.color_evidence,
    )


def _looked_at(work: ShotWork) -> Int64[np.ndarray, " k"]:
    """Return frames evenly over a shot, with its ends and its middle, counted from its first frame."""
    last = work.stop - work.start - 1
    count = min(MOST_LOOKED_AT, 2 * -(-last // (2 * work.spacing)) + 1)
    return np.unique(np.rint(np.linspace(0, last, count)).astype(np.int64))


def _surest(confidence: dict[int, float]) -> int:
    """Return the middle one of the frames that are about as sure as the surest one."""
    least = max(confidence.values()) - _ALIKE
    sure = [number for number, each in confidence.items() if each >= least]
    return sure[len(sure) // 2]


def _at(numbers: Sequence[int], grades: dict[int, FlatGrade]) -> list[FlatGrade]:
    """Return the grades of frames between frames whose grades are known. Before and after them nothing changes."""
    known = sorted(grades)
    ends = {numbers[0]: grades[known[0]], numbers[-1]: grades[known[-1]]} | grades
    track = GradeTrack.of(sorted(ends), [0.0] * len(ends), [ends[number] for number in sorted(ends)])
    return [track[number] for number in numbers]


def _placeless(look: Look) -> FlatGrade:
    """Return the grade of a look without its displacements by place, which are nothing."""
    return dataclasses.replace(_layer(look).grade, by_place=np.zeros((1, 1, 1, 4), np.float32))


def _layer(look: Look) -> GradedLayer:
    layer = look.layers[0]
    assert isinstance(layer, GradedLayer)  # noqa: S101 - a transfer without masks has one graded layer
    return layer
