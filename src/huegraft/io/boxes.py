"""Boxes of JPEG 2000 files (ISO/IEC 15444-1, annex I)."""

import struct
from collections.abc import Iterator

_MOST = 2**12


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, begin and end of the content of each box. A damaged box ends the list."""
    end = len(data) if end is None else end
    for _ in range(_MOST):
        if start + 8 > end:
            return
        length, kind = struct.unpack_from(">I4s", data, start)
        begin = start + 8
        if length == 1 and begin + 8 <= end:
            length, begin = struct.unpack_from(">Q", data, begin)[0], begin + 8
        stop = end if length == 0 else start + length
        if not begin <= stop <= end:
            return
        yield kind, begin, stop
        start = stop


def box(kind: bytes, *content: bytes) -> bytes:
    """Return a box."""
    return struct.pack(">I4s", 8 + sum(map(len, content)), kind) + b"".join(content)
