"""Pin: a target superpixel bound to a reference superpixel by hand, and what looks like it bent along."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int32
from torch import Tensor

from huegraft.setting_groups import FuseSettings, MatchSettings
from huegraft.stages.fuse import ConstantColors, fuse
from huegraft.stages.match import Attention, self_similarity
from huegraft.stages.pool import pool
from huegraft.types import Encoded, FloatPicture

_ALIKE, _UNLIKE = 0.9, 0.5  # similarities from which and up to which superpixels follow a pin wholly and not at all
_WIDEST = 100.0  # displacement in CIELAB that a pin may ask for
_ROUNDS = 4


def pin_shares(
    target: Encoded, pinned: Sequence[int], settings: MatchSettings, device: torch.device
) -> Float64[Tensor, "n_t pins"]:
    """Return how far each superpixel follows each pin: 1 where it is pinned, less the less it looks like that.

    Parameters
    ----------
    target
        Whose superpixels are compared, by the features that the matching compares.
    pinned
        The pinned superpixels, no two the same. Where several pins pull, their shares sum to at most 1.
    settings
        Of the matching.
    device
        Where to compute.
    """
    chosen = torch.tensor(pinned, device=device)
    similarity = self_similarity(target, settings, device)[:, chosen]
    ramp = ((similarity - _UNLIKE) / (_ALIKE - _UNLIKE)).clamp(0, 1)
    shares = ramp * ramp * (3 - 2 * ramp)
    shares = shares / shares.sum(dim=1, keepdim=True).clamp_min(1)
    shares[chosen] = torch.eye(len(pinned)).to(shares)
    return shares


def bound(attention: Attention, shares: Float64[Tensor, "n_t pins"], columns: Sequence[int]) -> Attention:
    """Return the attention with the shares of each row given to the pinned reference superpixels."""
    weights = attention.weights * (1 - shares.sum(dim=1, keepdim=True))
    chosen = torch.tensor(columns, device=weights.device)
    return dataclasses.replace(attention, weights=weights.index_add(1, chosen, shares))


def pin_displacement(
    seen: FloatPicture,
    labels: Int32[np.ndarray, "h w"],
    colors: Float64[Tensor, "h w 3"],
    wanted: Float64[Tensor, "pins 3"],
    shares: Float64[Tensor, "n_t pins"],
    pinned: Sequence[int],
    settings: FuseSettings,
) -> Float32[np.ndarray, "h w 3"]:
    """Return what takes a picture to its pinned colours, carried from superpixels to pixels as colours are.

    Parameters
    ----------
    seen, labels, settings
        What the fusion weighs superpixels by.
    colors
        The picture in CIELAB, on the device where to compute.
    wanted
        Mean colours that the pinned superpixels should have, in CIELAB.
    shares
        How far each superpixel follows each pin.
    pinned
        The pinned superpixels.
    """
    label_tensor = torch.tensor(labels, dtype=torch.int64, device=colors.device)

    def at_pins(values: Float[Tensor, "h w 3"]) -> Float64[Tensor, "pins 3"]:
        return pool(values.permute(2, 0, 1), label_tensor, len(shares))[pinned]

    wanted = wanted - at_pins(colors)
    asked, field = wanted, np.zeros(seen.shape, np.float32)
    for _ in range(_ROUNDS):  # neighbours dilute what a pinned superpixel asks for, so it asks for more
        displacements = (shares @ asked).clamp(-_WIDEST, _WIDEST)
        model = ConstantColors(displacements / (2 * _WIDEST) + 0.5)  # the fusion wants them in [0, 1]
        field = (fuse(seen, labels, model, settings, colors.device) - np.float32(0.5)) * np.float32(2 * _WIDEST)
        asked = asked + wanted - at_pins(torch.tensor(field, device=colors.device))
    return field
