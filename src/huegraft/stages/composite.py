"""Composite: new colours over the old ones, band by band, in the file's own encoding and depth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from huegraft.color import grey_from_srgb
from huegraft.compiled.color import lab_picture, linear_picture, srgb_picture_from_lab, srgb_picture_from_linear
from huegraft.encodings import SceneLinearEncoding
from huegraft.picture import Picture
from huegraft.setting_groups import FinishSettings
from huegraft.shapes import Bool, Float32
from huegraft.stages.gamut import into_gamut
from huegraft.threads import in_blocks
from huegraft.types import FloatPicture, Native, at_depth

_PIXELS_AT_ONCE = 2**15
_DARKEST = 1e-12  # luminance that cannot be scaled

BandColors = Callable[[FloatPicture, int, int], FloatPicture]
"""From old sRGB of a band, its first row and the one after its last, to new sRGB; both continued beyond [0, 1]."""

BandShare = Callable[[FloatPicture, int, int], Float32[np.ndarray, "rows W"]]
"""From the same, how much of the new colours each pixel takes, in [0, 1]."""

KeptLuminance = Literal["color", "grey"]
"""Whose luminance the new colours have: that of the old ones, or of their grey."""


@dataclass(frozen=True, eq=False)
class Layer:
    """New colours, and where they go: everywhere if `share` is None."""

    colors: BandColors
    share: BandShare | None = None


@dataclass(frozen=True, eq=False)
class Finished:
    """The finished picture.

    Attributes
    ----------
    image : (H, W, 3) of the target's kind
        In the target's encoding.
    clipped : (H, W) bool
        Where a colour lay outside the gamut of that encoding by more than 1e-4.
    """

    image: Native
    clipped: Bool[np.ndarray, "H W"]


def composite(
    target: Picture, layers: Sequence[Layer], settings: FinishSettings, keeps: KeptLuminance | None
) -> Finished:
    """Lay new colours over the target's.

    Colours are mixed in CIELAB: old + Σ_k s_k (new_k − old), the shares s_k divided by their sum where that exceeds 1.
    Pixels of which no layer takes a share, and those that are not finite, are copied.

    Scene-linear light is finished as it would look at the brightest exposure at which no channel exceeds 1, and then
    brightened again (decision 015).

    Parameters
    ----------
    target
        At full size.
    layers
        What is laid over it.
    settings
        What becomes of colours outside the gamut.
    keeps
        Whose luminance scene-linear light keeps exactly; None where lightness changes.
    """
    height, width, _ = target.pixels.shape
    image, clipped = np.empty_like(target.pixels), np.empty((height, width), np.bool_)

    def work(top: int, bottom: int) -> None:
        image[top:bottom], clipped[top:bottom] = _band(target, layers, settings, keeps, top, bottom)

    in_blocks(work, height, block=max(1, _PIXELS_AT_ONCE // width))
    return Finished(image, clipped)


def _band(
    target: Picture,
    layers: Sequence[Layer],
    settings: FinishSettings,
    keeps: KeptLuminance | None,
    start: int,
    stop: int,
) -> tuple[Native, Bool[np.ndarray, "rows W"]]:
    native, encoding = target.pixels[start:stop], target.encoding
    old = encoding.decode(native)
    exposure = None
    if encoding.unbounded:
        old, exposure = _exposed(old)
    new, shared = _mixed(old, layers, start, stop)
    values, outside = into_gamut(new, encoding, settings.gamut)
    if isinstance(encoding, SceneLinearEncoding) and exposure is not None:
        values = values * _brightening(old, exposure, encoding.luminance(values), keeps)
        finite = np.isfinite(native).all(axis=-1)
        shared = finite if shared is None else shared & finite
    image = at_depth(values, native.dtype)
    if shared is None:
        return image, outside
    np.copyto(image, native, where=~np.expand_dims(shared, -1))
    return image, outside & shared


def _mixed(
    old: FloatPicture, layers: Sequence[Layer], start: int, stop: int
) -> tuple[FloatPicture, Bool[np.ndarray, "rows W"] | None]:
    """Return the band under the layers, and which pixels any of them has a share of; None for all."""
    if len(layers) == 1 and layers[0].share is None:
        return layers[0].colors(old, start, stop), None
    whole = np.ones(old.shape[:2], np.float32)
    shares = np.stack([whole if layer.share is None else layer.share(old, start, stop) for layer in layers])
    total = shares.sum(axis=0)
    if not total.any():
        return np.array(old), total > 0
    shares /= np.maximum(total, 1)
    own, new = lab_picture(old), [layer.colors(old, start, stop) for layer in layers]
    pairs = zip(shares, new, strict=True)
    mixed = srgb_picture_from_lab(own + sum(share[..., None] * (lab_picture(colors) - own) for share, colors in pairs))
    for share, colors in zip(shares, new, strict=True):
        np.copyto(mixed, colors, where=share[..., None] == 1)  # not there and back through CIELAB
    return mixed, total > 0


def _exposed(srgb: FloatPicture) -> tuple[FloatPicture, Float32[np.ndarray, "rows W 1"]]:
    """Return colours darkened in linear light until no channel exceeds 1, and by what they were divided."""
    linear = linear_picture(srgb)
    exposure = linear.max(axis=-1, keepdims=True).clip(1)
    return np.where(exposure > 1, srgb_picture_from_linear(linear / exposure), srgb), exposure


def _brightening(
    old: FloatPicture,
    exposure: Float32[np.ndarray, "rows W 1"],
    luminance: Float32[np.ndarray, "rows W"],
    keeps: KeptLuminance | None,
) -> Float32[np.ndarray, "rows W 1"]:
    """Return what takes new linear light back to the old exposure, or, where it is kept, to the old luminance."""
    if keeps is None:
        return exposure
    seen = old if keeps == "color" else grey_from_srgb(old)
    before = SceneLinearEncoding().luminance(linear_picture(seen)).clip(0)
    dark = luminance <= _DARKEST
    return exposure * np.where(dark, 1, before / np.where(dark, 1, luminance))[..., None]
