"""Index: what the first pass over a film found out about each of its frames."""

import math
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from huegraft.digest import digest
from huegraft.errors import FilmError
from huegraft.io.atomic import written_whole

CELLS = 18, 32
"""Rows and columns of the small picture that the index keeps of each frame."""

_SCHEMA = 2
_USUAL_RATES = [
    *(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120)),
    *(Fraction(rate) for rate in (12, 15, 16, 18, 20, 24, 25, 30, 48, 50, 60, 100, 120)),
]
_TYPES: dict[str, type[np.generic]] = {
    "pts": np.int64,
    "durations": np.int64,
    "keys": np.bool_,
    "digests": np.uint32,
    "corrupt": np.bool_,
    "interlaced": np.bool_,
    "pictures": np.uint8,
}
_SHAPES = {"pictures": CELLS}


@dataclass(frozen=True, eq=False)
class Index:
    """What the first pass over a film found out about each of its frames.

    Attributes
    ----------
    pts : (N,) int64
        When each frame is shown, in units of the time base. They rise strictly.
    durations : (N,) int64
        How long each frame is shown: until the next one.
    keys : (N,) bool
        Whether decoding may begin at a frame, as far as the film's own marks tell.
    digests : (N,) uint32
        The CRC-32 of the samples of each frame, all planes in their order.
    corrupt : (N,) bool
        Whether a frame is damaged, as far as the decoder tells.
    interlaced : (N,) bool
        Whether a frame is of two fields, by its flag; all are where the pictures of the film are combed.
    pictures : (N, rows, columns) uint8
        A small picture of each frame, by which shots are found: the mean luma (of R'G'B' the mean green) of each cell
        of a grid over the whole frame with its bars, as codes of 8 bits.
    time_base : Fraction
        The unit of time, in seconds.
    rate : Fraction
        Frames for each second: of the grid of times, or the average where the rate varies.
    variable : bool
        Whether the times lie on no grid, up to the rounding to the time base.
    seekable : bool
        Whether the times of most frames are the file's own. Else the film is decoded from its start.
    damaged : bool
        Whether the decoder met errors. A damaged film is decoded by one thread, so that it always decodes alike.
    pixel_format : str
        FFmpeg's name of how the samples are laid out.
    file_size : int
        The bytes of the film file, or of all frames of a folder.
    """

    pts: np.ndarray
    durations: np.ndarray
    keys: np.ndarray
    digests: np.ndarray
    corrupt: np.ndarray
    interlaced: np.ndarray
    pictures: np.ndarray
    time_base: Fraction
    rate: Fraction
    variable: bool
    seekable: bool
    damaged: bool
    pixel_format: str
    file_size: int

    @property
    def frames(self) -> int:
        """How many frames the film has."""
        return len(self.pts)

    @property
    def entries(self) -> np.ndarray:
        """The numbers of the frames at which decoding may begin, rising."""
        return np.flatnonzero(self.keys)

    @property
    def digest(self) -> str:
        """The SHA-256 of what the frames hold and when they are shown, in hexadecimal."""
        return digest([self.digests, self.pts, np.array(_pair(self.time_base))])

    def save(self, path: Path) -> None:
        """Write the index to a file, whole or not at all; an existing file is replaced.

        Raises
        ------
        FilmError
            If the file cannot be written.
        """
        content: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        content |= {"schema": _SCHEMA, "time_base": _pair(self.time_base), "rate": _pair(self.rate)}
        try:
            with written_whole(path, replace=True) as temporary, temporary.open("wb") as file:
                np.savez_compressed(file, **content)
        except OSError as error:
            raise FilmError(f"cannot write the index {path}: {error}") from error

    @classmethod
    def load(cls, path: Path) -> "Index":
        """Read an index from a file.

        Raises
        ------
        FilmError
            If the file is missing, damaged, or no index of this schema.
        """
        again = f"delete {path}, and the film is looked through again"
        try:
            with path.open("rb") as file, np.lib.npyio.NpzFile(file, own_fid=False) as arrays:
                content: dict[str, np.ndarray] = dict(arrays)
        except Exception as error:  # of many kinds, according to which byte is wrong
            raise FilmError(f"{path} is no index of a film, or it is damaged ({error}); {again}") from error
        try:
            schema = int(content.pop("schema"))
            if schema != _SCHEMA:
                raise FilmError(f"{path} is an index of schema {schema}, expected {_SCHEMA}; {again}")
            return cls(**_checked(content))
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise FilmError(f"{path} holds other data than an index of a film ({error}); {again}") from error


def _pair(number: Fraction) -> tuple[int, int]:
    return number.numerator, number.denominator


def _checked(content: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return the fields of an index; raise ValueError if one is of another type or length than expected."""
    count = len(content["pts"])
    for name, dtype in _TYPES.items():
        expected = count, *_SHAPES.get(name, ())
        if content[name].dtype != dtype or content[name].shape != expected:
            raise ValueError(
                f"{name} is {content[name].dtype} {content[name].shape}, expected {dtype.__name__} {expected}"
            )
    if count == 0 or (np.diff(content["pts"]) <= 0).any():
        raise ValueError("the times of the frames do not rise")
    values: dict[str, Any] = dict(content)
    values |= {name: Fraction(*map(int, content[name])) for name in ("time_base", "rate")}
    values |= {name: bool(content[name]) for name in ("variable", "seekable", "damaged")}
    return values | {"pixel_format": str(content["pixel_format"]), "file_size": int(content["file_size"])}


def timing(
    stamps: list[int | None], time_base: Fraction, last_duration: int, claimed: list[Fraction]
) -> dict[str, Any]:
    """Return `pts`, `durations`, `rate`, `variable` and `seekable` of an index.

    Parameters
    ----------
    stamps
        When each frame is shown, as the file says; None where it says nothing. There is at least one frame.
    time_base
        Their unit, in seconds.
    last_duration
        How long the last frame is shown; 0 where that is not known.
    claimed
        The rates that the file names, the most dependable first.
    """
    places, times = _rising(stamps)
    seekable = 2 * len(places) > len(stamps)
    if seekable:
        pts = _filled(places, times, len(stamps))
        rate, variable = _rate(pts, time_base, claimed)
    else:
        rate, variable = (claimed or [Fraction(25)])[0], False
        pts = np.array([round(place / (rate * time_base)) for place in range(len(stamps))], np.int64)
        if (np.diff(pts) <= 0).any():  # the unit of time is longer than a frame
            raise FilmError(
                f"the film has no times of its own, and its unit of time, {time_base} s, is too long for {rate} frames "
                f"a second; bring it into another container first: ffmpeg -i FILM -c:v ffv1 FILM.mkv"
            )
    step = max(1, round(1 / (rate * time_base)))
    durations = np.append(np.diff(pts), last_duration if last_duration > 0 else step)
    return {"pts": pts, "durations": durations, "rate": rate, "variable": variable, "seekable": seekable}


def _rising(stamps: list[int | None]) -> tuple[list[int], list[int]]:
    """Return the numbers and the times of the frames whose times rise, with room for the frames between them."""
    places, times = list[int](), list[int]()
    for place, stamp in enumerate(stamps):
        if stamp is not None and (not places or stamp - times[-1] >= place - places[-1]):
            places.append(place)
            times.append(stamp)
    return places, times


def _filled(places: list[int], times: list[int], count: int) -> np.ndarray:
    """Return the times of all frames: those without a time lie evenly between their neighbours."""
    step = max(1, (times[-1] - times[0]) // max(1, places[-1] - places[0]))
    known = [places[0] - count, *places, places[-1] + count]
    there = [times[0] - step * count, *times, times[-1] + step * count]
    pts = np.floor(np.interp(np.arange(count), known, np.subtract(there, times[0]))).astype(np.int64) + times[0]
    pts[places] = times
    return pts


def _rate(pts: np.ndarray, time_base: Fraction, claimed: list[Fraction]) -> tuple[Fraction, bool]:
    """Return the rate of the grid on which the times lie; else the average rate, and that it varies."""
    if len(pts) == 1:
        return (claimed or [Fraction(25)])[0], False
    mean = Fraction(len(pts) - 1) / (int(pts[-1] - pts[0]) * time_base)
    nearest = sorted(_USUAL_RATES, key=lambda rate: abs(math.log(rate / mean)))
    for rate in [*claimed, *nearest[:2], mean]:
        step = float(1 / (rate * time_base))  # in units of the time base
        grid = pts[0] + np.arange(len(pts)) * step
        if np.abs(pts - grid).max() <= min(1.001, 0.1 * step):  # two rounded times are up to one unit off
            return rate, False
    return mean, True
