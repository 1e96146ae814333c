"""Picture: pixels as a file holds them, their meaning as colours, and their metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from huegraft.encodings import SRGB, Encoding
from huegraft.shapes import Float32
from huegraft.types import Native, Pixels, in_unit_range


@dataclass(frozen=True)
class OtherChannels:
    """The channels of an OpenEXR file beside those of a picture: depth, normals, other layers.

    They stay in their file until a picture is written into another one.

    Attributes
    ----------
    path : Path
        The file.
    state : (size, time)
        The size and the time of the file, which tell whether it is still the same.
    part : int
        The part of the file that holds the picture's own channels.
    colors : tuple of str
        The picture's own channels: red, green, blue, or grey.
    alpha : str or None
        The channel of alpha.
    names : tuple of str
        The names of the other channels, for people.
    size : (height, width)
        The size of the picture that they belong to.
    """

    path: Path
    state: tuple[int, int]
    part: int
    colors: tuple[str, ...]
    alpha: str | None
    names: tuple[str, ...]
    size: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture upright, at its own depth and in its own colour space.

    Attributes
    ----------
    pixels : (H, W, 3) uint8, uint16, float16 or float32
        The values as the file has them. Grey files have three equal channels.
    encoding : Encoding
        What these values mean: sRGB, an ICC profile's colours, scene-linear light, or PQ or HLG.
    alpha : (H, W) of the pixels' kind, or None
        Straight alpha.
    exif : bytes or None
        The EXIF block as it stands in the file, from its byte order mark on. Its orientation is reset, and its
        thumbnail is unlinked.
    xmp : bytes or None
        The XMP packet, its orientation reset.
    resolution : (x, y, unit) or None
        The pixels for each unit. The unit is "inch", "centimetre", or "none" for a ratio of the sides only.
    profile : bytes or None
        The ICC profile that a result embeds. It is None for untagged sRGB and for scene-linear pictures.
    orientation : int
        The EXIF orientation that was applied, 1 to 8. 1 is upright.
    attributes : mapping
        The header attributes of an OpenEXR file. They go into an OpenEXR result.
    notes : tuple of str
        What was changed in reading, one line for each thing.
    iptc : bytes or None
        The records of IPTC-IIM as they stand in the file.
    texts : tuple of (keyword, text)
        The texts of PNG. The comments of JPEG and GIF have the keyword "Comment".
    channels : OtherChannels or None
        What an OpenEXR file holds beside these colours. It goes into an OpenEXR result.
    """

    pixels: Native
    encoding: Encoding = SRGB
    alpha: np.ndarray | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    resolution: tuple[float, float, str] | None = None
    profile: bytes | None = None
    orientation: int = 1
    attributes: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    iptc: bytes | None = None
    texts: tuple[tuple[str, str], ...] = ()
    channels: OtherChannels | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(H, W)."""
        return self.pixels.shape[0], self.pixels.shape[1]

    def as_float(self) -> Float32[np.ndarray, "H W 3"]:
        """Return the picture in sRGB in [0, 1]. Colours outside sRGB are clipped."""
        return self.in_gamut(self.pixels)

    def in_floats(self) -> "Picture":
        """Return the picture as sRGB floats in [0, 1], with its alpha."""
        return Picture(self.as_float(), alpha=None if self.alpha is None else in_unit_range(self.alpha))

    def as_srgb(self) -> Pixels:
        """Return sRGB as :func:`huegraft.transfer` takes it: the pixels if they are sRGB, else floats in [0, 1]."""
        return self.pixels if self.encoding == SRGB else self.as_float()

    def in_gamut(self, pixels: Native) -> Float32[np.ndarray, "h w 3"]:
        """Return sRGB in [0, 1] of some of its pixels, as the matching sees them; colours outside it are clipped."""
        return self.encoding.decode(pixels).clip(0, 1)
