"""Hostile files of the formats that are read and not written; see `hostile`."""

import io
import struct
from collections.abc import Iterator
from functools import partial

import numpy as np
from imagecodecs import avif_encode, jpegxl_encode
from PIL import Image

import hostile
from hostile import File

KINDS = {
    "gif": "gif", "bmp": "bmp", "tga": "tga", "ppm": "ppm", "ppm16": "ppm", "psd": "psd", "psd16": "psd",
    "avif": "avif", "avif10": "avif", "jxl": "jxl", "jxl16": "jxl",
}  # fmt: skip
_CLAIMS = (60000, 65535, 12000, 0)


def good_file(kind: str) -> bytes:
    """Return a small good file."""
    deep = np.array(hostile.photograph(), np.uint16) * 257
    if kind in ("gif", "bmp", "tga", "ppm"):
        return saved(hostile.photograph(), kind)
    if kind == "ppm16":
        return b"P6\n64 64\n65535\n" + deep.astype(">u2").tobytes()
    if kind.startswith("psd"):
        return psd(bits=int(kind[3:] or 8), packed=kind == "psd16")
    if kind == "avif":
        return saved(hostile.photograph(), "avif")
    if kind == "avif10":
        return avif_encode(deep >> 6, bitspersample=10)
    pixels = deep if kind == "jxl16" else np.array(hostile.photograph())
    return jpegxl_encode(pixels, lossless=kind == "jxl16", usecontainer=True)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, {"jpg": "JPEG"}.get(kind, kind.upper()), **options)
    return buffer.getvalue()


def hostile_files(kind: str) -> list[File]:
    good = good_file(kind)
    own = {
        "gif": gif_files,
        "bmp": bmp_files,
        "tga": tga_files,
        "ppm": partial(ppm_files, 255),
        "ppm16": partial(ppm_files, 65535),
        "psd": psd_files,
        "psd16": deep_psd_files,
        "avif": avif_files,
        "avif10": deep_avif_files,
        "jxl": partial(jxl_files, good),
        "jxl16": partial(jxl_files, good),
    }
    header = range(3, 14) if kind.startswith("ppm") else range(min(len(good), 60 if kind in ("bmp", "tga") else 300))
    files = list(hostile.common_files(good, header, min(24, len(header) - 1)))
    # TGA has no magic, and ends in 26 bytes that say nothing of its pixels.
    lenient = ("no", "cut", "zeros", "text") if kind == "tga" else ("?",)
    files = [(name, content, "either" if name.startswith(lenient) else fate) for name, content, fate in files]
    return hostile.numbered([*files, *own[kind]()], KINDS[kind])


def replaced(good: bytes, at: int, new: bytes) -> bytes:
    return good[:at] + new + good[at + len(new) :]


def gif_files() -> Iterator[File]:
    good = good_file("gif")
    picture = good.index(b",", 13 + 768)
    for side in _CLAIMS:
        size = struct.pack("<HH", side, side)
        yield f"claims-{side}", replaced(replaced(good, 6, size), picture + 5, size), "error"
        yield f"canvas-claims-{side}", replaced(good, 6, size), "either"
    yield "no-frame", good[: 13 + 768] + b";", "error"
    frames = [hostile.photograph().rotate(90 * n) for n in range(1, 4)]
    yield "animated", saved(hostile.photograph(), "gif", save_all=True, append_images=frames), "picture"
    comment = b"!\xfe" + (b"\xff" + b"c" * 255) * 20000 + b"\0"
    yield "long-comment", good[: 13 + 768] + comment + good[13 + 768 :], "picture"
    many = b"!\xfe\1c\0" * 100000
    yield "many-comments", good[: 13 + 768] + many + good[13 + 768 :], "either"
    frame = good[picture:-1]
    yield "5000-frames", good[:-1] + frame[:200] * 5000 + b";", "either"
    yield "transparent", saved(hostile.photograph().quantize(16), "gif", transparency=3), "picture"


def bmp_files() -> Iterator[File]:
    good = good_file("bmp")
    for side in (*_CLAIMS, 2**31 - 1):
        yield f"claims-{side}", replaced(good, 18, struct.pack("<ii", side, side)), "error"
    yield "claims-upwards", replaced(good, 22, struct.pack("<i", -60000)), "error"
    for compression in range(1, 16):
        yield f"compression-{compression}", replaced(good, 30, struct.pack("<I", compression)), "either"
    for bits in (0, 1, 2, 4, 8, 16, 32, 64, 255):
        yield f"bits-{bits}", replaced(good, 28, struct.pack("<H", bits)), "either"
    for offset in (0, 54, 2**31, 2**32 - 1):
        yield f"offset-{offset}", replaced(good, 10, struct.pack("<I", offset)), "either"
    yield "palette", saved(hostile.photograph().quantize(16), "bmp"), "picture"
    indexed = saved(hostile.photograph().quantize(256), "bmp")
    yield "colours-claim", replaced(indexed, 46, struct.pack("<I", 2**31)), "error"
    run_lengths = replaced(replaced(indexed, 30, struct.pack("<I", 1)), 18, struct.pack("<ii", 4096, 4096))
    yield "run-lengths", run_lengths[:1078] + b"\xff\1" * 70000 + b"\0\1", "either"


def tga_files() -> Iterator[File]:
    good = good_file("tga")
    for side in _CLAIMS:
        yield f"claims-{side}", replaced(good, 12, struct.pack("<HH", side, side)), "error"
    for kind in (0, 1, 3, 9, 10, 11, 32, 255):
        yield f"kind-{kind}", replaced(good, 2, bytes([kind])), "either"
    for bits in (1, 8, 15, 16, 24, 32, 255):
        yield f"bits-{bits}", replaced(good, 16, bytes([bits])), "either"
    yield "map-claims", replaced(good, 1, bytes([1, 1, 0, 0, 255, 255, 32])), "either"
    packed = saved(hostile.photograph(), "tga", compression="tga_rle")
    yield "packed", packed, "picture"
    yield "packed-damaged", packed[:900] + bytes(500) + packed[1400:], "either"
    yield "packed-cut", packed[:900], "error"


def ppm_files(most: int) -> Iterator[File]:
    for width, height in ((60000, 60000), (2**31, 2**31), (12000, 12000), (0, 0), (10**9, 1)):
        for letter in "2356":
            yield f"claims-{width}-{height}-{letter}", f"P{letter}\n{width} {height}\n{most}\n1 2 3 ".encode(), "error"
    yield "claims-digits", b"P6\n" + b"9" * 5000 + b" 4\n%d\n" % most, "error"
    yield "most-0", b"P6\n4 4\n0\n" + bytes(96), "error"
    yield "most-70000", b"P6\n4 4\n70000\n" + bytes(96), "error"
    yield "long-comment", b"P5 #" + b"c" * 100000 + b"\n4 4 %d\n" % most + bytes(32), "either"
    yield "many-comments", b"P5 " + b"#\n" * 30000 + b"4 4 %d\n" % most + bytes(32), "either"
    yield "comments", b"P5#a\n4#b\n 4\n#c\n%d\n" % most + bytes(32), "either"
    yield "text-of-words", b"P3 4 4 %d " % most + b"a " * 48, "error"
    yield "text-of-large-numbers", b"P2 4 4 %d " % most + b"9999999999999999999999 " * 16, "error"
    yield "text-negative", b"P2 4 4 %d " % most + b"-5 " * 16, "error"
    yield "text-beyond", b"P2 4 4 %d " % (most - 5) + b"%d " % most * 16, "either"
    yield "text-short", b"P3 4 4 %d 1 2 3" % most, "error"
    yield "text-without-spaces", b"P2 4 4 %d " % most + b"1" * 500000, "error"
    yield "text", b"P3 4 4 %d " % most + b"7 " * 48, "picture"
    yield "bits", b"P4 9 2\n" + bytes(4), "picture"


def psd(
    channels: int = 3, size: tuple[int, int] = (64, 64), bits: int = 8, mode: int = 3, resources: bytes = b"",
    layers: bytes = b"", packed: bool = False,
) -> bytes:  # fmt: skip
    """Make a PSD of a photograph, its planes one after the other, plain or packed row by row."""
    planes = np.moveaxis(np.array(hostile.photograph()), 2, 0)[[0, 1, 2, 0, 0][:channels]]
    planes = (planes.astype(np.uint16) * 257).astype(">u2") if bits == 16 else planes
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, channels, *size, bits, mode)
    sections = b"".join(struct.pack(">I", len(each)) + each for each in (b"", resources, layers))
    if not packed:
        return header + sections + b"\0\0" + planes.tobytes()
    rows = [bytes([row.nbytes - 1]) + row.tobytes() for plane in planes for row in plane]
    return header + sections + b"\0\1" + b"".join(struct.pack(">H", len(row)) for row in rows) + b"".join(rows)


def psd_files() -> Iterator[File]:
    for side in (60000, 300000, 2**32 - 1, 12000, 0):
        yield f"claims-{side}", psd(size=(side, side)), "error"
    yield "packed", psd(packed=True), "picture"
    damaged = psd(packed=True)
    yield "packed-damaged", damaged[:900] + b"\x81" * 900 + damaged[1800:], "either"
    yield "packed-cut", damaged[:3000], "error"
    for mode in range(11):
        yield f"mode-{mode}", psd(mode=mode), "either"
    for bits in (1, 16, 32, 65535):
        yield f"bits-{bits}", psd(bits=bits), "either"
    for channels in (0, 1, 2, 4, 5):
        yield f"channels-{channels}", replaced(psd(), 12, struct.pack(">H", channels)), "either"
    for section in (26, 30, 34):
        for length in (1, 2**31, 2**32 - 1):
            yield f"section-{section}-{length}", replaced(psd(), section, struct.pack(">I", length)), "either"
    lying = b"8BIM" + struct.pack(">HHI", 1039, 0, 2**31)
    yield "resource-lies", psd(resources=lying), "either"
    yield "many-resources", psd(resources=(b"8BIM" + struct.pack(">HHI", 1028, 0, 0)) * 100000), "either"
    noise = np.random.default_rng(2).bytes(3000)
    for number in (1005, 1028, 1039, 1057, 1058, 1060):
        block = b"8BIM" + struct.pack(">HHI", number, 0, len(noise)) + noise
        yield f"resource-{number}-noise", psd(resources=block), "either"
    yield "layers-noise", psd(layers=noise), "either"


def deep_psd_files() -> Iterator[File]:
    for side in (60000, 300000, 2**32 - 1, 12000, 0):
        for packed in (False, True):
            yield f"claims-{side}-{packed}", psd(size=(side, side), bits=16, packed=packed), "error"
    good = psd(bits=16, packed=True)
    yield "plain", psd(bits=16), "picture"
    yield "plain-cut", psd(bits=16)[:5000], "error"
    for compression in (2, 3, 255):
        yield f"compression-{compression}", replaced(good, 38, struct.pack(">H", compression)), "error"
    for length in (0, 1, 65535):
        yield f"row-says-{length}", replaced(good, 40, struct.pack(">H", length)), "either"
    yield "rows-say-nothing", replaced(good, 40, bytes(2 * 192)), "error"
    yield "rows-say-much", replaced(good, 40, b"\xff" * 2 * 192), "either"
    yield "runs", good[: 40 + 2 * 192] + b"\x81\0" * 20000, "either"
    for mode in range(11):
        yield f"mode-{mode}", psd(mode=mode, bits=16), "either"
    for channels in (0, 1, 2, 4, 56, 65535):
        yield f"channels-{channels}", replaced(good, 12, struct.pack(">H", channels)), "either"


def avif_files() -> Iterator[File]:
    good = good_file("avif")
    size = good.index(b"ispe") + 8
    for width in (60000, 2**31 - 1, 12000, 0):
        yield f"claims-{width}", replaced(good, size, struct.pack(">II", width, width)), "error"
    data = good.index(b"mdat")
    yield "data-noise", good[: data + 4] + np.random.default_rng(3).bytes(len(good) - data - 4), "error"
    yield "brand-alone", good[:40], "error"
    flat = saved(Image.new("RGB", (5000, 5000)), "avif", speed=10)
    yield "flat-claims-25000000", flat, "either"
    at = flat.index(b"ispe") + 8
    yield "sequence-larger-than-said", replaced(flat, at, struct.pack(">II", 64, 64)), "either"
    exif = Image.Exif()
    exif[0x10E] = "a" * 2**13
    described = saved(hostile.photograph(), "avif", exif=exif.tobytes())
    place = described.index(exif.tobytes().removeprefix(b"Exif\0\0"))
    for name, block in hostile.hostile_blocks():
        yield name, replaced(described, place, block[: 2**13]), "either"  # Pillow looks into it
    frames = [hostile.photograph().rotate(90 * n) for n in range(1, 4)]
    yield "animated", saved(hostile.photograph(), "avif", save_all=True, append_images=frames), "picture"
    boxes = good.index(b"meta") - 4
    for length in (0, 1, 7, 2**31, 2**32 - 1):
        yield f"meta-says-{length}", replaced(good, boxes, struct.pack(">I", length)), "either"


def deep_avif_files() -> Iterator[File]:
    good = good_file("avif10")
    size = good.index(b"ispe") + 8
    for width in (60000, 2**31 - 1, 12000, 0):
        yield f"claims-{width}", replaced(good, size, struct.pack(">II", width, width)), "error"
    place = good.index(b"av1C") + 6
    for flags in range(0, 256, 32):
        yield f"bits-{flags}", replaced(good, place, bytes([flags])), "either"


def jxl_files(good: bytes) -> Iterator[File]:
    start = good.index(b"\xff\x0a")
    yield "bare", good[start:], "picture"
    for share in (0.1, 0.5, 0.9, 0.99):
        yield f"bare-cut-at-{share}", good[start : start + int(share * (len(good) - start))], "error"
    for number in range(256):
        yield f"header-{number}", replaced(good, start + 2, bytes([number])), "either"
    flat = jpegxl_encode(np.zeros((6000, 4000), np.uint8), lossless=True)
    yield "flat-claims-24000000", flat, "error"
    yield "flat-16-megapixels", jpegxl_encode(np.zeros((4096, 4096), np.uint8), lossless=True, effort=1), "picture"
    head = struct.pack(">I4s", 8 + 4 + 100, b"brob") + b"Exif" + b"\xff" * 100
    yield "packed-exif-noise", good[:32] + head + good[32:], "either"
    for name, block in hostile.hostile_blocks():
        content = struct.pack(">I4sI", 12 + len(block), b"Exif", 0) + block
        yield name, good[:32] + content + good[32:], "picture"
    exif = struct.pack(">I4sI", 12 + 40, b"Exif", 2**32 - 1) + bytes(40)
    yield "exif-offset-lies", good[:32] + exif + good[32:], "picture"
