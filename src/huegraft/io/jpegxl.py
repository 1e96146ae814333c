"""JPEG XL, read only, by libjxl in imagecodecs. The boxes and the header of the codestream are read here."""

from pathlib import Path

import numpy as np

from huegraft.io.boxes import boxes
from huegraft.io.content import Content, Unsupported, straight
from huegraft.io.jpegxl_header import Header, header_of
from huegraft.io.limits import refuse_claim
from huegraft.io.profile_making import profile_of_primaries, srgb_profile
from huegraft.primaries import SRGB_PRIMARIES, matrix_to_srgb


def read(path: Path) -> Content:
    """Read a JPEG XL of up to 16 bits or of floats, or the first of its frames. libjxl turns it upright."""
    from imagecodecs import jpegxl_decode  # heavy

    data = path.read_bytes()
    codestream, blocks = _boxes(data)
    header = header_of(codestream)
    if header.bits > 16 and not header.floats:
        raise Unsupported(f"it holds {header.bits} bits a channel")
    if header.channels > header.alpha:
        raise Unsupported("it has channels beside its colours and alpha")
    size = (4 if header.floats else 2 if header.bits > 8 else 1) * (4 + header.channels)
    refuse_claim(path, header.width, header.height, bytes_per_pixel=size)
    samples = jpegxl_decode(data, index=0 if header.animated else None)
    content = _interpreted(np.atleast_3d(samples), header)
    content.turned = True
    if header.animated:
        content.notes.append("it has several frames; the first frame is taken")
    _describe(content, blocks)
    return content


def _interpreted(samples: np.ndarray, header: Header) -> Content:
    content = Content(samples)  # of the whole range of their type, whatever the bits
    if samples.shape[2] in (2, 4):
        content.samples, content.alpha = samples[..., :-1], np.ascontiguousarray(samples[..., -1])
        if header.associated:
            content.samples = straight(content.samples, content.alpha).astype(samples.dtype)
            content.notes.append("its colours were multiplied by its alpha, so they are divided by it")
    content.coding = header.coding
    if content.coding is None and header.floats and header.gamma == 1:
        content.linear = matrix_to_srgb(header.chromaticities)
    elif content.coding is None and header.transfer and tuple(header.chromaticities) == SRGB_PRIMARIES:
        content.profile = srgb_profile() if header.floats else None  # without one floats would be light
    elif content.coding is None:
        numbers = header.chromaticities
        content.profile = profile_of_primaries(numbers[6:], numbers[:6], 1 / header.gamma if header.gamma else None)
    return content


def _boxes(data: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """Return the beginning of the codestream, and the boxes beside it."""
    if data[:2] == b"\xff\x0a":
        return data, {}
    parts, blocks = list[bytes](), dict[bytes, bytes]()
    for kind, begin, end in boxes(data):
        if kind == b"jxlc":
            parts.append(data[begin : begin + 4096])
        elif kind == b"jxlp":
            parts.append(data[begin + 4 : min(begin + 4100, end)])
        else:
            blocks.setdefault(kind, data[begin:end])
    if not parts:
        raise ValueError("it has no codestream, or ends too early")
    return b"".join(parts), blocks


def _describe(content: Content, blocks: dict[bytes, bytes]) -> None:
    """Add EXIF and XMP, unless Brotli has compressed them."""
    if (packed := blocks.get(b"brob")) is not None and packed[:4] in (b"Exif", b"xml "):
        content.notes.append("its EXIF block or XMP packet is compressed and left out")
    if b"Exif" in blocks:
        block = blocks[b"Exif"]
        content.exif = block[4 + int.from_bytes(block[:4]) :]
    content.xmp = blocks.get(b"xml ")
