"""Picture files made to hurt a reader, and a process that measures what reading them costs.

Each entry of `hostile_files` is a name, the content, and what must come of it: "picture", "error" or "either".
Run as a script, this reads every file of a folder and prints one line of JSON for each; see `measure`.
"""

import io
import json
import resource
import struct
import sys
import time
import warnings
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

File = tuple[str, bytes, str]
KINDS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "tif": "TIFF"}
BYTE, TEXT, SHORT, LONG, RATIONAL, UNDEFINED = 1, 2, 3, 4, 5, 7


def photograph(size: int = 64) -> Image.Image:
    """Return smooth colours with noise, so that files are neither tiny nor flat."""
    noise = np.random.default_rng(7).normal(0, 12, (size, size, 3))
    ramp = np.linspace(0, 220, size)
    smooth = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], 120.0), axis=-1)
    return Image.fromarray(np.clip(smooth + noise, 0, 255).astype(np.uint8))


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, KINDS[kind], **options)
    return buffer.getvalue()


def hostile_files(kind: str) -> list[File]:
    own = {"png": png_files, "jpg": jpeg_files, "webp": webp_files, "tif": tiff_files}[kind]
    good = saved(photograph(), kind)
    # A TIFF of Pillow's has its directory, which is the header that matters, at the end.
    header = range(8, 180) if kind != "tif" else [*range(8), *range(len(good) - 180, len(good))]
    files = [*common_files(good, header), *other_files(kind), *exif_files(kind), *own()]
    return numbered(files, kind)


def numbered(files: list[File], ending: str) -> list[File]:
    return [(f"{number:02d}-{name}.{ending}", content, fate) for number, (name, content, fate) in enumerate(files)]


def common_files(good: bytes, header: Sequence[int], flips: int = 24) -> Iterator[File]:
    """Damage a good file; `header` are the places of what matters in it."""
    for share in (0, 0.001, 0.01, 0.1, 0.3, 0.6, 0.9):
        yield f"cut-at-{share}", good[: int(share * len(good)) + (share > 0)], "error"
    yield "cut-by-one", good[:-1], "either"
    rng = np.random.default_rng(11)
    for position in rng.choice(header, flips, replace=False):
        flipped = bytearray(good)
        flipped[position] ^= 1 << int(rng.integers(8))
        yield f"flip-{position}", bytes(flipped), "either"
    yield "noise-after-magic", good[:12] + rng.bytes(2000), "error"
    yield "trailing-junk", good + rng.bytes(2000), "picture"
    yield "text", b"this is no picture\n" * 50, "error"
    yield "zeros", bytes(5000), "error"


def other_files(kind: str) -> Iterator[File]:
    for other in sorted(set(KINDS) - {kind}):
        yield f"really-{other}", saved(photograph(), other), "picture"
    buffer = io.BytesIO()
    photograph().save(buffer, "GIF")
    yield "really-gif", buffer.getvalue(), "picture"
    yield "grey", saved(photograph().convert("L"), kind), "picture"


def entry(tag: int, kind: int, count: int, value: int | bytes) -> bytes:
    value = value if isinstance(value, bytes) else struct.pack("<I", value)
    return struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")


def directory(entries: list[bytes], following: int = 0) -> bytes:
    return struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", following)


def structure(entries: list[bytes], following: int = 0, rest: bytes = b"") -> bytes:
    return b"II*\0\x08\0\0\0" + directory(entries, following) + rest


def hostile_blocks() -> Iterator[tuple[str, bytes]]:
    """Make EXIF blocks that loop, lie or are huge."""
    yield "exif-loops-to-itself", structure([entry(0x8769, LONG, 1, 8), entry(0x8825, LONG, 1, 8)], following=8)
    inner = directory([entry(0x8769, LONG, 1, 26), entry(0xA005, LONG, 1, 26)], following=26)
    yield "exif-subdirectory-loop", structure([entry(0x8769, LONG, 1, 26)], following=26, rest=inner)
    yield "exif-beyond-end", structure([entry(0x8769, LONG, 1, 2**31), entry(0x10E, TEXT, 2**31, 2**30)])
    yield "exif-long-text", structure([entry(0x10E, TEXT, 2**20, 26)], rest=b"a" * 2**20)
    yield "exif-many-fractions", structure([entry(0x11A, RATIONAL, 2**20, 26)], rest=bytes([1, 0, 0, 0]) * 2**21)
    same = [entry(40000 + number, UNDEFINED, 2**19, 8) for number in range(20000)]
    yield "exif-overlapping", structure(same, rest=bytes(2**19))
    yield "exif-wrong-types", structure([entry(tag, TEXT, 3, b"abc") for tag in (0x112, 0x11A, 0x8769, 0x8825)])
    yield "exif-noise", b"II*\0\x08\0\0\0" + np.random.default_rng(5).bytes(3000)


def exif_files(kind: str) -> Iterator[File]:
    for name, block in hostile_blocks():
        if kind == "tif":
            # the same entries in the picture's own directory
            entries = [block[10 + 12 * i : 22 + 12 * i] for i in range(struct.unpack_from("<H", block, 8)[0])][:20000]
            yield name, tiff(extra=entries, size=max(len(block), 100)), "either"
        elif kind == "jpg":
            parts = [block[at : at + 65000] for at in range(0, len(block), 65000)]
            segments = b"".join(segment(0xE1, b"Exif\0\0" + part) for part in parts)
            good = saved(photograph(), "jpg")
            yield name, good[:2] + segments + good[2:], "picture"
        elif kind == "png":
            yield name, png(more=[(b"eXIf", block)]), "picture"
        else:
            yield name, webp_extended(saved(photograph(), "webp")[12:], [(b"EXIF", block)], flags=8), "picture"


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(
    size: tuple[int, int] = (8, 8),
    depth: int = 8,
    color: int = 2,
    data: bytes | None = None,
    more: list[tuple[bytes, bytes]] | None = None,
    after: list[tuple[bytes, bytes]] | None = None,
) -> bytes:
    """Make a PNG chunk by chunk; `data` are the rows, those of the size if None."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    if data is None:
        data = (b"\0" + bytes(-(-size[0] * channels * depth // 8))) * size[1]
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", *size, depth, color, 0, 0, 0)), *(more or [])]
    chunks += [(b"IDAT", zlib.compress(data, 9)), *(after or []), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in chunks)


def png_files() -> Iterator[File]:
    bomb = zlib.compress(bytes(2**25), 9)
    for name, size in (("60000", (60000, 60000)), ("most", (2**31 - 1,) * 2), ("12000", (12000, 12000))):
        yield f"claims-{name}", png(size, data=np.random.default_rng(1).bytes(1000)), "error"
    yield "claims-nothing", png((0, 0), data=b""), "error"
    yield "claims-a-row-more", png((8, 9), data=(b"\0" + bytes(24)) * 8), "either"
    yield "claims-a-row-less", png((8, 7), data=(b"\0" + bytes(24)) * 8), "picture"
    yield "data-bomb", png(data=bytes(2**25)), "either"
    yield "ztxt-bomb", png(more=[(b"zTXt", b"a\0\0" + bomb)]), "either"
    yield "itxt-bomb", png(more=[(b"iTXt", b"a\0\1\0\0\0" + bomb)]), "either"
    yield "iccp-bomb", png(more=[(b"iCCP", b"a\0\0" + bomb)]), "either"
    yield "bomb-after-data", png(after=[(b"zTXt", b"a\0\0" + bomb)]), "either"
    megabyte = zlib.compress(b"a" * (2**20 - 1), 9)
    yield "many-ztxt", png(more=[(b"zTXt", b"a%d\0\0" % n + megabyte) for n in range(200)]), "either"
    yield "many-chunks", png(more=[(b"tEXt", b"a\0b")] * 50000), "picture"
    yield "profile-noise", png(more=[(b"iCCP", b"a\0\0" + zlib.compress(b"no profile" * 100))]), "picture"
    yield "deep-16", png(depth=16), "picture"
    yield "grey-16", png(depth=16, color=0), "picture"
    yield "bilevel", png(depth=1, color=0), "picture"
    yield "palette", saved(photograph().quantize(16), "png", transparency=3), "picture"
    yield "palette-missing", png(color=3), "either"
    yield "palette-short", png(color=3, data=(b"\0" + bytes([200] * 8)) * 8, more=[(b"PLTE", bytes(6))]), "either"
    yield "length-lies", png()[:33] + b"\xff\xff\xff\xf0tEXt" + png()[41:], "error"
    yield "flat-16-megapixels", png((4096, 4096), color=6), "picture"
    frames = [photograph().rotate(90 * n) for n in range(1, 4)]
    yield "animated", saved(photograph(), "png", save_all=True, append_images=frames), "picture"
    yield "animation-lies", png(more=[(b"acTL", struct.pack(">II", 2**31 - 1, 0))]), "either"


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg_claiming(width: int, height: int, **options: object) -> bytes:
    data = bytearray(saved(photograph(), "jpg", **options))
    start = data.find(b"\xff\xc2" if options.get("progressive") else b"\xff\xc0")
    struct.pack_into(">HH", data, start + 5, height, width)
    return bytes(data)


def jpeg_scans(count: int) -> bytes:
    """Make a progressive 16-megapixel JPEG with that many passes over all its blocks, 40 bytes each."""
    flat = saved(Image.new("RGB", (4096, 4096)), "jpg", progressive=True)
    table = segment(0xC4, bytes([0x13, 0, 2, *[0] * 14, 0xE0, 0]))  # one code: end of 2^14 blocks or more
    body = b"\x7f\xff\0" * 9
    return flat[:-2] + table + (segment(0xDA, bytes([1, 1, 3, 1, 63, 1])) + body) * count + flat[-2:]


def jpeg_files() -> Iterator[File]:
    good = saved(photograph(), "jpg")
    start, scan = good[:2], good.find(b"\xff\xda")
    for size in ((60000, 60000), (65535, 65535), (12000, 12000), (0, 0)):
        yield f"claims-{size[0]}", jpeg_claiming(*size), "error"
    yield "progressive-claims-12000", jpeg_claiming(12000, 12000, progressive=True), "error"
    yield "claims-more", jpeg_claiming(64, 640), "either"
    yield "claims-less", jpeg_claiming(64, 16), "either"
    yield "progressive", saved(photograph(), "jpg", progressive=True), "picture"
    yield "60-scans", jpeg_scans(60), "either"
    yield "5000-scans", jpeg_scans(5000), "error"
    yield "cmyk", saved(photograph().convert("CMYK"), "jpg"), "picture"
    cmyk = saved(photograph().convert("CMYK"), "jpg")
    yield "cmyk-no-adobe", cmyk.replace(b"Adobe", b"adobe"), "picture"
    yield "cmyk-odd-transform", cmyk.replace(b"Adobe\0d\0\0\0\0\0", b"Adobe\0d\0\0\0\0\x02"), "picture"
    yield "twelve-bits", good.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c"), "error"
    yield "no-tables", good[:2] + good[good.find(b"\xff\xc0") :], "either"
    yield "no-data", good[:scan] + b"\xff\xd9", "error"
    yield "padding", start + b"\xff" * 100000 + good[2:], "picture"
    yield "many-segments", start + segment(0xE1, b"Exif\0\0ab") * 200000 + good[2:], "error"
    yield "profile-noise", saved(photograph(), "jpg", icc_profile=b"no profile" * 20000), "picture"
    yield "profile-parts-lie", start + segment(0xE2, b"ICC_PROFILE\0\x05\x02abc") + good[2:], "picture"
    yield "flat-16-megapixels", saved(Image.new("L", (4096, 4096)), "jpg"), "picture"
    yield "several", mpo(), "picture"
    count = struct.pack("<HHI", 0xB001, LONG, 1)
    yield "several-lies", mpo().replace(count + struct.pack("<I", 2), count + struct.pack("<I", 2**31)), "picture"
    yield "comments", start + segment(0xFE, b"c" * 60000) * 50 + good[2:], "picture"


def mpo() -> bytes:
    buffer = io.BytesIO()
    photograph().save(buffer, "MPO", save_all=True, append_images=[photograph().rotate(90)])
    return buffer.getvalue()


def riff(chunks: list[tuple[bytes, bytes]]) -> bytes:
    body = b"".join(name + struct.pack("<I", len(c)) + c + b"\0" * (len(c) % 2) for name, c in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def canvas(width: int, height: int, flags: int) -> tuple[bytes, bytes]:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X", bytes([flags, 0, 0, 0]) + size


def webp_extended(
    picture: bytes, more: list[tuple[bytes, bytes]], flags: int, size: tuple[int, int] = (64, 64)
) -> bytes:
    """Wrap a picture chunk with others in an extended file."""
    return riff([canvas(*size, flags), (picture[:4], picture[8:]), *more])


def frame(picture: bytes, at: tuple[int, int] = (0, 0), size: tuple[int, int] = (64, 64)) -> tuple[bytes, bytes]:
    numbers = (at[0] // 2, at[1] // 2, size[0] - 1, size[1] - 1, 40)
    return b"ANMF", b"".join(number.to_bytes(3, "little") for number in numbers) + b"\0" + picture


def webp_files() -> Iterator[File]:
    lossy, lossless = saved(photograph(), "webp"), saved(photograph(), "webp", lossless=True)
    for width in (60000, 2**24, 12000):
        yield f"canvas-claims-{width}", webp_extended(lossy[12:], [], 0, (width, width)), "error"
        animated = riff([canvas(width, width, 2), (b"ANIM", bytes(6)), frame(lossy[12:])])
        yield f"animation-claims-{width}", animated, "error"
    yield "lossy-claims-12000", lossy[:26] + struct.pack("<HH", 12000, 12000) + lossy[30:], "error"
    bits = struct.pack("<I", 11999 | 11999 << 14)
    yield "lossless-claims-12000", lossless[:21] + bits + lossless[25:], "error"
    flat = saved(Image.new("RGB", (12000, 12000)), "webp", lossless=True, quality=0, method=0)
    yield "flat-144-megapixels", flat, "error"
    yield (
        "flat-16-megapixels",
        saved(Image.new("RGBA", (4096, 4096), (9, 8, 7, 6)), "webp", lossless=True, method=0),
        "picture",
    )
    for size in (0, 10, 2**32 - 10, 2**31):
        yield f"riff-says-{size}", lossy[:4] + struct.pack("<I", size) + lossy[8:], "either"
        yield f"chunk-says-{size}", lossy[:16] + struct.pack("<I", size) + lossy[20:], "either"
    yield "lossless", lossless, "picture"
    yield "alpha", saved(Image.merge("RGBA", (*photograph().split(), photograph().convert("L"))), "webp"), "picture"
    frames = [photograph().rotate(90 * n) for n in range(1, 4)]
    yield "animated", saved(photograph(), "webp", save_all=True, append_images=frames), "picture"
    tiny = saved(Image.new("RGB", (2, 2)), "webp", lossless=True)[12:]
    many = [frame(tiny, size=(2, 2))] * 20000
    yield "animated-20000", riff([canvas(64, 64, 2), (b"ANIM", bytes(6)), *many]), "picture"
    yield "frame-outside", riff([canvas(64, 64, 2), (b"ANIM", bytes(6)), frame(lossy[12:], (60, 60))]), "error"
    yield "no-frames", riff([canvas(64, 64, 2), (b"ANIM", bytes(6))]), "error"
    yield "profile-noise", webp_extended(lossy[12:], [], 0x20).replace(b"VP8 ", b"ICCP\4\0\0\0noneVP8 "), "either"
    yield "all-flags", webp_extended(lossy[12:], [], 0xFF), "either"
    yield "many-chunks", webp_extended(lossy[12:], [(b"XMP ", b"x")] * 20000, 4), "picture"


def tiff(
    extra: list[bytes] | None = None, following: int = 0, size: int = 0, replaced: dict[int, bytes] | None = None
) -> bytes:
    """Make a 16×16 TIFF whose pixels follow its directory; entries may be replaced, added, the file be prolonged."""
    entries = {
        256: entry(256, LONG, 1, 16),
        257: entry(257, LONG, 1, 16),
        258: entry(258, SHORT, 1, 8),
        259: entry(259, SHORT, 1, 1),
        262: entry(262, SHORT, 1, 1),
        273: b"",
        277: entry(277, SHORT, 1, 1),
        278: entry(278, LONG, 1, 16),
        279: entry(279, LONG, 1, 256),
    }
    count = len(entries) + len(extra or [])
    entries[273] = entry(273, LONG, 1, 8 + 2 + 12 * count + 4)
    entries |= replaced or {}
    listed = [part for part in entries.values() if part] + (extra or [])
    data = structure(listed, following, rest=bytes(range(256)))
    return data.ljust(size, b"\1")


def tiff_files() -> Iterator[File]:
    for side in (60000, 12000, 2**32 - 1, 0):
        yield f"claims-{side}", tiff(replaced={tag: entry(tag, LONG, 1, side) for tag in (256, 257)}), "error"
    for compression in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg"):
        good = saved(photograph(), "tif", compression=compression)
        yield compression, good, "picture"
        yield f"{compression}-damaged", good[:100] + bytes(200) + good[300:], "either"
        yield f"{compression}-cut", good[: len(good) // 2], "error"
        large = good.replace(struct.pack("<HHIHH", 256, SHORT, 1, 64, 0), entry(256, SHORT, 1, 12000))
        yield (
            f"{compression}-claims-12000",
            large.replace(struct.pack("<HHIHH", 257, SHORT, 1, 64, 0), entry(257, SHORT, 1, 12000)),
            "error",
        )
    yield "loops-to-itself", tiff(following=8), "picture"
    size = len(tiff())
    yield "loop-of-two", tiff(following=size) + directory([], 8), "picture"
    chain = b"".join(directory([], size + 6 * n) for n in range(1, 100001))
    yield "chain-of-100000", tiff(following=size) + chain, "picture"
    yield "broken-second-page", tiff(following=size) + directory([entry(256, TEXT, 2**31, 5)] * 3), "picture"
    yield "second-page-outside", tiff(following=2**32 - 1), "picture"
    pages = [photograph().rotate(90 * n) for n in range(1, 4)]
    yield "pages", saved(photograph(), "tif", save_all=True, append_images=pages), "picture"
    yield "subdirectories-loop", tiff(extra=[entry(330, LONG, 1, 8), entry(0x8769, LONG, 1, 8)]), "picture"
    yield (
        "huge-tile",
        tiff(
            extra=[
                entry(322, LONG, 1, 13000),
                entry(323, LONG, 1, 13000),
                entry(324, LONG, 1, 8),
                entry(325, LONG, 1, 99),
            ],
            replaced={273: b"", 278: b"", 279: b"", 259: entry(259, SHORT, 1, 5)},
        ),
        "error",
    )
    strips = {273: entry(273, LONG, 2**20, 8), 279: entry(279, LONG, 2**20, 8), 278: entry(278, LONG, 1, 1)}
    yield "many-strips", tiff(replaced=strips, size=2**23), "error"
    strips = {273: entry(273, LONG, 60000, 8), 279: entry(279, LONG, 60000, 8), 278: entry(278, LONG, 1, 1)}
    yield "60000-strips", tiff(replaced=strips, size=2**18), "either"
    yield "strip-outside", tiff(replaced={273: entry(273, LONG, 1, 2**31)}), "error"
    yield "strip-too-long", tiff(replaced={279: entry(279, LONG, 1, 2**31)}), "either"
    yield "deep-65535", tiff(replaced={258: entry(258, SHORT, 1, 65535)}), "error"
    yield "channels-65535", tiff(replaced={277: entry(277, SHORT, 1, 65535)}), "error"
    yield "deep-16", saved(Image.fromarray(np.zeros((9, 9), np.uint16)), "tif"), "picture"
    yield "floats", saved(Image.fromarray(np.zeros((9, 9), np.float32)), "tif"), "picture"
    yield "cmyk", saved(photograph().convert("CMYK"), "tif"), "picture"
    yield "palette", saved(photograph().quantize(16), "tif"), "picture"
    yield "bilevel", saved(photograph().convert("1"), "tif", compression="group4"), "picture"
    yield "big", saved(photograph(), "tif", big_tiff=True), "picture"
    yield "big-loops", b"II+\0\x08\0\0\0" + struct.pack("<QQQ", 16, 0, 16), "error"
    yield "big-lies", b"II+\0\x08\0\0\0" + struct.pack("<QQ", 2**63 + 5, 2**64 - 1), "error"
    yield "flat-16-megapixels", saved(Image.new("RGBA", (4096, 4096)), "tif", compression="tiff_deflate"), "picture"


def peak_megabytes(*, reset: bool = False) -> float:
    """Return the highest resident memory so far; `reset` makes Linux forget it, elsewhere it only grows."""
    if sys.platform == "linux":
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def measure(folder: Path) -> None:
    """Read every file; print name, outcome, message, seconds, megabytes over the warm process as JSON, a line each.

    The process is warmed by the files of the folder `warm` in it. Small pictures are also written in every format, like
    themselves. Decoders that run in processes of their own are counted in `children`, the largest so far.
    """
    from huegraft import read_picture, write_picture
    from huegraft.errors import PictureFileError

    endings = (".png", ".jpg", ".webp", ".tif", ".exr", ".jp2")

    warnings.simplefilter("error")
    outputs = folder / "written"
    outputs.mkdir()
    for path in (folder / "warm").iterdir():
        for ending in endings:
            write_picture(outputs / f"warm{ending}", read_picture(path), replace=True)
            read_picture(outputs / f"warm{ending}")
    warm = peak_megabytes(reset=True)
    for path in sorted(folder.glob("*.*")):
        print(json.dumps({"begun": path.name}), flush=True)
        peak_megabytes(reset=True)
        start = time.perf_counter()
        picture, message = None, ""
        try:
            picture = read_picture(path)
            outcome = "picture"
        except PictureFileError as error:
            outcome, message = "error", str(error)
        except BaseException as error:
            outcome, message = "escaped", repr(error)
        seconds, megabytes = time.perf_counter() - start, peak_megabytes() - warm
        if picture is not None and picture.pixels.size < 2**20:
            try:
                for ending in endings:
                    write_picture(outputs / f"out{ending}", picture, replace=True)
                    read_picture(outputs / f"out{ending}")
            except BaseException as error:
                outcome, message = "not written", repr(error)
        line = {"name": path.name, "outcome": outcome, "message": message, "seconds": seconds, "megabytes": megabytes}
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (
            2**20 if sys.platform == "darwin" else 2**10
        )
        print(json.dumps(line | {"children": children}), flush=True)


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
