"""The attention of the preset `best`, for tokens on a grid, with its derivative (a test holds it to the pipeline's)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from training.color import lab_from_srgb

from huegraft.settings import preset

_BEST = preset("best").match
_SMALLEST, _SMALLEST_SHARE = 1e-6, 1e-4


def attention(
    targets: Sequence[Tensor], references: Sequence[Tensor], layer_weights: Tensor, log_prior: Tensor | float = 0.0
) -> Tensor:
    """Return A(i, j) of equation (7), the features whitened.

    Parameters
    ----------
    targets, references
        For each layer token features (n, i, c) and (n, j, c), their surroundings included.
    layer_weights
        How much each layer counts: (layers,).
    log_prior
        Added to the logits (n, i, j).
    """
    cosines = [_whitened_cosines(target, reference) for target, reference in zip(targets, references, strict=True)]
    weighted = torch.einsum("l,lnij->nij", layer_weights, torch.stack(cosines))
    return (weighted / _BEST.tau + log_prior).softmax(dim=2)


def with_context(features: Tensor, tokens: int) -> Tensor:
    """Return features (n, tokens², c) and, for each radius of the preset, their mean over the surroundings."""
    along = (torch.arange(tokens).to(features) + 0.5) / tokens
    distances = torch.cdist(*[torch.cartesian_prod(along, along)] * 2)
    near = [torch.exp(-distances.square() / (2 * radius**2)) for radius in _BEST.context]
    return torch.cat([features, *(each / each.sum(dim=1, keepdim=True) @ features for each in near)], dim=2)


def lightness_logits(target: Tensor, reference: Tensor) -> Tensor:
    """Return what `huegraft.stages.prior` adds for grey tokens (n, i, 1) and (n, j, 1)."""
    ours, theirs = (lab_from_srgb(grey.expand(-1, -1, 3))[..., 0] for grey in (target, reference))
    deviations = [each.std(dim=1, correction=0, keepdim=True).clamp_min(1.0) for each in (ours, theirs)]
    moved = (ours - ours.mean(dim=1, keepdim=True)) * deviations[1] / deviations[0] + theirs.mean(dim=1, keepdim=True)
    return (moved[:, :, None] - theirs[:, None]).square() / (-2 * _BEST.lightness_prior**2)


def _whitened_cosines(target: Tensor, reference: Tensor) -> Tensor:
    target, reference = (features - features.mean(dim=1, keepdim=True) for features in (target, reference))
    both = torch.cat([target, reference], dim=1)
    metric = _Power.apply(both.mT @ both / both.shape[1])
    lengths = [((side @ metric) * side).sum(dim=2).clamp_min(1e-12).sqrt() for side in (target, reference)]
    return (target @ metric @ reference.mT) / (lengths[0][:, :, None] * lengths[1][:, None])


class _Power(torch.autograd.Function):
    """C ↦ C^(−whiten) of symmetric matrices, components of a share below 1e-4 left out.

    The derivative, in divided differences (Daleckii, Krein), stays finite where eigenvalues meet.
    """

    @staticmethod
    def forward(ctx: Any, matrices: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(matrices)
        kept = values > _SMALLEST_SHARE * values[:, -1:].clamp_min(_SMALLEST)
        powers = torch.where(kept, values.clamp_min(_SMALLEST**2) ** -_BEST.whiten, 0.0)
        ctx.save_for_backward(values, vectors, powers)
        return vectors * powers[:, None] @ vectors.mT

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        values, vectors, powers = ctx.saved_tensors
        apart = values[:, :, None] - values[:, None]
        near = apart.abs() <= 1e-3 * (values[:, :, None] + values[:, None]).abs()
        slopes = -_BEST.whiten * powers[:, :, None] / values.clamp_min(_SMALLEST**2)[:, :, None]
        quotients = (powers[:, :, None] - powers[:, None]) / torch.where(near, 1.0, apart)
        inner = torch.where(near, slopes, quotients) * (vectors.mT @ (gradient + gradient.mT) / 2 @ vectors)
        return vectors @ inner @ vectors.mT
