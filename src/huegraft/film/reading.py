"""Reading: what the code values of a film stand for."""

from dataclasses import dataclass
from typing import Literal

from huegraft.windows import Window

Matrix = Literal["rgb", "bt601", "bt709", "bt2020"]
Range = Literal["tv", "pc"]
Siting = Literal["left", "center", "topleft"]
Primaries = Literal["bt709", "bt601-625", "bt601-525", "bt2020"]


@dataclass(frozen=True)
class Reading:
    """What the code values of a film stand for: what its tags say, and what was assumed where they say nothing.

    Attributes
    ----------
    matrix
        The coefficients of Y′CbCr (ITU-R BT.601, BT.709, BT.2020); "rgb" where the samples are R′G′B′.
    range
        "tv": luma of 8 bits is from 16 to 235, and chroma from 16 to 240. "pc": all codes are used.
    siting
        Where a sample of chroma lies among the samples of luma it stands for. "left": at the column of the first, half
        way down. "center": in the middle of them. "topleft": at the first row and column.
    primaries
        The colours of red, green and blue.
    assumed : tuple of str
        The names of the attributes above that no tag says.
    bars : Window, or None
        The rows and columns that black bars leave; None where there are none.
    fields
        Always "progressive": interlaced films are refused.
    """

    matrix: Matrix
    range: Range = "tv"
    siting: Siting = "left"
    primaries: Primaries = "bt709"
    assumed: tuple[str, ...] = ()
    bars: Window | None = None
    fields: Literal["progressive"] = "progressive"
