"""Hostile files of the formats that Pillow does not decode; see `hostile`."""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import OpenEXR
import tifffile
from imagecodecs import jpeg2k_encode
from PIL import Image

import hostile
from hostile import BYTE, LONG, RATIONAL, SHORT, TEXT, File, entry

KINDS = {"png16": "png", "float": "tif", "exr": "exr", "jp2": "jp2", "heic": "heic", "dng": "dng"}
APART = ("heic", "dng")
"""Decoded in processes of their own, which takes time: fewer files."""
DATA = Path(__file__).parent / "data"
SRATIONAL = 10


def good_file(kind: str) -> bytes:
    """Return a small good file."""
    makers = (deep_png, float_tiff, exr, jp2, heic, dng)
    return dict(zip(KINDS, makers, strict=True))[kind]()


def hostile_files(kind: str) -> list[File]:
    makers = (png_files, tiff_files, exr_files, jp2_files, heic_files, dng_files)
    own = dict(zip(KINDS, makers, strict=True))[kind]
    good = good_file(kind)
    header = {"png16": range(8, 60), "float": range(200), "jp2": range(90)}.get(kind, range(300))
    files = list(hostile.common_files(good, header, 4 if kind in APART else 24))
    lenient = {"dng": ("cut-at",), "exr": ("cut-at-0.9",)}.get(kind, ())  # sensors' rows, tiles may end early
    files = [
        (name, content, "either" if name.startswith(lenient or ("no",)) else fate) for name, content, fate in files
    ]
    return hostile.numbered([*files, *own()], KINDS[kind])


def photograph() -> np.ndarray:
    """Return `hostile.photograph` in 16 bits."""
    return np.array(hostile.photograph(), np.uint16) * 257


def deep_png() -> bytes:
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in photograph())
    return hostile.png((64, 64), 16, data=rows)


def png_files() -> Iterator[File]:
    for name, size in (("60000", (60000, 60000)), ("most", (2**31 - 1,) * 2), ("12000", (12000, 12000))):
        yield f"claims-{name}", hostile.png(size, 16, data=np.random.default_rng(1).bytes(1000)), "error"
    yield "claims-nothing", hostile.png((0, 0), 16, data=b""), "error"
    yield "claims-a-row-more", hostile.png((8, 9), 16, data=(b"\0" + bytes(48)) * 8), "error"
    yield "data-bomb", hostile.png(depth=16, data=bytes(2**25)), "either"
    yield "palette-of-16", hostile.png(depth=16, color=3), "error"
    yield "filter-unknown", hostile.png(depth=16, data=(b"\x09" + bytes(48)) * 8), "error"
    for color in (0, 2, 4, 6):
        yield f"color-{color}", hostile.png(depth=16, color=color), "picture"
        yield f"key-{color}", hostile.png(depth=16, color=color, more=[(b"tRNS", b"\0" * 6)]), "picture"
    for number, profile in enumerate((b"no profile" * 100, b"", bytes(200))):
        yield f"profile-{number}", hostile.png(depth=16, more=[(b"iCCP", b"a\0\0" + zlib.compress(profile))]), "picture"
    bomb = zlib.compress(bytes(2**28), 9)
    yield "iccp-bomb", hostile.png(depth=16, more=[(b"iCCP", b"a\0\0" + bomb)]), "picture"
    yield "xmp-bomb", hostile.png(depth=16, more=[(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb)]), "picture"
    yield "raw-exif-noise", hostile.png(more=[(b"tEXt", b"Raw profile type exif\0\nexif\n 9\nzz")]), "either"
    yield "gamma-0", hostile.png(depth=16, more=[(b"gAMA", bytes(4)), (b"cHRM", bytes(32))]), "picture"
    yield (
        "primaries-0",
        hostile.png(depth=16, more=[(b"gAMA", struct.pack(">I", 99999)), (b"cHRM", bytes(32))]),
        "either",
    )
    for name, block in hostile.hostile_blocks():
        yield name, hostile.png(depth=16, more=[(b"eXIf", block)]), "picture"
    yield "flat-16-megapixels", hostile.png((4096, 4096), 16), "picture"


def float_tiff(**options: object) -> bytes:
    buffer = io.BytesIO()
    options = {"compression": "zlib", "predictor": True, "rowsperstrip": 16, "photometric": "rgb"} | options
    tifffile.imwrite(buffer, photograph().astype(np.float32) / 65535, metadata=None, **options)
    return buffer.getvalue()


def tiff_files() -> Iterator[File]:
    def changed(tag: int, value: bytes, good: bytes) -> bytes:
        """Replace the entry of a tag, which tifffile writes in order after the header."""
        count = struct.unpack_from("<H", good, 8)[0]
        place = next(10 + 12 * n for n in range(count) if struct.unpack_from("<H", good, 10 + 12 * n)[0] == tag)
        return good[:place] + value + good[place + 12 :]

    good = float_tiff()
    yield "good", good, "picture"
    for side in (60000, 12000, 2**32 - 1, 0):
        large = changed(256, entry(256, LONG, 1, side), good)
        yield f"claims-{side}", changed(257, entry(257, LONG, 1, side), large), "error"
    yield "channels-65535", changed(277, entry(277, SHORT, 1, 65535), good), "error"
    yield "format-unknown", changed(339, entry(339, SHORT, 1, 9), good), "error"
    yield "signed", changed(339, entry(339, SHORT, 1, 2), good), "error"
    yield "bits-65535", changed(258, entry(258, SHORT, 1, 65535), good), "error"
    yield "compression-unknown", changed(259, entry(259, SHORT, 1, 999), good), "error"
    yield "predictor-unknown", changed(317, entry(317, SHORT, 1, 77), good), "either"
    yield "rows-a-strip-0", changed(278, entry(278, LONG, 1, 0), good), "either"
    for compression in ("lzw", "zstd", "packbits", "lzma"):
        packed = float_tiff(compression=compression, predictor=compression in ("lzw", "zstd"))
        yield compression, packed, "picture"
        yield f"{compression}-damaged", packed[:2000] + bytes(300) + packed[2300:], "either"
    tiled = float_tiff(tile=(16, 16), rowsperstrip=None)
    yield "tiled", tiled, "picture"
    huge = changed(323, entry(323, LONG, 1, 2**31), changed(322, entry(322, LONG, 1, 2**31), tiled))
    yield "tiles-claims-2147483648", huge, "error"
    yield "tiles-0", changed(323, entry(323, LONG, 1, 0), changed(322, entry(322, LONG, 1, 0), tiled)), "error"
    bomb = zlib.compress(bytes(2**29), 9)
    replaced = {273: entry(273, LONG, 1, 1000), 279: entry(279, LONG, 1, len(bomb)), 259: entry(259, SHORT, 1, 8)}
    yield "strip-bomb", hostile.tiff(replaced=replaced).ljust(1000, b"\0") + bomb, "either"
    halves = (photograph()[..., 0] / 65535).astype(np.float16)
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, halves)
    yield "halves", buffer.getvalue(), "picture"
    yield "nan", float_tiff_of(np.full((9, 9, 3), np.nan, np.float32)), "picture"
    yield "infinite", float_tiff_of(np.full((9, 9, 3), np.inf, np.float32)), "picture"
    yield "profile-noise", float_tiff(iccprofile=b"no profile" * 20), "picture"
    yield "sensor", hostile.tiff(replaced={262: entry(262, SHORT, 1, 32803)}), "error"
    yield "lab-of-one-channel", hostile.tiff(replaced={262: entry(262, SHORT, 1, 8)}), "error"
    yield "unknown-colours", hostile.tiff(replaced={262: entry(262, SHORT, 1, 32845)}), "error"
    for photometric in ("cielab", "icclab"):
        yield photometric, whole_tiff(photometric=photometric), "picture"
    ycbcr = whole_tiff(photometric="ycbcr", subsampling=(1, 1), compression=None)
    yield "ycbcr", ycbcr, "picture"

    def sampled(across: int) -> bytes:
        return changed(530, entry(530, SHORT, 2, struct.pack("<HH", across, 2)), ycbcr)

    for across in (0, 2, 3, 65535):
        yield (
            f"ycbcr-sampled-{across}",
            changed(530, entry(530, SHORT, 2, struct.pack("<HH", across, 2)), ycbcr),
            "either",
        )
    for side in (60000, 12000):
        yield f"ycbcr-claims-{side}", changed(257, entry(257, LONG, 1, side), ycbcr), "error"
    thumbnail = hostile.tiff(extra=[entry(254, LONG, 1, 1), entry(330, LONG, 1, 8)])
    yield "below-itself", thumbnail, "picture"
    below = hostile.tiff(extra=[entry(254, LONG, 1, 1), entry(330, LONG, 2**30, 8)])
    yield "many-below", below, "error"
    yield "below-outside", hostile.tiff(extra=[entry(254, LONG, 1, 1), entry(330, LONG, 1, 2**32 - 2)]), "picture"
    large = [entry(254, LONG, 1, 0), entry(256, LONG, 1, 60000), entry(257, LONG, 1, 60000)]
    size = len(hostile.tiff(extra=[b" " * 12]))
    yield "claims-below", hostile.tiff(extra=[entry(330, LONG, 1, size)]) + hostile.directory(large), "error"


def whole_tiff(**options: object) -> bytes:
    buffer = io.BytesIO()
    pixels = np.array(hostile.photograph())
    tifffile.imwrite(buffer, pixels, metadata=None, **({"compression": "zlib"} | options))
    return buffer.getvalue()


def float_tiff_of(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, photometric="rgb")
    return buffer.getvalue()


def exr(**header: object) -> bytes:
    buffer = io.BytesIO()
    attributes = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage} | header
    pixels = (photograph() / 65535 * 2).astype(np.float16)
    OpenEXR.File(attributes, {"RGB": pixels}).write(buffer)
    return buffer.getvalue()


def exr_files() -> Iterator[File]:
    good = exr()
    tiled = exr(type=OpenEXR.tiledimage, tiles=OpenEXR.TileDescription())
    yield "tiled", tiled, "picture"
    window = good.index(b"dataWindow\0box2i\0") + 21
    for right in (59999, 11999, 2**31 - 1, 2**31 - 2):
        yield f"claims-{right}", good[: window + 8] + struct.pack("<ii", right, right) + good[window + 16 :], "error"
    turned = struct.pack("<iiii", 9, 9, 0, 0)
    yield "claims-less-than-nothing", good[:window] + turned + good[window + 16 :], "error"
    lowest = struct.pack("<iiii", -(2**31), -(2**31), 2**31 - 1, 2**31 - 1)
    yield "claims-all-numbers", good[:window] + lowest + good[window + 16 :], "error"
    tiles = tiled.index(b"tiles\0tiledesc\0") + 19
    for side in (0, 2**14, 2**31 - 1, 2**32 - 1):
        yield f"tile-claims-{side}", tiled[:tiles] + struct.pack("<II", side, side) + tiled[tiles + 8 :], "either"
    names = ("NO", "RLE", "ZIPS", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB", "HTJ2K32")
    for name in names:
        packed = exr(compression=getattr(OpenEXR, f"{name}_COMPRESSION"))
        yield f"packed-{name}", packed, "picture"
        middle = len(packed) // 2
        yield f"damaged-{name}", packed[:middle] + bytes(40) + packed[middle + 40 :], "either"
        yield f"cut-{name}", packed[: middle // 2], "error"
    kind = good.index(b"compression\0compression\0") + 28
    for number in (0, 1, 4, 6, 8, 10, 11, 250):
        yield f"compression-{number}", good[:kind] + bytes([number]) + good[kind + 1 :], "either"
    length = good.index(b"channels\0chlist\0") + 16
    for size in (0, 1, 2**31 - 1, 2**31, 2**32 - 1):
        yield f"channels-say-{size}", good[:length] + struct.pack("<I", size) + good[length + 4 :], "error"
    sampling = length + 4 + 2 + 4 + 4  # past the first name, its kind and linearity
    for step in (0, 2, 2**31 - 1):
        yield f"sampling-{step}", good[:sampling] + struct.pack("<i", step) + good[sampling + 4 :], "error"
    attribute = b"\0".join([b"a" * 20, b"string", struct.pack("<I", 2**31 - 9)])
    yield "attribute-lies", good[:8] + attribute + good[8:], "either"
    many = b"".join(b"a%05d\0int\0\4\0\0\0\0\0\0\0" % number for number in range(50000))
    yield "many-attributes", good[:8] + many + good[8:], "error"
    yield from parts_files()
    light = np.ones((9, 9), np.float32)
    for name, values in (("nan", light * np.nan), ("infinite", light * np.inf), ("dark", -light)):
        buffer = io.BytesIO()
        OpenEXR.File({"type": OpenEXR.scanlineimage}, {"R": values, "G": light, "B": light, "A": light}).write(buffer)
        yield name, buffer.getvalue(), "picture"
    for number, primaries in enumerate(((0.0,) * 8, (float("nan"),) * 8, (0.3,) * 8, (1e30,) * 8)):
        yield f"primaries-{number}", exr(chromaticities=primaries), "error"


def parts_files() -> Iterator[File]:
    """Make files of several parts and layers, the picture in the second."""
    pixels = (photograph() / 65535).astype(np.float16)

    def several(count: int, **header: object) -> bytes:
        stored = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        depth = [OpenEXR.Part(stored | {"name": f"depth{n}"}, {"Z": pixels[..., 0].copy()}) for n in range(count)]
        picture = OpenEXR.Part(stored | {"name": "main"} | header, {"RGB": pixels.copy()})
        buffer = io.BytesIO()
        OpenEXR.File([depth[0], picture, *depth[1:]]).write(buffer)
        return buffer.getvalue()

    good = several(1)
    yield "second-part", good, "picture"
    yield "50-parts", several(50), "picture"
    first = good.index(b"dataWindow\0box2i\0") + 21
    second = good.index(b"dataWindow\0box2i\0", first) + 21
    for place in (first, second):
        for right in (59999, 11999, 2**31 - 1):
            content = good[: place + 8] + struct.pack("<ii", right, right) + good[place + 16 :]
            yield f"part-{place}-claims-{right}", content, "error"
    for place in range(second + 16, len(good), 397):
        yield f"part-damaged-{place}", good[:place] + bytes(60) + good[place + 60 :], "either"
    yield "part-cut", good[: len(good) // 2], "error"
    layers = {f"{'abcdefgh'[number % 8]}{number}.{letter}": pixels[..., 0] for number in range(150) for letter in "RGB"}
    buffer = io.BytesIO()
    OpenEXR.File({"type": OpenEXR.scanlineimage}, {name: each.copy() for name, each in layers.items()}).write(buffer)
    yield "150-layers", buffer.getvalue(), "picture"


def jp2(shape: tuple[int, ...] = (), **options: object) -> bytes:
    pixels = photograph() if not shape else np.zeros(shape, np.uint8)
    return jpeg2k_encode(pixels, codecformat="jp2", **({"reversible": True} | options))


def jp2_files() -> Iterator[File]:
    good = jp2()
    size = good.index(b"\xff\x4f\xff\x51") + 8

    def sized(at: int, letters: str, *numbers: int) -> bytes:
        content = bytearray(good)
        struct.pack_into(">" + letters, content, size + at, *numbers)
        return bytes(content)

    yield "good", good, "picture"
    yield "bare", good[good.index(b"\xff\x4f\xff\x51") :], "picture"
    for side in (60000, 2**32 - 1, 12000, 0):
        yield f"claims-{side}", sized(0, "II", side, side), "error"
    yield "offset-beyond", sized(8, "II", 100, 100), "error"
    yield "tiles-of-1", sized(16, "II", 1, 1), "either"
    yield "tiles-of-0", sized(16, "II", 0, 0), "error"
    yield "claims-16384-channels", sized(32, "H", 16384), "error"
    for depth in (0x80 | 15, 37, 16, 255):
        yield f"depth-{depth}", sized(34, "B", depth), "error"
    yield "subsampled", sized(35, "BB", 2, 2), "error"
    yield "subsampled-by-0", sized(35, "BB", 0, 0), "error"
    coding = good.index(b"\xff\x52", size) + 4
    for place, values in (
        (0, (0, 255)),
        (1, (0, 5)),
        (2, (0, 255)),
        (4, (0, 1, 255)),
        (5, (0, 33, 255)),
        (6, (0, 11, 255)),
    ):
        for value in values:
            yield (
                f"coding-{place}-{value}",
                good[: coding + place] + bytes([value]) + good[coding + place + 1 :],
                "either",
            )
    head = good.index(b"jp2h") - 4
    for length in (0, 1, 7, 2**31, 2**32 - 1):
        yield f"header-says-{length}", good[:head] + struct.pack(">I", length) + good[head + 4 :], "either"
    for name, block in hostile.hostile_blocks():
        content = b"JpgTiffExif->JP2" + block
        yield name, good[:32] + struct.pack(">I", 8 + len(content)) + b"uuid" + content + good[32:], "picture"
    flat = jpeg2k_encode(np.zeros((6000, 4000), np.uint8), codecformat="jp2", reversible=True)
    yield "flat-claims-24000000", flat, "error"
    yield "flat-16-megapixels", jp2((4096, 4096)), "picture"


def heic() -> bytes:
    return (DATA / "ramp.heic").read_bytes()


def heic_files() -> Iterator[File]:
    good = heic()
    size = good.index(b"ispe") + 8
    for width in (60000, 2**31 - 1, 12000, 0):
        yield f"claims-{width}", good[:size] + struct.pack(">II", width, width) + good[size + 8 :], "either"
    place = good.index(b"iloc")
    yield "places-lost", good[: place + 8] + bytes(20) + good[place + 28 :], "error"
    yield "alpha", (DATA / "alpha.heic").read_bytes(), "picture"
    yield "brand-alone", good[:40], "error"
    data = good.index(b"mdat")
    yield "data-noise", good[: data + 4] + np.random.default_rng(3).bytes(len(good) - data - 4), "either"


def dng(size: int = 32, replaced: dict[int, bytes] | None = None) -> bytes:
    """Make a raw file of a sensor with a Bayer pattern, of 16 bits, not compressed."""
    ramp = np.broadcast_to(np.linspace(0, 16000, size).astype("<u2"), (size, size)).tobytes()
    fractions = [int(number * 10000) for number in (3.24, -1.54, -0.5, -0.97, 1.88, 0.04, 0.06, -0.2, 1.06)]
    values: dict[int, tuple[int, int, bytes]] = {
        256: (LONG, 1, struct.pack("<I", size)),
        257: (LONG, 1, struct.pack("<I", size)),
        258: (SHORT, 1, struct.pack("<H", 16)),
        259: (SHORT, 1, struct.pack("<H", 1)),
        262: (SHORT, 1, struct.pack("<H", 32803)),
        271: (TEXT, 8, b"Brownie\0"),
        272: (TEXT, 8, b"Brownie\0"),
        273: (LONG, 1, b""),
        274: (SHORT, 1, struct.pack("<H", 6)),
        277: (SHORT, 1, struct.pack("<H", 1)),
        278: (LONG, 1, struct.pack("<I", size)),
        279: (LONG, 1, struct.pack("<I", len(ramp))),
        33421: (SHORT, 2, struct.pack("<HH", 2, 2)),
        33422: (BYTE, 4, bytes([0, 1, 1, 2])),
        50706: (BYTE, 4, bytes([1, 4, 0, 0])),
        50708: (TEXT, 8, b"Brownie\0"),
        50714: (SHORT, 1, struct.pack("<H", 0)),
        50717: (SHORT, 1, struct.pack("<H", 16000)),
        50721: (SRATIONAL, 9, b"".join(struct.pack("<ii", number, 10000) for number in fractions)),
        50728: (RATIONAL, 3, struct.pack("<II", 1, 1) * 3),
        50778: (SHORT, 1, struct.pack("<H", 21)),
    }
    start = 8 + 2 + 12 * len(values) + 4
    rest = b""
    data = start + sum(len(value) for _, _, value in values.values() if len(value) > 4)
    entries = list[bytes]()
    for tag, (kind, count, value) in values.items():
        if tag == 273:
            entries.append(entry(tag, kind, count, data))
        elif len(value) <= 4:
            entries.append(entry(tag, kind, count, value))
        else:
            entries.append(entry(tag, kind, count, start + len(rest)))
            rest += value
    entries = [(replaced or {}).get(tag, each) for tag, each in zip(values, entries, strict=True)]
    return hostile.structure(entries, rest=rest + ramp)


def dng_files() -> Iterator[File]:
    yield "good", dng(), "picture"
    for side in (60000, 2**32 - 1, 12000, 0):
        yield f"claims-{side}", dng(replaced={tag: entry(tag, LONG, 1, side) for tag in (256, 257)}), "error"
    yield "strip-outside", dng(replaced={273: entry(273, LONG, 1, 2**31)}), "either"
    yield "compression-unknown", dng(replaced={259: entry(259, SHORT, 1, 999)}), "either"
    yield "lossless-jpeg", dng(replaced={259: entry(259, SHORT, 1, 7)}), "either"
    yield "bits-65535", dng(replaced={258: entry(258, SHORT, 1, 65535)}), "either"
    yield "really-png", hostile.saved(hostile.photograph(), "png"), "picture"
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, "TIFF")
    yield "really-tif", buffer.getvalue(), "either"
