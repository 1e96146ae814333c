"""AVIF, read only. Pillow reads 8 bits, and libavif in imagecodecs 10 and 12 bits, which Pillow would cut to 8."""

from pathlib import Path

import numpy as np
from PIL import Image, features

from huegraft.broadcast import HLG, PQ
from huegraft.io.boxes import boxes
from huegraft.io.content import EXIF_MARK, Content, Unsupported, frames_note, full_range
from huegraft.io.limits import MAX_FRAMES, refuse_claim, refuse_implausible
from huegraft.io.pillow import samples_of

_HIGH, _TWELVE = 0x40, 0x20


def read(path: Path) -> Content:
    """Read the primary picture, or the first picture of a sequence."""
    if not features.check("avif"):
        raise Unsupported("this installation's Pillow was built without AVIF")
    data = path.read_bytes()
    properties = _properties(data)
    with Image.open(path, formats=["AVIF"]) as image:
        refuse_implausible(image, 1, path)
        info, frames = dict(image.info), int(getattr(image, "n_frames", 1))
        bits = _bits(properties)
        if bits == 8:
            content = samples_of(image)
        else:
            refuse_claim(path, image.width, image.height, bytes_per_pixel=8)
            content = _deep(data, bits)
    content.profile, content.xmp = info.get("icc_profile"), info.get("xmp")
    if exif := info.get("exif"):
        content.exif = exif.removeprefix(EXIF_MARK)
    coding = _coding(properties)
    if coding is not None and (content.profile is None or coding[1] in (PQ, HLG)):
        content.coding = coding
    content.notes += frames_note(frames, MAX_FRAMES)
    return content


def _deep(data: bytes, bits: int) -> Content:
    from imagecodecs import avif_decode  # heavy

    samples = full_range(np.atleast_3d(avif_decode(data, index=0)), bits)
    if samples.shape[2] in (2, 4):
        return Content(samples[..., :-1], samples[..., -1])
    return Content(samples)


def _properties(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return kind and content of the properties of all items (ISO/IEC 23008-12, 9.3). The picture's come first."""
    for kind, begin, end in boxes(data):
        if kind != b"meta":
            continue
        for inner, first, last in boxes(data, begin + 4, end):
            if inner == b"iprp":
                return [
                    (each, data[at:to])
                    for container, start, stop in boxes(data, first, last)
                    if container == b"ipco"
                    for each, at, to in boxes(data, start, stop)
                ]
    return []


def _bits(properties: list[tuple[bytes, bytes]]) -> int:
    """Return the bits a channel that the configuration of AV1 names."""
    flags = next((content[2] for kind, content in properties if kind == b"av1C" and len(content) > 2), 0)
    return (12 if flags & _TWELVE else 10) if flags & _HIGH else 8


def _coding(properties: list[tuple[bytes, bytes]]) -> tuple[int, int] | None:
    """Return the code points of the colours, if they are named."""
    for kind, content in properties:
        if kind == b"colr" and content[:4] == b"nclx" and len(content) >= 8:
            return int.from_bytes(content[4:6]), int.from_bytes(content[6:8])
    return None
