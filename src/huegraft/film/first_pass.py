"""The first pass over a film file: every frame is decoded once, and what has to be known of it is noted."""

import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import av.logging
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from huegraft.compiled.film import cells
from huegraft.errors import FilmError
from huegraft.film.combing import Combing
from huegraft.film.index import CELLS, Index, timing
from huegraft.film.planes import Planes, luma_samples
from huegraft.film.planes_of_frames import planes_of
from huegraft.film.samples import Samples
from huegraft.film.streams import LOGGING, Decoding, drained, fraction_of, opened

FrameProgress = Callable[[int, int | None], None]
"""Told how many frames are done, and how many there are; None where that is not known yet."""


class _Errors(Exception):  # noqa: N818 - what happened, not what went wrong
    """The decoder met errors while several threads worked."""


def made_index(
    path: Path, stream: int = 0, *, progress: FrameProgress | None = None, threads: int | None = None
) -> tuple[Index, list[Planes]]:
    """Decode a film file once from its start to its end, and return its index, and frames from all over the film.

    A film with damaged frames is decoded twice: the second time by one thread, so that it always decodes alike.

    Parameters
    ----------
    path, stream, threads
        As :func:`huegraft.film.streams.opened` takes them.
    progress
        Is told after each frame how far the pass is.

    Raises
    ------
    FilmError
        If the file cannot be read, has no frames, changes its size or its kind of samples, or has samples that are not
        read.
    """
    try:
        return _pass(path, stream, progress, threads)
    except _Errors:
        return _pass(path, stream, progress, 1)


def stamp_of(frame: av.VideoFrame) -> int | None:
    """Return when a frame is shown, as far as the file says it, in units of the stream's time base."""
    return frame.dts if frame.pts is None else frame.pts


def crc_of(planes: Planes) -> int:
    """Return the CRC-32 of all samples of a frame."""
    crc = 0
    for samples in planes.samples:
        crc = zlib.crc32(np.ascontiguousarray(samples).view(np.uint8).data, crc)
    return crc


def small_picture_of(luma: np.ndarray, bits: int) -> np.ndarray:
    """Return the small picture that the index keeps of a frame whose luma has codes of so many bits."""
    return cells(luma, bits, CELLS)


def _pass(path: Path, number: int, progress: FrameProgress | None, threads: int | None) -> tuple[Index, list[Planes]]:
    with LOGGING, opened(path, number, threads) as (container, stream), _counted_errors() as errors:
        decoding = Decoding(container, stream)
        expected = stream.frames or None
        noted = _Notes(expected or _frames_about(container, stream))
        try:
            for frame in decoding:
                if threads != 1 and (decoding.errors or errors()):
                    raise _Errors
                noted.add(frame, path, damaged=errors() > noted.errors)
                noted.errors = errors()
                if progress is not None:
                    progress(noted.count, expected)
            if threads != 1 and (decoding.errors or errors()):
                raise _Errors
        finally:
            drained(stream.codec_context)  # a thread that still works could wait for Python, which waits for it
        if not noted.count:
            raise FilmError(f"{path} has no frame that can be decoded; expected a film with pictures")
        index = noted.index(stream, set(decoding.errors), damaged=bool(decoding.errors or errors()), path=path)
        return index, noted.samples.chosen()


def _frames_about(container: InputContainer, stream: VideoStream) -> int:
    """Return about how many frames a film has by its duration; 0 if the file says nothing of it."""
    rate = fraction_of(stream.average_rate) or 0
    return int((container.duration or 0) * rate / av.time_base)


class _Notes:
    """What the pass has found so far."""

    def __init__(self, expected: int):
        self.samples = Samples[Planes](expected)
        self.columns: dict[str, list[Any]] = {name: [] for name in ("stamp", "key", "digest", "corrupt", "interlaced")}
        self.errors = 0
        self._kind: tuple[str, int, int] | None = None
        self._last_duration = 0
        self._combing, self._pictures = Combing(), bytearray()

    @property
    def count(self) -> int:
        return len(self.columns["stamp"])

    def add(self, frame: av.VideoFrame, path: Path, *, damaged: bool) -> None:
        kind = frame.format.name, frame.width, frame.height
        if self._kind not in (None, kind):
            raise FilmError(
                f"the frames of {path} change from {_said(self._kind)} to {_said(kind)} at frame {self.count}; "
                "expected one size and one pixel format. Cut the film there, or bring it to one size first: ffmpeg -i "
                "FILM -vf scale=W:H,format=FORMAT -c:v ffv1 FILM.mkv"
            )
        self._kind, self._last_duration = kind, frame.duration or 0
        planes = planes_of(frame)
        luma = luma_samples(planes)
        self.samples.add(planes)
        self._combing.add(luma)
        self._pictures += small_picture_of(luma, planes.format.bits).data
        new = stamp_of(frame), frame.key_frame, crc_of(planes), frame.is_corrupt or damaged
        for column, value in zip(self.columns.values(), (*new, frame.interlaced_frame), strict=True):
            column.append(value)

    def index(self, stream: VideoStream, broken: set[int | None], *, damaged: bool, path: Path) -> Index:
        stamps = self.columns["stamp"]
        time_base = fraction_of(stream.time_base)
        if time_base is None:
            raise FilmError(
                f"{path} has no unit of time; bring it into another container first: ffmpeg -i FILM FILM.mkv"
            )
        rates = [fraction_of(rate) for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate)]
        corrupt = [
            flag or (stamp is not None and stamp in broken)
            for flag, stamp in zip(self.columns["corrupt"], stamps, strict=True)
        ]
        return Index(
            keys=np.array(self.columns["key"], bool),
            digests=np.array(self.columns["digest"], np.uint32),
            corrupt=np.array(corrupt, bool),
            interlaced=np.array(self.columns["interlaced"], bool) | self._combing.found,
            pictures=np.frombuffer(self._pictures, np.uint8).reshape(-1, *CELLS),
            time_base=time_base,
            damaged=damaged or any(corrupt),
            pixel_format=self._kind[0] if self._kind else "",
            file_size=path.stat().st_size,
            **timing(stamps, time_base, self._last_duration, [rate for rate in rates if rate]),
        )


def _said(kind: tuple[str, int, int] | None) -> str:
    return "nothing" if kind is None else f"{kind[1]}x{kind[2]} {kind[0]}"


@contextmanager
def _counted_errors() -> Generator[Callable[[], int]]:
    """Give a function that counts the errors that FFmpeg has logged since: some decoders tell of them nowhere else."""
    level = av.logging.get_level()
    if level is None:
        av.logging.set_level(av.logging.FATAL)  # errors are counted all the same, and no message is shown
    before = av.logging.get_last_error()[0]
    try:
        yield lambda: av.logging.get_last_error()[0] - before
    finally:
        av.logging.set_level(level)
