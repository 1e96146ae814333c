"""Prepare: shrink a picture to the working size and, for colourisation, make it grey (sections 3.1 and 4.1)."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32
from scipy import sparse

from huegraft.color import grey_from_srgb
from huegraft.settings import Mode, PrepareSettings
from huegraft.types import FloatPicture


@dataclass(frozen=True, eq=False)
class Prepared:
    """A picture at the working size.

    Attributes
    ----------
    seen : (h, w, 3) float32
        What segmentation, features and fusion see: sRGB in [0, 1], in colourisation its grey.
    color : (h, w, 3) float32
        The original colours, sRGB in [0, 1].
    """

    seen: FloatPicture
    color: FloatPicture


def prepare(picture: FloatPicture, mode: Mode, settings: PrepareSettings) -> Prepared:
    """Shrink `picture` (sRGB in [0, 1]) to the working size; for colourisation make what the method sees grey."""
    height, width = picture.shape[:2]
    color = shrink(picture, working_size(height, width, settings.working_pixels))
    if mode == "transfer":
        return Prepared(color, color)
    return Prepared(grey_from_srgb(torch.from_numpy(color)).numpy(), color)


def working_size(height: int, width: int, working_pixels: int) -> tuple[int, int]:
    """Return the largest size of about the same shape with at most `working_pixels` pixels and no side below 1."""
    if height * width <= working_pixels:
        return height, width
    scale = math.sqrt(working_pixels / (height * width))
    short, long = min(height, width), max(height, width)
    new_short = max(1, math.floor(short * scale))
    new_long = min(math.floor(long * scale), working_pixels // new_short)
    return (new_short, new_long) if height <= width else (new_long, new_short)


def shrink(picture: Float[np.ndarray, "H W c"], size: tuple[int, int]) -> Float32[np.ndarray, "h w c"]:
    """Resize values in [0, 1] by area averaging: each new pixel is the mean of the area that it covers."""
    height, width, channels = picture.shape
    if size == (height, width):
        return np.array(picture, dtype=np.float32)
    rows = _area_weights(height, size[0]) @ picture.reshape(height, -1)
    columns = rows.reshape(size[0], width, channels).swapaxes(0, 1).reshape(width, -1)
    shrunk = (_area_weights(width, size[1]) @ columns).reshape(size[1], size[0], channels).swapaxes(0, 1)
    return np.ascontiguousarray(np.clip(shrunk, 0, 1), dtype=np.float32)


def _area_weights(old: int, new: int) -> sparse.csr_array:
    """Return the (new, old) matrix whose row k holds the share of each old pixel in new pixel k."""
    edges = np.union1d(np.arange(old + 1) / old, np.arange(new + 1) / new)
    middles = (edges[1:] + edges[:-1]) / 2
    entries = (np.diff(edges) * new, ((middles * new).astype(int), (middles * old).astype(int)))
    return sparse.csr_array(entries, shape=(new, old), dtype=np.float32)
