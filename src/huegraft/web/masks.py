"""Masks: strokes of a brush and filled outlines as masks of pixels."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from huegraft.shapes import Float32, UInt8
from huegraft.threads import check_cancelled
from huegraft.web.problems import Problem
from huegraft.web.schemas import Stroke

_MOST_WORK = 10**9  # pixels that are looked at, point by point: some ten seconds
_SPACING = 1 / 16  # of the radius: nearer points change nothing that can be seen


def check_strokes(strokes: Sequence[Stroke], size: tuple[int, int]) -> None:
    """Raise unless strokes can be drawn in some seconds.

    Raises
    ------
    Problem
        If they are too long and too wide.
    """
    work = 0.0
    for stroke in strokes:
        sides = np.abs(np.diff(_line(stroke), axis=0)) + 2 * stroke.radius + 4
        work += float(np.minimum(sides, [size[1], size[0]]).prod(axis=1).sum())
    if work > _MOST_WORK:
        raise Problem(
            422, "too-many-strokes", "These strokes take too long to draw. Upload the mask as a picture instead."
        )


def mask_of(
    strokes: Sequence[Stroke], size: tuple[int, int], under: Float32[np.ndarray, "H W"] | None = None
) -> UInt8[np.ndarray, "H W"]:
    """Return the mask of some strokes, one laid over the other.

    Parameters
    ----------
    strokes
        Their places are in pixels of the full-size picture.
    size
        (H, W) of the picture.
    under
        The mask that they are laid over, in [0, 1]; by default an empty one.
    """
    mask = np.zeros(size, np.float32) if under is None else under.copy()
    for stroke in strokes:
        check_cancelled()
        points = _line(stroke)
        reach = int(np.ceil(stroke.radius)) + 1
        left, top = np.maximum(np.floor(points.min(axis=0)).astype(int) - reach, 0)
        right, bottom = np.minimum(np.ceil(points.max(axis=0)).astype(int) + reach + 1, [size[1], size[0]])
        if left >= right or top >= bottom:
            continue
        part = _covered(points - np.array([left, top], np.float32), (bottom - top, right - left), stroke)
        there = mask[top:bottom, left:right]
        there[:] = there * (1 - part) if stroke.erase else np.maximum(there, part)
    return np.rint(mask * 255).astype(np.uint8)


def _line(stroke: Stroke) -> Float32[np.ndarray, "n 2"]:
    """Return the points of a stroke, at least two, without those that lie very near the one before."""
    points = np.array(stroke.points, np.float32)
    kept = [points[0]]
    for point in points[1:-1]:
        if np.abs(point - kept[-1]).max() >= _SPACING * stroke.radius:
            kept.append(point)
    kept.append(points[-1])
    return np.array([*kept, points[0]] if stroke.fill else kept)


def _covered(points: Float32[np.ndarray, "n 2"], size: tuple[int, int], stroke: Stroke) -> Float32[np.ndarray, "h w"]:
    """Return how far each pixel is covered: 1 within the core of the stroke, 0 beyond its radius, smooth between."""
    away = np.full(size, np.inf, np.float32)
    for first, last in pairwise(points):
        _nearer(away, first, last, stroke.radius)
    if stroke.fill:
        outline = Image.new("1", (size[1], size[0]))
        ImageDraw.Draw(outline).polygon([(float(x), float(y)) for x, y in points], fill=1)
        away[np.asarray(outline)] = 0
    core = stroke.radius * (1 - stroke.softness)
    share = ((stroke.radius - away) / max(stroke.radius - core, 1.0)).clip(0, 1)
    return share * share * (3 - 2 * share)


def _nearer(away: np.ndarray, first: np.ndarray, last: np.ndarray, radius: float) -> None:
    """Lower distances to those to a segment, where it can be nearer than a radius."""
    left, top = np.maximum(np.floor(np.minimum(first, last) - radius).astype(int) - 1, 0)
    right, bottom = np.ceil(np.maximum(first, last) + radius).astype(int) + 2
    part = away[top:bottom, left:right]
    y, x = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]].astype(np.float32)
    along, (from_x, from_y) = last - first, first
    length = float(along @ along)
    share = 0.0 if length == 0 else (((x - from_x) * along[0] + (y - from_y) * along[1]) / length).clip(0, 1)
    np.minimum(part, np.hypot(x - from_x - share * along[0], y - from_y - share * along[1]), out=part)
