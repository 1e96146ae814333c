"""Formats of picture files. One record for each says how it is recognised, what reads and writes it, what it holds.

How a file begins decides how it is read. The ending of the name decides for two formats whose beginning says too
little: camera raw, most of which begins as TIFF, and TGA, which begins as anything. The ending alone decides how a file
is written, and which files of a folder count as pictures.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_HEAD = 128


@dataclass(frozen=True)
class Format:
    """A format of picture files.

    Attributes
    ----------
    name : str
        The name of the format.
    endings : tuple of str
        The endings of file names, in small letters. The usual ending comes first.
    module : str
        The module of :mod:`huegraft.io` that reads it.
    begins : bytes or None
        A regular expression of how its files begin, or None if the ending decides.
    reads : str
        The depths that are read, for people.
    written : tuple of str
        The endings under which it is written. There are none if it is only read.
    depths : tuple of dtype
        The kinds of values that are written, the least depth first.
    holds : frozenset of str
        What goes with the pixels: "alpha", "profile", "exif", "xmp", "iptc", "texts", "comment" (the only text that it
        holds), "resolution", "coding" (PQ and HLG), "channels" (those beside the colours).
    linear : bool
        Whether its values are scene-linear light.
    floats : bool
        Whether it may hold floats or whole numbers whose range the user has to name.
    layers : bool
        Whether one of several layers is chosen by name.
    writer : str
        The module that writes it, if that is another module.
    package : str
        The package of the extra ``formats`` that reading it needs.
    """

    name: str
    endings: tuple[str, ...]
    module: str
    begins: bytes | None
    reads: str
    holds: frozenset[str]
    written: tuple[str, ...] = ()
    depths: tuple[type[np.generic], ...] = ()
    linear: bool = False
    floats: bool = False
    layers: bool = False
    writer: str = ""
    package: str = ""


_CAMERA = frozenset({"alpha", "profile", "exif", "xmp"})
_ALL = _CAMERA | {"iptc", "resolution"}
_WHOLE: tuple[type[np.generic], ...] = (np.uint8, np.uint16)

PNG = Format(
    "PNG", (".png",), "png", rb"\x89PNG\r\n\x1a\n",
    reads="1 to 16", holds=_ALL | {"texts", "coding"}, written=(".png",), depths=_WHOLE,
)  # fmt: skip
JPEG = Format(
    "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), "jpeg", rb"\xff\xd8",
    reads="8", holds=_ALL - {"alpha"} | {"comment"}, written=(".jpg", ".jpeg"), depths=(np.uint8,),
)  # fmt: skip
WEBP = Format(
    "WebP", (".webp",), "webp", rb"RIFF.{4}WEBP", reads="8", holds=_CAMERA, written=(".webp",), depths=(np.uint8,)
)
TIFF = Format(
    "TIFF", (".tif", ".tiff"), "tiff", rb"II\*\0|MM\0\*|II\+\0|MM\0\+",
    reads="1 to 16, float", holds=_ALL, written=(".tif", ".tiff"), depths=(*_WHOLE, np.float32), floats=True,
    writer="tiff_writer",
)  # fmt: skip
OPEN_EXR = Format(
    "OpenEXR", (".exr",), "exr", rb"v/1\x01", reads="half, float, 32 bits",
    holds=frozenset({"alpha", "resolution", "channels"}), written=(".exr",), depths=(np.float16, np.float32),
    linear=True, floats=True, layers=True,
)  # fmt: skip
JPEG_2000 = Format(
    "JPEG 2000", (".jp2", ".j2k", ".j2c", ".jpf", ".jpx"), "jpeg2000",
    rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", reads="1 to 16", holds=_ALL, written=(".jp2",), depths=_WHOLE,
)  # fmt: skip
JPEG_XL = Format(
    "JPEG XL", (".jxl",), "jpegxl", rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n",
    reads="1 to 16, float", holds=_CAMERA | {"coding"},
)  # fmt: skip
AVIF = Format(
    "AVIF", (".avif",), "avif", rb".{4}ftyp(?:avi[fs]|.{8}(?:.{4})*?avi[fs])",
    reads="8; 10 and 12 as 16", holds=_CAMERA | {"coding"},
)  # fmt: skip
HEIC = Format(
    "HEIC", (".heic", ".heif", ".hif"), "heif",
    rb".{4}ftyp(?:.{8}(?:.{4})*?)?(?:heic|heix|heim|heis|hevc|hevx|mif1|msf1)",
    reads="8; 10 and 12 as 16", holds=_CAMERA | {"coding"}, package="pi_heif",
)  # fmt: skip
PSD = Format("PSD", (".psd",), "psd", rb"8BPS\0\x01", reads="8, 16; the flat picture", holds=_ALL)
GIF = Format("GIF", (".gif",), "plain", rb"GIF8[79]a", reads="8", holds=frozenset({"alpha", "comment"}))
BMP = Format(
    "BMP", (".bmp", ".dib"), "plain", rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",
    reads="8", holds=frozenset({"alpha", "resolution"}),
)  # fmt: skip
PPM = Format("PPM", (".ppm", ".pgm", ".pbm", ".pnm"), "ppm", rb"P[1-6][\s#]", reads="1 to 16", holds=frozenset())
TGA = Format("TGA", (".tga",), "plain", None, reads="8", holds=frozenset({"alpha"}))
RAW = Format(
    "camera raw",
    (
        ".dng", ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".erf", ".iiq", ".kdc", ".mef", ".mos", ".mrw", ".nef",
        ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
    ),
    "raw", None, reads="16", holds=frozenset({"exif"}), package="rawpy",
)  # fmt: skip

FORMATS = (PNG, JPEG, WEBP, OPEN_EXR, JPEG_2000, JPEG_XL, AVIF, HEIC, PSD, GIF, BMP, PPM, RAW, TIFF, TGA)
"""All formats, in the order in which they are tried. Most of camera raw begins as TIFF, and TGA as anything."""

WRITTEN = {ending: each for each in (PNG, JPEG, WEBP, TIFF, OPEN_EXR, JPEG_2000) for ending in each.written}
"""The formats by the endings under which pictures are written."""

READ = frozenset(ending for each in FORMATS for ending in each.endings)
"""The endings of all files that count as pictures."""

_OTHERS = {
    "PDF": rb"%PDF",
    "EPS": rb"%!PS",
    "SVG": rb"(?s:.{0,99})<svg",
    "PSB": rb"8BPS\0\x02",
    "XCF": rb"gimp xcf",
    "JPEG XR": rb"II\xbc\x01",
    "PFM": rb"P[Ff]\s",
    "PAM": rb"P7\s",
    "Radiance HDR": rb"#\?R",
    "DPX": rb"SDPX|XPDS",
    "Cineon": rb"\x80\x2a\x5f\xd7",
    "DDS": rb"DDS ",
    "PCX": rb"\x0a[\0-\x05]\x01[\x01\x02\x04\x08]",
    "Windows icon": rb"\0\0[\x01\x02]\0[\x01-\xff]\0",
    "MP4 or QuickTime film": rb".{4}(?:ftyp|moov)",
    "Matroska film": rb"\x1a\x45\xdf\xa3",
}
"""Formats that are in use but are not read, by how their files begin."""

OTHERS_OF_LIGHT = frozenset({"PFM", "Radiance HDR", "DPX", "Cineon"})
"""The formats that are not read and whose light a PNG would cut off."""


def format_of(path: Path) -> Format | None:
    """Return the format of a file, or None if the format is not read."""
    head, ending = _head(path), path.suffix.lower()
    for each in FORMATS:
        if ending in each.endings if each.begins is None else re.match(each.begins, head, re.DOTALL):
            return each
    return None


def name_of_other(path: Path) -> str | None:
    """Return the name of a file's format if the format is known and not read, else None."""
    head = _head(path)
    return next((name for name, begins in _OTHERS.items() if re.match(begins, head, re.DOTALL)), None)


def names_of(formats: Iterable[Format]) -> str:
    """Return the names of formats as a list for people."""
    *most, last = (each.name for each in formats)
    return f"{', '.join(most)} or {last}"


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)
