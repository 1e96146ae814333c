"""The streams that a film takes over from its source as they are: sound, subtitles and attachments.

Subtitles that are plain text become another kind of plain text where the container holds only that.
"""

from collections.abc import Generator, Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.stream import AttachmentStream, Discard, Disposition, Stream
from av.video.stream import VideoStream

from huegraft.errors import FilmError
from huegraft.film.labels import Span, labels
from huegraft.film.opening import opened_output, opened_source
from huegraft.film.times import as_fraction

_SEEKABLE = ("mov", "matroska")
_TEXTS = {"mp4": ("subrip", "mov_text"), "mov": ("subrip", "mov_text"), "matroska": ("mov_text", "subrip")}
"""For each container the text that it cannot hold, and the one that it can."""
_MARGIN = 10  # seconds that a file's streams may lie apart


def replaced_stream(source: InputContainer, index: int | None) -> VideoStream:
    """Return the video stream that the output has in colour: the one of an index, or the first that is no still."""
    for stream in source.streams.video:
        if stream.index == index or (index is None and not stream.disposition & Disposition.attached_pic):
            return stream
    raise FilmError(f"{source.name} has no video stream{'' if index is None else f' {index}'}")


def copied_streams(source: InputContainer, replaced: Stream, container: str) -> tuple[list[Stream], list[str]]:
    """Return the streams that a container takes over, and sentences that name those that it cannot hold."""
    kept: list[Stream] = []
    notes: list[str] = []
    for stream in source.streams:
        if stream.index == replaced.index or stream.discard == Discard.all:  # the file's own track of chapters
            continue
        if stream.type == "data" and "timecode" in stream.metadata:  # it is written anew, from the video's label
            continue
        if _holds(container, stream) or _other_text(container, stream):
            kept.append(stream)
        else:
            name = stream.name or stream.metadata.get("handler_name") or "unknown"
            notes.append(f"the output cannot hold stream {stream.index} ({stream.type}, {name}): it is left out")
    return kept, notes


def add_copy(output: OutputContainer, stream: Stream) -> Stream:
    """Add a stream to the output that takes a source's packets; attachments are copied at once."""
    if isinstance(stream, AttachmentStream):
        name, kind = stream.name or "attachment", stream.mimetype or "application/octet-stream"
        added = output.add_attachment(name, kind, stream.data)
    elif _is_cover(stream) and output.format.name == "matroska":  # where covers are attachments
        ending = "png" if stream.codec_context.name == "png" else "jpeg"
        name, kind = stream.metadata.get("filename", f"cover.{ending}"), f"image/{ending}"
        added = output.add_attachment(name, stream.metadata.get("mimetype", kind), _cover(stream))
    elif text := _other_text(output.format.name, stream):
        added = output.add_stream(text)
        added.time_base = stream.time_base
        decoder: Any = stream.codec_context
        if not decoder.is_open:
            decoder.open()
        cast(Any, added.codec_context).subtitle_header = decoder.subtitle_header
    else:
        added = output.add_stream_from_template(stream, opaque=True)
    added.metadata.update(labels(stream.metadata))
    added.disposition = stream.disposition
    return added


def first_start(streams: list[Stream]) -> Fraction | None:
    """Return the second at which the first of the streams of sound and pictures begins; None where no one says."""
    starts = [
        stream.start_time * as_fraction(stream.time_base)
        for stream in streams
        if stream.type in ("audio", "video") and not _is_cover(stream) and stream.start_time is not None
    ]
    return min(starts, default=None)


def copied_packets(
    source: InputContainer | None, copies: dict[int, Stream], span: Span
) -> Generator[tuple[Fraction, Any]]:
    """Yield the packets of the copied streams in a span, with their seconds in the output, in the file's order."""
    taken: list[Stream] = []
    if source:
        timed = [index for index, copy in copies.items() if copy.type != "attachment"]
        taken = [stream for stream in source.streams if stream.index in timed]
    if not source or not taken:
        return
    if span.start is not None and span.start > _MARGIN and source.format.name.startswith(_SEEKABLE):
        source.seek(int((span.start - _MARGIN) * av.time_base))
    kinds = {stream.index: stream.type for stream in taken}
    heard = {index for index, kind in kinds.items() if kind == "audio"} or set(kinds)  # subtitles may lie hours apart
    latest: dict[int, int] = {}
    for packet in _demuxed(source, taken):
        index, base = packet.stream_index, as_fraction(packet.time_base)
        time = packet.dts if packet.pts is None else packet.pts
        if _is_cover(packet.stream) and packet.size:  # it has no time, and belongs to any part
            packet.pts = packet.dts = 0
            packet.stream = copies[index]
            yield Fraction(0), packet
            continue
        if time is None:  # the end of a stream
            continue
        start = time * base
        if span.stop is not None and start > span.stop + _MARGIN:
            heard.discard(index)
            if not heard:
                return
        if _overlaps(packet, start, base, span):
            _move(packet, base, span, latest)
            if _other_text(copies[index].container.format.name, packet.stream):
                packet = _in_other_text(packet, copies[index])
                if packet is None:
                    continue
            packet.stream = copies[index]
            yield (packet.dts or 0) * base, packet


def _other_text(container: str, stream: Stream) -> str | None:
    """Return the codec of text that a stream of subtitles becomes in a container; None where it stays as it is."""
    given, taken = _TEXTS.get(container, (None, None))
    context: Any = stream.codec_context
    return taken if stream.type == "subtitle" and context and context.codec.canonical_name == given else None


def _in_other_text(packet: Any, stream: Stream) -> Any:
    """Return a packet of subtitles in the codec of a stream; None where it shows nothing, which ends the one before."""
    subtitles = packet.stream.codec_context.decode2(packet)
    if subtitles is None:
        return None
    made = cast(Any, stream.codec_context).encode_subtitle(subtitles)
    made.pts, made.dts, made.duration, made.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    return made


def _demuxed(source: InputContainer, streams: list[Stream]) -> Iterator[Any]:
    try:
        yield from source.demux(streams)
    except FFmpegError as cause:
        raise FilmError(f"cannot read {source.name}: {cause}") from cause


def _is_cover(stream: Stream) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def _cover(stream: Stream) -> bytes:
    """Return the picture of a stream that is the cover of its file."""
    with opened_source(Path(stream.container.name)) as source:
        return next(bytes(packet) for packet in source.demux(source.streams[stream.index]) if packet.size)


def _overlaps(packet: Any, start: Fraction, base: Fraction, span: Span) -> bool:
    stop = start + (packet.duration or 0) * base
    if span.start is not None and (stop < span.start if stop == start else stop <= span.start):
        return False
    return span.stop is None or start < span.stop


def _move(packet: Any, base: Fraction, span: Span, latest: dict[int, int]) -> None:
    """Move a packet's times; subtitles are cut to the span. The times of decoding are made to rise."""
    pts: int = packet.dts if packet.pts is None else packet.pts
    dts: int = pts if packet.dts is None else packet.dts
    if packet.stream.type == "subtitle" and span.start is not None:
        begin = max(pts, round(span.start / base))
        stop = pts + (packet.duration or 0)
        end = stop if span.stop is None else min(stop, round(span.stop / base))
        pts, dts, packet.duration = begin, begin, max(end - begin, 0)
    shift = round(span.zero / base)
    dts = max(dts - shift, latest.get(packet.stream_index, dts - shift - 1) + 1)
    packet.pts, packet.dts = max(pts - shift, dts), dts
    latest[packet.stream_index] = dts


def _holds(container: str, stream: Stream) -> bool:
    """Return whether a container takes a stream: whether a file with it alone has a header."""
    if container == "mov" and _is_cover(stream):  # the muxer takes it, and writes it nowhere
        return False
    try:
        with opened_output(BytesIO(), container, {"strict": "experimental"}) as trial:
            add_copy(trial, stream)
            trial.start_encoding()
    except (FFmpegError, ValueError):
        return False
    return True
