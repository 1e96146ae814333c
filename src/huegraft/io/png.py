"""PNG: pixels of up to 8 bits by Pillow, of 16 by libpng; the other chunks here, as they stand."""

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from huegraft.io.content import Content, frames_note
from huegraft.io.limits import MAX_FRAMES, refuse_claim, refuse_implausible
from huegraft.io.pillow import samples_of
from huegraft.io.profile_making import profile_of_coding, profile_of_primaries
from huegraft.picture import Picture

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_LONGEST = 2**26
_SRGB_GAMMA = 1 / 2.2
_SRGB_PRIMARIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
_KEY_BYTES = {0: 2, 2: 6}
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def read(path: Path) -> Content:
    """Read a PNG of any depth; of several frames the first."""
    header, kept, data = _chunks(path)
    width, height, depth, color = struct.unpack(">IIBB", header[:10])
    if depth == 16:
        content = _deep(path, (width, height, color), header, data, kept)
    else:
        with Image.open(path, formats=["PNG"]) as image:
            refuse_implausible(image, 1, path)
            content = samples_of(image)
            content.notes += frames_note(int(getattr(image, "n_frames", 1)), MAX_FRAMES)
    content.profile = _profile(kept)
    content.exif, content.xmp = _exif(kept), _xmp(kept)
    if b"pHYs" in kept and len(kept[b"pHYs"]) == 9:
        across, down, unit = struct.unpack(">IIB", kept[b"pHYs"])
        content.resolution = (across / 100, down / 100, "centimetre") if unit == 1 else (across, down, "none")
    return content


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
    end = len(_SIGNATURE) + 25  # of the header's chunk
    return [whole[:end], *(_chunk(name, content) for name, content in _metadata(picture)), whole[end:]]


def _metadata(picture: Picture) -> Iterator[tuple[bytes, bytes]]:
    if picture.profile is not None:
        yield b"iCCP", b"ICC profile\0\0" + zlib.compress(picture.profile)
    if picture.resolution is not None:
        across, down, unit = picture.resolution
        scale = {"inch": 1 / 0.0254, "centimetre": 100, "none": 1}[unit]
        yield b"pHYs", struct.pack(">IIB", round(across * scale), round(down * scale), unit != "none")
    if picture.exif is not None:
        yield b"eXIf", picture.exif
    if picture.xmp is not None:
        yield b"iTXt", _XMP_KEYWORD + bytes(5) + picture.xmp


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(name)))


def _chunks(path: Path) -> tuple[bytes, dict[bytes, bytes], list[tuple[int, int]]]:
    """Return the header, the chunks that are kept (of each name the first), and where those of the pixels lie."""
    kept, data = dict[bytes, bytes](), list[tuple[int, int]]()
    with path.open("rb") as file:
        start = file.read(len(_SIGNATURE) + 25)
        if start[12:16] != b"IHDR" or len(start) < 33:
            raise ValueError("its header is not where PNG has it")
        while len(head := file.read(8)) == 8:
            length, name = struct.unpack(">I4s", head)
            if name == b"IDAT":
                data.append((file.tell() - 8, length + 12))
            elif name in _READ and length < _LONGEST:
                content = file.read(length)
                name = _name(name, content)
                sound = file.read(4) == struct.pack(">I", zlib.crc32(content, zlib.crc32(head[4:])))
                if name is not None and sound:
                    kept.setdefault(name, content)
                continue
            if name == b"IEND":
                break
            file.seek(length + 4, io.SEEK_CUR)
    return start[16:29], kept, data


_READ = frozenset({b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"eXIf", b"pHYs", b"iTXt", b"tEXt", b"zTXt", b"tRNS"})
_TEXTS = {_XMP_KEYWORD: b"xmp", b"Raw profile type exif": b"raw", b"Raw profile type APP1": b"raw"}


def _name(name: bytes, content: bytes) -> bytes | None:
    """Return the name under which a chunk is kept: of texts their kind and keyword, None for other texts."""
    if name in (b"iTXt", b"tEXt", b"zTXt"):
        known = _TEXTS.get(content[:80].partition(b"\0")[0])
        return None if known is None else known + name
    return name


def _deep(
    path: Path, claim: tuple[int, int, int], header: bytes, data: list[tuple[int, int]], kept: dict[bytes, bytes]
) -> Content:
    """Decode 16 bits by libpng, which is given what it needs and nothing that it could complain about."""
    from imagecodecs import png_decode  # heavy

    width, height, color = claim
    if color not in _CHANNELS:
        raise ValueError(f"a colour type {color} of 16 bits does not exist")
    refuse_claim(path, width, height, bytes_per_pixel=2 * _CHANNELS[color])
    parts = [_SIGNATURE, _chunk(b"IHDR", header)]
    if len(kept.get(b"tRNS", b"")) == _KEY_BYTES.get(color):
        parts.append(_chunk(b"tRNS", kept[b"tRNS"]))
    with path.open("rb") as file:
        for place, length in data:
            file.seek(place)
            parts.append(file.read(length))
    samples = np.atleast_3d(png_decode(b"".join([*parts, _chunk(b"IEND", b"")])))
    if samples.shape[2] in (2, 4):
        return Content(samples[..., :-1], samples[..., -1])
    return Content(samples)


def _profile(kept: dict[bytes, bytes]) -> bytes | None:
    """Return the profile that a file embeds or describes; None for sRGB."""
    if len(coding := kept.get(b"cICP", b"")) == 4 and (profile := profile_of_coding(coding[0], coding[1])):
        return profile
    if b"iCCP" in kept:
        return _inflated(kept[b"iCCP"].partition(b"\0")[2][1:])
    if b"sRGB" in kept or len(kept.get(b"gAMA", b"")) != 4:
        return None
    gamma = int.from_bytes(kept[b"gAMA"]) / 100_000
    numbers: Any = struct.unpack(">8I", kept[b"cHRM"]) if len(kept.get(b"cHRM", b"")) == 32 else None
    primaries = _SRGB_PRIMARIES if numbers is None else tuple(number / 100_000 for number in numbers)
    usual = abs(gamma / _SRGB_GAMMA - 1) < 0.02
    if not 0.1 < gamma < 10 or (usual and np.allclose(primaries, _SRGB_PRIMARIES, atol=0.002)):
        return None
    return profile_of_primaries(primaries[:2], primaries[2:], None if usual else 1 / gamma)


def _exif(kept: dict[bytes, bytes]) -> bytes | None:
    if b"eXIf" in kept:
        return kept[b"eXIf"].removeprefix(b"Exif\0\0")
    for name in (b"rawzTXt", b"rawtEXt"):
        if name in kept:
            text = kept[name].partition(b"\0")[2]
            text = _inflated(text[1:]) if name == b"rawzTXt" else text
            words = (text or b"").split()  # the kind, the length, hexadecimal digits
            return bytes.fromhex(b"".join(words[2:]).decode("ascii", "replace")).removeprefix(b"Exif\0\0")
    return None


def _xmp(kept: dict[bytes, bytes]) -> bytes | None:
    if b"xmpiTXt" not in kept:
        return None
    parts = kept[b"xmpiTXt"].partition(b"\0")[2]
    packed, text = parts[:1] == b"\1", parts[2:].split(b"\0", 2)[-1]
    return _inflated(text) if packed else text


def _inflated(content: bytes) -> bytes | None:
    """Return what was compressed; None if it is damaged or too long to be true."""
    stream = zlib.decompressobj()
    try:
        whole = stream.decompress(content, _LONGEST)
    except zlib.error:
        return None
    return whole if stream.eof else None
