"""Lightness: how far the colours of a film change L* where they keep luma (decision 023)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from huegraft.film.chroma import Painter
from huegraft.film.chroma_track import ChromaTrack
from huegraft.film.planes import Planes
from huegraft.film.shot_jobs import ShotJob
from huegraft.film.shown import written
from huegraft.film.source import Source
from huegraft.film.ycbcr import luma_of

Shift = tuple[np.ndarray, np.ndarray]
"""For each pixel the change of L*, and the place of its hue among those that have names; -1 for neutral pixels."""

_HUES = ("red", "orange", "yellow", "green", "cyan", "blue", "magenta")
_HUES_END = (50, 75, 115, 170, 240, 315, 345)  # in degrees of CIELAB; above the last one it is red again
_COLORED = 10  # of chroma: a colour below it is taken as neutral
_SOME = 0.002  # of all pixels: a colour that has fewer is not named


def shift_of(source: Source, job: ShotJob, number: int, planes: Planes) -> Shift:
    """Return how far the colours of a frame of a colourised shot change its L*, where luma is kept.

    Parameters
    ----------
    source
        The film.
    job
        The shot as it was computed.
    number, planes
        The number of the frame in the film, and its samples.
    """
    painter = Painter(*written(source), source.size, source=(source.format, source.reading))
    luma = luma_of(planes, source.reading) if planes.format.kind == "rgb" else planes.samples[0]
    with ChromaTrack(job.path) as track:
        shift, chroma = painter.lightness_shift(luma, track[number - job.work.start].chroma)
    hues = np.searchsorted(_HUES_END, np.degrees(np.arctan2(chroma[..., 1], chroma[..., 0])) % 360, "right")
    colored = np.hypot(chroma[..., 0], chroma[..., 1]) >= _COLORED
    return shift.ravel(), np.where(colored, hues % len(_HUES_END), -1).ravel()


def told_shift(shifts: Sequence[Shift]) -> dict[str, Any]:
    """Return what the changes of L* of some frames come to, by stable names.

    Returns
    -------
    The "mean" over all pixels, the "least" and the "greatest", between which 98 of 100 pixels lie, and the means by
    "colors", the one with the largest mean first.
    """
    shift, hues = (np.concatenate(each) for each in zip(*shifts, strict=True))
    groups = {name: shift[hues == hue] for hue, name in enumerate(_HUES)}
    means = {name: round(float(each.mean()), 2) for name, each in groups.items() if len(each) > _SOME * len(shift)}
    least, greatest = np.percentile(shift, [1, 99])
    colors = dict(sorted(means.items(), key=lambda each: -abs(each[1])))
    amounts = {"mean": float(shift.mean()), "least": float(least), "greatest": float(greatest)}
    return {name: round(value, 2) for name, value in amounts.items()} | {"colors": colors}
