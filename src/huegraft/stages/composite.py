"""Composite: new colours are laid over the old ones, window by window, in the file's own encoding and depth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal

import numpy as np

from huegraft.broadcast import BroadcastEncoding
from huegraft.color import grey_from_srgb
from huegraft.compiled.color import (
    add_moves,
    lab_picture,
    linear_picture,
    srgb_picture_from_lab,
    srgb_picture_from_linear,
)
from huegraft.encodings import SceneLinearEncoding
from huegraft.picture import Picture
from huegraft.setting_groups import FinishSettings
from huegraft.shapes import Bool, Float32
from huegraft.stages.gamut import into_gamut
from huegraft.threads import in_blocks
from huegraft.types import FloatPicture, Native, at_depth
from huegraft.windows import Window

_PIXELS_AT_ONCE = 2**15
_DARKEST = 1e-12  # luminance that cannot be scaled

WindowColors = Callable[[FloatPicture, Window], FloatPicture]
"""A function from the old sRGB of a window, and its place in the frame, to new sRGB. Both continue beyond [0, 1]."""

WindowShare = Callable[[FloatPicture, Window], Float32[np.ndarray, "h w"]]
"""A function from the same arguments to the share of the new colours that each pixel takes, in [0, 1]."""

KeptLuminance = Literal["color", "grey"]
"""The luminance that the new colours have: that of the old colours, or that of their grey."""


@dataclass(frozen=True, eq=False)
class Layer:
    """New colours, and the share of them that each pixel takes. With `share` None every pixel takes them wholly."""

    colors: WindowColors
    share: WindowShare | None = None


@dataclass(frozen=True, eq=False)
class Finished:
    """The finished picture, or the window of it that was asked for.

    Attributes
    ----------
    image : (H, W, 3) of the target's kind
        The picture in the target's encoding.
    clipped : (H, W) bool
        The pixels whose colour lay outside the gamut of that encoding by more than 1e-4.
    """

    image: Native
    clipped: Bool[np.ndarray, "H W"]


def composite(
    target: Picture,
    layers: Sequence[Layer],
    settings: FinishSettings,
    keeps: KeptLuminance | None,
    window: Window | None = None,
) -> Finished:
    """Lay new colours over the target's.

    Colours are mixed in CIELAB: old + Σ_k s_k (new_k − old). If the shares s_k sum to more than 1, they are divided by
    their sum. Pixels without a share in any layer, and pixels that are not finite, are copied.

    Scene-linear light is finished as it would look at the brightest exposure at which no channel exceeds 1, and then
    brightened again (decision 015).

    The bytes of a pixel do not depend on the window, and the time is in proportion to the window's pixels.

    Parameters
    ----------
    target
        The target at full size.
    layers
        The layers that are laid over it.
    settings
        What becomes of colours outside the gamut.
    keeps
        The luminance that scene-linear light keeps exactly, or None if lightness changes.
    window
        The window of the target that is finished. By default it is all of the target.
    """
    asked = Window.whole(target.size) if window is None else window
    height, width = asked.size
    image, clipped = np.empty((height, width, 3), target.pixels.dtype), np.empty((height, width), np.bool_)

    def work(top: int, bottom: int) -> None:
        block = asked._replace(top=asked.top + top, bottom=asked.top + bottom)
        image[top:bottom], clipped[top:bottom] = _block(target, layers, settings, keeps, block)

    in_blocks(work, height, block=max(1, _PIXELS_AT_ONCE // width))
    return Finished(image, clipped)


def _block(
    target: Picture, layers: Sequence[Layer], settings: FinishSettings, keeps: KeptLuminance | None, window: Window
) -> tuple[Native, Bool[np.ndarray, "h w"]]:
    native, encoding = target.pixels[window.crop()], target.encoding
    coded = encoding if isinstance(encoding, BroadcastEncoding) else None
    old, encoding = encoding.decode(native), coded.light if coded else encoding
    exposure = None
    if encoding.unbounded:
        old, exposure = _exposed(old)
    new, shared = _mixed(old, layers, window)
    values, outside = into_gamut(new, encoding, settings.gamut)
    if isinstance(encoding, SceneLinearEncoding) and exposure is not None:
        values = values * _brightening(old, exposure, encoding.luminance(values), keeps)
        finite = np.isfinite(native).all(axis=-1)
        shared = finite if shared is None else shared & finite
    image = at_depth(coded.from_light(values).clip(0, 1) if coded else values, native.dtype)
    if shared is None:
        return image, outside
    np.copyto(image, native, where=~np.expand_dims(shared, -1))
    return image, outside & shared


def _mixed(
    old: FloatPicture, layers: Sequence[Layer], window: Window
) -> tuple[FloatPicture, Bool[np.ndarray, "h w"] | None]:
    """Return the window under the layers, and the pixels that take a share of any layer, or None for all pixels."""
    if len(layers) == 1 and layers[0].share is None:
        return layers[0].colors(old, window), None
    whole = np.ones(old.shape[:2], np.float32)
    shares = np.stack([whole if layer.share is None else layer.share(old, window) for layer in layers])
    total = reduce(np.add, shares)  # NumPy's own sum depends on the shape
    if not total.any():
        return np.array(old), total > 0
    shares /= np.maximum(total, 1)
    own, new = lab_picture(old), [layer.colors(old, window) for layer in layers]
    moves = np.zeros_like(own)
    for share, colors in zip(shares, new, strict=True):
        add_moves(own, colors, share, moves)
    mixed = srgb_picture_from_lab(np.add(own, moves, out=moves))
    for share, colors in zip(shares, new, strict=True):
        np.copyto(mixed, colors, where=share[..., None] == 1)  # not there and back through CIELAB
    return mixed, total > 0


def _exposed(srgb: FloatPicture) -> tuple[FloatPicture, Float32[np.ndarray, "h w 1"]]:
    """Return colours darkened in linear light until no channel exceeds 1, and their divisors."""
    linear = linear_picture(srgb)
    exposure = linear.max(axis=-1, keepdims=True).clip(1)
    return np.where(exposure > 1, srgb_picture_from_linear(linear / exposure), srgb), exposure


def _brightening(
    old: FloatPicture,
    exposure: Float32[np.ndarray, "h w 1"],
    luminance: Float32[np.ndarray, "h w"],
    keeps: KeptLuminance | None,
) -> Float32[np.ndarray, "h w 1"]:
    """Return the factors that take new linear light back to the old exposure, or to the old luminance if it is kept."""
    if keeps is None:
        return exposure
    seen = old if keeps == "color" else grey_from_srgb(old)
    before = SceneLinearEncoding().luminance(linear_picture(seen)).clip(0)
    dark = luminance <= _DARKEST
    return exposure * np.where(dark, 1, before / np.where(dark, 1, luminance))[..., None]
