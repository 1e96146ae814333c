"""Directories of TIFF files and EXIF blocks: tags with their unchanged values, and directories below them.

Values stay bytes in the file's own byte order. So what a camera wrote, above all its maker notes, is carried without
being understood (TIFF 6.0, section 2; EXIF 2.32, section 4.6).
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from mmap import mmap
from typing import Literal

Order = Literal["<", ">"]
Tree = dict[int, "Value | Tree"]
"""A directory: the values, and the directories below it, by their tags."""

EXIF, GPS, INTEROPERABILITY = 0x8769, 0x8825, 0xA005
_BELOW = frozenset({EXIF, GPS, INTEROPERABILITY})
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_BYTE, _SHORT, _LONG, _RATIONAL, _UNDEFINED = 1, 3, 4, 5, 7
_LETTERS = {1: "B", 3: "H", 4: "I", 13: "I"}
_LARGEST = 2**32 - 1


@dataclass(frozen=True)
class Value:
    """The value of a tag.

    Attributes
    ----------
    kind : int
        The type of its numbers, 1 to 13.
    content : bytes
        The numbers, in the order of the file.
    """

    kind: int
    content: bytes

    @property
    def count(self) -> int:
        """The number of its numbers."""
        return len(self.content) // _SIZES[self.kind]


class Directories:
    """The directories of a TIFF file or an EXIF block.

    Raises
    ------
    ValueError
        If the data begin like neither a TIFF file nor an EXIF block.
    """

    def __init__(self, data: bytes | mmap) -> None:
        self._data = data
        if data[:2] not in (b"II", b"MM"):
            raise ValueError("it does not begin with a byte order")
        self.order: Order = "<" if data[:2] == b"II" else ">"
        self._big = self._number("H", 2) == 43
        self._offset, self._count = ("Q", "Q") if self._big else ("I", "H")
        self.first: int = self._number(self._offset, 8 if self._big else 4)

    def entries(self, offset: int) -> tuple[list[tuple[int, int]], int]:
        """Return tag and place of each entry of the directory at an offset, and the place of the pointer after them."""
        count = self._number(self._count, offset)
        start, step = offset + struct.calcsize("<" + self._count), 20 if self._big else 12
        end = start + count * step
        if end > len(self._data):
            raise ValueError("a directory reaches beyond the end")
        return [(self._number("H", place), place) for place in range(start, end, step)], end

    def value(self, place: int) -> Value | None:
        """Return the value of the entry at a place, or None if its type is unknown or it lies beyond the end."""
        kind = self._number("H", place + 2)
        length = self._number(self._offset, place + 4) * _SIZES.get(kind, 0)
        at, inside = place + (12 if self._big else 8), 8 if self._big else 4
        if length > inside:
            at = self._number(self._offset, at)
        if length == 0 or at + length > len(self._data):
            return None
        return Value(kind, bytes(self._data[at : at + length]))

    def numbers(self, place: int, most: int) -> list[int]:
        """Return the first whole numbers of the entry at a place, as far as the file holds them."""
        kind, count = self._number("H", place + 2), self._number(self._offset, place + 4)
        letter = _LETTERS.get(kind) or {16: "Q", 18: "Q"}.get(kind)
        if letter is None:
            return []
        size = struct.calcsize("<" + letter)
        at, inside = place + (12 if self._big else 8), 8 if self._big else 4
        if count * size > inside:
            at = self._number(self._offset, at)
        there = max(0, min(count, most, (len(self._data) - at) // size))
        return [self._number(letter, at + number * size) for number in range(there)]

    def offset_at(self, place: int) -> int:
        """Return the offset that stands at a place."""
        return self._number(self._offset, place)

    def tree(self, offset: int, most: int) -> Tree:
        """Return the directory at an offset with those below it. All values together have at most `most` bytes."""
        left = [most]
        return self._tree(offset, left, frozenset({offset}))

    def number(self, value: Value) -> int:
        """Return a value's first whole number.

        Raises
        ------
        ValueError
            If the value holds no whole numbers of 8 to 32 bits.
        """
        if value.kind not in _LETTERS:
            raise ValueError("a value is no whole number")
        return struct.unpack_from(self.order + _LETTERS[value.kind], value.content)[0]

    def _tree(self, offset: int, left: list[int], above: frozenset[int]) -> Tree:
        tree: Tree = {}
        for tag, place in self.entries(offset)[0]:
            value = self.value(place)
            if value is None:
                continue
            if tag in _BELOW and value.kind in (_LONG, 13):
                below = self.number(value)
                if below not in above:
                    tree[tag] = self._tree(below, left, above | {below})
                continue
            left[0] -= len(value.content)
            if left[0] < 0:
                raise ValueError("its values are longer than itself")
            tree[tag] = value
        return tree

    def _number(self, letter: str, at: int) -> int:
        try:
            return struct.unpack_from(self.order + letter, self._data, at)[0]
        except struct.error as error:
            raise ValueError("it ends too early") from error


def serialized(tree: Tree, order: Order, offset: int) -> bytes:
    """Return the bytes of a directory at an even offset, followed by its values and the directories below it."""
    behind = offset + 2 + 12 * len(tree) + 4
    entries, rest = [struct.pack(order + "H", len(tree))], list[bytes]()
    for tag, value in sorted(tree.items()):
        if isinstance(value, dict):
            content = serialized(value, order, behind)
            entries.append(struct.pack(order + "HHII", tag, _LONG, 1, behind))
        elif len(value.content) <= 4:
            entries.append(struct.pack(order + "HHI", tag, value.kind, value.count) + value.content.ljust(4, b"\0"))
            continue
        else:
            content = value.content + b"\0" * (len(value.content) % 2)
            entries.append(struct.pack(order + "HHII", tag, value.kind, value.count, behind))
        rest.append(content)
        behind += len(content)
    return b"".join([*entries, bytes(4), *rest])


def block_of(tree: Tree, order: Order) -> bytes:
    """Return an EXIF block with one directory and those below it."""
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(order + "HI", 42, 8) + serialized(tree, order, 8)


def shorts(order: Order, *numbers: int) -> Value:
    """Return a value of 16-bit numbers."""
    return Value(_SHORT, struct.pack(f"{order}{len(numbers)}H", *numbers))


def longs(order: Order, numbers: Sequence[int]) -> Value:
    """Return a value of 32-bit numbers."""
    return Value(_LONG, struct.pack(f"{order}{len(numbers)}I", *numbers))


def rational(order: Order, number: float) -> Value:
    """Return a value of one fraction: the nearest fraction with a denominator up to a million."""
    nearest = Fraction(number).limit_denominator(10**6)
    return Value(_RATIONAL, struct.pack(order + "II", min(nearest.numerator, _LARGEST), nearest.denominator))


def undefined(content: bytes) -> Value:
    """Return a value of bytes without a type."""
    return Value(_UNDEFINED, content)


def plain_bytes(content: bytes) -> Value:
    """Return a value of bytes."""
    return Value(_BYTE, content)
