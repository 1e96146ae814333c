"""Output: a film in its new colours as a file, or as numbered frames."""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from huegraft import __version__
from huegraft.errors import ArgumentError, FilmError
from huegraft.film.chroma import Keep
from huegraft.film.codecs import Encoding, chosen_codec
from huegraft.film.containers import container_of
from huegraft.film.copied import copied_streams, replaced_stream
from huegraft.film.encoder import EncoderSettings
from huegraft.film.join import join
from huegraft.film.opening import opened_source
from huegraft.film.packets import is_whole
from huegraft.film.planes import PlaneFormat
from huegraft.film.planes_of_frames import frame_of
from huegraft.film.project import Project
from huegraft.film.reading import Reading
from huegraft.film.render import Part, renderer, within
from huegraft.film.segments import segment_bounds, write_segment
from huegraft.film.sequence import Sequence as NumberedFrames
from huegraft.film.source import Source
from huegraft.film.times import Times
from huegraft.io.atomic import check_file_writable
from huegraft.io.formats import WRITTEN
from huegraft.io.image import check_ending, write_picture
from huegraft.settings import Mode
from huegraft.threads import check_cancelled, thread_count, working

Progress = Callable[[int, int], None]
_PATTERN = re.compile(r"%0?\d*d")


@dataclass(frozen=True)
class Output:
    """What is written.

    Attributes
    ----------
    path
        A film file, or a pattern of numbered frames such as ``graded/%05d.tif``.
    codec
        A name of :data:`huegraft.film.codecs.CODECS`. By default x264 for 8 bits, and ffv1 for more.
    quality
        The quality in the codec's own numbers.
    keep
        What a colourised frame keeps: its "luma", or its "lightness" as stills do.
    reproducible
        Whether the encoder has to give the same bytes on each run.
    frames : (start, stop), or None
        The frames to write, without the end; None for all.
    replace
        Whether an existing output may be replaced.
    """

    path: Path
    codec: str | None = None
    quality: float | None = None
    keep: Keep = "luma"
    reproducible: bool = False
    frames: tuple[int, int] | None = None
    replace: bool = False

    @property
    def is_sequence(self) -> bool:
        """Whether numbered frames are written."""
        return "%" in self.path.name


def check_output(output: Output, source: Source | None = None) -> None:
    """Raise now what writing would raise after the work is done.

    Parameters
    ----------
    output
        What is to be written.
    source
        The film, once it is open.

    Raises
    ------
    ArgumentError
        If the name is of no film and no pattern of pictures, or an option does not fit it.
    FilmError
        If the output exists and may not be replaced, or its folder is missing.
    """
    path = output.path
    if isinstance(source, NumberedFrames) and source.fps is None and not output.is_sequence:
        raise ArgumentError(
            f"{source.path} are numbered frames, which have no times: --fps (fps=) says how many a second"
        )
    if not output.is_sequence:
        if path.suffix.lower() in WRITTEN:
            raise ArgumentError(f"a film's frames need a pattern such as graded/%05d{path.suffix}, got {path.name!r}")
        chosen_codec(output.codec, PlaneFormat("grey", 8), path.suffix)
        check_file_writable(path, replace=output.replace, error=FilmError)
        return
    if len(_PATTERN.findall(path.name)) != 1:
        raise ArgumentError(f"expected a pattern of numbered frames such as graded/%05d.tif, got {path.name!r}")
    check_ending(path)
    for name in ("codec", "quality", "reproducible"):
        if getattr(output, name):
            raise ArgumentError(f"{name} would change nothing for numbered frames; leave it out")
    if not path.parent.is_dir():
        raise FilmError(f"cannot write {path}: there is no folder {path.parent}")


def write_output(
    source: Source, project: Project, mode: Mode, parts: Sequence[Part], output: Output, progress: Progress
) -> tuple[str, ...]:
    """Write a film in its new colours. Segments that an earlier run finished are not encoded again.

    Parameters
    ----------
    source, project
        The film, and where its segments are kept.
    mode, parts
        How the frames are rendered.
    output
        What is written.
    progress
        A function that is called with the number of frames that are done, and of how many.

    Returns
    -------
    A sentence for each thing that the output cannot hold.

    Raises
    ------
    ArgumentError, FilmError
        As `check_output`; or if frames cannot be read, encoded or written.
    """
    check_output(output, source)
    start, stop = output.frames or (0, source.index.frames)
    if not 0 <= start < stop <= source.index.frames:
        raise ArgumentError(f"the film has frames 0 to {source.index.frames - 1}, got {start} to {stop - 1}")
    if output.is_sequence:
        return _write_sequence(source, mode, parts, output, (start, stop), progress)
    return _Writing(source, project, mode, parts, output, (start, stop), progress).write()


def planned(source: Source, output: Output) -> dict[str, Any]:
    """Return what an output would hold, by names for people: codec, layout, streams that are copied, what is lost."""
    if output.is_sequence:
        return {"output": str(output.path), "pictures": source.index.frames}
    encoding = _encoding(source, output)
    plan: dict[str, Any] = {"output": str(output.path), "codec": encoding.codec, "pixel_format": encoding.pixel_format}
    kept, notes = [], []
    if source.path.is_file():
        with opened_source(source.path) as container:
            muxer = container_of(output.path.suffix).muxer
            streams, notes = copied_streams(container, replaced_stream(container, None), muxer)
            kept = [
                f"{stream.type} {stream.codec_context.name if stream.codec_context else ''}".strip()
                for stream in streams
            ]
    return plan | {"copied": kept, "lost": [*encoding.notes, *notes]}


def _encoding(source: Source, output: Output) -> Encoding:
    return chosen_codec(output.codec, source.format, output.path.suffix, reading=source.reading, size=source.size)


class _Writing:
    """A film that is encoded segment by segment, and joined."""

    def __init__(
        self,
        source: Source,
        project: Project,
        mode: Mode,
        parts: Sequence[Part],
        output: Output,
        frames: tuple[int, int],
        progress: Progress,
    ) -> None:
        self._source, self._project, self._parts, self._output = source, project, parts, output
        self._mode: Mode = mode
        self._progress, self._total = progress, frames[1] - frames[0]
        encoding = _encoding(source, output)
        self._settings = EncoderSettings(
            encoding,
            source.size,
            source.index.rate,
            output_reading(source.reading, encoding.format, encoding.range),
            getattr(source, "pixel_aspect", Fraction(1)),
            output.quality,
            output.reproducible,
        )
        bounds = [(first, last) for _, first, last in within(parts, *frames)]
        self._bounds = segment_bounds(bounds, source.index.rate)
        self._done, self._lock = 0, threading.Lock()

    def write(self) -> tuple[str, ...]:
        """Encode the segments that are missing, join all, and return what could not be held."""
        paths = [self._project.segment(self._key(*each)) for each in self._bounds]
        missing = [
            (path, each) for path, each in zip(paths, self._bounds, strict=True) if not is_whole(path, path.name)
        ]
        self._done = self._total - sum(stop - start for _, (start, stop) in missing)
        threads = thread_count()
        workers = max(1, min(threads, len(missing)))
        cancel = threading.Event()
        with ThreadPoolExecutor(workers) as pool:
            running = [pool.submit(self._encode, *each, -(-threads // workers), cancel) for each in missing]
            try:
                for future in running:
                    future.result()
            except BaseException:
                cancel.set()
                for future in running:
                    future.cancel()
                raise
        index = self._source.index
        times = Times(index.pts.tolist(), index.time_base, int(index.durations[-1]))
        path = self._source.path
        notes = join(
            self._output.path,
            paths,
            self._settings,
            times,
            source=path if path.is_file() else None,
            replace=self._output.replace,
        )
        return (*self._settings.encoding.notes, *notes)

    def _encode(self, path: Path, bounds: tuple[int, int], threads: int, cancel: threading.Event) -> None:
        with working(threads, cancel):
            frames = self._frames(*bounds)
            write_segment(path, frames, bounds[0], self._settings, path.name, threads=threads)

    def _frames(self, start: int, stop: int) -> Iterator[av.VideoFrame]:
        encoding = self._settings.encoding
        made = renderer(
            self._mode, self._source, self._parts, encoding.format, self._settings.reading, self._output.keep
        )
        for planes in made.frames(start, stop):
            check_cancelled()
            yield frame_of(planes, encoding.pixel_format)
            with self._lock:
                self._done += 1
                self._progress(self._done, self._total)

    def _key(self, start: int, stop: int) -> str:
        """Return what a segment is known by: its frames, their colours, and how they are encoded."""
        colors = [
            (first, last, part.track and part.track.name, part.settings.to_dict())
            for part, first, last in within(self._parts, start, stop)
        ]
        frames = self._source.index.digests[start:stop].tolist()
        content = [__version__, self._mode, start, stop, frames, colors, self._output.keep, repr(self._settings)]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def output_reading(reading: Reading, layout: PlaneFormat, range_: str) -> Reading:
    """Return what the code values of an output stand for: what those of the source do, as far as the format can."""
    if layout.kind == "rgb":
        return replace(reading, matrix="rgb", range="pc")
    return replace(reading, matrix="bt709" if reading.matrix == "rgb" else reading.matrix, range=range_)


def _write_sequence(
    source: Source, mode: Mode, parts: Sequence[Part], output: Output, frames: tuple[int, int], progress: Progress
) -> tuple[str, ...]:
    """Write each frame as a picture, with the metadata that the picture of the source has."""
    layout = PlaneFormat("rgb", 8 if source.format.bits == 8 else 16)
    made = renderer(mode, source, parts, layout, output_reading(source.reading, layout, "pc"), output.keep)
    notes: dict[str, None] = {}
    numbered = source if isinstance(source, NumberedFrames) else None
    first = numbered.first if numbered else 0
    for number, planes in enumerate(made.frames(*frames), start=frames[0]):
        like = numbered and numbered.picture(number)
        path = output.path.with_name(output.path.name % (first + number))
        for note in write_picture(path, np.stack(planes.samples, axis=2), like, replace=output.replace):
            notes[note.replace(path.name, output.path.name)] = None
        progress(number + 1 - frames[0], frames[1] - frames[0])
    return tuple(notes)
