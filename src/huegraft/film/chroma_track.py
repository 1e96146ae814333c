"""Chroma track: the colours of a shot of a colourised film, kept apart from its pictures."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, Self

import av
import numpy as np
from av.error import FFmpegError

from huegraft.errors import FilmError
from huegraft.film.planes import Planes
from huegraft.film.planes_of_frames import format_of, frame_of, planes_of
from huegraft.film.times import as_fraction
from huegraft.io.atomic import written_whole
from huegraft.shapes import Float32

_FORMAT = "yuv444p10le"
_LEVELS = 1023
_NEUTRAL = 512
_STEPS = 4  # codes for each unit of a* and b*
_REPRODUCIBLE = {"fflags": "+bitexact"}  # or the file would hold a random number
_OPTIONS = {"level": "3", "coder": "1", "context": "0", "g": "1", "slices": "4", "slicecrc": "1"}


class Colors(NamedTuple):
    """The colours of one frame.

    Attributes
    ----------
    chroma : (h, w, 2) float32
        a*, b*.
    confidence : (h, w) float32
        The estimated probability that a colour is right (decision 008).
    """

    chroma: Float32[np.ndarray, "h w 2"]
    confidence: Float32[np.ndarray, "h w"]


def write_chroma_track(path: Path, frames: Iterator[Colors], threads: int = 1) -> int:
    """Write the colours of a shot as FFV1 of 10 bits, whole or not at all, and return how many frames they are.

    Confidence takes the place of luma, from 0 to 1023. a* and b* take the place of chroma, in steps of a quarter, and
    512 is neutral. They are dithered, so that a slow ramp has no bands of a quarter.

    Raises
    ------
    FilmError
        If the file cannot be written.
    """
    count = 0
    try:
        with (
            written_whole(path, replace=True) as temporary,
            av.open(str(temporary.resolve()), "w", format="matroska", options=_REPRODUCIBLE) as container,
        ):
            stream: Any = None
            for count, colors in enumerate(frames, start=1):
                height, width = colors.confidence.shape
                if stream is None:
                    stream = container.add_stream("ffv1", rate=1, options=_OPTIONS)
                    stream.width, stream.height, stream.pix_fmt = width, height, _FORMAT
                    stream.codec_context.thread_count = threads
                frame = _frame_of(colors, count - 1)
                for packet in stream.encode(frame):
                    container.mux(packet)
            if stream is None:
                raise FilmError(f"cannot write {path}: there are no frames")
            for packet in stream.encode():
                container.mux(packet)
    except (OSError, FFmpegError) as error:
        if isinstance(error, FilmError):
            raise
        raise FilmError(f"cannot write {path}: {error}") from error
    return count


class ChromaTrack(Sequence[Colors]):
    """The colours of a shot, frame by frame, read from the file as they are asked for.

    Parameters
    ----------
    path
        A file that `write_chroma_track` wrote.

    Raises
    ------
    FilmError
        If the file is missing or damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._container = av.open(str(path.resolve()))
        except (OSError, FFmpegError) as error:
            raise FilmError(f"cannot read the track {path}: {error}") from error
        self._stream = self._container.streams.video[0]
        self._stream.codec_context.thread_count = 1
        self._count = round((self._container.duration or 0) / 1_000_000)  # a frame a second
        self._next = -1
        self._frames: Iterator[av.VideoFrame] = iter(())

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: Any) -> Any:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(self._count))]
        wanted = number + self._count if number < 0 else number
        if not 0 <= wanted < self._count:
            raise IndexError(f"the track has {self._count} frames, got {number}")
        try:
            return self._colors(wanted)
        except AssertionError as error:
            raise FilmError(f"the track {self._path} is closed") from error
        except (StopIteration, FFmpegError) as error:
            raise FilmError(f"the track {self._path} is damaged at frame {wanted}; compute the shot again") from error

    def _colors(self, wanted: int) -> Colors:
        if wanted != self._next:
            base = as_fraction(self._stream.time_base)
            self._container.seek(round(wanted / base), stream=self._stream)
            self._frames = self._container.decode(self._stream)
        frame = next(self._frames)
        if round(frame.time or 0) != wanted:
            raise StopIteration
        self._next = wanted + 1
        return _colors_of(frame)

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _frame_of(colors: Colors, number: int) -> av.VideoFrame:
    """Return a frame of 10 bits."""
    noise = np.random.default_rng(number).random(colors.chroma.shape, np.float32)
    codes = [
        np.rint(colors.confidence * _LEVELS),
        *np.moveaxis(np.floor(colors.chroma * _STEPS + _NEUTRAL + noise), 2, 0),
    ]
    samples = tuple(values.clip(0, _LEVELS).astype(np.uint16) for values in codes)
    frame = frame_of(Planes(format_of(_FORMAT), samples), _FORMAT)
    frame.pts, frame.time_base = number, Fraction(1)
    return frame


def _colors_of(frame: av.VideoFrame) -> Colors:
    """Return the colours that a frame holds."""
    confidence, first, second = (plane.astype(np.float32) for plane in planes_of(frame).samples)
    chroma = (np.stack([first, second], axis=2) - np.float32(_NEUTRAL)) / np.float32(_STEPS)
    return Colors(chroma, confidence / np.float32(_LEVELS))
