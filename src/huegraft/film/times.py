"""Times: when the frames of a film are shown and decoded."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Protocol

from huegraft.errors import ArgumentError


class Rational(Protocol):
    """A fraction of PyAV: before version 19 it is a Fraction or None, and from there on it is a type of its own."""

    @property
    def numerator(self) -> int: ...  # noqa: D102
    @property
    def denominator(self) -> int: ...  # noqa: D102


def as_fraction(value: Rational | None) -> Fraction:
    """Return a fraction of PyAV as one of Python; 0 where it stands for nothing."""
    return Fraction(value.numerator, value.denominator) if value and value.denominator else Fraction(0)


@dataclass(frozen=True, eq=False)
class Times:
    """When the frames of a film are shown.

    Attributes
    ----------
    pts
        The time of each frame, in steps of `time_base`. Each is later than the one before.
    time_base
        The seconds of one step. Above 0.
    last
        How many steps the last frame is shown. Above 0.
    """

    pts: Sequence[int]
    time_base: Fraction
    last: int

    def __post_init__(self) -> None:
        late = next((frame for frame, (before, after) in enumerate(pairwise(self.pts), 1) if after <= before), None)
        if late is not None:
            raise ArgumentError(f"frame {late} is not shown later than the frame before it")
        if self.time_base <= 0 or self.last <= 0:
            raise ArgumentError(f"steps of {self.time_base} s and a last frame of {self.last} steps: expected above 0")

    @classmethod
    def at_rate(cls, frames: int, rate: Fraction) -> "Times":
        """Return the times of a film that begins at 0 and shows `rate` frames a second."""
        return cls(range(frames), 1 / rate, 1)

    def start(self, frame: int) -> Fraction:
        """Return the second at which a frame is shown; for the number of frames, the second at which the film ends."""
        if frame == len(self.pts):
            return (int(self.pts[-1]) + self.last) * self.time_base
        return int(self.pts[frame]) * self.time_base

    def steps(self, frame: int) -> int:
        """Return how many steps a frame is shown."""
        following = frame + 1
        return self.last if following == len(self.pts) else int(self.pts[following]) - int(self.pts[frame])

    def decoding(self, position: int, delay: int, first: int = 0) -> int:
        """Return when the packet at a position in the order of decoding is decoded, in steps.

        It is the time of the frame that is `delay` places earlier in the order of showing. Before the first frame of
        the output, times run back in steps of that frame. So they always rise, and no frame is decoded after it is
        shown; the times that encoders give do not always, at varying rates and in short segments.
        """
        earlier = position - delay
        if earlier >= first:
            return int(self.pts[earlier])
        return int(self.pts[first]) - (first - earlier) * self.steps(first)
