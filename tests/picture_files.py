"""Pictures with everything that a file may hold, for the tests of reading and writing."""

import struct
from pathlib import Path

import numpy as np
from imagecodecs import cms_profile

import metadata_reader
from huegraft import Picture
from huegraft.encodings import SRGB, ProfileEncoding, SceneLinearEncoding

D65, D50 = (0.3127, 0.329), (0.3457, 0.3585)
PROFILES = {
    "adobe": cms_profile("adobergb"),
    "p3": cms_profile("rgb", whitepoint=D65, primaries=(0.68, 0.32, 0.265, 0.69, 0.15, 0.06), gamma=2.2),
    "prophoto": cms_profile(
        "rgb", whitepoint=D50, primaries=(0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001), gamma=1.8
    ),
}
XMP = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:'
    b'rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/'
    b'tiff/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" tiff:Orientation="1" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>'
    b'<?xpacket end="w"?>'
)
MAKER_NOTE = b"Brownie\0" + bytes(range(256))


def exif_block(order: str = ">") -> bytes:
    """Return a camera's block byte by byte: its own, EXIF, interoperability and GPS directories, and a thumbnail."""
    ascii_, short, long, rational, undefined = 2, 3, 4, 5, 7

    def directory(start: int, entries: list[tuple[int, int, int, bytes]], following: int = 0) -> bytes:
        table, rest = b"", b""
        behind = start + 2 + 12 * len(entries) + 4
        for tag, kind, count, value in entries:
            place = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(order + "I", behind + len(rest))
            rest += value + bytes(len(value) % 2) if len(value) > 4 else b""
            table += struct.pack(order + "HHI", tag, kind, count) + place
        return struct.pack(order + "H", len(entries)) + table + struct.pack(order + "I", following) + rest

    def number(letter: str, *values: int) -> bytes:
        return struct.pack(f"{order}{len(values)}{letter}", *values)

    exif, gps, interoperability, thumbnail = 200, 700, 800, 900
    own = [
        (0x10E, ascii_, 12, b"Caf\xc3\xa9 at sea\0"[:12]),
        (0x10F, ascii_, 8, b"Brownie\0"),
        (0x110, ascii_, 7, b"Model 2"[:6] + b"\0"),
        (0x112, short, 1, number("H", 1)),
        (0x11A, rational, 1, number("I", 300, 1)),
        (0x11B, rational, 1, number("I", 150, 1)),
        (0x128, short, 1, number("H", 2)),
        (0x8298, ascii_, 6, b"Kodak\0"),
        (0x8769, long, 1, number("I", exif)),
        (0x8825, long, 1, number("I", gps)),
    ]
    below = [
        (0x829A, rational, 1, number("I", 1, 250)),
        (0x9003, ascii_, 20, b"2024:01:15 10:00:00\0"),
        (0x927C, undefined, len(MAKER_NOTE), MAKER_NOTE),
        (0xA002, long, 1, number("I", 14)),
        (0xA003, long, 1, number("I", 10)),
        (0xA005, long, 1, number("I", interoperability)),
    ]
    places = {
        8: directory(8, own, thumbnail),
        exif: directory(exif, below),
        gps: directory(gps, [(1, ascii_, 2, b"N\0"), (2, rational, 3, number("I", 48, 1, 51, 1, 29, 1))]),
        interoperability: directory(interoperability, [(1, ascii_, 4, b"R03\0")]),
        thumbnail: directory(thumbnail, [(0x103, short, 1, number("H", 6)), (0x201, long, 1, number("I", 980))]),
    }
    block = (b"II" if order == "<" else b"MM") + number("H", 42) + number("I", 8)
    for place, content in places.items():
        assert len(block) <= place
        block = block.ljust(place, b"\0") + content
    return block.ljust(980, b"\0") + b"\xff\xd8thumbnail\xff\xd9"


def picture(depth: str, *, alpha: bool = False, profile: str = "none", size: tuple[int, int] = (10, 14)) -> Picture:
    """Return smooth colours over the whole range, of floats up to 4; alpha is 0 and 1 in places."""
    dtype = np.dtype(depth)
    y, x = np.mgrid[0 : size[0], 0 : size[1]] / (np.array(size) - 1)[:, None, None]
    colors, share = np.stack([x, y, (x + y) / 2], axis=-1), np.clip(1.5 * x - 0.25, 0, 1)
    linear = np.issubdtype(dtype, np.floating)
    most = 4 if linear else np.iinfo(dtype).max
    pixels = (colors * most).astype(dtype)
    straight = (share if linear else np.rint(share * most)).astype(dtype) if alpha else None
    icc = PROFILES.get(profile)
    encoding = SceneLinearEncoding() if linear else SRGB if icc is None else ProfileEncoding(icc)
    return Picture(pixels, encoding, straight, exif_block(), XMP, (300.0, 150.0, "inch"), None if linear else icc)


def tags(*paths: Path) -> dict[str, dict[str, object]]:
    """Return the tags of files or of all files in folders, by file name, as other programs read them."""
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return {file.name: metadata_reader.tags(file) for file in files}
