"""Planes: the samples of one frame, as its codec or its picture file holds them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["grey", "ycbcr", "rgb"]


@dataclass(frozen=True)
class PlaneFormat:
    """How frames are laid out in memory, whatever the order of bytes in a file.

    Attributes
    ----------
    kind
        What the planes are: Y′; Y′, Cb, Cr; or R′, G′, B′.
    bits
        How many bits of a sample count: 8 to 16. The samples are uint8 for 8 bits, and else uint16.
    subsampling : (vertical, horizontal)
        How many rows and columns of luma one chroma sample stands for: 1, 2 or 4. It is (1, 1) for grey and RGB.
    alpha
        Whether a plane of alpha follows.
    """

    kind: Kind
    bits: int
    subsampling: tuple[int, int] = (1, 1)
    alpha: bool = False

    @property
    def dtype(self) -> type[np.uint8] | type[np.uint16]:
        """The type of the samples."""
        return np.uint8 if self.bits == 8 else np.uint16

    def chroma_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the height and width of the planes of chroma of a frame of a size: odd sizes are rounded up."""
        height, width = (-(-length // step) for length, step in zip(size, self.subsampling, strict=True))
        return height, width


@dataclass(frozen=True, eq=False)
class Planes:
    """The samples of one frame: code values that nothing has converted.

    Attributes
    ----------
    format
        How the frame is laid out.
    samples : tuple of (H, W) arrays
        One array for each plane. The planes of chroma are smaller, as the subsampling says.
    """

    format: PlaneFormat
    samples: tuple[np.ndarray, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.samples[0].shape
        return height, width


def luma_samples(planes: Planes) -> np.ndarray:
    """Return the plane that is nearest to luma: Y′, or of R′, G′, B′ the green one."""
    return planes.samples[1 if planes.format.kind == "rgb" else 0]
