"""Solver: what the method sees of the frames of a shot, and the looks that it finds for them."""

from collections.abc import Iterator, Sequence

import numpy as np

from huegraft.film.planes import Planes
from huegraft.film.shot_work import ShotWork
from huegraft.film.ycbcr import small_luma, small_picture
from huegraft.io.image import read_picture
from huegraft.look import Look, Warm
from huegraft.request import Request
from huegraft.session import Session
from huegraft.stages.prepare import working_size
from huegraft.types import FloatPicture


class Solver:
    """Solves frames of one shot. Each begins where the one before ended.

    Attributes
    ----------
    work
        The shot.
    session
        The session that solves the frames.
    settings
        The settings that the next frame is solved with.
    """

    def __init__(self, work: ShotWork, session: Session) -> None:
        self.work, self.session, self.settings = work, session, work.settings
        self._references: Sequence[object] = [
            session.encode(read_picture(path), self.settings, work.mode) for path in work.references
        ]

    def frames(self) -> Iterator[Planes]:
        """Yield the frames of the shot."""
        return self.work.source.frames(self.work.start, self.work.stop)

    def seen(self, frame: Planes) -> FloatPicture:
        """Return what the method sees of a frame, at the working size."""
        reading = self.work.source.reading
        content = frame.size if reading.bars is None else reading.bars.size
        size = working_size(*content, self.settings.prepare.working_pixels)
        if self.work.mode == "transfer":
            return small_picture(frame, reading, size)
        return np.repeat(small_luma(frame, reading, size)[..., None], 3, axis=2)

    def solve(self, picture: FloatPicture, warm: Warm | None) -> Look:
        """Return the look of a frame, from what the frame before handed on."""
        return self.session.solve(Request(self.work.mode, picture, tuple(self._references), self.settings), warm=warm)
