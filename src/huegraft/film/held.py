"""Held: what a container takes of a film, and sentences that name what it does not."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer

from huegraft.film.codecs import CODECS
from huegraft.film.containers import Container
from huegraft.film.encoder import EncoderSettings
from huegraft.film.labels import Span, chapters, first_timecode, labels
from huegraft.film.opening import opened_source
from huegraft.film.times import Times, as_fraction


@dataclass(frozen=True)
class Held:
    """A film that was written, to be compared with what was asked for.

    Attributes
    ----------
    container, settings, times
        What was asked for.
    frames
        Which frames of the film it has.
    span
        Which part of the source it has.
    video
        Which of its video streams is the one that was encoded.
    """

    container: Container
    settings: EncoderSettings
    times: Times
    frames: range
    span: Span
    video: int

    def notes(self, path: Path, source: InputContainer | None) -> list[str]:
        """Return a sentence for each thing that the file at `path` does not hold."""
        notes = [*self._off_grid(), *self._pixel_aspect()]
        if source:
            with opened_source(path) as written:
                notes += [*self._labels(source, written), *self._chapters(source, written), *self._start(written)]
        return notes

    def _off_grid(self) -> list[str]:
        grid = self.container.grid
        if grid is None or all((self.times.start(frame) - self.span.zero) % grid == 0 for frame in self.frames):
            return []
        return [f"the output has times in steps of {float(1000 * grid):g} ms: frames move by up to half a step"]

    def _pixel_aspect(self) -> list[str]:
        aspect = self.settings.pixel_aspect
        if aspect == 1 or self.container.pixel_aspect or CODECS[self.settings.encoding.codec].pixel_aspect:
            return []
        return [f"the output cannot say that its pixels are {aspect} times wider than high: they are shown square"]

    def _labels(self, source: InputContainer, written: InputContainer) -> list[str]:
        held = {name.lower() for name in written.metadata}
        missing = [name for name in labels(source.metadata) if name.lower() not in held]
        video = source.streams.video[0]
        if first_timecode(source, video) and not first_timecode(written, written.streams.video[0]):
            missing.append("timecode")
        return [f"the output cannot hold the labels {', '.join(missing)}: they are left out"] if missing else []

    def _chapters(self, source: InputContainer, written: InputContainer) -> list[str]:
        lost = len(chapters(source, self.span)) - len(written.chapters())
        return [f"the output cannot hold {lost} of the chapters: they are left out"] if lost > 0 else []

    def _start(self, written: InputContainer) -> list[str]:
        """Return a sentence where the pictures begin later than asked, because the sound begins before second 0."""
        asked = self.times.start(self.frames.start) - self.span.zero
        for video in written.streams.video[self.video : self.video + 1]:
            late = (video.start_time or 0) * as_fraction(video.time_base) - asked
            if late > Fraction(1, 1000):
                return [
                    f"the pictures begin {float(late):.3f} s later, as sound does: the output holds none before 0 s"
                ]
        return []
