"""Labels: what a film says of itself beside its streams, and the part of it that is taken over."""

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.error import FFmpegError
from av.sidedata.sidedata import Type
from av.stream import Stream

from huegraft.film.opening import opened_source
from huegraft.film.times import as_fraction

# What muxers write anew for each file, and what was true of the source's own packets.
_OF_THE_FILE = frozenset(
    (
        "major_brand",
        "minor_version",
        "compatible_brands",
        "encoder",
        "software",
        "vendor_id",
        "uid",
        "timecode",
    )
)
_OF_THE_PACKETS = ("bps", "duration", "number_of_", "_statistics_")
_OF_MXF = ("product_", "toolkit_", "application_platform", "company_name", "operational_pattern", "generation_uid")
_PASSING = (*_OF_THE_PACKETS, *_OF_MXF, "material_package_", "file_package_")


@dataclass(frozen=True)
class Span:
    """The part of a source that is taken over, and where it comes to lie.

    Attributes
    ----------
    start, stop
        Seconds of the source; None takes all from its beginning, or up to its end.
    zero
        The second of the source that becomes second 0.
    """

    start: Fraction | None
    stop: Fraction | None
    zero: Fraction


def labels(metadata: dict[str, str]) -> dict[str, str]:
    """Return the labels of a file or a stream that stay true of a copy."""
    return {
        name: value
        for name, value in metadata.items()
        if name.lower() not in _OF_THE_FILE and not name.lower().startswith(_PASSING)
    }


def chapters(source: InputContainer, span: Span) -> list[Any]:
    """Return the chapters in a span, with times as the output has them."""
    moved: list[Any] = []
    for chapter in source.chapters():
        base = as_fraction(chapter["time_base"])
        start, stop = chapter["start"] * base, chapter["end"] * base
        start, stop = max(start, span.start or start), min(stop, span.stop or stop)
        if start < stop or span.start is None:
            times = {"start": round((start - span.zero) / base), "end": round((stop - span.zero) / base)}
            moved.append(chapter | times)
    return moved


def first_timecode(source: InputContainer, stream: Stream) -> str | None:
    """Return the timecode of a film's first frame, as its stream, its file or its track of timecode says."""
    for labelled in (stream.metadata, source.metadata, *(other.metadata for other in source.streams.data)):
        for name, value in labelled.items():
            if name.lower() == "timecode":
                return value
    return None


def timecode_of(path: Path) -> str | None:
    """Return the timecode of the first frame of a film file; None where it has none.

    Raises
    ------
    FilmError
        If the file is no film.
    """
    with opened_source(path) as source:
        return first_timecode(source, source.streams.video[0])


def display_matrix(path: Path, index: int) -> list[int] | None:
    """Return the matrix by which players turn or mirror the frames of a video stream; None where there is none."""
    with opened_source(path) as source, suppress(FFmpegError, StopIteration):
        frame: Any = next(source.decode(source.streams[index]))
        side_data = frame.side_data.get(Type.DISPLAYMATRIX)
        if side_data is not None:
            return list(memoryview(bytes(side_data)).cast("i"))
    return None
