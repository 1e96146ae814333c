"""Reading: what the code values of a film stand for."""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from huegraft.errors import FilmError
from huegraft.film.planes import PlaneFormat
from huegraft.windows import Window

Matrix = Literal["rgb", "bt470bg", "bt601", "bt709", "bt2020"]
Range = Literal["tv", "pc"]
Siting = Literal["left", "center", "topleft"]
Primaries = Literal["bt709", "bt601-625", "bt601-525", "bt2020"]


@dataclass(frozen=True)
class Reading:
    """What the code values of a film stand for: what its tags say, and what was assumed where they say nothing.

    Attributes
    ----------
    matrix
        The coefficients of Y′CbCr (ITU-R BT.601, BT.709, BT.2020); "rgb" where the samples are R′G′B′. "bt470bg" is the
        tag that films of 625 lines have for the coefficients of BT.601.
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
    lut
        What an input LUT made the code values from; empty where there is none. Tracks and segments are known by it.
    """

    matrix: Matrix
    range: Range = "tv"
    siting: Siting = "left"
    primaries: Primaries = "bt709"
    assumed: tuple[str, ...] = ()
    bars: Window | None = None
    fields: Literal["progressive"] = "progressive"
    lut: str = ""


def output_reading(reading: Reading, layout: PlaneFormat, range_: Range) -> Reading:
    """Return what the code values of an output stand for: what those of the source do, as far as the layout can."""
    if layout.kind == "rgb":
        return replace(reading, matrix="rgb", range="pc")
    return replace(reading, matrix="bt709" if reading.matrix == "rgb" else reading.matrix, range=range_)


def described(reading: Reading) -> dict[str, Any]:
    """Return a reading as JSON has it. Bars are told by x, y, width and height of what they leave."""
    bars = reading.bars
    place = None if bars is None else [bars.left, bars.top, bars.size[1], bars.size[0]]
    said = {name: value for name, value in vars(reading).items() if name != "lut"}
    return {**said, "assumed": list(reading.assumed), "bars": place}


def corrected(reading: Reading, said: dict[str, Any], size: tuple[int, int]) -> Reading:
    """Return a reading with what people have changed in its description.

    Parameters
    ----------
    reading
        What was found.
    said
        A description, in which values may have been changed.
    size : (H, W)
        The size of the frames.

    Raises
    ------
    FilmError
        If a value is none that can be.
    """
    kinds = {"matrix": Matrix, "range": Range, "siting": Siting, "primaries": Primaries}
    for name, kind in kinds.items():
        if said.get(name, getattr(reading, name)) not in get_args(kind):
            raise FilmError(f"reading: {name} must be one of {', '.join(get_args(kind))}, got {said[name]!r}")
    chosen = {name: said[name] for name in kinds if name in said}
    changed = {name for name, value in chosen.items() if value != getattr(reading, name)}
    if ("rgb" in (reading.matrix, chosen.get("matrix"))) and "matrix" in changed:
        raise FilmError(f"reading: the matrix is {reading.matrix}, which R′G′B′ and Y′CbCr cannot exchange")
    assumed = tuple(name for name in reading.assumed if name not in changed)
    bars = _window(said["bars"], size) if "bars" in said else reading.bars
    return replace(reading, **chosen, bars=bars, assumed=assumed)


def _window(bars: Any, size: tuple[int, int]) -> Window | None:
    if bars is None:
        return None
    whole = isinstance(bars, list) and len(bars) == 4 and all(type(number) is int for number in bars)
    if whole:
        left, top, width, height = bars
        if 0 <= left < left + width <= size[1] and 0 <= top < top + height <= size[0]:
            return Window(top, top + height, left, left + width)
    raise FilmError(f"reading: bars must be null or [x, y, width, height] within {size[1]}x{size[0]}, got {bars}")
