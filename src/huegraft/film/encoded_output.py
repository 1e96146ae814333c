"""Encoded output: a film file, encoded segment by segment and joined."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av

from huegraft import __version__
from huegraft.film.chroma import Keep
from huegraft.film.codecs import chosen_codec
from huegraft.film.encoder import EncoderSettings
from huegraft.film.join import join
from huegraft.film.packets import is_whole
from huegraft.film.planes_of_frames import frame_of
from huegraft.film.pool import stopping_pool
from huegraft.film.project import Project
from huegraft.film.reading import output_reading
from huegraft.film.render import Part, renderer, within
from huegraft.film.segments import segment_bounds, write_segment
from huegraft.film.source import Source
from huegraft.film.times import Times
from huegraft.settings import Mode
from huegraft.threads import check_cancelled, thread_count, working


def encoder_settings(
    source: Source, path: Path, codec: str | None, quality: float | None, *, reproducible: bool = False
) -> EncoderSettings:
    """Return how a film is encoded into a file.

    Raises
    ------
    ArgumentError
        If the codec is unknown, or the container cannot hold it.
    """
    encoding = chosen_codec(codec, source.format, path.suffix, reading=source.reading, size=source.size)
    reading = output_reading(source.reading, encoding.format, encoding.range)
    aspect = getattr(source, "pixel_aspect", Fraction(1))
    return EncoderSettings(encoding, source.size, source.index.rate, reading, aspect, quality, reproducible)


def write_encoded(
    source: Source,
    project: Project,
    mode: Mode,
    parts: Sequence[Part],
    path: Path,
    frames: tuple[int, int],
    settings: EncoderSettings,
    keep: Keep,
    progress: Callable[[int, int, str], None],
    *,
    replace: bool,
    only: Literal["encode", "join"] | None = None,
) -> tuple[str, ...]:
    """Encode the segments that are missing, join all into a film file, and return what could not be held.

    With `only` "encode" the segments are not joined, and other processes may encode others. With "join" none may be
    missing.

    Raises
    ------
    FilmError
        If frames cannot be read or encoded, the file cannot be written, or a segment is missing that may not be.
    """
    segments = _Segments(source, mode, parts, settings, keep, frames, progress)
    paths = segments.files(project)
    if only == "encode":
        with project.claimed(lambda: _missing(paths)) as missing:
            segments.write({path: paths[path] for path in missing})
        return tuple(settings.encoding.notes)
    missing = _missing(paths)
    if only == "join":
        project.check_made("segments", (segments.shot_at(*paths[path]) for path in missing))
    segments.write({path: paths[path] for path in missing})
    index = source.index
    times = Times(index.pts.tolist(), index.time_base, int(index.durations[-1]))
    film = source.path if source.path.is_file() else None
    notes = join(path, list(paths), settings, times, source=film, replace=replace)
    return (*settings.encoding.notes, *notes)


def _missing(paths: Iterable[Path]) -> list[Path]:
    """Return the segments of some that are not there yet."""
    return [path for path in paths if not is_whole(path, path.name)]


class _Segments:
    """The segments of some frames of a film."""

    def __init__(
        self,
        source: Source,
        mode: Mode,
        parts: Sequence[Part],
        settings: EncoderSettings,
        keep: Keep,
        frames: tuple[int, int],
        progress: Callable[[int, int, str], None],
    ) -> None:
        self._source, self._parts, self._settings = source, parts, settings
        self._mode: Mode = mode
        self._keep: Keep = keep
        self._bounds = segment_bounds([each[1:] for each in within(parts, *frames)], source.index.rate)
        self._progress, self._total = progress, frames[1] - frames[0]
        self._done, self._lock = 0, threading.Lock()

    def files(self, project: Project) -> dict[Path, tuple[int, int]]:
        """Return all segments in the order of their frames, and the frames of each."""
        return {project.segment(self._key(*each)): each for each in self._bounds}

    def write(self, missing: Mapping[Path, tuple[int, int]]) -> None:
        """Encode segments, as many at a time as there are threads. The frames of all others count as done."""
        self._done = self._total - sum(stop - start for start, stop in missing.values())
        threads = thread_count()
        workers = max(1, min(threads, len(missing)))
        with stopping_pool(workers) as (pool, cancel):
            running = [pool.submit(self._encode, *each, -(-threads // workers), cancel) for each in missing.items()]
            for future in running:
                future.result()

    def shot_at(self, start: int, stop: int) -> str:
        """Return the id of the shot that a segment lies within; empty for frames that are in no shot."""
        return next(part.shot for part, _, _ in within(self._parts, start, stop))

    def _encode(self, path: Path, bounds: tuple[int, int], threads: int, cancel: threading.Event) -> None:
        source = self._source.shared(threads)
        try:
            with working(threads, cancel):
                frames = self._frames(source, *bounds)
                write_segment(path, frames, bounds[0], self._settings, path.name, threads=threads)
        finally:
            source.close()

    def _frames(self, source: Source, start: int, stop: int) -> Iterator[av.VideoFrame]:
        encoding = self._settings.encoding
        made = renderer(self._mode, source, self._parts, encoding.format, self._settings.reading, self._keep)
        shot = self.shot_at(start, stop)
        for planes in made.frames(start, stop):
            check_cancelled()
            yield frame_of(planes, encoding.pixel_format)
            with self._lock:
                self._done += 1
                self._progress(self._done, self._total, shot)

    def _key(self, start: int, stop: int) -> str:
        """Return what a segment is known by: its frames, their colours, and how they are read and encoded."""
        colors = [
            (part.start, first, last, part.track and part.track.name, part.settings.to_dict())
            for part, first, last in within(self._parts, start, stop)
        ]
        source = self._source
        frames = source.index.digests[start:stop].tolist()
        versions = [__version__, av.library_versions["libavcodec"]]
        read = [repr(source.format), repr(source.reading)]
        content = [versions, self._mode, start, stop, frames, read, colors, self._keep, repr(self._settings)]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]
