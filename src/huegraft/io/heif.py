"""HEIC and AVIF, read only, by libheif through pi-heif (extra ``formats``)."""

from pathlib import Path
from typing import Any

import numpy as np

from huegraft.io.apart import read_apart
from huegraft.io.content import EXIF_MARK, Content, frames_note, full_range, straight
from huegraft.io.limits import MAX_FRAMES, refuse_claim
from huegraft.io.profile_making import profile_of_coding

BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"})


def read(path: Path) -> Content:
    """Read the primary picture, in a process of its own."""
    return read_apart(__name__, path)


def decode(path: Path) -> Content:
    """Decode the primary picture: 8 bits as 8, more as 16. It is upright: libheif turns it as the file says."""
    import pi_heif

    file: Any = pi_heif.open_heif(path, convert_hdr_to_8bit=False)
    width, height = file.size
    deep = ";16" in file.mode
    refuse_claim(path, width, height, bytes_per_pixel=8 if deep else 4)
    samples = np.atleast_3d(np.array(file)[:, :width])  # a copy, which outlives the file
    if deep:
        bits = min(max(int(file.info["bit_depth"]), 8), 16)
        samples = full_range(samples >> (16 - bits), bits)
    content = Content(samples, turned=True)
    if file.has_alpha:
        content.samples, content.alpha = samples[..., :-1], samples[..., -1]
        if file.premultiplied_alpha:
            content.samples = straight(content.samples, content.alpha)
            content.notes.append("its colours were multiplied by its alpha, and are divided by it")
    info = file.info
    content.profile = info.get("icc_profile")
    if coding := info.get("nclx_profile"):
        numbers = coding["color_primaries"], coding["transfer_characteristics"]
        content.profile = content.profile or profile_of_coding(*numbers)
        if numbers[1] in (16, 18):
            content.notes.append("its high dynamic range (PQ or HLG) is not interpreted; taken as an ordinary picture")
    if exif := info.get("exif"):
        content.exif = exif.removeprefix(EXIF_MARK)
    content.xmp = info.get("xmp")
    content.notes += frames_note(len(file), MAX_FRAMES)
    return content
