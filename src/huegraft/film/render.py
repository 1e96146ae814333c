"""Render: the colours of tracks laid over the frames of a film."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from huegraft.compiled.grade import grade_table, look_up_grade
from huegraft.film.chroma import Keep, Painter
from huegraft.film.chroma_track import ChromaTrack
from huegraft.film.grade_track import GradeTrack, read_grade_track
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading
from huegraft.film.source import Source
from huegraft.film.ycbcr import luma_of, moved_planes, picture_of
from huegraft.picture import Picture
from huegraft.settings import Mode, Settings
from huegraft.stages import composite
from huegraft.stages.finish import graded_colors
from huegraft.types import FloatPicture
from huegraft.windows import Window

_NO_CHROMA = np.zeros((1, 1, 2), np.float32)


@dataclass(frozen=True)
class Part:
    """Frames that are rendered alike.

    Attributes
    ----------
    start, stop
        The first frame, and the frame after the last one.
    track
        The file of their colours; None for frames that are in no shot.
    settings
        The settings of their shot.
    shot
        The id of their shot; empty for frames that are in no shot.
    """

    start: int
    stop: int
    track: Path | None
    settings: Settings
    shot: str = ""


class Renderer(Protocol):
    """What makes the frames of an output."""

    def frames(self, start: int, stop: int) -> Iterator[Planes]:
        """Yield the frames from `start` to `stop`, without the end."""
        ...


def renderer(
    mode: Mode,
    source: Source,
    parts: Sequence[Part],
    layout: PlaneFormat,
    reading: Reading,
    keep: Keep = "luma",
) -> Renderer:
    """Return what renders a film.

    Parameters
    ----------
    mode
        "colorize" or "transfer". Frames in no shot become grey in the first, and stay as they are in the second.
    source
        Where the frames come from.
    parts
        All parts of the film in the order of their frames, without gaps.
    layout, reading
        How the frames of the output are laid out, and what their code values stand for.
    keep
        What a colourised frame keeps of the source: its "luma", or its "lightness" as stills do.
    """
    if mode == "colorize":
        return _Colorized(source, parts, layout, reading, keep)
    return _Graded(source, parts, layout, reading)


Grade = Callable[[FloatPicture], FloatPicture]
"""A function from the sRGB of a frame within its bars to its new sRGB."""


def grades_of(track: GradeTrack, settings: Settings) -> Callable[[int], Grade]:
    """Return a function from the number of a frame to its grade.

    Parameters
    ----------
    track
        The grades of the shot. If all are the same, they are made once for the nodes of a table. Colours between the
        nodes are 0.1 CIEDE2000 off in the mean, and take a sixth of the time.
    settings
        The settings of the shot.
    """
    lightness = settings.grade.lightness
    if track.constant and track[0].by_place.size == 4:
        table = grade_table(track[0], lightness)
        return lambda _: lambda picture: _finished(picture, lambda old, _: look_up_grade(table, old), settings)
    return lambda number: (
        lambda picture: _finished(picture, graded_colors(track[number], picture.shape[:2], lightness), settings)
    )


def _finished(picture: FloatPicture, colors: composite.WindowColors, settings: Settings) -> FloatPicture:
    """Return a picture with new colours, as far as the settings of finishing say."""
    strength = settings.finish.strength
    share = None if strength == 1 else lambda _old, window: np.full(window.size, np.float32(strength))
    keeps = None if settings.grade.lightness else "color"
    return composite.composite(Picture(picture), [composite.Layer(colors, share)], settings.finish, keeps).image


def within(parts: Sequence[Part], start: int, stop: int) -> Iterator[tuple[Part, int, int]]:
    """Yield the parts that have frames from `start` to `stop`, and which frames these are."""
    for part in parts:
        first, last = max(part.start, start), min(part.stop, stop)
        if first < last:
            yield part, first, last


@dataclass(frozen=True)
class _Graded:
    """Frames under the grades of tracks."""

    source: Source
    parts: Sequence[Part]
    layout: PlaneFormat
    reading: Reading

    def frames(self, start: int, stop: int) -> Iterator[Planes]:
        frames = self.source.frames(start, stop)
        for part, first, last in within(self.parts, start, stop):
            grades = None if part.track is None else grades_of(read_grade_track(part.track), part.settings)
            for number in range(first, last):
                grade = None if grades is None else grades(number - part.start)
                yield self._frame(next(frames), number, grade)

    def _frame(self, planes: Planes, number: int, grade: Grade | None) -> Planes:
        alike = (planes.format, self.source.reading) == (self.layout, self.reading)
        if grade is None and alike:
            return planes
        bars = self.reading.bars
        picture = picture_of(planes, self.source.reading)
        new = picture if grade is None else _graded_content(picture, grade, bars)
        samples = moved_planes(planes, picture, new, self.source.reading, (self.layout, self.reading), number)
        if bars is not None and alike:
            pairs = zip(planes.samples, samples, strict=False)
            samples = tuple(_with_bars(old, new, bars, planes.size) for old, new in pairs)
        return Planes(self.layout, (*samples, *_alpha(planes, self.layout)))


@dataclass(frozen=True)
class _Colorized:
    """Frames whose chroma comes from tracks, and whose luma is the source's own."""

    source: Source
    parts: Sequence[Part]
    layout: PlaneFormat
    reading: Reading
    keep: Keep

    def frames(self, start: int, stop: int) -> Iterator[Planes]:
        source, frames = self.source, self.source.frames(start, stop)
        painter = Painter(self.layout, self.reading, source.size, self.keep, (source.format, source.reading))
        for part, first, last in within(self.parts, start, stop):
            with nullcontext() if part.track is None else ChromaTrack(part.track) as track:
                for number in range(first, last):
                    chroma = _NO_CHROMA if track is None else track[number - part.start].chroma
                    planes = next(frames)
                    rgb = planes.format.kind == "rgb"
                    luma = luma_of(planes, source.reading) if rgb else planes.samples[0]
                    samples = painter.planes(luma, chroma, number)
                    yield Planes(self.layout, (*samples, *_alpha(planes, self.layout)))


def _alpha(planes: Planes, layout: PlaneFormat) -> tuple[np.ndarray, ...]:
    """Return the plane of alpha at the depth of the output, to the nearest code; none where the output has none."""
    if not layout.alpha:
        return ()
    (alpha,), before = planes.samples[-1:], planes.format.bits
    if before == layout.bits:
        return (alpha,)
    whole, new_whole = 2**before - 1, 2**layout.bits - 1
    return (((alpha.astype(np.uint64) * new_whole + whole // 2) // whole).astype(layout.dtype),)


def _graded_content(picture: FloatPicture, grade: Grade, content: Window | None) -> FloatPicture:
    """Return a picture whose content is under a grade, and whose bars are as they are."""
    if content is None:
        return grade(picture)
    out = picture.copy()
    out[content.crop()] = grade(np.ascontiguousarray(picture[content.crop()]))
    return out


def _with_bars(old: np.ndarray, new: np.ndarray, content: Window, size: tuple[int, int]) -> np.ndarray:
    """Return a new plane with the bars of the old one, sample for sample."""
    steps = [round(whole / own) for whole, own in zip(size, old.shape, strict=True)]
    place = tuple(
        slice(each.start // step, -(-each.stop // step)) for each, step in zip(content.crop(), steps, strict=True)
    )
    plane = old.copy()
    plane[place] = new[place]
    return plane
