"""Shown: a frame of a film beside the same frame in its new colours, as the film would be written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading, output_reading
from huegraft.film.render import Part, renderer
from huegraft.film.shot_jobs import ShotJob
from huegraft.film.source import Source
from huegraft.film.ycbcr import picture_of
from huegraft.types import FloatPicture


@dataclass(frozen=True)
class Shown:
    """The pictures of one frame.

    Attributes
    ----------
    frame
        The number of the frame in the film.
    source, colored
        Data of pictures, as a function has drawn them. `colored` is empty where there are no new colours.
    """

    frame: int
    source: str
    colored: str = ""


def shown_frame(
    source: Source, job: ShotJob | None, number: int, planes: Planes, drawn: Callable[[FloatPicture], str]
) -> Shown:
    """Return a frame of a shot as the film has it and, if the shot is computed, in its new colours.

    Parameters
    ----------
    source
        The film.
    job
        The shot as it was computed, or None.
    number, planes
        The number of the frame in the film, and its samples.
    drawn
        What makes the data of a picture.
    """
    before = drawn(picture_of(planes, source.reading))
    return Shown(number, before) if job is None else Shown(number, before, drawn(colored(source, job, number, planes)))


def colored(source: Source, job: ShotJob, number: int, planes: Planes) -> FloatPicture:
    """Return a frame of a shot that is computed in its new colours, by its number in the film and its samples."""
    layout, reading = written(source)
    parts = [Part(job.work.start, job.work.stop, job.path, job.work.settings)]
    made = renderer(job.work.mode, _Still(source, planes), parts, layout, reading)
    return picture_of(next(iter(made.frames(number, number + 1))), reading)


def written(source: Source) -> tuple[PlaneFormat, Reading]:
    """Return a layout with colours at every pixel and what its codes mean: by the film's own matrix and range."""
    layout = PlaneFormat("rgb" if source.format.kind == "rgb" else "ycbcr", 8)
    return layout, output_reading(source.reading, layout, source.reading.range)


class _Still(Source):
    """A source that has one frame at hand."""

    def __init__(self, source: Source, planes: Planes) -> None:
        self.path, self.index, self.size = source.path, source.index, source.size
        self.format, self.reading = source.format, source.reading
        self._planes = planes

    def frames(self, start: int, stop: int) -> Iterator[Planes]:
        """Yield the frame."""
        yield self._planes

    def shared(self, threads: int) -> Source:
        """Return the source itself."""
        return self

    def close(self) -> None:
        """Do nothing: no file is open."""
