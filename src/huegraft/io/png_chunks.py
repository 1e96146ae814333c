"""The chunks of a PNG that are used, with the texts."""

import io
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = b"XML:com.adobe.xmp"
RAW = "Raw profile type "
"""The beginning of a keyword whose text holds a block in hexadecimal digits."""
_LONGEST = 2**26
_TEXTS = frozenset({b"iTXt", b"tEXt", b"zTXt"})
_READ = _TEXTS | {b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI", b"eXIf", b"pHYs", b"tRNS"}


@dataclass
class Chunks:
    """The chunks of a file. The content of the pixels' chunks is not held.

    Attributes
    ----------
    header : bytes
        The content of IHDR.
    kept : dict
        The first chunk of each known name.
    data : list of (place, length)
        The places of the pixels' chunks.
    texts : list of (keyword, text)
        The texts for people.
    raw : dict of (keyword, text)
        The blocks in hexadecimal digits, by their kind.
    xmp : bytes
        The packet.
    lost : list of str
        The keywords of texts that are damaged or too long.
    left : int
        The number of bytes of texts that may still be read.
    """

    header: bytes
    kept: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    data: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    texts: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    raw: dict[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])
    xmp: bytes = b""
    lost: list[str] = field(default_factory=list[str])
    left: int = _LONGEST

    def add(self, name: bytes, content: bytes) -> None:
        """Add a sound chunk."""
        if name not in _TEXTS:
            self.kept.setdefault(name, content)
            return
        keyword, text = _text(name, content, min(self.left, _LONGEST))
        self.left -= len(text or b"")
        title = keyword.decode("latin-1")
        if text is None:
            self.lost.append(title)
        elif keyword == XMP_KEYWORD:
            self.xmp = self.xmp or text
        elif title.startswith(RAW):
            self.raw.setdefault(title.removeprefix(RAW).strip(), (title, text))
        else:
            self.texts.append((title, text.decode("utf-8", "replace") if name == b"iTXt" else text.decode("latin-1")))


def chunks_of(path: Path) -> Chunks:
    """Return the chunks that are used."""
    with path.open("rb") as file:
        start = file.read(len(SIGNATURE) + 25)
        if start[12:16] != b"IHDR" or len(start) < 33:
            raise ValueError("its header is not at the beginning")
        chunks = Chunks(start[16:29])
        while len(head := file.read(8)) == 8:
            length, name = struct.unpack(">I4s", head)
            if name == b"IDAT":
                chunks.data.append((file.tell() - 8, length + 12))
            elif name in _READ and length < _LONGEST:
                content = file.read(length)
                if file.read(4) == struct.pack(">I", zlib.crc32(content, zlib.crc32(name))):
                    chunks.add(name, content)
                continue
            if name == b"IEND":
                break
            file.seek(length + 4, io.SEEK_CUR)
    return chunks


def _text(name: bytes, content: bytes, most: int) -> tuple[bytes, bytes | None]:
    """Return keyword and text, or None if the text is damaged or longer than what may still be read."""
    keyword, _, rest = content.partition(b"\0")
    packed = name == b"zTXt"
    if name == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    elif packed:
        rest = rest[1:]
    return keyword, inflated(rest, most) if packed else rest if len(rest) <= most else None


def block_of(text: bytes) -> bytes | None:
    """Return the block in a text of kind, length and hexadecimal digits, or None if the block is damaged."""
    try:
        return bytes.fromhex(b"".join(text.split()[2:]).decode("ascii"))
    except ValueError:
        return None


def inflated(content: bytes, most: int = _LONGEST, *, whole: bool = True) -> bytes | None:
    """Return decompressed bytes, at most `most`, or None if they are damaged, or if `whole` and there are more."""
    stream = zlib.decompressobj()
    try:
        found = stream.decompress(content, max(most, 1))
    except zlib.error:
        return None
    return found if stream.eof or not whole else None


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(name)))
