"""Designs: the ways to colour a shot that an evaluation compares."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from huegraft.film.chroma_track import Colors
from huegraft.film.compute import compute_track, shot_colors
from huegraft.film.grade_track import GradeTrack, read_grade_track
from huegraft.film.render import Grade, grades_of
from huegraft.film.shot_work import ShotWork
from huegraft.film.solver import Solver
from huegraft.film.tracked import tracked_colors
from huegraft.film.ycbcr import picture_of
from huegraft.look import GradedLayer
from huegraft.session import Session
from huegraft.settings import Mode
from huegraft.types import FloatPicture

Coloring = Callable[[ShotWork, Session], Iterator[Colors]]
Grading = Callable[[ShotWork, Session], Iterator[FloatPicture]]
ALONE, FIXED = "frame by frame", "fixed LUT"
BASELINES: Mapping[Mode, tuple[str, ...]] = {"colorize": (ALONE,), "transfer": (ALONE, FIXED)}
"""The designs that the others are compared with."""


def alone(work: ShotWork, session: Session) -> Iterator[Colors]:
    """Yield the colours of every frame solved alone: what `--steady none` gives."""
    return shot_colors(Solver(replace(work, steady="none"), session))


def tracked(work: ShotWork, session: Session) -> Iterator[Colors]:
    """Yield the colours of superpixels that are tracked, without the average along the motion."""
    return (each.colors for each in tracked_colors(Solver(work, session)))


def product(work: ShotWork, session: Session) -> Iterator[Colors]:
    """Yield the colours of a film as `huegraft colorize` makes them."""
    return shot_colors(Solver(work, session))


def graded_alone(work: ShotWork, session: Session) -> Iterator[FloatPicture]:
    """Yield the frames of a transfer, each under a grade of its own: what `--steady none` gives."""
    return graded_by_track(replace(work, steady="none"), session)


def graded_by_track(work: ShotWork, session: Session) -> Iterator[FloatPicture]:
    """Yield the frames of a transfer as `huegraft transfer` makes them."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "track"
        compute_track(work, path, session)
        grade_of = grades_of(read_grade_track(path), work.settings)
    for number, planes in enumerate(work.source.frames(work.start, work.stop)):
        yield _shown(grade_of(number), picture_of(planes, work.source.reading))


def fixed_lut(work: ShotWork, session: Session) -> Iterator[FloatPicture]:
    """Yield the frames of a transfer, all under the grade of the first one."""
    solver = Solver(work, session)
    grade: Grade | None = None
    for planes in solver.frames():
        grade = grade or _grade(solver, solver.seen(planes), work.start)
        yield _shown(grade, picture_of(planes, work.source.reading))


COLORINGS: Mapping[str, Coloring] = {ALONE: alone, "tracked": tracked, "motion": product}
"""The designs of colourisation, by their names."""

GRADINGS: Mapping[str, Grading] = {ALONE: graded_alone, "grade track": graded_by_track, FIXED: fixed_lut}
"""The designs of transfer, by their names."""


def designs_of(mode: Mode) -> Mapping[str, Coloring] | Mapping[str, Grading]:
    """Return the designs of a mode."""
    return COLORINGS if mode == "colorize" else GRADINGS


def _grade(solver: Solver, seen: FloatPicture, number: int) -> Grade:
    layer = solver.solve(seen, number, None).layers[0]
    assert isinstance(layer, GradedLayer)  # noqa: S101 - a transfer without masks has one graded layer
    return grades_of(GradeTrack.of([0], [1.0], [layer.grade]), solver.work.settings)(0)


def _shown(grade: Grade, picture: FloatPicture) -> FloatPicture:
    return np.asarray(grade(picture), np.float32).clip(0, 1)
