"""Film files opened, and the frames of their video streams decoded one after the other."""

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from huegraft.errors import FilmError

LOGGING = threading.Lock()
"""Held by who changes how FFmpeg logs, which is one setting of the whole process."""

_NO_FILMS = {"tty", "image2", "lavfi", "concat", "hls", "dash", "bin", "xbin", "adf", "idf", "ffmetadata"}
"""Formats that take text for pictures, hold one picture, or lead to other files."""

_TOLERANT: Any = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
"""Texts in other codes than UTF-8 are no error; PyAV 19 needs not be told."""


@contextmanager
def opened(path: Path, stream: int = 0, threads: int | None = None) -> Generator[tuple[InputContainer, VideoStream]]:
    """Give a film file and one of its video streams, ready for decoding; the file is closed at the end.

    Parameters
    ----------
    path
        The film file.
    stream
        Which of the file's video streams, from 0. Cover pictures do not count.
    threads
        How many threads decode; None for as many as the machine has.

    Raises
    ------
    FilmError
        If the file is missing, of an unknown format, holds no such stream, or no decoder knows the stream.
    """
    if not path.is_file():
        raise FilmError(f"cannot read {path}: there is no such file" if not path.exists() else f"{path} is no file")
    try:
        container = av.open(str(path.resolve()), "r", options={"protocol_whitelist": "file"}, **_TOLERANT)
    except (av.error.FFmpegError, OSError) as error:
        raise FilmError(
            f"cannot read {path} as a film ({error.strerror or error}); it must be whole and of a format that FFmpeg "
            f"reads: see what ffprobe says of it"
        ) from error
    with container:
        names = set(container.format.name.split(","))
        if names & _NO_FILMS or container.format.name.endswith("_pipe"):
            raise FilmError(f"{path} is no film but {container.format.long_name}; expected a film file")
        video = _video_stream(container, path, stream)
        video.codec_context.thread_type = "AUTO" if threads != 1 else "NONE"  # of frames where the codec can
        video.codec_context.thread_count = threads or 0
        yield container, video


def film_streams(container: InputContainer) -> list[VideoStream]:
    """Return the video streams of a file without cover pictures."""
    return [each for each in container.streams.video if not each.disposition & Disposition.attached_pic]


def _video_stream(container: InputContainer, path: Path, number: int) -> VideoStream:
    films = film_streams(container)
    if not 0 <= number < len(films):
        kinds = ", ".join(each.type for each in container.streams) or "none"
        raise FilmError(
            f"{path} has no video stream {number}, but {len(films)} of them (its streams are: {kinds}); "
            + ("choose another stream, counted from 0" if films else "expected a film with pictures")
        )
    # A stream that no decoder knows has no codec context, which the types of PyAV do not tell.
    context: Any = films[number].codec_context
    if context is None:
        raise FilmError(f"no decoder knows the video stream {number} of {path}; convert it first with ffmpeg")
    return films[number]


class Decoding:
    """The frames of a video stream, decoded from the place where the container stands.

    Attributes
    ----------
    errors : list of (int or None)
        The times of the packets that could not be decoded; None for an error of the container.
    """

    def __init__(self, container: InputContainer, stream: VideoStream):
        self._container, self._stream = container, stream
        self.errors = list[int | None]()

    def __iter__(self) -> Generator[av.VideoFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.error.InvalidDataError, av.error.EOFError, IndexError):  # or of a stream that PyAV lacks
                self.errors.append(None)  # the container ends here; the decoder still holds frames
                yield from drained(self._stream.codec_context)
                return
            except av.error.FFmpegError as error:
                raise FilmError(f"cannot read {self._container.name} further: {error.strerror or error}") from error
            if packet is None:
                return
            if packet.is_corrupt:
                self.errors.append(packet.pts)
            try:
                frames = self._stream.decode(packet)
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                self.errors.append(packet.pts)
                continue
            yield from frames


def drained(context: VideoCodecContext) -> list[av.VideoFrame]:
    """Return the frames that a decoder still holds; then none of its threads works any more."""
    with suppress(av.error.FFmpegError):
        return context.decode(None)
    return []


def fraction_of(value: Any) -> Fraction | None:
    """Return a rational number of PyAV; None where it is None, undefined or not above 0."""
    if value is None or value.denominator == 0 or value.numerator * value.denominator <= 0:
        return None
    return Fraction(int(value.numerator), int(value.denominator))
