"""HEIC, read only, by libheif through pi-heif (extra ``formats``)."""

from pathlib import Path
from typing import Any

import numpy as np

from huegraft.broadcast import HLG, PQ
from huegraft.io.apart import read_apart
from huegraft.io.content import EXIF_MARK, Content, frames_note, full_range, straight
from huegraft.io.limits import MAX_FRAMES, refuse_claim


def read(path: Path) -> Content:
    """Read the primary picture, in a process of its own."""
    return read_apart(__name__, path)


def decode(path: Path) -> Content:
    """Decode the primary picture, 8 bits as 8 and more bits as 16. libheif turns it upright."""
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
            content.notes.append("its colours were multiplied by its alpha, so they are divided by it")
    info = file.info
    content.profile = info.get("icc_profile")
    if coding := info.get("nclx_profile"):
        numbers = int(coding["color_primaries"]), int(coding["transfer_characteristics"])
        if content.profile is None or numbers[1] in (PQ, HLG):
            content.coding = numbers
    if exif := info.get("exif"):
        content.exif = exif.removeprefix(EXIF_MARK)
    content.xmp = info.get("xmp")
    content.notes += frames_note(len(file), MAX_FRAMES)
    return content
