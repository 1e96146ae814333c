"""What each format that is written can hold."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Container:
    """A format as the writer sees it.

    Attributes
    ----------
    name : str
        What it is called.
    module : str
        The module of :mod:`huegraft.io` that reads it, for most the one that writes it too.
    depths : tuple of dtype
        The kinds of values it holds, the shallowest first.
    holds : frozenset of str
        What it holds besides: "alpha", "profile", "exif", "xmp", "resolution".
    linear : bool
        Whether its values are scene-linear light.
    writer : str
        The module that writes it, if another.
    """

    name: str
    module: str
    depths: tuple[type[np.generic], ...]
    holds: frozenset[str]
    linear: bool = False
    writer: str = ""


_ALL = frozenset({"alpha", "profile", "exif", "xmp", "resolution"})
PNG = Container("PNG", "png", (np.uint8, np.uint16), _ALL)
JPEG = Container("JPEG", "jpeg", (np.uint8,), _ALL - {"alpha"})
WEBP = Container("WebP", "webp", (np.uint8,), _ALL - {"resolution"})
TIFF = Container("TIFF", "tiff", (np.uint8, np.uint16, np.float32), _ALL, writer="tiff_writer")
JPEG_2000 = Container("JPEG 2000", "jpeg2000", (np.uint8, np.uint16), _ALL)
OPEN_EXR = Container("OpenEXR", "exr", (np.float16, np.float32), frozenset({"alpha", "resolution"}), linear=True)

FORMATS = {
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".webp": WEBP,
    ".tif": TIFF,
    ".tiff": TIFF,
    ".exr": OPEN_EXR,
    ".jp2": JPEG_2000,
}
"""By the ending of a file's name."""
