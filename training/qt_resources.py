"""Files inside a Qt resource file (.rcc), in which programs built with Qt ship their pictures.

The format is the one that Qt's own compiler writes (https://doc.qt.io/qt-6/resources.html): a header with the places of
a tree, of the data and of the names, all numbers big-endian.
"""

import struct
import zlib
from collections.abc import Iterator

_COMPRESSED, _FOLDER, _ZSTANDARD = 1, 2, 4


def resources(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (path, content) of each file in a resource file of format 1 to 3.

    Raises
    ------
    ValueError
        If it is none, or holds files that are compressed otherwise than by zlib.
    """
    if content[:4] != b"qres" or content[7] not in (1, 2, 3):
        raise ValueError("not a Qt resource file of format 1 to 3")
    version, tree, data, names = struct.unpack_from(">4I", content, 4)
    node_size = 14 if version < 2 else 22

    def name(place: int) -> str:
        (length,) = struct.unpack_from(">H", content, names + place)
        begin = names + place + 6
        return content[begin : begin + 2 * length].decode("utf-16-be")

    def walk(node: int, folder: str) -> Iterator[tuple[str, bytes]]:
        at = tree + node * node_size
        place, flags = struct.unpack_from(">IH", content, at)
        path = f"{folder}/{name(place)}" if node else ""
        if flags & _FOLDER:
            count, first = struct.unpack_from(">2I", content, at + 6)
            for child in range(first, first + count):
                yield from walk(child, path)
            return
        if flags & _ZSTANDARD:
            raise ValueError(f"{path} is compressed by Zstandard, which is not read here")
        (offset,) = struct.unpack_from(">I", content, at + 10)
        (length,) = struct.unpack_from(">I", content, data + offset)
        begin = data + offset + 4
        found = content[begin : begin + length]
        yield path.lstrip("/"), zlib.decompress(found[4:]) if flags & _COMPRESSED else found

    return walk(0, "")
