"""Fallback: pixels below the minimum confidence get another colour, smoothly, with the edges of the full size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from huegraft.color import lab_from_srgb
from huegraft.compiled.attention import softmax
from huegraft.compiled.color import lab_picture, srgb_picture_from_lab, with_chroma
from huegraft.compiled.enlarge import enlarge
from huegraft.records import Encoded
from huegraft.shapes import Float32, Float64
from huegraft.stages.composite import Layer, WindowColors
from huegraft.stages.guided import guided_lines
from huegraft.stages.prior import lightness_map, reference_lightness
from huegraft.types import FloatPicture
from huegraft.windows import Window

_RAMP = 0.1  # the range of confidence over which trust goes from 0 to 1
_SIGMA = 4.0  # working pixels
_SNAP = 0.01  # trust this near to 0 or 1 becomes exactly 0 or 1
_NEUTRAL = np.array([1, 0, 0], np.float32)  # factors that take chroma from CIELAB
LIGHTNESSES = np.linspace(0, 100, 201)
"""The L* at which `chroma_by_lightness` gives chroma."""
_BANDWIDTH = 2.0  # in L*, of the regression of chroma on L*


@dataclass(frozen=True, eq=False)
class Trust:
    """How far new colours are trusted at each pixel of a picture, in [0, 1]. Clear cases have exactly 0 or 1.

    Attributes
    ----------
    lines : (h, w, 2)
        Slope and offset of trust over L* at the working size.
    size
        The size of the picture.
    """

    lines: Float32[np.ndarray, "h w 2"]
    size: tuple[int, int]

    def __call__(self, old: FloatPicture, window: Window) -> Float32[np.ndarray, "h w"]:
        """Return the trust in a window whose old colours are given."""
        lines = enlarge(self.lines, self.size, window)
        trust = lines[..., 0] * lab_picture(old)[..., 0] + lines[..., 1]
        return ((trust - _SNAP) / (1 - 2 * _SNAP)).clip(0, 1)


def trust_in(
    confidence: Float32[np.ndarray, "h w"], seen: FloatPicture, size: tuple[int, int], minimum: float
) -> Trust:
    """Return the trust in each pixel: 1 above a minimum of confidence, 0 below it, and a ramp between.

    The ramp lies around the minimum. With a minimum of 0 all pixels are trusted, and with 1 none.

    Parameters
    ----------
    confidence
        The confidence of each pixel, in [0, 1], at the working size.
    seen
        The prepared target, whose lightness has the edges.
    size
        The size of the full-size picture.
    minimum
        The minimum confidence, in [0, 1].
    """
    ramp = ((confidence - minimum) / _RAMP + 1 - minimum).clip(0, 1)
    smooth = ramp * ramp * (3 - 2 * ramp)
    return Trust(guided_lines(smooth[..., None], lab_picture(seen)[..., 0], _SIGMA), size)


def with_fallback(
    layer: Layer,
    trust: Trust,
    fallback: Literal["keep", "neutral", "global"],
    plain: WindowColors | None = None,
) -> Layer:
    """Return a layer that gives way to the old colours, to grey or to the `plain` colours where trust ends.

    Parameters
    ----------
    layer, trust
        The layer over the target, and how far it is trusted.
    fallback
        What the layer gives way to.
    plain
        The colours that one map for all colours gives, for "global".
    """
    if fallback == "keep":

        def share(old: FloatPicture, window: Window) -> Float32[np.ndarray, "h w"]:
            trusted = trust(old, window)
            return trusted if layer.share is None else layer.share(old, window) * trusted

        return Layer(layer.colors, share)

    def colors(old: FloatPicture, window: Window) -> FloatPicture:
        lab = lab_picture(layer.colors(old, window))
        instead = lab * _NEUTRAL if plain is None else lab_picture(plain(old, window))
        return srgb_picture_from_lab(lab + (1 - trust(old, window))[..., None] * (instead - lab))

    return Layer(colors, layer.share)


def chroma_by_lightness(target: Encoded, references: Sequence[Encoded]) -> Float32[np.ndarray, "levels 2"]:
    """Return the references' mean chroma at even steps of the target's L*, for colourisation.

    It is a kernel regression over their superpixels (Nadaraya 1964, doi:10.1137/1109020). The target's lightness is
    first brought to their mean and deviation.
    """
    scale, shift = lightness_map(target, references)
    return _chroma_at(LIGHTNESSES * scale + shift, references).astype(np.float32)


def lightness_colors(chroma: Float32[np.ndarray, "levels 2"]) -> WindowColors:
    """Return a function that gives each pixel the chroma of `chroma_by_lightness` at the pixel's lightness."""

    def colors(old: FloatPicture, _window: Window) -> FloatPicture:
        grey = with_chroma(old, np.zeros((*old.shape[:2], 2), np.float32), grey=True)
        lightness = lab_picture(grey)[..., 0]
        taken = np.stack([np.interp(lightness, LIGHTNESSES, each) for each in chroma.T], axis=-1)
        return with_chroma(old, taken.astype(np.float32), grey=True)

    return colors


def _chroma_at(levels: Float64[np.ndarray, " k"], references: Sequence[Encoded]) -> Float64[np.ndarray, "k 2"]:
    colors = np.concatenate([each.color_mean for each in references])
    areas = np.concatenate([each.areas * each.validity for each in references])
    lightness = reference_lightness("colorize", references)
    with np.errstate(divide="ignore"):
        log_areas = np.log(areas)
    weights = softmax(np.zeros((len(levels), len(areas))), 1.0, log_areas, levels, lightness, 1 / (2 * _BANDWIDTH**2))
    return weights @ lab_from_srgb(colors)[:, 1:]
