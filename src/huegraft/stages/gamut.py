"""Gamut: colours that the output cannot hold are clipped or compressed."""

from typing import Literal

import numpy as np

from huegraft.compiled.color import clip, compress, lab_picture, srgb_picture_from_lab
from huegraft.encodings import SRGB, Encoding
from huegraft.shapes import Bool, Float32
from huegraft.types import FloatPicture

_TOLERANCE = 1e-4
_HALVINGS = 14


def into_gamut(
    srgb: FloatPicture, encoding: Encoding, how: Literal["clip", "compress"] | None
) -> tuple[Float32[np.ndarray, "h w 3"], Bool[np.ndarray, "h w"]]:
    """Return colours as values that an encoding holds, and which of them lay outside its gamut by more than 1e-4.

    Parameters
    ----------
    srgb
        sRGB continued beyond [0, 1]. The array may be changed in place.
    encoding
        The encoding of the output. Scene-linear values have no upper bound.
    how
        "clip" and None clip each channel of the output. "compress" keeps hue and L*, and reduces chroma in CIELAB until
        the colour fits. If brightness is bounded, L* is first brought to [0, 100].
    """
    if encoding == SRGB:
        return _into_srgb(srgb, how)
    values = encoding.encode(srgb)
    outside = ~_fits(values, encoding)
    if how == "compress" and outside.any():
        values = np.array(values)
        values[outside] = _compressed(srgb[outside][None], encoding)[0]
    return values.clip(0, None if encoding.unbounded else 1), outside


def _into_srgb(srgb: FloatPicture, how: str | None) -> tuple[FloatPicture, Bool[np.ndarray, "h w"]]:
    kept = srgb.copy() if how == "compress" else None
    outside = clip(srgb, _TOLERANCE)
    if kept is not None and outside.any():
        colors = kept[outside]
        compress(colors, _TOLERANCE, _HALVINGS)
        srgb[outside] = colors.clip(0, 1)
    return srgb, outside


def _fits(values: Float32[np.ndarray, "h w 3"], encoding: Encoding) -> Bool[np.ndarray, "h w"]:
    greatest = np.inf if encoding.unbounded else 1 + _TOLERANCE
    return np.all((values >= -_TOLERANCE) & (values <= greatest), axis=-1)


def _compressed(srgb: FloatPicture, encoding: Encoding) -> Float32[np.ndarray, "h w 3"]:
    """Find the chroma with which each colour fits, by halving the interval from no chroma to all of it."""
    lab = lab_picture(np.ascontiguousarray(srgb))
    lab[..., 0] = lab[..., 0].clip(0, None if encoding.unbounded else 100)
    least, greatest = np.zeros((2, *lab.shape[:2], 1), np.float32)
    greatest += 1

    def values_at(share: Float32[np.ndarray, "h w 1"]) -> Float32[np.ndarray, "h w 3"]:
        return encoding.encode(srgb_picture_from_lab(np.concatenate([lab[..., :1], lab[..., 1:] * share], axis=-1)))

    for _ in range(_HALVINGS):
        middle = (least + greatest) / 2
        fits = _fits(values_at(middle), encoding)[..., None]
        least, greatest = np.where(fits, middle, least), np.where(fits, greatest, middle)
    return values_at(least)
