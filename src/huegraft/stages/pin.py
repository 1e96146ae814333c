"""Pin: a target superpixel is bound to a reference superpixel by hand, and superpixels that look like it follow."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from huegraft.records import Encoded
from huegraft.setting_groups import FuseSettings
from huegraft.shapes import Float, Float32, Float64, Int32
from huegraft.stages.fuse import fuse
from huegraft.stages.match import Attention, likeness
from huegraft.stages.pool import pool
from huegraft.types import FloatPicture
from huegraft.views import View

_ALIKE, _UNLIKE = 0.9, 0.5  # superpixels follow a pin wholly from the first similarity, not at all up to the second
_WIDEST = 100.0  # the largest displacement in CIELAB that a pin may ask for
_ROUNDS = 4
_CHANNELS = 3


def pin_shares(
    target: Encoded, pinned: Sequence[int], layer_weights: Sequence[float] | None = None
) -> Float64[np.ndarray, "n_t pins"]:
    """Return how far each superpixel follows each pin: 1 for the pinned one, less for those that look less like it.

    Parameters
    ----------
    target
        The target, whose superpixels are compared by the features that the matching compares.
    pinned
        The pinned superpixels, no two the same. If several pins pull, their shares sum to at most 1.
    layer_weights
        How much each layer of the features counts. By default all count alike.
    """
    similarity = likeness(target, pinned, layer_weights)
    ramp = ((similarity - _UNLIKE) / (_ALIKE - _UNLIKE)).clip(0, 1)
    shares = ramp * ramp * (3 - 2 * ramp)
    shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1)
    shares[pinned] = np.eye(len(pinned))
    return shares


def bound(attention: Attention, shares: Float64[np.ndarray, "n_t pins"], columns: Sequence[int]) -> Attention:
    """Return the attention after the shares of each row went to the pinned reference superpixels."""
    weights = attention.weights * (1 - shares.sum(axis=1, keepdims=True))
    for column, share in zip(columns, shares.T, strict=True):
        weights[:, column] += share
    return dataclasses.replace(attention, weights=weights)


def pin_displacement(
    seen: FloatPicture,
    labels: Int32[np.ndarray, "h w"],
    colors: Float[np.ndarray, "h w 3"],
    wanted: Float64[np.ndarray, "pins 3"],
    shares: Float64[np.ndarray, "n_t pins"],
    pinned: Sequence[int],
    settings: FuseSettings | View,
) -> Float32[np.ndarray, "h w 3"]:
    """Return the displacement that takes a picture to its pinned colours. The fusion carries it to pixels.

    Parameters
    ----------
    seen, labels, settings
        The picture, the superpixels and the settings of the fusion.
    colors
        The picture in CIELAB.
    wanted
        Mean colours that the pinned superpixels should have, in CIELAB.
    shares
        How far each superpixel follows each pin.
    pinned
        The pinned superpixels.
    """
    pinned = list(pinned)
    wanted = wanted - pool(colors, labels, len(shares))[pinned]
    fields = _fields(seen, labels, shares, settings)
    at_pins = pool(fields, labels, len(shares))[pinned]
    asked = wanted
    for _ in range(_ROUNDS - 1):  # neighbours dilute what a pinned superpixel asks for, so it asks for more
        asked = asked + wanted - at_pins @ asked.clip(-_WIDEST, _WIDEST)
    return fields @ asked.clip(-_WIDEST, _WIDEST).astype(np.float32)


def _fields(
    seen: FloatPicture,
    labels: Int32[np.ndarray, "h w"],
    shares: Float64[np.ndarray, "n_t pins"],
    settings: FuseSettings | View,
) -> Float32[np.ndarray, "h w pins"]:
    """Return how far each pixel follows each pin. Three pins are fused as one colour.

    The fusion is linear in the colours, so the displacement of all pins is then a sum, whatever they ask for.
    """
    pins = shares.shape[1]
    padded = np.pad(shares, ((0, 0), (0, -pins % _CHANNELS)))
    threes = np.split(padded, padded.shape[1] // _CHANNELS, axis=1)
    return np.concatenate([fuse(seen, labels, three, settings) for three in threes], axis=2)[..., :pins]
