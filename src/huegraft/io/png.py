"""PNG. Pillow reads pixels of up to 8 bits, and libpng pixels of 16. The other chunks are read and written here."""

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from huegraft.broadcast import BroadcastEncoding
from huegraft.io.content import EXIF_MARK, Content, Unsupported, frames_note
from huegraft.io.limits import MAX_FRAMES, refuse_claim, refuse_implausible
from huegraft.io.photoshop import IPTC, resource, resources
from huegraft.io.pillow import samples_of
from huegraft.io.png_chunks import RAW, SIGNATURE, XMP_KEYWORD, Chunks, block_of, chunk, chunks_of, inflated
from huegraft.io.profile_making import profile_of_primaries
from huegraft.io.quiet import quiet
from huegraft.picture import Picture
from huegraft.primaries import SRGB_PRIMARIES

_BLOCKS = ("exif", "APP1", "xmp", "iptc", "8bim")
_PASSES = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
"""The passes of Adam7: the first row and column, and the steps down and across."""
_MOST_NAMED = 10
_SRGB_GAMMA = 1 / 2.2
_KEY_BYTES = {0: 2, 2: 6}
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def read(path: Path) -> Content:
    """Read a PNG of any depth, or the first of its frames."""
    chunks = chunks_of(path)
    width, height, depth, color = struct.unpack(">IIBB", chunks.header[:10])
    if depth == 16:
        content = _deep(path, (width, height, color), chunks)
    else:
        with Image.open(path, formats=["PNG"]) as image:
            refuse_implausible(image, 1, path)
            content = samples_of(image)
            content.notes += frames_note(int(getattr(image, "n_frames", 1)), MAX_FRAMES)
    kept = chunks.kept
    content.coding = _coding(kept)
    content.profile = _profile(kept)
    if b"pHYs" in kept and len(kept[b"pHYs"]) == 9:
        across, down, unit = struct.unpack(">IIB", kept[b"pHYs"])
        content.resolution = (across / 100, down / 100, "centimetre") if unit == 1 else (across, down, "none")
    _describe(content, chunks)
    return content


def _describe(content: Content, chunks: Chunks) -> None:
    """Add EXIF, XMP, IPTC and texts. Texts may hold the first three as hexadecimal digits."""
    raw = {kind: block for kind, (_, text) in chunks.raw.items() if (block := block_of(text)) is not None}
    exif = chunks.kept.get(b"eXIf", raw.get("exif", raw.get("APP1")))
    content.exif = None if exif is None else exif.removeprefix(EXIF_MARK)
    packet = chunks.xmp or raw.get("xmp") or None
    content.xmp = packet
    content.iptc = raw.get("iptc", raw.get("8bim"))
    if content.iptc is not None and content.iptc[:4] == b"8BIM":
        content.iptc = resources(content.iptc).get(IPTC)
    content.add_texts(chunks.texts)
    lost = [*dict.fromkeys(chunks.lost[:_MOST_NAMED])]
    lost += [keyword for kind, (keyword, _) in chunks.raw.items() if kind not in _BLOCKS]
    lost += [name.decode() for name in (b"mDCV", b"cLLI") if name in chunks.kept]
    if lost:
        content.notes.append(f"these parts of it are left out: {', '.join(lost)}")


def encoded(picture: Picture) -> Sequence[bytes | bytearray]:
    """Return a PNG of a picture of 8 or 16 bits, in parts."""
    pixels = picture.pixels if picture.alpha is None else np.dstack([picture.pixels, picture.alpha])
    if pixels.dtype == np.uint16:
        from imagecodecs import PNG, png_encode  # heavy

        whole = png_encode(pixels, level=1, strategy=PNG.STRATEGY.RLE, filter=PNG.FILTER.SUB)
    else:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        whole = buffer.getvalue()
    end = len(SIGNATURE) + 25  # of the header's chunk
    return [whole[:end], *(chunk(name, content) for name, content in _metadata(picture)), whole[end:]]


def _metadata(picture: Picture) -> Iterator[tuple[bytes, bytes]]:
    if picture.profile is not None:
        yield b"iCCP", b"ICC profile\0\0" + zlib.compress(picture.profile)
    if picture.resolution is not None:
        across, down, unit = picture.resolution
        scale = {"inch": 1 / 0.0254, "centimetre": 100, "none": 1}[unit]
        yield b"pHYs", struct.pack(">IIB", round(across * scale), round(down * scale), unit != "none")
    if isinstance(picture.encoding, BroadcastEncoding):
        yield b"cICP", bytes([picture.encoding.primaries, picture.encoding.transfer, 0, 1])
    if picture.exif is not None:
        yield b"eXIf", picture.exif
    if picture.xmp is not None:
        yield b"iTXt", XMP_KEYWORD + bytes(5) + picture.xmp
    if picture.iptc is not None:
        block = resource(IPTC, picture.iptc)
        digits = b"\niptc\n%8d\n%s\n" % (len(block), block.hex().encode())
        yield b"zTXt", RAW.encode() + b"iptc\0\0" + zlib.compress(digits)
    for keyword, text in picture.texts:
        name = (keyword.encode("latin-1", "replace").strip()[:79] or b"Comment") + b"\0"
        try:
            yield b"tEXt", name + text.replace("\0", "").encode("latin-1")
        except UnicodeEncodeError:
            yield b"iTXt", name + bytes(4) + text.encode()


def _coding(kept: dict[bytes, bytes]) -> tuple[int, int] | None:
    """Return the code points of the colours."""
    if len(coding := kept.get(b"cICP", b"")) != 4:
        return None
    if coding[2] != 0 or coding[3] != 1:
        raise Unsupported("its cICP chunk names other colours than RGB of the full range", "a PNG of the full range")
    return coding[0], coding[1]


def _deep(path: Path, claim: tuple[int, int, int], chunks: Chunks) -> Content:
    """Decode 16 bits by libpng. It gets the chunks that it needs, and no chunk that it could warn of."""
    width, height, color = claim
    if color not in _CHANNELS or chunks.header[10:12] != b"\0\0" or chunks.header[12] > 1:
        raise ValueError("its header does not fit a PNG of 16 bits")
    refuse_claim(path, width, height, bytes_per_pixel=2 * _CHANNELS[color])
    key = chunks.kept.get(b"tRNS", b"")
    between = chunk(b"tRNS", key) if len(key) == _KEY_BYTES.get(color) else b""
    parts = list[bytes]()
    with path.open("rb") as file:
        for place, length in chunks.data:
            file.seek(place)
            parts.append(file.read(length))
    if chunks.header[12] == 1:
        samples = _interlaced(chunks.header, between, parts)
    else:
        samples = _decoded(chunks.header, between, parts)
    if samples.shape[2] in (2, 4):
        return Content(samples[..., :-1], samples[..., -1])
    return Content(samples)


def _decoded(header: bytes, between: bytes, data: list[bytes]) -> np.ndarray:
    from imagecodecs import png_decode  # heavy

    whole = [SIGNATURE, chunk(b"IHDR", header), between, *data, chunk(b"IEND", b"")]
    with quiet():
        return np.atleast_3d(png_decode(b"".join(whole)))


def _interlaced(header: bytes, between: bytes, data: list[bytes]) -> np.ndarray:
    """Decode the seven passes of Adam7 as pictures of their own, because libpng would warn of a whole file."""
    width, height, _, color = struct.unpack(">IIBB", header[:10])
    pixel = 2 * _CHANNELS[color]
    most = height * (width * pixel + 8) + 8  # passes have rows of their own
    rows = inflated(b"".join(part[8:-4] for part in data), most, whole=False) or b""
    samples, at = None, 0
    for top, left, down, across in _PASSES:
        size = len(range(left, width, across)), len(range(top, height, down))
        if 0 in size:
            continue
        length = size[1] * (1 + pixel * size[0])
        if at + length > len(rows):
            raise ValueError("its rows end too early")
        own = struct.pack(">II", *size) + header[8:12] + b"\0"
        part = _decoded(own, between, [chunk(b"IDAT", zlib.compress(rows[at : at + length], 0))])
        if samples is None:
            samples = np.empty((height, width, part.shape[2]), np.uint16)
        samples[top::down, left::across] = part
        at += length
    if samples is None:
        raise ValueError("it has no pixels")
    return samples


def _profile(kept: dict[bytes, bytes]) -> bytes | None:
    """Return the profile that a file embeds or describes, or None for sRGB."""
    if b"iCCP" in kept:
        return inflated(kept[b"iCCP"].partition(b"\0")[2][1:])
    if b"sRGB" in kept or len(kept.get(b"gAMA", b"")) != 4:
        return None
    gamma = int.from_bytes(kept[b"gAMA"]) / 100_000
    numbers = struct.unpack(">8I", kept[b"cHRM"]) if len(kept.get(b"cHRM", b"")) == 32 else ()
    chromaticities = tuple(number / 100_000 for number in (*numbers[2:], *numbers[:2])) or SRGB_PRIMARIES  # white last
    usual = abs(gamma / _SRGB_GAMMA - 1) < 0.02
    if not 0.1 < gamma < 10 or (usual and np.allclose(chromaticities, SRGB_PRIMARIES, atol=0.002)):
        return None
    return profile_of_primaries(chromaticities[6:], chromaticities[:6], None if usual else 1 / gamma)
