"""PSD, read only: the flat picture that Photoshop keeps beside the layers. Pillow reads 8 bits; 16 are read here."""

import os
import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import Image

from huegraft.io.content import EXIF_MARK, Content, Unsupported, further_note
from huegraft.io.limits import refuse_claim, refuse_implausible
from huegraft.io.photoshop import EXIF, IPTC, PROFILE, RESOLUTION, VERSION, XMP, resources
from huegraft.io.pillow import samples_of

_GREY, _RGB, _INK = 1, 3, 4
_DEEP = {_GREY: 1, _RGB: 3, _INK: 4}
_CHANNELS = {0: 1, _GREY: 1, 2: 1, _RGB: 3, _INK: 4, 8: 1}  # of bilevel, grey, indexed, RGB, CMYK, duotone
_PLAIN, _PACKED = 0, 1
_LONGEST = 2**28


class _Header(NamedTuple):
    channels: int
    height: int
    width: int
    bits: int
    mode: int


def read(path: Path) -> Content:
    """Read the flat picture of a PSD, and its metadata."""
    with path.open("rb") as file:
        header = _header(file)
        _section(file)
        found = resources(_section(file))
        if len(found.get(VERSION, b"")) > 4 and found[VERSION][4] == 0:
            raise Unsupported("it holds layers without a flat picture", "a PSD saved with Maximize Compatibility")
        transparent = _skip_layers(file)
        content = _deep(path, file, header) if header.bits == 16 else None
    if content is None:
        with Image.open(path, formats=["PSD"]) as image:
            refuse_implausible(image, 1, path)
            content = samples_of(image)
    if content.alpha is not None and not transparent:  # a saved selection
        content.alpha = None
    elif content.alpha is not None:
        content.samples = _without_white(content.samples, content.alpha)
    content.notes += further_note(header.channels - _CHANNELS[header.mode] - (content.alpha is not None))
    _describe(content, found)
    return content


def _header(file: BinaryIO) -> _Header:
    data = file.read(26)
    if len(data) < 26:
        raise ValueError("its header ends too early")
    header = _Header(*struct.unpack_from(">HIIHH", data, 12))
    if header.mode not in _CHANNELS:
        raise Unsupported("its colours are CIELAB or of several inks", "RGB")
    if header.bits not in (1, 8, 16) or (header.bits == 16 and header.mode not in _DEEP):
        raise Unsupported(f"a PSD of {header.bits} bits a channel is not read", "TIFF")
    return header


def _section(file: BinaryIO) -> bytes:
    """Return the content of the next section."""
    length = int.from_bytes(file.read(4))
    if length > _LONGEST:
        raise ValueError("a section is too long to be true")
    return file.read(length)


def _skip_layers(file: BinaryIO) -> bool:
    """Pass over the layers. Return whether the first channel beyond the colours is the flat picture's alpha."""
    length = int.from_bytes(file.read(4))
    start = file.tell()
    sizes = file.read(6)
    file.seek(start + length, os.SEEK_SET)
    return length >= 6 and int.from_bytes(sizes[:4]) >= 2 and int.from_bytes(sizes[4:], signed=True) < 0


def _deep(path: Path, file: BinaryIO, header: _Header) -> Content:
    """Decode planes of 16 bits."""
    from imagecodecs import packbits_decode  # heavy

    colors = _DEEP[header.mode]
    if header.channels < colors:
        raise ValueError(f"its {header.channels} channels are not those of a picture")
    refuse_claim(path, header.width, header.height, bytes_per_pixel=2 * header.channels)
    kept = min(header.channels, colors + 1)
    compression, rows = int.from_bytes(file.read(2)), header.height * header.channels
    if compression not in (_PLAIN, _PACKED):
        raise Unsupported("its flat picture is deflated", "TIFF")
    size = 2 * header.width * header.height * kept
    if compression == _PLAIN:
        data = file.read(size)
    else:
        lengths = np.frombuffer(file.read(2 * rows), ">u2")[: header.height * kept]
        data = packbits_decode(file.read(int(lengths.sum())))
    if len(data) < size:
        raise ValueError("its pixels end too early")
    planes = np.frombuffer(data, ">u2", size // 2).reshape(kept, header.height, header.width).astype(np.uint16)
    samples = np.moveaxis(planes[:colors], 0, 2)
    if header.mode == _INK:
        samples = np.iinfo(np.uint16).max - samples
    return Content(samples, planes[colors] if kept > colors else None)


def _without_white(samples: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Return the colours of half transparent pixels, which Photoshop lays over white in its flat picture."""
    most = int(np.iinfo(samples.dtype).max)
    share = alpha[..., None] / np.float32(most)
    straight = (samples - (1 - share) * most) / np.where(share > 0, share, 1)
    return np.where(share > 0, np.rint(straight).clip(0, most), samples).astype(samples.dtype)


def _describe(content: Content, found: dict[int, bytes]) -> None:
    content.profile, content.xmp, content.iptc = (found.get(number) for number in (PROFILE, XMP, IPTC))
    if EXIF in found:
        content.exif = found[EXIF].removeprefix(EXIF_MARK)
    if len(found.get(RESOLUTION, b"")) >= 16:
        across, down = struct.unpack_from(">I4xI", found[RESOLUTION])
        if across and down:
            content.resolution = across / 65536, down / 65536, "inch"
