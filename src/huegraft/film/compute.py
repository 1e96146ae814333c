"""Compute: the colours of a shot, frame by frame, into its track."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import numpy as np

from huegraft import __version__
from huegraft.compiled.color import lab_picture
from huegraft.film.chroma_track import Colors, write_chroma_track
from huegraft.film.grade_track import GradeTrack, write_grade_track
from huegraft.film.planes import Planes
from huegraft.film.project import digest_of
from huegraft.film.source import Source
from huegraft.film.ycbcr import small_luma, small_picture
from huegraft.io.image import read_picture
from huegraft.look import FusedLayer, GradedLayer, Look, Warm
from huegraft.request import Request
from huegraft.session import Session
from huegraft.settings import Mode, Settings
from huegraft.shapes import Float32
from huegraft.stages.prepare import working_size
from huegraft.types import FloatPicture

KNOTS_EVERY = 8
"""Frames of a shot from one solved frame to the next in a transfer."""

Progress = Callable[[int], None]


@dataclass(frozen=True)
class ShotWork:
    """What a shot's track is made from. Another process can do the work, because the record holds no pictures.

    Attributes
    ----------
    source
        Where the frames come from.
    start, stop
        The frames of the shot, without the end.
    mode, settings
        What is done to them.
    references : tuple of Path
        The pictures that lend their colours.
    """

    source: Source
    start: int
    stop: int
    mode: Mode
    settings: Settings
    references: tuple[Path, ...]

    @property
    def spacing(self) -> int:
        """From one solved frame to the next."""
        return 1 if self.mode == "colorize" else KNOTS_EVERY

    @property
    def key(self) -> str:
        """What the track is known by: the frames, the references, the weights, the settings and the version."""
        weights = self.settings.features.weights
        content = {
            "version": __version__,
            "mode": self.mode,
            "settings": self.settings.to_dict(),
            "weights": weights and digest_of(Path(weights)),
            "reading": repr(self.source.reading),
            "references": [digest_of(path) for path in self.references],
            "frames": self.source.index.digests[self.start : self.stop].tolist(),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def compute_track(
    work: ShotWork, path: Path, session: Session, *, cancel: Event | None = None, progress: Progress = lambda _: None
) -> None:
    """Compute the colours of a shot and write them as its track, whole or not at all.

    Parameters
    ----------
    work
        The shot.
    path
        The file to write.
    session
        The session that solves the frames.
    cancel
        Once this event is set, the call ends with :class:`huegraft.Cancelled`.
    progress
        A function that is called with the number of frames that are done.

    Raises
    ------
    FilmError
        If frames cannot be read or the track cannot be written.
    HuegraftError
        As :meth:`huegraft.Session.solve`.
    """
    if work.mode == "colorize":
        write_chroma_track(path, _colors(_Solver(work, session, cancel), progress))
    else:
        write_grade_track(path, _grades(_Solver(work, session, cancel), progress))


def seconds_a_frame(work: ShotWork, session: Session) -> float:
    """Return about how many seconds of one thread's work a frame of a shot takes, by trying one."""
    solver = _Solver(work, session, None)
    frame = next(solver.frames())
    solver.solve(solver.seen(frame))
    began = time.perf_counter()
    solver.solve(solver.seen(frame))
    return (time.perf_counter() - began) / work.spacing


class _Solver:
    """Solves the frames of one shot, each beginning where the one before ended."""

    def __init__(self, work: ShotWork, session: Session, cancel: Event | None) -> None:
        self.work, self.session, self.settings, self._cancel = work, session, work.settings, cancel
        self._references: Sequence[object] = [
            session.encode(read_picture(path), self.settings, work.mode, cancel=cancel) for path in work.references
        ]
        self._warm: Warm | None = None

    def frames(self) -> Iterator[Planes]:
        return self.work.source.frames(self.work.start, self.work.stop)

    def seen(self, frame: Planes) -> FloatPicture:
        """Return what the method sees of a frame, at the working size."""
        reading = self.work.source.reading
        content = frame.size if reading.bars is None else reading.bars.size
        size = working_size(*content, self.settings.prepare.working_pixels)
        if self.work.mode == "transfer":
            return small_picture(frame, reading, size)
        return np.repeat(small_luma(frame, reading, size)[..., None], 3, axis=2)

    def solve(self, picture: FloatPicture) -> Look:
        request = Request(self.work.mode, picture, tuple(self._references), self.settings)
        look = self.session.solve(request, warm=self._warm, cancel=self._cancel)
        self._warm = look.warm
        return look


def _colors(solver: _Solver, progress: Progress) -> Iterator[Colors]:
    for number, frame in enumerate(solver.frames(), start=1):
        picture = solver.seen(frame)
        look = solver.solve(picture)
        yield Colors(_chroma(solver, look, picture), look.confidence)
        progress(number)


def _chroma(solver: _Solver, look: Look, picture: FloatPicture) -> Float32[np.ndarray, "h w 2"]:
    """Return a*, b* of a frame at the working size, with what the settings of finishing make of them."""
    layer, finish = look.layers[0], look.settings.finish
    if isinstance(layer, FusedLayer) and layer.chroma is not None and finish.fallback == "none":
        return layer.chroma * np.float32(finish.strength)  # the painter sees to the gamut of the film
    return lab_picture(solver.session.render(look, picture).image)[..., 1:]


def _grades(solver: _Solver, progress: Progress) -> GradeTrack:
    """Return the grades at the knots. The first frame decides for the whole shot whether contrast is given back."""
    last = solver.work.stop - solver.work.start - 1
    knots: list[int] = []
    looks: list[Look] = []
    for number, frame in enumerate(solver.frames()):
        if number % KNOTS_EVERY == 0 or number == last:
            look = solver.solve(solver.seen(frame))
            if not knots and len(_layer(look).grade.kept) == 1:
                solver.settings = solver.settings.replace(contrast=0.0)
            knots.append(number)
            looks.append(look)
        progress(number + 1)
    confidence = [float(look.confidence.mean()) for look in looks]
    return GradeTrack.of(knots, confidence, [_layer(look).grade for look in looks])


def _layer(look: Look) -> GradedLayer:
    layer = look.layers[0]
    assert isinstance(layer, GradedLayer)  # noqa: S101 - a transfer without masks has one graded layer
    return layer
