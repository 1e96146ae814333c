"""The header of a JPEG XL codestream (ISO/IEC 18181-1, annexes B to E), which libjxl in imagecodecs does not return."""

from collections.abc import Sequence
from dataclasses import dataclass

from huegraft.broadcast import HLG, PQ
from huegraft.io.content import Unsupported
from huegraft.primaries import D65, PRIMARIES

_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
_SIZES = ((9, 1), (13, 1), (18, 1), (30, 1))
_ENUMERATION = ((0, 0), (0, 1), (4, 2), (6, 18))
_ALPHA, _SPOT, _FILTER = 0, 2, 5
_GREY, _XYB = 1, 2
_OF_D65, _CUSTOM = 1, 2
_SRGB, _BT2100, _P3 = 1, 9, 11
_LINEAR, _SRGB_CURVE, _BT709 = 8, 13, 1
_MOST_CHANNELS = 64


@dataclass
class Header:
    """The content of a header.

    Attributes
    ----------
    width, height : int
        The size in pixels, before the picture is turned.
    bits : int
        The bits of a channel.
    floats : bool
        Whether the samples are floats.
    channels : int
        The number of channels beside the colours.
    alpha : bool
        Whether one of these channels is alpha.
    associated : bool
        Whether the colours are multiplied by the alpha.
    grey : bool
        Whether there is one channel of colour.
    chromaticities : sequence of float
        x and y of red, green, blue, white.
    transfer : int
        The code point of ITU-T H.273, or 0 for a gamma.
    gamma : float
        The exponent from light to values.
    animated : bool
        Whether it has several frames.
    """

    width: int
    height: int
    bits: int = 8
    floats: bool = False
    channels: int = 0
    alpha: bool = False
    associated: bool = False
    grey: bool = False
    chromaticities: Sequence[float] = PRIMARIES[1]
    transfer: int = _SRGB_CURVE
    gamma: float = 0
    animated: bool = False

    @property
    def coding(self) -> tuple[int, int] | None:
        """The code points of PQ and HLG of known primaries."""
        points = [point for point, known in PRIMARIES.items() if tuple(self.chromaticities) == known]
        return (points[0], self.transfer) if points and self.transfer in (PQ, HLG) else None


class _Bits:
    """Numbers of a stream of bits, the lowest first."""

    def __init__(self, data: bytes) -> None:
        self._number, self._left = int.from_bytes(data, "little"), 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise ValueError("its header ends too early")
        taken = self._number & ((1 << count) - 1)
        self._number >>= count
        self._left -= count
        return taken

    def flag(self) -> bool:
        return self.take(1) == 1

    def choice(self, kinds: Sequence[tuple[int, int]]) -> int:
        """Return a number of one of four kinds. A kind is a number of bits, and a value that is added to them."""
        bits, more = kinds[self.take(2)]
        return self.take(bits) + more

    def enumerated(self) -> int:
        return self.choice(_ENUMERATION)


def header_of(codestream: bytes) -> Header:
    """Return what the header of a codestream says.

    Raises
    ------
    ValueError
        If the header is damaged.
    Unsupported
        If the colours are unknown, or are those of an ICC profile, which has a compression of its own.
    """
    if codestream[:2] != b"\xff\x0a":
        raise ValueError("its codestream does not begin as one")
    bits = _Bits(codestream[2:2048])
    header = Header(*_size(bits, _SIZES))
    if bits.flag():  # all that follows is as usual: 8 bits of sRGB
        return header
    if bits.flag():
        _extra_fields(bits, header)
    header.floats, header.bits = _depth(bits)
    bits.flag()  # whether 16 bits are enough for decoding
    header.channels = bits.choice(((0, 0), (0, 1), (4, 2), (12, 1)))
    if header.channels > _MOST_CHANNELS:
        raise ValueError(f"its {header.channels} channels beside the colours are too many to be true")
    for _ in range(header.channels):
        _extra_channel(bits, header)
    bits.flag()  # whether colours are stored as XYB; they come out as those that are named
    if not bits.flag():
        _colors(bits, header)
    return header


def _size(bits: _Bits, kinds: Sequence[tuple[int, int]], *, preview: bool = False) -> tuple[int, int]:
    """Return width and height."""
    by_eight = bits.flag()

    def side() -> int:
        if not by_eight:
            return bits.choice(kinds)
        return 8 * (bits.choice(((0, 16), (0, 32), (5, 1), (9, 33))) if preview else bits.take(5) + 1)

    height = side()
    ratio = bits.take(3)
    if ratio == 0:
        return side(), height
    across, down = _RATIOS[ratio]
    return height * across // down, height


def _extra_fields(bits: _Bits, header: Header) -> None:
    bits.take(3)  # orientation: libjxl turns the picture
    if bits.flag():
        _size(bits, _SIZES)  # at which it is meant to be shown
    if bits.flag():
        _size(bits, ((6, 1), (8, 65), (10, 321), (12, 1345)), preview=True)
    header.animated = bits.flag()
    if header.animated:
        bits.choice(((0, 100), (0, 1000), (10, 1), (30, 1)))
        bits.choice(((0, 1), (0, 1001), (8, 1), (10, 1)))
        bits.choice(((0, 0), (3, 0), (16, 0), (32, 0)))
        bits.flag()


def _depth(bits: _Bits) -> tuple[bool, int]:
    """Return whether samples are floats, and their bits."""
    if bits.flag():
        depth = bits.choice(((0, 32), (0, 16), (0, 24), (6, 1)))
        bits.take(4)
        return True, depth
    return False, bits.choice(((0, 8), (0, 10), (0, 12), (6, 1)))


def _extra_channel(bits: _Bits, header: Header) -> None:
    if bits.flag():  # alpha as usual
        header.alpha = True
        return
    kind = bits.enumerated()
    _depth(bits)
    bits.choice(((0, 0), (0, 3), (0, 4), (3, 1)))
    bits.take(8 * bits.choice(((0, 0), (4, 0), (5, 16), (10, 48))))  # a name
    if kind == _ALPHA:
        header.alpha, header.associated = True, bits.flag() or header.associated
    elif kind == _SPOT:
        bits.take(64)
    elif kind == _FILTER:
        bits.choice(((0, 1), (2, 0), (4, 3), (8, 19)))


def _colors(bits: _Bits, header: Header) -> None:
    with_profile, space = bits.flag(), bits.enumerated()
    if with_profile or space >= _XYB:
        raise Unsupported("its colours are those of an ICC profile, which is not read from JPEG XL")
    header.grey = space == _GREY
    white = bits.enumerated()
    chromaticities, of_white = PRIMARIES[_SRGB][:6], D65
    if white == _CUSTOM:
        of_white = _point(bits)
    elif white != _OF_D65:
        raise Unsupported(f"its colours have a white of the kind {white}")
    if not header.grey:
        primaries = bits.enumerated()
        if primaries == _CUSTOM:
            chromaticities = tuple(number for _ in range(3) for number in _point(bits))
        elif primaries in (_SRGB, _BT2100, _P3):
            chromaticities = PRIMARIES[12 if primaries == _P3 else primaries][:6]
        else:
            raise Unsupported(f"its colours have primaries of the kind {primaries}")
    header.chromaticities = (*chromaticities, *of_white)
    if bits.flag():
        header.transfer, header.gamma = 0, bits.take(24) / 10_000_000
        if header.gamma == 0:
            raise ValueError("its gamma is 0")
        return
    header.transfer = bits.enumerated()
    if header.transfer not in (_BT709, _LINEAR, _SRGB_CURVE, PQ, HLG):
        raise Unsupported(f"its colours have a curve of the kind {header.transfer}")
    if header.transfer == _LINEAR:
        header.transfer, header.gamma = 0, 1.0


def _point(bits: _Bits) -> tuple[float, float]:
    """Return x and y of a chromaticity."""
    pair = [bits.choice(((19, 0), (19, 524288), (20, 1048576), (21, 2097152))) for _ in range(2)]
    x, y = ((number >> 1 ^ -(number & 1)) / 1_000_000 for number in pair)
    return x, y
