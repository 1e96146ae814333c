"""Sureness: how sure the colours of a shot are, frame by frame, as its track tells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from huegraft.film.chroma_track import ChromaTrack
from huegraft.film.grade_track import read_grade_track
from huegraft.film.planes import Planes
from huegraft.film.source import Source
from huegraft.settings import Mode
from huegraft.shapes import Float32, Float64, Int64

LOW = 0.5
"""A confidence below this value is low: the colour is more likely wrong than right (decision 008)."""
SURE = 0.8
"""A confidence from this value on leaves no doubt. A frame that is a keyframe itself has 0.9 to 1."""
_MOST = 32  # frames of a shot that are looked at


@dataclass(frozen=True, eq=False)
class Sureness:
    """How sure the colours of a shot are at some of its frames.

    Attributes
    ----------
    numbers : (k,) int64
        The frames, counted from the first one of the film. They rise.
    frames : (k,) float64
        How many frames of the shot each of them stands for: those that it is the nearest to.
    confidence : (k,) float64
        The mean confidence, in [0, 1].
    low : (k,) float64, or None
        The share of pixels whose confidence is low; None for a transfer, whose track has the means alone.
    doubt : (k,) float64
        The mean doubt, in [0, 1].
    """

    numbers: Int64[np.ndarray, " k"]
    frames: Float64[np.ndarray, " k"]
    confidence: Float64[np.ndarray, " k"]
    low: Float64[np.ndarray, " k"] | None
    doubt: Float64[np.ndarray, " k"]

    def mean(self, values: Float64[np.ndarray, " k"]) -> float:
        """Return the mean of values over the frames of the shot."""
        return float(np.average(values, weights=self.frames))


def sureness_of(path: Path, mode: Mode, start: int, keyframes: Sequence[int] = ()) -> Sureness:
    """Return how sure the colours of a shot are at up to 32 frames evenly over it, and at its keyframes.

    Parameters
    ----------
    path
        The track of the shot.
    mode
        "colorize" or "transfer". A transfer is looked at where its track has knots.
    start
        The first frame of the shot.
    keyframes
        Frames of the shot, counted from the first one of the film, that references show.

    Raises
    ------
    FilmError
        If the track is missing or damaged.
    """
    if mode == "transfer":
        track = read_grade_track(path)
        chosen = _some(len(track.knots), np.flatnonzero(np.isin(track.knots + start, keyframes)))
        means = track.confidence[chosen].astype(np.float64)
        numbers = track.knots[chosen] + start
        return Sureness(numbers, _stood_for(numbers, start, len(track)), means, None, doubt_of(means))
    with ChromaTrack(path) as track:
        inside = [each - start for each in keyframes if start <= each < start + len(track)]
        chosen = _some(len(track), inside)
        maps = (known(track[int(each)].confidence) for each in chosen)
        rows = [(each.mean(), (each < LOW).mean(), doubt_of(each).mean()) for each in maps]
        confidence, low, doubt = np.array(rows, np.float64).T
        numbers = chosen + start
        return Sureness(numbers, _stood_for(numbers, start, len(track)), confidence, low, doubt)


def known(confidence: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """Return the map of confidence with its mean in bars that only this shot has, where a track has 0."""
    bars = confidence == 0
    return confidence if bars.all() else np.where(bars, confidence[~bars].mean(), confidence)


def doubt_of(confidence: np.ndarray) -> np.ndarray:
    """Return the doubt of a confidence: 1 at 0, and 0 from `SURE` on."""
    return (1 - confidence / SURE).clip(0, 1)


def some_frames(source: Source, numbers: Sequence[int]) -> Iterator[tuple[int, Planes]]:
    """Yield frames of a film by their numbers, which rise. The film is decoded on to frames with no entry between."""
    entries = source.index.entries
    runs: list[list[int]] = []
    for number in numbers:
        if not runs or np.searchsorted(entries, number, "right") > np.searchsorted(entries, runs[-1][-1], "right"):
            runs.append([])
        runs[-1].append(number)
    for run in runs:
        for number, planes in enumerate(source.frames(run[0], run[-1] + 1), start=run[0]):
            if number in run:
                yield number, planes


def _some(count: int, others: Sequence[int] | np.ndarray) -> Int64[np.ndarray, " k"]:
    """Return numbers from 0 to `count`, without the end, evenly and with the ends, and other numbers."""
    evenly = np.rint(np.linspace(0, count - 1, min(count, _MOST)))
    return np.unique(np.concatenate([evenly, others])).astype(np.int64)


def _stood_for(numbers: Int64[np.ndarray, " k"], start: int, count: int) -> Float64[np.ndarray, " k"]:
    middles = (numbers[1:] + numbers[:-1] + 1) / 2
    return np.diff(np.concatenate([[start], middles, [start + count]]))
