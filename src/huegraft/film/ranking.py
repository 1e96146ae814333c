"""Ranking: which pictures suit a shot that has no keyframes."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from huegraft.compiled.color import lab_picture
from huegraft.errors import FilmError, PictureFileError
from huegraft.film.shot_list import Ranking
from huegraft.film.shot_work import Lender, ShotWork
from huegraft.film.solver import Solver
from huegraft.io.image import read_picture
from huegraft.records import Encoded
from huegraft.request import Request
from huegraft.session import Session
from huegraft.settings import Settings
from huegraft.shapes import Float32
from huegraft.suggestion import suggest
from huegraft.types import FloatPicture

STRANGER = 0.5
"""A note says that a fit is below this value."""
_PLACES = (1 / 6, 1 / 2, 5 / 6)  # of a shot, where its frames are compared with the references
_FIRST_FRAMES = 96  # of a shot with few entry points: decoding to its end would take as long as colouring it
_ALIKE = 1.0  # in log odds: fits that differ by less tell nothing
_DISAGREEING = 8.0  # of a* and b*, the mean over the frame
_SURE = 0.98  # fits above tell nothing: a frame of the film fits by 0.9999 and by 0.999999


@dataclass(frozen=True)
class Ranked:
    """A picture and how it suits a shot.

    Attributes
    ----------
    id
        The id of the reference, or any name of a picture.
    fit
        How likely the picture shows a scene like the shot's, in [0, 1]: the mean over some frames (decision 013).
    """

    id: str
    fit: float


class Ranker:
    """Ranks pictures for shots. Each picture is encoded once.

    Parameters
    ----------
    pictures
        The files of the pictures, by their ids.
    session
        The session that encodes and compares.
    """

    def __init__(self, pictures: Mapping[str, Path], session: Session) -> None:
        self._pictures, self._session = dict(pictures), session
        self._encoded: dict[tuple[str, Settings], Encoded] = {}

    def leave_out_unreadable(self, work: ShotWork, told: Callable[[str], None]) -> None:
        """Leave out pictures that cannot be read, and tell why. Those that can be are encoded as for a shot.

        Raises
        ------
        FilmError
            If none can be read.
        """
        for name in list(self._pictures):
            try:
                self._reference(name, work)
            except PictureFileError as error:
                del self._pictures[name]
                told(f"{error}; left out")
        if not self._pictures:
            raise FilmError("none of the pictures can be read")

    def ranked(self, work: ShotWork) -> list[Ranked]:
        """Return the pictures in the order in which they suit a shot, the best first."""
        return self._ranked(work, _frames(work, self._session, len(_PLACES)))

    def ranking(self, work: ShotWork) -> Ranking:
        """Return what a shot takes: the best picture, and those that suit it as well and agree with the best one.

        Parameters
        ----------
        work
            The shot. Its references do not count.
        """
        frames = _frames(work, self._session, len(_PLACES) if len(self._pictures) > 1 else 1)
        best, *others = self._ranked(work, frames)
        alike = [each for each in others if _odds(best.fit) - _odds(each.fit) < _ALIKE]
        used, disagreeing = [best.id], list[str]()
        if alike:
            frame = frames[len(frames) // 2]
            wanted = self._chroma(frame, best.id, work)
            for each in alike:
                apart = np.linalg.norm(self._chroma(frame, each.id, work) - wanted, axis=2).mean()
                (disagreeing if apart > _DISAGREEING else used).append(each.id)
        fits = {each.id: round(each.fit, 4) for each in (best, *others)}
        return Ranking(ranking_key(work, self._pictures), fits, tuple(used), tuple(disagreeing))

    def _ranked(self, work: ShotWork, frames: list[FloatPicture]) -> list[Ranked]:
        pictures = [self._reference(name, work) for name in self._pictures]
        fits = np.zeros(len(pictures))
        for frame in frames:
            shown = self._session.encode(frame, work.settings, work.mode)
            for each in suggest(shown, pictures, work.settings, mode=work.mode, session=self._session):
                fits[each.index] += each.fit / len(frames)
        ranked = [Ranked(name, float(fit)) for name, fit in zip(self._pictures, fits, strict=True)]
        return sorted(ranked, key=lambda each: -each.fit)

    def _reference(self, name: str, work: ShotWork) -> Encoded:
        key = name, work.settings
        if key not in self._encoded:
            self._encoded[key] = self._session.encode(read_picture(self._pictures[name]), work.settings, work.mode)
        return self._encoded[key]

    def _chroma(self, frame: FloatPicture, name: str, work: ShotWork) -> Float32[np.ndarray, "h w 2"]:
        """Return a*, b* of a frame in the colours of one picture."""
        request = Request(work.mode, frame, (self._reference(name, work),), work.settings)
        return lab_picture(self._session.run(request).image)[..., 1:]


def ranking_key(work: ShotWork, pictures: Mapping[str, Path]) -> str:
    """Return what a ranking is known by: the frames that are compared, the pictures and what matching depends on."""
    compared = [*_numbers(work), *pictures]
    lenders = tuple(Lender(path) for path in pictures.values())
    content = [compared, ShotWork(work.source, work.start, work.stop, work.mode, work.settings, lenders).key]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def _frames(work: ShotWork, session: Session, most: int) -> list[FloatPicture]:
    """Return what the method sees of some frames of a shot."""
    solver, numbers = Solver(work, session), _numbers(work)[:most]
    if work.source.index.keys[numbers].all():
        return [solver.seen(next(work.source.frames(number, number + 1))) for number in numbers]
    run = enumerate(work.source.frames(numbers[0], numbers[-1] + 1), start=numbers[0])
    return [solver.seen(planes) for number, planes in run if number in numbers]


def _numbers(work: ShotWork) -> list[int]:
    """Return the numbers of frames that stand for a shot: entry points all over it, or some of its first frames."""
    entries = work.source.index.entries
    entries = entries[(entries > work.start) & (entries < work.stop)]
    length = work.stop - work.start
    if len(entries) >= len(_PLACES):
        wanted = [work.start + place * length for place in _PLACES]
        return sorted({int(entries[np.abs(entries - each).argmin()]) for each in wanted})
    return sorted({work.start + int(place * min(length, _FIRST_FRAMES)) for place in _PLACES})


def _odds(fit: float) -> float:
    inside = min(max(fit, 1 - _SURE), _SURE)
    return math.log(inside / (1 - inside))
