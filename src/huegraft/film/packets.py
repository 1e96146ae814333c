"""A file of packets: what one encoder made of one part of a film, with a digest of each packet.

The file is the packets one after the other, then a table of them in JSON, then the table's length and digest. So a file
that was cut short has no end that fits, and a file that was damaged has a packet or a table that does not.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from huegraft.errors import FilmError

_MAGIC = b"huegraft packets 1\n"
_DIGEST = hashlib.sha256().digest_size
_LENGTH = 8


@dataclass(frozen=True)
class EncodedFrame:
    """One packet: one frame of a film as its codec writes it.

    Attributes
    ----------
    frame
        Which frame of the film it is.
    key
        Whether decoding may begin here.
    data
        The bytes.
    """

    frame: int
    key: bool
    data: bytes


@dataclass(frozen=True)
class SegmentFacts:
    """What a file of packets holds.

    Attributes
    ----------
    key
        What the segment was made from, as its maker named it.
    first
        The first frame of the film in it.
    frames
        How many frames follow one another from there.
    delay
        How many frames the decoder has to hold back to show the frames in order: 0 without frames that look ahead.
    extradata
        The header that the decoder needs.
    size
        The size of all packets in bytes.
    """

    key: str
    first: int
    frames: int
    delay: int
    extradata: bytes
    size: int

    @property
    def stop(self) -> int:
        """The first frame of the film after the segment."""
        return self.first + self.frames


class PacketWriter:
    """Writes packets one after the other, and the table at the end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._table: list[tuple[int, bool, int, str]] = []
        file.write(_MAGIC)

    def write(self, packet: EncodedFrame) -> None:
        """Write a packet. Packets come in the order of decoding."""
        digest = hashlib.sha256(packet.data).hexdigest()
        self._table.append((packet.frame, packet.key, len(packet.data), digest))
        self._file.write(packet.data)

    def finish(self, key: str, first: int, extradata: bytes) -> SegmentFacts:
        """Write the table, and wait until the disk has all.

        Raises
        ------
        FilmError
            If there is no packet, or the packets are not those of frames that follow one another, or decoding cannot
            begin at the first.
        """
        frames = [frame for frame, *_ in self._table]
        if not frames:
            raise FilmError("a segment needs one frame at least")
        if sorted(frames) != list(range(first, first + len(frames))) or not self._table[0][1] or frames[0] != first:
            raise FilmError(f"the encoder did not give one packet for each frame from {first} on, a key frame first")
        delay = max(position - (frame - first) for position, frame in enumerate(frames))
        size = sum(length for _, _, length, _ in self._table)
        facts = SegmentFacts(key, first, len(frames), delay, extradata, size)
        table = asdict(facts) | {"extradata": extradata.hex(), "packets": self._table}
        text = json.dumps(table, separators=(",", ":")).encode()
        self._file.write(text + len(text).to_bytes(_LENGTH, "little") + hashlib.sha256(text).digest())
        self._file.flush()
        os.fsync(self._file.fileno())
        return facts


def read_facts(path: Path) -> SegmentFacts:
    """Read what a file of packets holds. The packets are not read.

    Raises
    ------
    FilmError
        If the file is missing, cut short, damaged in its table, or another kind of file.
    """
    with _opened(path) as file:
        return _read_table(path, file)[0]


def read_packets(path: Path) -> Iterator[EncodedFrame]:
    """Yield the packets in the order of decoding, each checked.

    Raises
    ------
    FilmError
        If the file is missing, cut short, damaged, or another kind of file.
    """
    with _opened(path) as file:
        _, table = _read_table(path, file)
        file.seek(len(_MAGIC))
        for frame, key, length, digest in table:
            data = file.read(length)
            if hashlib.sha256(data).hexdigest() != digest:
                raise FilmError(
                    f"{path} is damaged: the packet of frame {frame} has changed; delete it to make it anew"
                )
            yield EncodedFrame(frame, key, data)


def is_whole(path: Path, key: str) -> bool:
    """Return whether a file of packets is there, was made from `key`, and holds all that was written."""
    try:
        return read_facts(path).key == key and sum(1 for _ in read_packets(path)) > 0
    except OSError:  # an error of the file's, as FilmError is, or of the disk's
        return False


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as cause:
        raise FilmError(f"cannot read {path}: {cause.strerror or cause}") from cause


def _read_table(path: Path, file: IO[bytes]) -> tuple[SegmentFacts, list[Any]]:
    """Read the table at the end, and check it against its digest and the size of the file."""
    end = file.seek(0, os.SEEK_END)
    if file.seek(0) or file.read(len(_MAGIC)) != _MAGIC:
        raise FilmError(f"{path} is not a file of packets")
    damaged = FilmError(f"{path} is cut short or damaged; delete it to make it anew")
    foot = end - _LENGTH - _DIGEST
    if foot < len(_MAGIC):
        raise damaged
    file.seek(foot)
    length = int.from_bytes(file.read(_LENGTH), "little")
    digest = file.read(_DIGEST)
    if length > foot - len(_MAGIC):
        raise damaged
    file.seek(foot - length)
    text = file.read(length)
    if hashlib.sha256(text).digest() != digest:
        raise damaged
    table = json.loads(text)
    packets = table.pop("packets")
    facts = SegmentFacts(**table | {"extradata": bytes.fromhex(table["extradata"])})
    if len(_MAGIC) + facts.size + length != foot:
        raise damaged
    return facts, packets
