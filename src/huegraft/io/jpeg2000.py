"""JPEG 2000, written without loss. OpenJPEG makes the codestream; the boxes around it are made here.

EXIF blocks and XMP packets have boxes of their own, as exiftool and the XMP specification (part 3) have them.
"""

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from huegraft.io.boxes import box, boxes
from huegraft.io.content import Content, Unsupported, full_range
from huegraft.io.limits import refuse_claim
from huegraft.picture import Picture

SIGNATURE = bytes.fromhex("0000000c6a5020200d0a870a")
CODESTREAM = bytes.fromhex("ff4fff51")
_EXIF = b"JpgTiffExif->JP2"
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_SRGB, _GREY, _CMYK = 16, 17, 12
_KNOWN_SPACES = (_SRGB, _GREY, _CMYK)
_LARGEST = 2**16 - 1
_MOST_TILES = 2**12


def read(path: Path) -> Content:
    """Read a JP2 file or a bare codestream of up to 16 bits."""
    from imagecodecs import jpeg2k_decode  # heavy

    data = path.read_bytes()
    found = {} if data[:4] == CODESTREAM else _found(data)
    if "palette" in found:
        raise Unsupported("a JPEG 2000 with a palette is not read")
    start = 0 if data[:4] == CODESTREAM else int.from_bytes(found["codestream"])
    bits = _checked(path, data, start)
    samples = full_range(np.atleast_3d(jpeg2k_decode(data[start:])), bits)  # the decoder would apply the profile
    content = Content(samples)
    space = int.from_bytes(found.get("space", b"")) or _SRGB
    if space not in _KNOWN_SPACES:
        raise Unsupported(f"its colour space {space} is not read", "RGB or grey")
    if samples.shape[2] in (2, 4) and space != _CMYK:
        content.samples, content.alpha = samples[..., :-1], samples[..., -1]
    content.profile, content.exif, content.xmp = (found.get(name) for name in ("profile", "exif", "xmp"))
    content.iptc = found.get("iptc")
    if "resolution" in found:
        content.resolution = _resolution(found["resolution"])
    return content


def encoded(picture: Picture) -> Sequence[bytes | bytearray]:
    """Return a JP2 file of a picture of 8 or 16 bits, in parts."""
    from imagecodecs import jpeg2k_encode  # heavy

    alpha = picture.alpha
    pixels = picture.pixels if alpha is None else np.dstack([picture.pixels, alpha])
    codestream = jpeg2k_encode(np.ascontiguousarray(pixels), codecformat="j2k", reversible=True, numthreads=2)
    height, width, channels = pixels.shape
    depth = pixels.dtype.itemsize * 8 - 1
    header = [box(b"ihdr", struct.pack(">IIHBBBB", height, width, channels, depth, 7, 0, 0))]
    if picture.profile is None:
        header.append(box(b"colr", struct.pack(">BBBI", 1, 0, 0, _SRGB)))
    else:
        header.append(box(b"colr", bytes([2, 0, 0]), picture.profile))
    if alpha is not None:
        colors = [(0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 1, 0)]  # channel, kind, which colour; 1, 0 is alpha of all
        header.append(box(b"cdef", struct.pack(">H", 4), *(struct.pack(">HHH", *color) for color in colors)))
    if picture.resolution is not None and picture.resolution[2] != "none":
        header.append(box(b"res ", box(b"resc", _fractions(*picture.resolution))))
    parts = [SIGNATURE, box(b"ftyp", b"jp2 ", bytes(4), b"jp2 "), box(b"jp2h", *header)]
    parts += [box(b"uuid", _EXIF, picture.exif)] if picture.exif is not None else []
    parts += [box(b"uuid", _XMP, picture.xmp)] if picture.xmp is not None else []
    parts += [box(b"uuid", _IPTC, picture.iptc)] if picture.iptc is not None else []
    return [*parts, struct.pack(">I4s", 8 + len(codestream), b"jp2c"), codestream]


def _found(data: bytes) -> dict[str, bytes]:
    """Return the content of the first box of each kind in a JP2 file. For the codestream it is its place."""
    found = dict[str, bytes]()
    for kind, begin, end in boxes(data):
        if kind == b"jp2c":
            found.setdefault("codestream", begin.to_bytes(8))
        elif kind == b"uuid":
            name = {_EXIF: "exif", _XMP: "xmp", _IPTC: "iptc"}.get(data[begin : begin + 16])
            if name:
                found.setdefault(name, data[begin + 16 : end])
        elif kind == b"jp2h":
            for inner, first, last in boxes(data, begin, end):
                _header_box(found, inner, data[first:last])
    if "codestream" not in found:
        raise ValueError("it has no codestream")
    return found


def _header_box(found: dict[str, bytes], kind: bytes, content: bytes) -> None:
    if kind == b"colr" and content[:1] == b"\1":
        found.setdefault("space", content[3:7])
    elif kind == b"colr" and content[:1] in (b"\2", b"\3"):
        found.setdefault("profile", content[3:])
    elif kind == b"pclr":
        found["palette"] = content
    elif kind == b"res " and len(content) >= 18:
        found["resolution"] = content[8:18]


def _checked(path: Path, data: bytes, start: int) -> int:
    """Return the bits of a channel. Raise if the codestream's header is wrong or OpenJPEG cannot decode it."""
    if data[start : start + 4] != CODESTREAM or len(data) < start + 43:
        raise ValueError("its codestream does not begin as one")
    width, height, left, top, tile_width, tile_height, *_, channels = struct.unpack_from(">8IH", data, start + 8)
    each = [data[start + 42 + 3 * number : start + 45 + 3 * number] for number in range(channels)]
    if channels not in (1, 2, 3, 4) or len({part[:1] for part in each}) > 1:
        raise ValueError(f"its {channels} channels are not those of a picture")
    if any(part[1:] != b"\1\1" for part in each):
        raise Unsupported("its colours have fewer pixels than the picture")
    bits = (each[0][0] & 0x7F) + 1
    if each[0][0] & 0x80 or bits > 16:
        raise Unsupported(f"it holds {'signed numbers' if each[0][0] & 0x80 else f'{bits} bits a channel'}")
    width, height = width - left, height - top
    refuse_claim(path, width, height, bytes_per_pixel=channels * (1 if bits <= 8 else 2))
    if tile_width == 0 or tile_height == 0 or -(-width // tile_width) * -(-height // tile_height) > _MOST_TILES:
        raise ValueError("it has too many tiles to be true")
    return bits


def _resolution(content: bytes) -> tuple[float, float, str] | None:
    """Return the resolution of a box, which holds fractions and powers of ten of points for each metre, down first."""
    above, below, above_across, below_across, power, power_across = struct.unpack(">HHHHbb", content)
    if 0 in (above, below, above_across, below_across):
        return None
    down, across = above / below * 10.0**power, above_across / below_across * 10.0**power_across
    return across / 100, down / 100, "centimetre"


def _fractions(across: float, down: float, unit: str) -> bytes:
    numbers, powers = b"", b""
    for number in (down, across):
        metre, power = Fraction(number) * (Fraction(10000, 254) if unit == "inch" else 100), 0
        while metre > _LARGEST:
            metre, power = metre / 10, power + 1
        nearest = metre.limit_denominator(max(1, min(1000, int(_LARGEST / max(metre, 1)))))
        numbers += struct.pack(">HH", max(nearest.numerator, 1), nearest.denominator)
        powers += struct.pack(">b", power)
    return numbers + powers
