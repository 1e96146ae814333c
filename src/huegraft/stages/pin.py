"""Pin: a target superpixel bound to a reference superpixel by hand, and what looks like it bent along."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from huegraft.setting_groups import FuseSettings, MatchSettings
from huegraft.shapes import Float, Float32, Float64, Int32
from huegraft.stages.fuse import fuse
from huegraft.stages.match import Attention, self_similarity
from huegraft.stages.pool import pool
from huegraft.types import Encoded, FloatPicture

_ALIKE, _UNLIKE = 0.9, 0.5  # similarities from which and up to which superpixels follow a pin wholly and not at all
_WIDEST = 100.0  # displacement in CIELAB that a pin may ask for
_ROUNDS = 4


def pin_shares(target: Encoded, pinned: Sequence[int], settings: MatchSettings) -> Float64[np.ndarray, "n_t pins"]:
    """Return how far each superpixel follows each pin: 1 where it is pinned, less the less it looks like that.

    Parameters
    ----------
    target
        Whose superpixels are compared, by the features that the matching compares.
    pinned
        The pinned superpixels, no two the same. Where several pins pull, their shares sum to at most 1.
    settings
        Of the matching.
    """
    similarity = self_similarity(target, settings)[:, pinned]
    ramp = ((similarity - _UNLIKE) / (_ALIKE - _UNLIKE)).clip(0, 1)
    shares = ramp * ramp * (3 - 2 * ramp)
    shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1)
    shares[pinned] = np.eye(len(pinned))
    return shares


def bound(attention: Attention, shares: Float64[np.ndarray, "n_t pins"], columns: Sequence[int]) -> Attention:
    """Return the attention with the shares of each row given to the pinned reference superpixels."""
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
    settings: FuseSettings,
) -> Float32[np.ndarray, "h w 3"]:
    """Return what takes a picture to its pinned colours, carried from superpixels to pixels as colours are.

    Parameters
    ----------
    seen, labels, settings
        What the fusion weighs superpixels by.
    colors
        The picture in CIELAB.
    wanted
        Mean colours that the pinned superpixels should have, in CIELAB.
    shares
        How far each superpixel follows each pin.
    pinned
        The pinned superpixels.
    """

    def at_pins(values: Float[np.ndarray, "h w 3"]) -> Float64[np.ndarray, "pins 3"]:
        return pool(values, labels, len(shares))[list(pinned)]

    wanted = wanted - at_pins(colors)
    asked, field = wanted, np.zeros(seen.shape, np.float32)
    for _ in range(_ROUNDS):  # neighbours dilute what a pinned superpixel asks for, so it asks for more
        displacements = (shares @ asked).clip(-_WIDEST, _WIDEST)
        moved = fuse(seen, labels, displacements / (2 * _WIDEST) + 0.5, settings)  # which wants colours in [0, 1]
        field = (moved - np.float32(0.5)) * np.float32(2 * _WIDEST)
        asked = asked + wanted - at_pins(field)
    return field
