"""Join: the segments of a film and all else of its source become one file."""

import heapq
import os
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import av
from av.container import InputContainer, OutputContainer
from av.container.core import Flags
from av.error import FFmpegError
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from huegraft.errors import FilmError
from huegraft.film import copied
from huegraft.film.codecs import CODECS
from huegraft.film.containers import Container, container_of, muxer_options
from huegraft.film.encoder import EncoderSettings, header_writer
from huegraft.film.held import Held
from huegraft.film.labels import Span, chapters, display_matrix, first_timecode, labels
from huegraft.film.opening import opened_output, opened_source
from huegraft.film.packets import SegmentFacts, read_facts, read_packets
from huegraft.film.segments import check_joinable
from huegraft.film.timecode import timecode_after
from huegraft.film.times import Times
from huegraft.io.atomic import check_file_writable, written_whole


def join(
    output: Path,
    segments: Sequence[Path],
    settings: EncoderSettings,
    times: Times,
    *,
    source: Path | None = None,
    stream: int | None = None,
    replace: bool = False,
) -> tuple[str, ...]:
    """Write a film from its segments, and copy all else from its source. The film appears when it is whole.

    Where the segments are a part of the film, the rest is copied for that part, and the part begins at second 0. A
    whole film keeps its times; where nothing begins before a later second, that second becomes 0. Sound may begin a
    little before the pictures; Matroska holds nothing before second 0, and there the pictures begin later.

    Parameters
    ----------
    output
        The film's file; its ending names the container.
    segments
        Files of packets that follow one another.
    settings
        How the segments were encoded.
    times
        When the frames of the whole film are shown.
    source
        The film that all else is copied from; None where there is none.
    stream
        The index of the source's video stream that the segments replace; None takes the first.
    replace
        Whether a file that is there is replaced.

    Returns
    -------
    tuple of str
        A sentence for each thing that the container cannot hold.

    Raises
    ------
    ArgumentError
        If the ending names no container.
    FilmError
        If segments are damaged or do not fit one another, the source cannot be read, or the output cannot be written:
        then nothing is left of it.
    """
    container = container_of(output.suffix)
    check_file_writable(output, replace=replace, error=FilmError)
    facts = [read_facts(path) for path in segments]
    check_joinable(facts, [path.name for path in segments])
    if facts[-1].stop > len(times.pts):
        raise FilmError(f"the segments end at frame {facts[-1].stop}; the film has {len(times.pts)}")
    try:
        with written_whole(output, replace=replace) as temporary, ExitStack() as stack:
            read = stack.enter_context(opened_source(source)) if source else None
            job = _Job(container, segments, facts, settings, times, read, stream)
            return job.write(temporary)
    except FilmError:
        raise
    except (OSError, FFmpegError) as cause:
        raise FilmError(f"cannot write {output}: {cause}") from cause


@dataclass(frozen=True)
class _Job:
    """What is joined."""

    container: Container
    segments: Sequence[Path]
    facts: Sequence[SegmentFacts]
    settings: EncoderSettings
    times: Times
    source: InputContainer | None
    stream: int | None

    def write(self, path: Path) -> tuple[str, ...]:
        """Write the film, and return what the container cannot hold."""
        kept, notes, replaced = self._streams()
        span = self._span(kept)
        wanted = labels(self.source.metadata) if self.source else {}
        options = muxer_options(self.container, self.times.time_base, wanted)
        with opened_output(BytesIO(), self.container.muxer, {"strict": options["strict"]}) as trial:
            self._begin(trial, kept, replaced, span)  # PyAV 18 never closes a file whose header fails
        with opened_output(path, self.container.muxer, options) as output, ExitStack() as stack:
            video, copies = self._begin(output, kept, replaced, span)
            place = output.streams.video.index(video)
            encoded = stack.enter_context(closing(self._packets(video, span.zero)))
            taken = stack.enter_context(closing(copied.copied_packets(self.source, copies, span)))
            for _, packet in heapq.merge(encoded, taken, key=lambda timed: timed[0]):
                output.mux_one(packet)
        with path.open("rb") as file:  # the file gets its name when the disk has all of it
            os.fsync(file.fileno())
        frames = range(self.facts[0].first, self.facts[-1].stop)
        held = Held(self.container, self.settings, self.times, frames, span, place)
        return (*notes, *held.notes(path, self.source))

    def _begin(
        self, output: OutputContainer, kept: list[Stream], replaced: VideoStream | None, span: Span
    ) -> tuple[VideoStream, dict[int, Stream]]:
        """Add the streams and the labels, and write the header."""
        output.flags |= Flags.bitexact.value  # no random identifiers, so the same film has the same bytes
        video, copies = self._add_streams(output, kept, replaced)
        if self.source:
            output.metadata.update(labels(self.source.metadata))
            output.set_chapters(chapters(self.source, span))
        output.start_encoding()
        return video, copies

    def _streams(self) -> tuple[list[Stream], list[str], VideoStream | None]:
        """Return the streams that are copied, sentences about the others, and the stream that is replaced."""
        if not self.source:
            return [], [], None
        replaced = copied.replaced_stream(self.source, self.stream)
        return *copied.copied_streams(self.source, replaced, self.container.muxer), replaced

    def _span(self, kept: list[Stream]) -> Span:
        first, stop = self.facts[0].first, self.facts[-1].stop
        start = self.times.start(first)
        if (first, stop) != (0, len(self.times.pts)):
            return Span(start, self.times.start(stop), start)
        earliest = copied.first_start(kept)
        zero = start if earliest is None else min(start, max(earliest, Fraction(0)))
        return Span(None, None, zero // self.times.time_base * self.times.time_base)

    def _add_streams(
        self, output: OutputContainer, kept: list[Stream], replaced: VideoStream | None
    ) -> tuple[VideoStream, dict[int, Stream]]:
        """Add all streams in the order of the source."""
        if replaced is None:
            return self._add_video(output, None), {}
        copies: dict[int, Stream] = {}
        ordered: list[Stream] = sorted([replaced, *kept], key=lambda stream: stream.index)
        for stream in ordered:
            copies[stream.index] = (
                self._add_video(output, replaced) if stream is replaced else copied.add_copy(output, stream)
            )
        return cast(VideoStream, copies.pop(replaced.index)), copies

    def _add_video(self, output: OutputContainer, replaced: VideoStream | None) -> VideoStream:
        codec = CODECS[self.settings.encoding.codec]
        video = cast(VideoStream, output.add_stream(codec.encoder))
        tag = self.container.tags.get(self.settings.encoding.codec)
        if tag:
            video.codec_context.codec_tag = tag
        header_writer(video.codec_context, self.settings, self.facts[0].extradata)
        video.time_base = self.times.time_base
        video.disposition = Disposition.default
        if replaced and self.source:
            video.disposition = replaced.disposition
            video.metadata.update(labels(replaced.metadata))
            video.set_display_matrix(display_matrix(Path(self.source.name), replaced.index))
            timecode = timecode_after(
                first_timecode(self.source, replaced) or "", self.facts[0].first, self.settings.rate
            )
            if timecode:
                video.metadata["timecode"] = timecode
        return video

    def _packets(self, video: VideoStream, zero: Fraction) -> Generator[tuple[Fraction, Any]]:
        """Yield the packets of all segments, with the seconds at which they are decoded."""
        first, base = self.facts[0].first, self.times.time_base
        shift = int(zero / base)
        delay = max(segment.delay for segment in self.facts)
        position = first
        for path in self.segments:
            for encoded in read_packets(path):
                packet = av.Packet(encoded.data)
                packet.stream, packet.time_base = video, base
                packet.pts = int(self.times.pts[encoded.frame]) - shift
                packet.dts = self.times.decoding(position, delay, first) - shift
                packet.duration, packet.is_keyframe = self.times.steps(encoded.frame), encoded.key
                if packet.dts > packet.pts:
                    raise FilmError(f"{path} is damaged: frame {encoded.frame} would be decoded after it is shown")
                position += 1
                yield packet.dts * base, packet
