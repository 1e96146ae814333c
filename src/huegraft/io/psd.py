"""PSD, read only: the flat picture that Photoshop keeps beside the layers, of 8 bits by Pillow."""

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from huegraft.io.content import EXIF_MARK, Content, Unsupported
from huegraft.io.limits import refuse_implausible
from huegraft.io.photoshop import EXIF, IPTC, PROFILE, RESOLUTION, VERSION, XMP, resources
from huegraft.io.pillow import samples_of

_KINDS = {0: "bilevel", 1: "grey", 2: "indexed", 3: "RGB", 4: "CMYK", 8: "duotone"}
_FLAT = "a PSD saved with Maximize Compatibility, or TIFF"
_LONGEST = 2**28


def read(path: Path) -> Content:
    """Read the flat picture of a PSD, and what stands beside it."""
    with path.open("rb") as file:
        header = file.read(26)
        if len(header) < 26:
            raise ValueError("its header ends too early")
        bits, mode = struct.unpack_from(">HH", header, 22)
        if mode not in _KINDS:
            raise Unsupported("its colours are CIELAB or of several inks", "RGB")
        if bits not in (1, 8):
            raise Unsupported(f"a PSD of {bits} bits a channel is not read", "TIFF")
        _section(file)
        found = resources(_section(file))
        size, transparent = file.read(10), False
        if len(size) == 10 and int.from_bytes(size[:4]) > 6 and int.from_bytes(size[4:8]) > 2:
            transparent = int.from_bytes(size[8:], signed=True) < 0
    if len(found.get(VERSION, b"")) > 4 and found[VERSION][4] == 0:
        raise Unsupported("it holds layers without a flat picture", _FLAT)
    with Image.open(path, formats=["PSD"]) as image:
        refuse_implausible(image, 1, path)
        content = samples_of(image)
    if content.alpha is not None and not transparent:  # a saved selection
        content.alpha = None
    elif content.alpha is not None:
        content.samples = _without_white(content.samples, content.alpha)
    if transparent and content.alpha is None:
        content.notes.append("its alpha is left out")
    _describe(content, found)
    return content


def _section(file: BinaryIO) -> bytes:
    """Return what the next section holds."""
    length = int.from_bytes(file.read(4))
    if length > _LONGEST:
        raise ValueError("a section is too long to be true")
    return file.read(length)


def _without_white(samples: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Return the colours of what is half transparent, which Photoshop lays over white in its flat picture."""
    share = alpha[..., None] / np.float32(255)
    straight = (samples - (1 - share) * 255) / np.where(share > 0, share, 1)
    return np.where(share > 0, np.rint(straight).clip(0, 255), samples).astype(np.uint8)


def _describe(content: Content, found: dict[int, bytes]) -> None:
    content.profile, content.xmp, content.iptc = (found.get(number) for number in (PROFILE, XMP, IPTC))
    if EXIF in found:
        content.exif = found[EXIF].removeprefix(EXIF_MARK)
    if len(found.get(RESOLUTION, b"")) >= 16:
        across, down = struct.unpack_from(">I4xI", found[RESOLUTION])
        if across and down:
            content.resolution = across / 65536, down / 65536, "inch"
