"""What a reader finds in a file, before its colours and its orientation are interpreted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from huegraft.picture import OtherChannels

EXIF_MARK = b"Exif\0\0"
"""The mark before an EXIF block in most formats."""
_MOST_TEXTS, _LONGEST_TEXTS = 2**10, 2**24
COMMENT = "Comment"
"""The keyword of a text that has none."""


class Unsupported(Exception):  # noqa: N818 - the file is sound
    """A sound file is of a kind that is not read.

    Parameters
    ----------
    what
        The kind, as a sentence.
    instead
        What the file can be converted to, or "" if the sentence already says what to do.
    """

    def __init__(self, what: str, instead: str = "PNG or TIFF") -> None:
        super().__init__(what, instead)

    def __str__(self) -> str:
        return f"{self.args[0]}; convert it to {self.args[1]}" if self.args[1] else self.args[0]


@dataclass
class Content:
    """A file's samples and what goes with them.

    Attributes
    ----------
    samples : (H, W, c) uint8, uint16, float16 or float32
        One channel of grey, three of red, green, blue, or four of ink: cyan, magenta, yellow, black, 0 for none.
    alpha : (H, W) of the same kind, or None
        Straight alpha.
    profile : bytes or None
        The embedded ICC profile.
    linear : (3, 3) or None
        The matrix from the primaries of scene-linear light to linear sRGB.
    unranged : bool
        Whether the samples are numbers that need not be light. Their range is then checked, or asked for.
    coding : (primaries, transfer) or None
        The code points of ITU-T H.273 by which the file names its colours.
    exif : bytes or None
        The block, from its byte order mark on.
    xmp : bytes or None
        The packet.
    iptc : bytes or None
        The records of IPTC-IIM.
    texts : list of (keyword, text)
        Comments and texts.
    resolution : (x, y, unit) or None
        As in :class:`huegraft.Picture`.
    turned : bool
        Whether the decoder has applied the orientation that the EXIF block names.
    attributes : dict
        Header attributes of an OpenEXR file.
    channels : OtherChannels or None
        The other channels of an OpenEXR file.
    notes : list of str
        What was left out or changed, for the user.
    """

    samples: np.ndarray
    alpha: np.ndarray | None = None
    profile: bytes | None = None
    linear: np.ndarray | None = None
    unranged: bool = False
    coding: tuple[int, int] | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    texts: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    resolution: tuple[float, float, str] | None = None
    turned: bool = False
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    channels: OtherChannels | None = None
    notes: list[str] = field(default_factory=list[str])

    def add_texts(self, texts: Iterable[tuple[str, str]]) -> None:
        """Add texts, up to the number and the length that an honest file can have."""
        left = _LONGEST_TEXTS
        for keyword, text in texts:
            left -= len(text)
            if len(self.texts) == _MOST_TEXTS or left < 0:
                self.notes.append("it has more texts than a picture can have, so some texts are left out")
                return
            self.texts.append((keyword, text))


def text_of(content: bytes) -> str:
    """Return a text whose encoding is not named: UTF-8 if it is valid UTF-8, else Latin-1."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def full_range(samples: np.ndarray, bits: int) -> np.ndarray:
    """Return whole numbers of a number of bits, scaled to the full range of uint8 or uint16."""
    dtype = np.dtype(np.uint8 if bits <= 8 else np.uint16)
    most, greatest = 2**bits - 1, int(np.iinfo(dtype).max)
    if most == greatest:
        return samples.astype(dtype, copy=False)
    levels = np.arange(most + 1, dtype=np.uint32) * greatest + most // 2
    return (levels // most).astype(dtype)[np.minimum(samples, most)]


def frames_note(count: int, most: int) -> list[str]:
    """Return the note that the first of several pictures is taken."""
    more = " or more" if count == most else ""
    return [f"it has {count}{more} frames; the first frame is taken"] if count > 1 else []


def further_note(count: int) -> list[str]:
    """Return the note that a number of further channels is left out."""
    what = "1 further channel is" if count == 1 else f"{count} further channels are"
    return [f"{what} left out"] if count > 0 else []


def straight(colors: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Return colours divided by the alpha that they were multiplied with. They stay where the alpha is 0."""
    whole = np.issubdtype(colors.dtype, np.integer)
    share = alpha.astype(np.float32) / (np.iinfo(alpha.dtype).max if whole else 1)
    divided = colors.astype(np.float32) / np.where(share > 0, share, 1)[..., None]
    return np.rint(divided).clip(0, np.iinfo(colors.dtype).max).astype(colors.dtype) if whole else divided
