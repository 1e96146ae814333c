"""JPEG, by Pillow."""

import io
import struct
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from huegraft.io.content import COMMENT, EXIF_MARK, Content, Unsupported, frames_note, text_of
from huegraft.io.limits import MAX_FRAMES, count_scans, refuse_implausible
from huegraft.io.photoshop import IPTC, MARK, resource, resources
from huegraft.io.pillow import samples_of
from huegraft.io.xmp import EXTENSION_MARK, PACKET_MARK, divided, joined, without_link
from huegraft.picture import Picture

_LONGEST = 65533
LONGEST_EXIF, LONGEST_IPTC = _LONGEST - len(EXIF_MARK), _LONGEST - len(MARK + resource(IPTC, b"")) - 1
_BEHIND_JFIF = 20
_SCAN = 0xDA
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_UNUSUAL = {0xC3: "lossless"} | dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "hierarchical") | {0xCB: "lossless"}
_MOST_SEGMENTS = 2**16
_UNITS = {0: "none", 1: "inch", 2: "centimetre"}
_LARGEST = 2**16 - 1


def read(path: Path) -> Content:
    """Read a JPEG. If it holds several pictures, the first is read."""
    with path.open("rb") as file:
        scans = count_scans(file)
        _check_kind(file)
        file.seek(0)
        with Image.open(file, formats=["JPEG"]) as image:
            refuse_implausible(image, scans, path)
            content = samples_of(image)
            content.notes += frames_note(int(getattr(image, "n_frames", 1)), MAX_FRAMES)
            content.profile = image.info.get("icc_profile")
            if exif := image.info.get("exif"):
                content.exif = exif.removeprefix(EXIF_MARK)
            across, down = image.info.get("jfif_density", (1, 1))
            if (across, down) != (1, 1) and across and down:
                content.resolution = across, down, _UNITS.get(image.info["jfif_unit"], "none")
            _describe(content, getattr(image, "applist", []))
    return content


def _check_kind(file: BinaryIO) -> None:
    """Raise for sound JPEG files that are not decoded: those of other than 8 bits, lossless or arithmetic ones."""
    file.seek(2)
    for _ in range(_MOST_SEGMENTS):
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] == _SCAN:
            return
        if head[1] == 0xFF:  # padding
            file.seek(-3, io.SEEK_CUR)
            continue
        if head[1] in _FRAMES:
            bits = file.read(1)
            if head[1] in _UNUSUAL:
                raise Unsupported(f"a {_UNUSUAL[head[1]]} JPEG is not read")
            if bits == b"\x0c":
                raise Unsupported("a JPEG of 12 bits is not read")
            return
        file.seek(int.from_bytes(head[2:]) - 2, io.SEEK_CUR)


def _describe(content: Content, segments: Sequence[tuple[str, bytes]]) -> None:
    """Add XMP, IPTC and comments."""
    marked = partial(_marked, segments)
    if packets := marked("APP1", PACKET_MARK):
        content.xmp = joined(packets[0], marked("APP1", EXTENSION_MARK))
        if content.xmp is None:
            content.xmp = without_link(packets[0])
            content.notes.append("its extended XMP is damaged and left out")
    content.iptc = resources(b"".join(marked("APP13", MARK))).get(IPTC)
    comments = [part.rstrip(b"\0") for name, part in segments if name == "COM"]
    content.add_texts((COMMENT, text_of(comment)) for comment in comments if comment)


def _marked(segments: Sequence[tuple[str, bytes]], name: str, mark: bytes) -> list[bytes]:
    """Return the content after a mark in the segments of a name."""
    return [part.removeprefix(mark) for each, part in segments if each == name and part.startswith(mark)]


def encoded(picture: Picture) -> list[bytes]:
    """Return a JPEG of a picture of 8 bits without alpha."""
    options: dict[str, Any] = {"icc_profile": picture.profile}  # none unless named: Pillow would take one from nowhere
    if picture.exif is not None:
        options["exif"] = EXIF_MARK + picture.exif
    buffer = io.BytesIO()
    Image.fromarray(picture.pixels).save(buffer, "JPEG", quality=95, subsampling=0, **options)
    if picture.resolution is not None:  # Pillow writes inches only
        buffer.seek(buffer.getvalue()[:32].index(b"JFIF\0") + 7)
        buffer.write(_density(*picture.resolution))
    whole = buffer.getvalue()
    at = _BEHIND_JFIF
    if picture.exif is not None:  # which has to come first
        at += 2 + int.from_bytes(whole[at + 2 : at + 4])
    return [whole[:at], *_segments(picture), whole[at:]]


def _segments(picture: Picture) -> Iterator[bytes]:
    """Yield the segments that Pillow does not write, or not in full. Readers take segments in any order."""
    if picture.xmp is not None:
        for content in divided(picture.xmp):
            yield _segment(0xE1, content)
    if picture.iptc is not None:
        yield _segment(0xED, MARK + resource(IPTC, picture.iptc))
    for _, comment in picture.texts:
        content = comment.encode()
        for at in range(0, len(content), _LONGEST):
            yield _segment(0xFE, content[at : at + _LONGEST])


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def _density(across: float, down: float, unit: str) -> bytes:
    """Return the density in whole numbers, as JFIF has it. The nearer unit of centimetre and inch is taken."""
    if unit != "none":
        inches = 2.54 if unit == "centimetre" else 1
        choices = {1: (across * inches, down * inches), 2: (across * inches / 2.54, down * inches / 2.54)}
        own = 2 if unit == "centimetre" else 1
        kind = min((own, 3 - own), key=lambda each: max(abs(number - round(number)) for number in choices[each]))
        across, down = choices[kind]
    else:
        kind = 0
    numbers = (min(max(round(number), 1), _LARGEST) for number in (across, down))
    return struct.pack(">BHH", kind, *numbers)
