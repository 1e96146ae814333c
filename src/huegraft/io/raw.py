"""Camera raw, read only, developed by LibRaw through rawpy (extra ``formats``)."""

import mmap
from contextlib import suppress
from pathlib import Path
from typing import Any

from huegraft.io.apart import read_apart
from huegraft.io.content import Content
from huegraft.io.directories import Directories
from huegraft.io.exif import block_of_tiff
from huegraft.io.limits import refuse_claim

_SRGB_CURVE = (2.4, 12.92)
_BYTES_PER_PIXEL = 8  # that LibRaw works with


def read(path: Path) -> Content:
    """Develop a camera's raw file, in a process of its own."""
    return read_apart(__name__, path)


def decode(path: Path) -> Content:
    """Develop to sRGB of 16 bits, upright, with the camera's white balance and the brightness of the exposure."""
    import rawpy

    file: Any
    with rawpy.imread(str(path)) as file:
        sizes = file.sizes
        refuse_claim(path, sizes.raw_width, sizes.raw_height, bytes_per_pixel=_BYTES_PER_PIXEL)
        samples = file.postprocess(use_camera_wb=True, no_auto_bright=True, output_bps=16, gamma=_SRGB_CURVE)
    content = Content(samples, turned=True)
    content.notes.append("its raw data were developed to sRGB of 16 bits, with the camera's white balance")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, suppress(ValueError):
        content.exif = block_of_tiff(Directories(data))
    if content.exif is None:
        content.notes.append("its EXIF block is not at the usual place and is left out")
    return content
