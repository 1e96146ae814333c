"""PPM, PGM and PBM, read only. Pillow reads up to 8 bits. 16 bits are read here, because Pillow cuts them to 8."""

import re
from pathlib import Path

import numpy as np
from PIL import Image

from huegraft.io.content import Content
from huegraft.io.limits import refuse_claim, refuse_implausible
from huegraft.io.pillow import samples_of

_SPACE = rb"(?:\s|#[^\n]*\n)+"
_HEADER = re.compile(rb"P([2356])" + 3 * (_SPACE + rb"(\d{1,10})") + rb"\s")
_LONGEST_HEADER = 2**16


def read(path: Path) -> Content:
    """Read a picture, or the first of several."""
    with path.open("rb") as file:
        header = _HEADER.match(file.read(_LONGEST_HEADER))
    if header is not None and int(header[4]) > 255:
        return Content(_deep(path, header))
    with Image.open(path, formats=["PPM"]) as image:
        refuse_implausible(image, 1, path)
        return samples_of(image)


def _deep(path: Path, header: re.Match[bytes]) -> np.ndarray:
    """Return numbers up to a maximum above 255, in two bytes each or as text, as uint16."""
    kind, width, height, most = (int(each) for each in header.groups())
    channels = 3 if kind in (3, 6) else 1
    refuse_claim(path, width, height, bytes_per_pixel=2 * channels)
    if most > 65535:
        raise ValueError(f"its greatest number {most} is above 65535")
    count = width * height * channels
    with path.open("rb") as file:
        file.seek(header.end())
        data = file.read(2 * count if kind > 3 else -1)
    numbers = np.frombuffer(data, ">u2") if kind > 3 else np.array(data.split()[:count], np.int64)
    if numbers.size < count:
        raise ValueError("its numbers end too early")
    numbers = numbers.reshape(height, width, channels)
    if (numbers < 0).any() or (numbers > most).any():
        raise ValueError(f"it has numbers that are not from 0 to {most}")
    return _scaled(numbers, most)


def _scaled(numbers: np.ndarray, most: int) -> np.ndarray:
    """Return numbers up to a maximum as uint16, scaled so that the maximum becomes the greatest uint16."""
    if most == 65535:
        return numbers.astype(np.uint16)
    return ((numbers.astype(np.uint32) * 65535 + most // 2) // most).astype(np.uint16)
