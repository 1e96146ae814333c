"""Compute: the colours of a shot, frame by frame, into its track."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from huegraft.film.chroma_track import Colors, write_chroma_track
from huegraft.film.grade_track import GradeTrack, write_grade_track
from huegraft.film.shot_work import ShotWork
from huegraft.film.solver import Solver
from huegraft.film.steady import steady_colors
from huegraft.film.steady_grade import MOST_LOOKED_AT, own_grades, steady_grades
from huegraft.film.tracked import Fresh, tracked_colors
from huegraft.session import Session

Progress = Callable[[int], None]


def compute_track(work: ShotWork, path: Path, session: Session, progress: Progress = lambda _: None) -> None:
    """Compute the colours of a shot and write them as its track, whole or not at all.

    Parameters
    ----------
    work
        The shot.
    path
        The file to write.
    session
        The session that solves the frames.
    progress
        A function that is called with the number of frames that are done.

    Raises
    ------
    FilmError
        If frames cannot be read or the track cannot be written.
    HuegraftError
        As :meth:`huegraft.Session.solve`.
    """
    solver = Solver(work, session)
    if work.mode == "colorize":
        write_chroma_track(path, shot_colors(solver, progress))
    else:
        write_grade_track(path, _grades(solver, progress))


def seconds_a_frame(work: ShotWork, session: Session) -> float:
    """Return about how many seconds of one thread's work a frame of a shot takes, by trying some."""
    spans = 2 if work.mode == "colorize" or work.steady == "none" else MOST_LOOKED_AT - 1
    few = replace(work, stop=min(work.stop, work.start + spans * work.spacing + 1))
    solver, ended = Solver(few, session), [time.perf_counter()]
    if work.mode == "colorize":
        for _ in shot_colors(solver, lambda _: ended.append(time.perf_counter())):
            pass
    else:
        _grades(solver, lambda _: ended.append(time.perf_counter()))
        if work.steady == "motion":  # a long shot takes no more than this
            return (time.perf_counter() - ended[0]) / (work.stop - work.start)
    after_first = ended[1] if len(ended) > 2 else ended[0]  # the first frame takes longer than others
    return (time.perf_counter() - after_first) / max(1, len(ended) - 2)


def shot_colors(solver: Solver, progress: Progress = lambda _: None) -> Iterator[Colors]:
    """Yield the colours of each frame of a shot that is colourised, as its track holds them."""
    fresh = _counted(tracked_colors(solver), progress)
    if solver.work.steady == "motion":
        return steady_colors(fresh, solver.work.keyframes)
    return (each.colors for each in fresh)


def _counted(frames: Iterator[Fresh], progress: Progress) -> Iterator[Fresh]:
    for number, each in enumerate(frames, start=1):
        yield each
        progress(number)


def _grades(solver: Solver, progress: Progress) -> GradeTrack:
    return (steady_grades if solver.work.steady == "motion" else own_grades)(solver, progress)
