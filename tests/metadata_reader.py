"""What a file's metadata are to other programs, by readers that share nothing with ours.

Exiv2 (GPL, for tests alone) reads EXIF, XMP, IPTC and comments, and turns files. Pillow reads resolutions outside EXIF
and, by Little CMS, profiles. Exiv2 reads neither JPEG's extended XMP nor OpenEXR: a few lines here do.
Tags have exiftool's names, GROUP:Name, as "IFD0:Make".
"""

import hashlib
import io
import logging
import re
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import exiv2
from PIL import Image, ImageCms

GROUPS = {
    "Exif.Image": "IFD0", "Exif.Thumbnail": "IFD1", "Exif.Photo": "ExifIFD", "Exif.GPSInfo": "GPS",
    "Exif.Iop": "InteropIFD", "Iptc.Envelope": "IPTC", "Iptc.Application2": "IPTC",
}  # fmt: skip
NAMES = {
    "IFD0:ImageLength": "IFD0:ImageHeight",
    "ExifIFD:PixelXDimension": "ExifIFD:ExifImageWidth",
    "ExifIFD:PixelYDimension": "ExifIFD:ExifImageHeight",
    "InteropIFD:InteroperabilityIndex": "InteropIFD:InteropIndex",
    "IPTC:Caption": "IPTC:Caption-Abstract",
    "OpenEXR:XDensity": "OpenEXR:XResolution",
}
# Places in the file, which say nothing of the picture.
PLACES = {"Exif.Image.ExifTag", "Exif.Image.GPSTag", "Exif.Photo.InteroperabilityTag"}
EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
TOOLKIT = re.compile(rb'<x:xmpmeta[^>]*x:xmptk="([^"]*)"')


def tags(path: Path) -> dict[str, object]:
    """Return a file's tags: text, whole numbers where a tag is one, the bytes of a profile and of OpenEXR's values."""
    if path.suffix == ".exr":
        return dict(_openexr(path.read_bytes()))
    warnings = _Warnings()
    logging.getLogger("exiv2").addHandler(warnings)
    try:
        image = exiv2.ImageFactory.open(str(path))
        image.readMetadata()
        found = _named([*image.exifData(), *image.iptcData(), *image.xmpData()]) | _packet(path)
    finally:
        logging.getLogger("exiv2").removeHandler(warnings)
    found |= {f"Exiv2:Warning{number}": text for number, text in enumerate(warnings.texts)}
    found |= {"File:Comment": image.comment()} if image.comment() else {}
    return found | _resolution(path) | (_profile(bytes(image.iccProfile().data())) if image.iccProfileDefined() else {})


def turn(path: Path, orientation: int) -> None:
    """Write an orientation into a file's EXIF block and XMP packet."""
    before = path.read_bytes()
    image = exiv2.ImageFactory.open(str(path))
    image.readMetadata()
    image.exifData()["Exif.Image.Orientation"] = exiv2.UShortValue(orientation)
    image.xmpData()["Xmp.tiff.Orientation"] = str(orientation)
    image.writeMetadata()
    if path.suffix == ".jp2":  # whose resolution and alpha Exiv2 drops from the header box
        after = path.read_bytes()
        path.write_bytes(after.replace(_box(after, b"jp2h"), _box(before, b"jp2h")))


class _Warnings(logging.Handler):
    """Keep what Exiv2 complains of."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def _box(content: bytes, kind: bytes) -> bytes:
    start = content.index(kind) - 4
    return content[start : start + int.from_bytes(content[start : start + 4])]


def _openexr(content: bytes) -> Iterator[tuple[str, object]]:
    """Yield the attributes of an OpenEXR file's first part, each with its type and bytes."""
    yield "OpenEXR:EXRVersion", content[4:8]
    at = 8
    while content[at]:
        name, kind = content[at:].split(b"\0", 2)[:2]
        at += len(name) + len(kind) + 2
        (size,) = struct.unpack_from("<I", content, at)
        value = content[at + 4 : at + 4 + size]
        yield _prefixed("OpenEXR", name.decode()), (kind.decode(), value)
        at += 4 + size


def _named(data: Iterable[exiv2.Metadatum]) -> dict[str, object]:
    """Return tags by name; the values of one that is there more than once as a list."""
    found = defaultdict[str, list[object]](list)
    for datum in data:
        if datum.key() not in PLACES:
            group, _, name = datum.key().rpartition(".")
            found[_prefixed(GROUPS.get(group) or group.replace("Xmp.", "XMP-"), name)].append(_value(datum))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _prefixed(group: str, name: str) -> str:
    whole = f"{group}:{name[0].upper()}{name[1:]}"
    return NAMES.get(whole, whole)


def _value(datum: exiv2.Metadatum) -> str | int:
    text = datum.toString()
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def _packet(path: Path) -> dict[str, object]:
    """Return what Exiv2 leaves out of XMP: who wrote the packet, and what JPEG's extended packet holds."""
    toolkit = TOOLKIT.search(path.read_bytes())
    found = {} if toolkit is None else {"XMP-x:XMPToolkit": toolkit[1].decode()}
    if path.suffix != ".jpg":
        return found
    with Image.open(path) as image:
        parts = [part[len(EXTENDED) :] for _, part in image.applist if part.startswith(EXTENDED)]
    if parts:
        # Each part: the digest of the whole, its length, the place of this part.
        whole = b"".join(part[40:] for part in sorted(parts, key=lambda part: part[36:40]))
        digest = hashlib.md5(whole, usedforsecurity=False).hexdigest().upper().encode()
        assert {part[:36] for part in parts} == {digest + struct.pack(">I", len(whole))}
        extended = exiv2.ImageFactory.open(whole)
        extended.readMetadata()
        found |= _named(extended.xmpData())
    return found


def _resolution(path: Path) -> dict[str, object]:
    if path.suffix not in (".png", ".jpg", ".jp2"):
        return {}
    with Image.open(path) as image:
        info = image.info
    if path.suffix == ".jpg":
        across, down = info["jfif_density"]
        about = {"JFIF:JFIFVersion": info["jfif_version"], "JFIF:ResolutionUnit": info["jfif_unit"]}
        return about | {"JFIF:XResolution": across, "JFIF:YResolution": down}
    if "dpi" not in info:
        return {}
    across, down = (round(each / 0.0254, 6) for each in info["dpi"])  # points a metre, as both formats have them
    if path.suffix == ".jp2":
        return {"Jpeg2000:CaptureXResolution": across, "Jpeg2000:CaptureYResolution": down}
    return {"PNG-pHYs:PixelsPerUnitX": across, "PNG-pHYs:PixelsPerUnitY": down, "PNG-pHYs:PixelUnits": 1}


def _profile(content: bytes) -> dict[str, object]:
    opened = ImageCms.ImageCmsProfile(io.BytesIO(content))  # which refuses what is no profile
    return {
        "ICC-header:ProfileFileSignature": content[36:40].decode(),
        "ICC_Profile:ProfileDescription": ImageCms.getProfileDescription(opened).strip(),
        "ICC_Profile": content,
    }
