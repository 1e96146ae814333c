"""Solver: what the method sees of the frames of a shot, and the looks that it finds for them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from huegraft.film.chroma_track import Colors
from huegraft.film.keyframes import keyframe_colors
from huegraft.film.planes import Planes
from huegraft.film.shot_work import Lender, ShotWork
from huegraft.film.ycbcr import small_luma, small_picture
from huegraft.io.image import read_picture
from huegraft.look import Look, Warm
from huegraft.records import Encoded
from huegraft.request import Request
from huegraft.session import Session
from huegraft.shapes import Float32
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
        self._encoded: dict[Lender, Encoded] = {}

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

    def begun(self) -> "Solver | None":
        """Return what solves the other shot with whose grade this shot begins, if there is one."""
        if self.work.begin is None:
            return None
        start, stop = self.work.begin
        other = Solver(replace(self.work, start=start, stop=stop, begin=None), self.session)
        other._encoded = self._encoded
        return other

    def solve(self, picture: FloatPicture, number: int, warm: Warm | None) -> Look:
        """Return the look of a frame by its number in the film, from what the frame before handed on."""
        references = tuple(self._reference(each) for each in around(self.work.references, number))
        return self.session.solve(Request(self.work.mode, picture, references, self.settings), warm=warm)

    def keyframe_colors(self, number: int, luma: Float32[np.ndarray, "h w"], size: tuple[int, int]) -> Colors | None:
        """Return the colours of a frame by its number in the film, from the reference that shows most of it.

        None if no reference belongs to the frame. The size is that of the whole frame.
        """
        work, strength = self.work, np.float32(self.settings.finish.strength)
        pictures = (read_picture(each.path) for each in work.references if each.frame == number)
        found = [keyframe_colors(each, luma, size, work.source.reading) for each in pictures]
        if not found:
            return None
        chroma, confidence = max(found, key=lambda each: each.confidence.mean())
        return Colors(chroma * strength, confidence)

    def _reference(self, lender: Lender) -> Encoded:
        if lender not in self._encoded:
            picture = read_picture(lender.path)
            self._encoded[lender] = self.session.encode(picture, self.settings, self.work.mode)
        return self._encoded[lender]


def around(references: Sequence[Lender], number: int) -> list[Lender]:
    """Return the references of a frame: those of the nearest keyframes before and after it, and those of no frame.

    Parameters
    ----------
    references
        In the order of their frames.
    number
        The number of the frame in the film.
    """
    frames = [each.frame for each in references if each.frame is not None]
    before = max((frame for frame in frames if frame <= number), default=None)
    after = min((frame for frame in frames if frame >= number), default=None)
    return [each for each in references if each.frame in (None, before, after)]
