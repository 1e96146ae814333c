"""What training minimises: how unlikely the right colours are under the attention of the preset `best`."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from training.attention import attention, lightness_logits, with_context
from training.pairs import Batch, token_means

from huegraft.backbones.pointer import CONTEXT_LAYERS
from huegraft.settings import Mode

_COLOR_WIDTH = 4.0  # in CIELAB: colours nearer than this pass for right
_PLACES, _ERROR = 0.3, 0.1  # what places and the error count beside colour
_SMALLEST = 1e-6


class Loss(NamedTuple):
    """Means over the tokens of a batch, those weighed less whose colour is nowhere in the reference.

    Attributes
    ----------
    total
        To be minimised.
    color
        −log Σ_j A(i, j) k(c(i), c(j)), k = 1 / (1 + d²/4²), d the distance in CIELAB: in a*b* for colourisation. A
        token weighs as much as the largest of its k, since nothing can be learned where no colour is right.
    places
        −log Σ_j A(i, j) over the reference's tokens j that show the place of target token i.
    error
        Distance of the attended mean colour to the right one.
    """

    total: Tensor
    color: Tensor
    places: Tensor
    error: Tensor


class _Matched(NamedTuple):
    """Attention (n, i, j), the colours it goes to (n, j, 3), the right ones (n, i, 3), which places are the same."""

    attention: Tensor
    colors: Tensor
    right: Tensor
    same: Tensor


def loss(layers: Mapping[str, Tensor], layer_weights: Tensor, batch: Batch, mode: Mode) -> Loss:
    """Return the loss; the first half of the pairs have the next pair's reference beside their own, to distract.

    Parameters
    ----------
    layers
        By name, feature maps of all targets and then of all references.
    layer_weights
        How much each layer counts: (layers,).
    batch, mode
        What the maps are of.
    """
    pixels = batch.targets.shape[2]
    tokens = [token_means(maps, batch.tokens, pixels) for maps in layers.values()]
    tokens = [
        with_context(features, batch.tokens) if layer in CONTEXT_LAYERS else features
        for layer, features in zip(layers, tokens, strict=True)
    ]
    every = torch.arange(len(batch.targets), device=batch.targets.device)
    distracted, alone = every[: len(every) // 2], every[len(every) // 2 :]
    parts = [
        _matched(tokens, layer_weights, batch, mode, distracted, torch.stack([distracted, distracted + 1], dim=1)),
        _matched(tokens, layer_weights, batch, mode, alone, alone[:, None]),
    ]
    seen = slice(1 if mode == "colorize" else 0, 3)
    weights, colors, places, errors = [], [], [], []
    for part in parts:
        distance = torch.cdist(part.right[..., seen], part.colors[..., seen])
        alike = 1 / (1 + (distance / _COLOR_WIDTH).square())
        weights.append(alike.amax(dim=2).flatten())
        colors.append(-((part.attention * alike).sum(dim=2) + _SMALLEST).log().flatten())
        found = (part.attention * part.same).sum(dim=2)[part.same.any(dim=2)]
        places.append(-(found + _SMALLEST).log())
        errors.append((part.attention @ part.colors - part.right)[..., seen].norm(dim=2).flatten())
    weight, place = torch.cat(weights), torch.cat(places)
    color, error = ((weight * torch.cat(part)).sum() / weight.sum() for part in (colors, errors))
    place = place.mean() if len(place) else torch.zeros_like(color)
    return Loss(color + _PLACES * place + _ERROR * error, color.detach(), place.detach(), error.detach())


def _matched(
    tokens: Sequence[Tensor], layer_weights: Tensor, batch: Batch, mode: Mode, targets: Tensor, references: Tensor
) -> _Matched:
    """Match targets (m,), by their numbers, with references (m, r), the first of them their own."""
    same = batch.same.new_zeros(len(targets), batch.tokens**2, references.shape[1], batch.tokens**2)
    same[:, :, 0] = batch.same[targets]
    prior: Tensor | float = 0.0
    if mode == "colorize":
        greys = [token_means(each, batch.tokens, each.shape[2]) for each in (batch.targets, batch.references)]
        prior = lightness_logits(greys[0][targets], greys[1][references].flatten(1, 2))
    return _Matched(
        attention(
            [layer[targets] for layer in tokens],
            [layer[len(batch.targets) + references].flatten(1, 2) for layer in tokens],
            layer_weights,
            prior,
        ),
        batch.reference_colors[references].flatten(1, 2),
        batch.target_colors[targets],
        same.flatten(2, 3),
    )
