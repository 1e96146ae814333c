"""Shot work: what the colours of a shot are made from."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from huegraft import __version__
from huegraft.film.project import digest_of
from huegraft.film.shot_list import Steady
from huegraft.film.source import Source
from huegraft.settings import Mode, Settings

_SPACING: dict[Mode, int] = {"colorize": 4, "transfer": 16}


@dataclass(frozen=True)
class Lender:
    """A picture that lends its colours to a shot.

    Attributes
    ----------
    path
        The file.
    frame
        The frame of the film that the picture belongs to; None if it belongs to the whole shot.
    """

    path: Path
    frame: int | None = None


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
    references : tuple of Lender
        The pictures that lend their colours, in the order of their frames.
    begin : (int, int), or None
        The frames, without the end, of another shot with whose grade this shot begins; None if the shot stands alone.
        A colourised shot begins with what the first of them hands on.
    steady
        "motion" averages the colours of a colourised shot along its motion, and gives a recoloured shot one grade.
        "none" solves each frame alone.
    """

    source: Source
    start: int
    stop: int
    mode: Mode
    settings: Settings
    references: tuple[Lender, ...]
    begin: tuple[int, int] | None = None
    steady: Steady = "motion"

    @property
    def spacing(self) -> int:
        """How many frames lie from one solved frame to the next; in a long shot of a transfer there are more.

        The last frame of a shot is solved in any case.
        """
        return 1 if self.alone else _SPACING[self.mode]

    @property
    def alone(self) -> bool:
        """Whether each frame of a colourised shot is solved as if there were no other ones."""
        return self.mode == "colorize" and self.steady == "none"

    def is_knot(self, number: int) -> bool:
        """Tell whether the shot's frame of a number, counted from 0, is solved.

        Frames that references belong to are knots.
        """
        is_last = number == self.stop - self.start - 1
        return number % self.spacing == 0 or is_last or self.is_keyframe(number)

    def is_keyframe(self, number: int) -> bool:
        """Tell whether a reference belongs to the shot's frame of a number, counted from 0."""
        return number in self.keyframes

    @cached_property
    def keyframes(self) -> tuple[int, ...]:
        """The numbers of the shot's frames that references belong to, rising, counted from 0."""
        frames = {each.frame for each in self.references if each.frame is not None}
        return tuple(frame - self.start for frame in sorted(frames) if self.start <= frame < self.stop)

    @property
    def key(self) -> str:
        """What the track is known by: the frames, the references, the weights, the settings and the version."""
        weights = self.settings.features.weights
        content = {
            "version": __version__,
            "mode": self.mode,
            "spacing": self.spacing,
            "steady": self.steady,
            "settings": self.settings.to_dict(),
            "weights": weights and digest_of(Path(weights)),
            "reading": repr(self.source.reading),
            "references": [
                [digest_of(each.path), None if each.frame is None else each.frame - self.start]
                for each in self.references
            ],
            "begin": None if self.begin is None else self.source.index.digests[slice(*self.begin)].tolist(),
            "frames": self.source.index.digests[self.start : self.stop].tolist(),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
