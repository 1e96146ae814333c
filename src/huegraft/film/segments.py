"""Segments: the parts of a film that are encoded on their own, each by one encoder, and never again once finished."""

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from huegraft.errors import ArgumentError, FilmError
from huegraft.film.codecs import CODECS
from huegraft.film.encoder import EncoderSettings, opened
from huegraft.film.packets import EncodedFrame, PacketWriter, SegmentFacts
from huegraft.film.pixel_aspect import with_pixel_aspect
from huegraft.io.atomic import written_whole


def segment_bounds(
    shots: Iterable[tuple[int, int]], rate: Fraction, at_most: Fraction = Fraction(10)
) -> list[tuple[int, int]]:
    """Return the segments of a film: whole shots, and the even parts of those that are longer than `at_most`.

    Parameters
    ----------
    shots
        The first frame of each shot, and the first after it.
    rate
        Frames a second. Above 0.
    at_most
        The seconds of the longest segment. Above 0; a segment has one frame at least.
    """
    longest = max(1, math.floor(at_most * rate))
    bounds: list[tuple[int, int]] = []
    for start, stop in shots:
        parts = -(-(stop - start) // longest)
        cuts = [start + (stop - start) * part // parts for part in range(parts)]
        bounds += zip(cuts, [*cuts[1:], stop], strict=True)
    return bounds


def write_segment(
    path: Path,
    frames: Iterable[av.VideoFrame],
    first: int,
    settings: EncoderSettings,
    key: str,
    *,
    threads: int = 0,
) -> SegmentFacts:
    """Encode frames to a file of packets. The file appears when it is whole, and replaces one that is there.

    Parameters
    ----------
    path
        The file of packets.
    frames
        The frames in the order of showing, one at least. Their tags and times are written over.
    first
        Which frame of the film the first one is.
    settings
        How they are encoded.
    key
        What the segment is made from, for `is_whole`.
    threads
        How many threads the encoder runs; 0 lets the encoder choose.

    Raises
    ------
    ArgumentError
        If a frame is not laid out as the settings say.
    FilmError
        If there is no frame, or frames cannot be encoded, or the file cannot be written: then nothing is left of it.
    """
    context = opened(settings, threads)
    try:
        with written_whole(path, replace=True) as temporary, temporary.open("wb") as file:
            writer = PacketWriter(file)
            for packet in _encoded(_prepared(frames, first, settings), context, settings):
                writer.write(packet)
            return writer.finish(key, first, context.extradata or b"")
    except FilmError:
        raise
    except (OSError, FFmpegError) as cause:
        raise FilmError(f"cannot write {path}: {cause}") from cause


def _prepared(frames: Iterable[av.VideoFrame], first: int, settings: EncoderSettings) -> Iterator[av.VideoFrame]:
    """Yield the frames with their index as time, and with the tags of the film."""
    shaped = with_pixel_aspect(_checked(frames, first, settings), settings.pixel_aspect)
    for index, frame in enumerate(shaped, first):
        frame.pts, frame.time_base = index, settings.frame_time
        frame.pict_type = 0  # a type that a decoder left would tell the encoder what to make of the frame
        settings.tags.put_on(frame)
        yield frame


def _checked(frames: Iterable[av.VideoFrame], first: int, settings: EncoderSettings) -> Iterator[av.VideoFrame]:
    """Yield the frames that are laid out as the encoder expects: PyAV would convert others without a word."""
    wanted = (settings.encoding.pixel_format, *settings.size)
    for index, frame in enumerate(frames, first):
        found = (frame.format.name, frame.height, frame.width)
        if found != wanted:
            layouts = ["{} {} × {}".format(*layout) for layout in (found, wanted)]
            raise ArgumentError(f"frame {index} is {layouts[0]}; expected {layouts[1]}")
        yield frame


def _encoded(
    frames: Iterator[av.VideoFrame], context: VideoCodecContext, settings: EncoderSettings
) -> Iterator[EncodedFrame]:
    """Yield what the encoder makes of the frames, in the order of decoding."""
    with_matrix = CODECS[settings.encoding.codec].with_matrix
    for frame in chain(frames, [None]):
        for packet in context.encode(frame):
            if packet.pts is None:
                raise FilmError("the encoder gave a packet without a time")
            data = bytes(packet)
            if with_matrix is not None:
                data = with_matrix(data, settings.reading.matrix)
            yield EncodedFrame(packet.pts, packet.is_keyframe, data)


def check_joinable(segments: Sequence[SegmentFacts], names: Sequence[str]) -> None:
    """Check that segments follow one another and share one header.

    Raises
    ------
    FilmError
        If a frame is missing between two, or the headers differ: the message names the segments.
    """
    if not segments:
        raise FilmError("there is no segment to join")
    for before, after, name in zip(segments, segments[1:], names[1:], strict=False):
        if before.stop != after.first:
            raise FilmError(f"{name} begins at frame {after.first}; expected {before.stop}, where the one before ends")
    others = [name for name, segment in zip(names, segments, strict=True) if segment.extradata != segments[0].extradata]
    if others:
        raise FilmError(
            f"{', '.join(others)} and {names[0]} have different headers: they were encoded in different ways; "
            "delete the older ones to encode them anew"
        )
