"""What a reader finds in a file, before its colours and its orientation are interpreted."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

EXIF_MARK = b"Exif\0\0"
"""What stands before an EXIF block in most formats."""


@dataclass
class Content:
    """A file's samples and what goes with them.

    Attributes
    ----------
    samples : (H, W, c) uint8, uint16, float16 or float32
        One channel of grey, three of red, green, blue, or four of ink: cyan, magenta, yellow, black, 0 for none.
    alpha : (H, W) of the same kind, or None
        Straight.
    profile : bytes or None
        The embedded ICC profile.
    linear : (3, 3) or None
        Of scene-linear light, the matrix from its primaries to linear sRGB.
    exif : bytes or None
        The block from its byte order mark on.
    xmp : bytes or None
        The packet.
    resolution : (x, y, unit) or None
        As in :class:`huegraft.Picture`.
    turned : bool
        Whether the decoder has applied the orientation that the EXIF block names.
    attributes : dict
        Header attributes of an OpenEXR file.
    notes : list of str
        What was left out or changed, for the user.
    """

    samples: np.ndarray
    alpha: np.ndarray | None = None
    profile: bytes | None = None
    linear: np.ndarray | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    resolution: tuple[float, float, str] | None = None
    turned: bool = False
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    notes: list[str] = field(default_factory=list[str])


def full_range(samples: np.ndarray, bits: int) -> np.ndarray:
    """Return whole numbers of that many bits as uint8 or uint16 whose greatest stands for the same."""
    dtype = np.dtype(np.uint8 if bits <= 8 else np.uint16)
    most, greatest = 2**bits - 1, int(np.iinfo(dtype).max)
    if most == greatest:
        return samples.astype(dtype, copy=False)
    levels = np.arange(most + 1, dtype=np.uint32) * greatest + most // 2
    return (levels // most).astype(dtype)[np.minimum(samples, most)]


def frames_note(count: int, most: int) -> list[str]:
    """Return the line that says that the first of several pictures is taken."""
    more = " or more" if count == most else ""
    return [f"the first of {count}{more} frames is taken"] if count > 1 else []


def straight(colors: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Return colours divided by the alpha that they were multiplied with; where it is 0 they stay."""
    whole = np.issubdtype(colors.dtype, np.integer)
    share = alpha.astype(np.float32) / (np.iinfo(alpha.dtype).max if whole else 1)
    divided = colors.astype(np.float32) / np.where(share > 0, share, 1)[..., None]
    return np.rint(divided).clip(0, np.iinfo(colors.dtype).max).astype(colors.dtype) if whole else divided
