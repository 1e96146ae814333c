"""Pin: a target superpixel bound to a reference superpixel by hand, and what looks like it bent along."""

import dataclasses
from collections.abc import Sequence

import torch
from jaxtyping import Float64
from torch import Tensor

from huegraft.setting_groups import MatchSettings
from huegraft.stages.match import Attention, self_similarity
from huegraft.types import Encoded

_ALIKE, _UNLIKE = 0.8, 0.3  # similarities from which and up to which superpixels follow a pin wholly and not at all


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
