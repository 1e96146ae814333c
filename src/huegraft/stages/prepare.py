"""Prepare: shrink a picture to the working size and, for colourisation, make it grey (sections 3.1 and 4.1)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from huegraft.color import grey_from_srgb
from huegraft.compiled.shrink import shrink_areas
from huegraft.picture import Picture
from huegraft.setting_groups import PrepareSettings
from huegraft.settings import Mode
from huegraft.shapes import Float32
from huegraft.stages.alpha import hides, seen_through
from huegraft.types import FloatPicture, Native, in_unit_range
from huegraft.views import View


@dataclass(frozen=True, eq=False)
class Prepared:
    """A picture at the working size.

    Attributes
    ----------
    seen : (h, w, 3) float32
        The picture that segmentation, features and fusion see: sRGB in [0, 1], in colourisation its grey.
    color : (h, w, 3) float32
        The original colours, sRGB in [0, 1]. Hidden pixels are filled from the pixels that are seen.
    opacity : (h, w) float32, or None
        How far each pixel is seen, in [0, 1], or None if alpha hides nothing.
    """

    seen: FloatPicture
    color: FloatPicture
    opacity: Float32[np.ndarray, "h w"] | None = None


def prepare(picture: Picture, mode: Mode, settings: PrepareSettings | View) -> Prepared:
    """Shrink a picture to the working size, in sRGB. For colourisation make a grey picture for the method to see."""
    color, opacity = visible(picture, working_size(*picture.size, settings.working_pixels))
    return Prepared(as_seen(color, mode), color, opacity)


def visible(picture: Picture, size: tuple[int, int]) -> tuple[FloatPicture, Float32[np.ndarray, "h w"] | None]:
    """Return the colours of a picture in sRGB at a size no larger, and their opacity, or None if nothing is hidden."""
    if picture.alpha is None or not hides(picture.alpha):
        return shrink(picture.pixels, size, picture.in_gamut), None
    return seen_through(picture.pixels, picture.alpha, size, picture.in_gamut)


def as_seen(picture: FloatPicture, mode: Mode) -> FloatPicture:
    """Return the picture that the method sees, which in colourisation is its grey (section 4.1)."""
    return picture if mode == "transfer" else grey_from_srgb(picture)


def working_size(height: int, width: int, working_pixels: int) -> tuple[int, int]:
    """Return the largest size of about the same shape with at most `working_pixels` pixels and no side below 1."""
    if height * width <= working_pixels:
        return height, width
    scale = math.sqrt(working_pixels / (height * width))
    short, long = min(height, width), max(height, width)
    new_short = max(1, math.floor(short * scale))
    new_long = min(math.floor(long * scale), working_pixels // new_short)
    return (new_short, new_long) if height <= width else (new_long, new_short)


def shrink(
    values: Native,
    size: tuple[int, int],
    decode: Callable[[Native], Float32[np.ndarray, "h w c"]] = in_unit_range,
) -> Float32[np.ndarray, "h w c"]:
    """Resize by area averaging, after decoding to [0, 1]. Each new pixel is the mean of the area that it covers."""
    if size == values.shape[:2]:
        return np.array(decode(values))
    return shrink_areas(values, size, decode).clip(0, 1)  # means may exceed by rounding
