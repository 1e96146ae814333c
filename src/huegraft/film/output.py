"""Output: what is written of a film in its new colours, and whether it can be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from huegraft.errors import ArgumentError, FilmError
from huegraft.film.chroma import Keep
from huegraft.film.codecs import chosen_codec
from huegraft.film.containers import container_of
from huegraft.film.copied import copied_streams, replaced_stream
from huegraft.film.encoded_output import encoder_settings, write_encoded
from huegraft.film.encoder import opened
from huegraft.film.frames_output import check_frames, write_frames
from huegraft.film.numbered import is_pattern
from huegraft.film.opening import opened_source
from huegraft.film.planes import PlaneFormat
from huegraft.film.project import Project
from huegraft.film.render import Part
from huegraft.film.sequence import Sequence as NumberedFrames
from huegraft.film.source import Source
from huegraft.io.atomic import check_file_writable
from huegraft.io.formats import WRITTEN
from huegraft.settings import Mode

Progress = Callable[[int, int, str], None]
Only = Literal["encode", "join"]
"""A part of the work on an output, for processes that share it."""


@dataclass(frozen=True)
class Output:
    """What is written.

    Attributes
    ----------
    path, codec, quality, keep, reproducible, frames, replace
        As :meth:`huegraft.Film.render` takes them.
    only
        "encode" makes the segments or the pictures of the frames, while other processes may make others. "join" makes
        the film of segments that are all there, or checks that all pictures are. None does both.
    """

    path: Path
    codec: str | None = None
    quality: float | None = None
    keep: Keep = "luma"
    reproducible: bool = False
    frames: tuple[int, int] | None = None
    replace: bool = False
    only: Only | None = None

    @property
    def is_sequence(self) -> bool:
        """Whether numbered frames are written."""
        return is_pattern(self.path)

    def span(self, source: Source) -> tuple[int, int]:
        """Return the frames to write.

        Raises
        ------
        ArgumentError
            If the film has no such frames.
        """
        start, stop = self.frames or (0, source.index.frames)
        if not 0 <= start < stop <= source.index.frames:
            raise ArgumentError(f"the film has frames 0 to {source.index.frames - 1}, got {start} to {stop - 1}")
        return start, stop


def check_output(output: Output, source: Source | None = None) -> None:
    """Raise what writing would raise because of the output's name and options, before the work begins.

    Parameters
    ----------
    output
        What is to be written.
    source
        The film, once it is open. More can be checked with it.

    Raises
    ------
    ArgumentError
        If the name is of no film and no pattern of pictures, or an option or the range of frames does not fit.
    FilmError
        If the output exists and may not be replaced, if it is the film itself, or if its folder is missing.
    """
    path = output.path
    if output.keep not in get_args(Keep):
        raise ArgumentError(f"keep must be one of {', '.join(get_args(Keep))}, got {output.keep!r}")
    if output.quality is not None and not isinstance(output.quality, int | float):
        raise ArgumentError(f"quality must be a number, got {output.quality!r}")
    if output.frames is not None and not (
        isinstance(output.frames, tuple) and [type(each) for each in output.frames] == [int, int]
    ):
        raise ArgumentError(f"frames must be two whole numbers (start, stop), got {output.frames!r}")
    if output.is_sequence:
        for name in ("codec", "quality", "reproducible"):
            if getattr(output, name):
                raise ArgumentError(f"{name} would change nothing for numbered frames; leave it out")
        check_frames(path, source, None if source is None else output.span(source), replace=output.replace)
        return
    if path.suffix.lower() in WRITTEN:
        raise ArgumentError(f"a film's frames need a pattern such as graded/%05d{path.suffix}, got {path.name!r}")
    if output.only != "encode":
        check_file_writable(path, replace=output.replace, error=FilmError)
    if source is None:
        chosen_codec(output.codec, PlaneFormat("grey", 8), path.suffix)
        return
    output.span(source)
    if isinstance(source, NumberedFrames) and source.fps is None:
        raise ArgumentError(f"{source.path} are numbered frames, which have no times: --fps (fps=) gives the rate")
    if path.exists() and source.path.exists() and path.samefile(source.path):
        raise FilmError(f"cannot write {path}: it is the film itself; choose another name")
    opened(encoder_settings(source, path, output.codec, output.quality, reproducible=output.reproducible))


def write_output(
    source: Source, project: Project, mode: Mode, parts: Sequence[Part], output: Output, progress: Progress
) -> tuple[str, ...]:
    """Write a film in its new colours. What an earlier run finished is not made again.

    Parameters
    ----------
    source, project
        The film, and where its segments are kept.
    mode, parts
        How the frames are rendered.
    output
        What is written.
    progress
        A function that is called with the number of frames that are done, of how many, and the id of their shot.

    Returns
    -------
    A sentence for each thing that the output cannot hold.

    Raises
    ------
    ArgumentError, FilmError
        As `check_output`; or if frames cannot be read, encoded or written.
    """
    check_output(output, source)
    span = output.span(source)
    if output.is_sequence:
        return write_frames(
            source,
            project,
            mode,
            parts,
            output.path,
            span,
            output.keep,
            progress,
            replace=output.replace,
            only=output.only,
        )
    settings = encoder_settings(source, output.path, output.codec, output.quality, reproducible=output.reproducible)
    return write_encoded(
        source,
        project,
        mode,
        parts,
        output.path,
        span,
        settings,
        output.keep,
        progress,
        replace=output.replace,
        only=output.only,
    )


def planned(source: Source, output: Output) -> dict[str, Any]:
    """Return what an output would hold, by names for people: codec, layout, streams that are copied, what is lost."""
    start, stop = output.span(source)
    plan: dict[str, Any] = {"output": str(output.path), "frames_to_write": stop - start}
    if output.is_sequence:
        return plan
    encoding = encoder_settings(source, output.path, output.codec, output.quality).encoding
    plan |= {"codec": encoding.codec, "pixel_format": encoding.pixel_format}
    kept: list[str] = []
    notes: list[str] = []
    if source.path.is_file():
        with opened_source(source.path) as container:
            muxer = container_of(output.path.suffix).muxer
            streams, notes = copied_streams(container, replaced_stream(container, None), muxer)
            kept = [f"{each.type} {each.codec_context.name if each.codec_context else ''}".strip() for each in streams]
    return plan | {"copied": kept, "lost": [*encoding.notes, *notes]}
