"""Keyframes: the true colours of the frames that references show, and how alike pictures of one thing are."""

from typing import NamedTuple

import numpy as np

from huegraft.color import grey_from_srgb
from huegraft.compiled.blur import blur
from huegraft.compiled.color import lab_picture
from huegraft.compiled.enlarge import enlarge
from huegraft.compiled.flow import Pyramid, flow, lent
from huegraft.film.chroma_track import Colors
from huegraft.film.reading import Reading
from huegraft.picture import Picture
from huegraft.shapes import Float32
from huegraft.stages.bars import without_bars
from huegraft.stages.prepare import visible
from huegraft.windows import Bars, Window

STRAY = 1.0
"""How many pixels the way there and back may stray."""

APART = 0.1
"""A difference of luma, beyond grain, that makes a pixel unsure."""

_TONE = 0.2  # the same for a reference, whose tones may have been worked on
_OF_GRAIN, _GRAIN = 0.2, 1.5  # the share of patches that differ by grain alone, and how much grain is told by them


_DARK = np.float32(0.02)  # of luma: areas as dark as this say little of the light
_MOST_LIGHT = np.float32(2)  # a change of light that is followed, at most
_OF_LIGHT = np.float32(2.2 / 3)  # the power of R′G′B′ with which a* and b* grow


class Alike(NamedTuple):
    """How alike the pixels of a frame are to those of another picture.

    Attributes
    ----------
    sure : (h, w) float32
        How sure it is that they show the same, up to the weights of the other picture.
    vivid : (h, w) float32
        How many times as great a* and b* are in the light of the frame. In more light all colours have more chroma.
    """

    sure: Float32[np.ndarray, "h w"]
    vivid: Float32[np.ndarray, "h w"]


def _bell(deviation: float) -> Float32[np.ndarray, " odd"]:
    places = np.arange(-round(2.5 * deviation), round(2.5 * deviation) + 1)
    weights = np.exp(-0.5 * np.square(places / deviation))
    return (weights / weights.sum()).astype(np.float32)


_PATCH, _AROUND = _bell(1.5), _bell(10.0)


def keyframe_colors(
    picture: Picture, luma: Float32[np.ndarray, "h w"], frame: tuple[int, int], reading: Reading
) -> Colors:
    """Return the colours that a reference gives to the very frame that it shows.

    The reference may lie a few pixels aside, and its tones may have been worked on. Confidence is how sure it is that a
    pixel of the reference shows the same as the pixel of the frame.

    Parameters
    ----------
    picture
        The reference, of any size. Where it has the shape of the frame, the bars of the film are taken off.
    luma
        What the method sees of the frame, in [0, 1].
    frame : (H, W)
        The size of the frame, with the bars of the film.
    reading
        The reading of the film.
    """
    size = luma.shape
    color, opacity = visible(_within_bars(picture, frame, reading.bars), _lesser(size, picture.size))
    if color.shape[:2] != size:
        color, opacity = enlarge(color, size, Window.whole(size)).clip(0, 1), None
    grey = np.ascontiguousarray(grey_from_srgb(color)[..., 0])
    shown = np.dstack([grey, lab_picture(color)[..., 1:], np.ones_like(grey) if opacity is None else opacity])
    one, other = Pyramid.of(luma), Pyramid.of(grey)
    seen = lent(shown, flow(one, other), flow(other, one), STRAY)
    return Colors(np.ascontiguousarray(seen[..., 1:3]), alike(luma, seen, _TONE).sure)


def alike(luma: Float32[np.ndarray, "h w"], other: Float32[np.ndarray, "h w 4"], apart: float = APART) -> Alike:
    """Return how alike the pixels of a frame are to what another picture shows there.

    Patches of luma are compared. Grain, exposure, and light that changes over wide areas do not count.

    Parameters
    ----------
    luma
        That of a frame, in [0, 1].
    other
        Luma, a*, b* and weight of the other picture, as the frame sees them.
    apart
        A difference of luma that makes a pixel unsure.
    """
    weights = other[..., 3]
    pair = np.stack([luma, other[..., 0]])
    *light, known = blur(np.concatenate([weights * pair, weights[None]]), _AROUND)
    light = np.stack(light) / np.maximum(known, np.float32(1e-3))
    own, others = pair - light
    gain = np.sum(weights * own * others) / max(np.sum(weights * np.square(others)), np.float32(1e-6))
    squares = blur(np.square(own - gain * others)[None], _PATCH)[0]
    grain = np.quantile(squares[::4, ::4], _OF_GRAIN)
    sure = weights * np.exp(-np.maximum(0, squares - _GRAIN * grain) / np.float32(apart**2))
    lighter = (light[0] + _DARK) / (light[1] + _DARK)
    return Alike(sure, np.clip(lighter, 1 / _MOST_LIGHT, _MOST_LIGHT) ** _OF_LIGHT)


def _within_bars(picture: Picture, frame: tuple[int, int], bars: Window | None) -> Picture:
    (height, width), (own_height, own_width) = frame, picture.size
    if bars is None or abs(own_height * width - own_width * height) > 0.01 * own_height * width:
        return picture
    rows, columns = own_height / height, own_width / width
    return without_bars(
        picture,
        Bars(
            round(bars.top * rows),
            own_height - round(bars.bottom * rows),
            round(bars.left * columns),
            own_width - round(bars.right * columns),
        ),
    )


def _lesser(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return min(one[0], other[0]), min(one[1], other[1])
