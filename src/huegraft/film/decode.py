"""Film files as sources: any frames of them, exactly as the first pass saw them."""

import copy
import weakref
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import av.error
import numpy as np

from huegraft.errors import ArgumentError, FilmError
from huegraft.film.first_pass import FrameProgress, crc_of, made_index, stamp_of
from huegraft.film.index import Index
from huegraft.film.planes import Planes
from huegraft.film.planes_of_frames import format_of, planes_of
from huegraft.film.probe import check_progressive, reading_of, with_bars
from huegraft.film.streams import Decoding, drained, fraction_of, opened

_STEPS_BACK = (0, 1, 2, 4, 8)
"""How many entry points before the nearest one are tried in turn, until the film is decoded from its start."""
_FAR = 300
"""Frames to the nearest entry point from which on other places are tried first."""
_GUESSES = 64, 256
"""How many frames before the first one: decoders find their way in films that refresh their frames bit by bit."""


class FilmFile:
    """A film file that any of its frames can be had from, exactly as the first pass over the file saw them.

    The file is opened for each run of frames and closed at its end. A film file can be pickled.

    Parameters
    ----------
    path
        The film file.
    stream
        Which of its video streams, from 0.
    index
        What the first pass found. With None the pass is made now: all frames are decoded once, and bars are looked for.
    progress
        Is told after each frame of the pass how many frames are done, and how many the file claims to have, or None.
    threads
        How many threads decode; None for as many as the machine has. The frames are the same for any number.
    any_curve
        Whether films of all transfer curves and primaries are taken, since a LUT sees to them.
    progressive
        Whether the frames are taken as progressive, whatever flags and pictures say.

    Attributes
    ----------
    path, stream, index
        As above.
    size : (H, W)
        The size of all frames as they are stored: they are not turned.
    format : PlaneFormat
        How their samples are laid out.
    pixel_format : str
        FFmpeg's name of that.
    codec : str
        FFmpeg's name of the decoder.
    reading : Reading
        What the samples stand for.
    rotation : int
        By how many degrees a player turns the frames, counter-clockwise. Nothing here turns them.
    pixel_aspect : Fraction
        The width of a pixel by its height. Nothing here stretches them.

    Raises
    ------
    FilmError
        If the file cannot be read, has no frames, is interlaced, changes its size, has samples that are not taken, or
        is another one than that of the index.
    """

    def __init__(
        self,
        path: str | Path,
        stream: int = 0,
        index: Index | None = None,
        progress: FrameProgress | None = None,
        threads: int | None = None,
        *,
        any_curve: bool = False,
        progressive: bool = False,
    ):
        self.path, self.stream, self._threads = Path(path), stream, threads
        self._failed: dict[int, int] = {}  # from an entry point, the last frame that was decoded wrongly
        self._runs = weakref.WeakSet[_Run]()
        self._read_first_frame(any_curve=any_curve)
        samples = list[Planes]()
        if index is None:
            index, samples = made_index(self.path, stream, progress=progress, threads=threads)
        self.index = index
        found, expected = (self.path.stat().st_size, self.pixel_format), (self.index.file_size, self.index.pixel_format)
        if found != expected:
            raise FilmError(
                f"{self._other()} ({found[0]} bytes of {found[1]}, expected {expected[0]} of {expected[1]})"
            )
        if not progressive:
            check_progressive(self.index, str(self.path))
        if samples:
            self.reading = with_bars(self.reading, samples)

    def _read_first_frame(self, *, any_curve: bool) -> None:
        with opened(self.path, self.stream, 1) as (container, video):
            with closing(iter(Decoding(container, video))) as frames:
                frame = next(frames, None)
            if frame is None:
                raise FilmError(f"{self.path} has no frame that can be decoded; expected a film with pictures")
            self.size = frame.height, frame.width
            self.pixel_format, self.codec = frame.format.name, video.codec_context.name
            self.format = format_of(self.pixel_format)
            self.reading = reading_of(self.codec, frame, any_curve=any_curve)
            self.rotation = frame.rotation
            self.pixel_aspect = fraction_of(video.sample_aspect_ratio) or Fraction(1)

    def frames(self, start: int, stop: int) -> Iterator[Planes]:
        """Yield the frames from `start` to `stop`, without the end, in the order of showing, each exactly once.

        Raises
        ------
        ArgumentError
            If the film has no such frames.
        FilmError
            If the file has changed since the first pass, or `close` was called before the last frame.
        """
        if not 0 <= start <= stop <= self.index.frames:
            raise ArgumentError(f"frames must be from 0 to {self.index.frames}, got {start} to {stop}")
        run = _Run(self._frames(start, stop), self.path)
        self._runs.add(run)
        return run

    def _frames(self, start: int, stop: int) -> Iterator[Planes]:
        """Yield frames: decoded from the nearest entry point, and from ones further back while that gives others."""
        number = start
        for entry in self._entries(start):
            for planes in self._decoded(entry, number, stop):
                yield planes
                number += 1
            if number == stop:
                return
            if entry is not None:
                self._failed[entry] = max(number, self._failed.get(entry, 0))
        raise FilmError(f"{self._other()} (frame {number} is another one)")

    def _entries(self, start: int) -> Iterator[int | None]:
        """Yield where to begin for a frame: the nearest entry point, others before it, None for the file's start."""
        if self.index.seekable:
            entries = self.index.entries
            nearest = entries[(entries > 0) & (entries <= start)][::-1].tolist()
            possible = [entry for entry in nearest if self._failed.get(entry, -1) < start]
            if start - (possible[0] if possible else 0) > _FAR:
                yield from (start - back for back in _GUESSES if start > back)
            yield from (possible[back] for back in _STEPS_BACK if back < len(possible))
        yield None

    def _decoded(self, entry: int | None, number: int, stop: int) -> Iterator[Planes]:
        """Yield frames from `number` as far as they are those of the index, decoded from an entry point."""
        index = self.index
        if number == stop:
            return
        with opened(self.path, self.stream, 1 if index.damaged else self._threads) as (container, video):
            if entry is not None:
                try:
                    container.seek(int(index.pts[entry]), stream=video)
                except av.error.FFmpegError:
                    return
            try:
                for count, frame in enumerate(Decoding(container, video)):
                    place = count if entry is None else self._place_of(frame)
                    if place is None or place < number:
                        continue
                    planes = planes_of(frame)
                    if place > number or crc_of(planes) != index.digests[number]:
                        return
                    yield planes
                    number += 1
                    if number == stop:
                        return
            finally:
                drained(video.codec_context)  # a thread that still works could wait for Python, which waits for it

    def _place_of(self, frame: av.VideoFrame) -> int | None:
        """Return the number of a frame, told by its time; None if no frame has this time."""
        stamp = stamp_of(frame)
        if stamp is None:
            return None
        place = int(np.searchsorted(self.index.pts, stamp))
        return place if place < self.index.frames and self.index.pts[place] == stamp else None

    def _other(self) -> str:
        return (
            f"{self.path} is another film than that of its index; bring the film back as it was, or make the "
            "project anew (--force)"
        )

    def shared(self, threads: int) -> "FilmFile":
        """Return the film for a thread of its own, which decodes with so many threads."""
        other = copy.copy(self)
        other._threads, other._failed = threads, dict(self._failed)
        return other

    def close(self) -> None:
        """Close the file where frames of it are still being read."""
        for run in list(self._runs):
            run.close()

    def __enter__(self) -> "FilmFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_runs"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _runs=weakref.WeakSet[_Run]())


class _Run(Iterator[Planes]):
    """Frames that are being read, until their film is closed."""

    def __init__(self, frames: Any, path: Path):
        self._frames, self._path, self._closed = frames, path, False

    def __next__(self) -> Planes:
        if self._closed:
            raise FilmError(
                f"{self._path} was closed while frames of it were being read; keep the film open until then"
            )
        return next(self._frames)

    def close(self) -> None:
        """Close the file; the next frame that is asked for raises FilmError."""
        self._closed = True
        self._frames.close()
