"""Temporal superpixels: the superpixels of a shot move with what they show (Chang, Wei, Fisher, CVPR 2013).

SLIC follows slow motion by itself. If the picture moves fast, superpixels stay behind and slip to other things. So fast
superpixels are moved along the flow before those of the next frame go on from them (decision 026).
"""

import math

import numpy as np

from huegraft.color import lab_from_srgb
from huegraft.compiled.nearest import nearest_distance
from huegraft.shapes import Float32, Float64, Int32
from huegraft.stages.pool import pool
from huegraft.stages.slic import Centres
from huegraft.types import FloatPicture

_SLOW = 0.25  # of the distance between neighbouring superpixels, from frame to frame


def moved(
    centres: Centres, labels: Int32[np.ndarray, "h w"], motion: Float32[np.ndarray, "h w 2"], picture: FloatPicture
) -> Centres:
    """Return the centres that the superpixels of the next frame go on from.

    Superpixels whose centres leave the picture end. Where they leave room, new superpixels begin. A flow by which all
    superpixels leave the picture is wrong, so it moves none.

    Parameters
    ----------
    centres, labels
        The superpixels of a frame.
    motion
        The flow from this frame to the next one, down and across, in pixels.
    picture
        What the method sees of the next frame, sRGB in [0, 1].
    """
    size, step = np.array(labels.shape), math.sqrt(labels.size / len(centres.ids))
    ways = pool(motion, labels, len(centres.ids))
    fast = np.square(ways).sum(axis=1) > (_SLOW * step) ** 2
    places = centres.places + np.where(fast[:, None], ways, 0) / size
    inside = ((places > 0) & (places < 1)).all(axis=1)
    if not fast.any() or not inside.any():
        return centres
    new = _room(places[inside] * size, labels.shape, step)
    y, x = new.astype(np.int64).T
    return Centres(
        np.concatenate([places[inside], new / size]).astype(np.float32),
        np.concatenate([centres.colors[inside], lab_from_srgb(picture[y, x])]).astype(np.float32),
        np.concatenate([centres.ids[inside], centres.following + np.arange(len(new))]),
        centres.following + len(new),
    )


def _room(places: Float64[np.ndarray, "n 2"], size: tuple[int, ...], step: float) -> Float64[np.ndarray, "m 2"]:
    """Return the places of a grid of a step that are farther than a step from all given places, in pixels."""
    down, across = (np.arange(step / 2, length, step) for length in size)
    grid = np.stack(np.meshgrid(down, across, indexing="ij"), axis=-1).reshape(-1, 2)
    flat, others = (np.pad(each, ((0, 0), (0, 1))).astype(np.float32) for each in (grid, places))
    return grid[nearest_distance(flat, others) > step]
