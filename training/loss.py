"""What training minimises: how unlikely the right colours are under the attention of the preset `best`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor
from training.pairs import Batch, token_means

from huegraft.color import lab_from_srgb
from huegraft.settings import Mode, preset

_BEST = preset("best").match
TAU = _BEST.tau
_WHITEN, _RADII, _LIGHTNESS_WIDTH = _BEST.whiten, _BEST.context, _BEST.lightness_prior

_COLOR_WIDTH = 4.0  # in CIELAB: colours nearer than this pass for right
_PLACES, _ERROR = 0.3, 0.1  # what places and the error count beside colour
_SMALLEST, _SMALLEST_SHARE = 1e-6, 1e-4


class Loss(NamedTuple):
    """Means over the tokens of a batch.

    Attributes
    ----------
    total
        To be minimised.
    color
        −log Σ_j A(i, j) k(c(i), c(j)), k = 1 / (1 + d²/4²), d the distance in CIELAB: in a*b* for colourisation.
    places
        −log Σ_j A(i, j) over the reference's tokens j that show the place of target token i.
    error
        Distance of the attended mean colour to the right one; what the pipeline would make of it.
    """

    total: Tensor
    color: Tensor
    places: Tensor
    error: Tensor


@dataclass(frozen=True, eq=False)
class _Matched:
    """Attention (n, i, j) and the references it goes to."""

    attention: Tensor
    colors: Tensor
    same: Tensor


def attention(targets: list[Tensor], references: list[Tensor], log_prior: Tensor | float = 0.0) -> Tensor:
    """Return A(i, j) of equation (7), the features whitened: what `huegraft.stages.match` does by the preset `best`.

    Parameters
    ----------
    targets, references
        For each layer token features (n, i, c) and (n, j, c).
    log_prior
        Added to the logits (n, i, j).
    """
    cosines = [_whitened_cosines(target, reference) for target, reference in zip(targets, references, strict=True)]
    return (torch.stack(cosines).sum(dim=0) / TAU + log_prior).softmax(dim=2)


def loss(layers: Sequence[Tensor], batch: Batch, mode: Mode) -> Loss:
    """Return the loss; the first half of the pairs have the next pair's reference beside their own, to distract.

    Parameters
    ----------
    layers
        Feature maps of all targets and then of all references.
    batch, mode
        What the maps are of.
    """
    count, pixels = len(batch.targets), batch.targets.shape[2]
    around = _context(batch.tokens, _RADII).to(layers[0])
    tokens = [_with_context(token_means(layer, batch.tokens, pixels), around) for layer in layers]
    shown = [token_means(each, batch.tokens, pixels) for each in (batch.targets, batch.references)]
    half = count // 2
    own, beside = torch.arange(count, device=around.device), torch.arange(1, half + 1, device=around.device)
    parts = [
        _matched(tokens, shown, batch, own[:half], [own[:half] + count, beside + count], mode),
        _matched(tokens, shown, batch, own[half:], [own[half:] + count], mode),
    ]
    seen = slice(1 if mode == "colorize" else 0, 3)
    colors, places, errors = [], [], []
    for part, right in zip(parts, (batch.target_colors[:half], batch.target_colors[half:]), strict=True):
        distance = torch.cdist(right[..., seen], part.colors[..., seen])
        likelihood = (part.attention / (1 + (distance / _COLOR_WIDTH).square())).sum(dim=2)
        colors.append(-(likelihood + _SMALLEST).log().flatten())
        found = (part.attention * part.same).sum(dim=2)[part.same.any(dim=2)]
        places.append(-(found + _SMALLEST).log())
        errors.append((part.attention @ part.colors - right)[..., seen].norm(dim=2).flatten())
    color, place, error = torch.cat(colors).mean(), torch.cat(places), torch.cat(errors).mean()
    place = place.mean() if len(place) else torch.zeros_like(color)
    return Loss(color + _PLACES * place + _ERROR * error, color.detach(), place.detach(), error.detach())


def _matched(
    tokens: list[Tensor], shown: list[Tensor], batch: Batch, targets: Tensor, references: list[Tensor], mode: Mode
) -> _Matched:
    """Match some targets with one or two references each, all by their numbers among the layers' pictures."""
    count = len(batch.targets)
    side_by_side = [torch.cat([layer[each] for each in references], dim=1) for layer in tokens]
    prior: Tensor | float = 0.0
    if mode == "colorize":
        prior = _lightness_logits(shown[0][targets], torch.cat([shown[1][each - count] for each in references], dim=1))
    same = batch.same[targets]
    nowhere = [torch.zeros_like(same)] * (len(references) - 1)
    return _Matched(
        attention([layer[targets] for layer in tokens], side_by_side, prior),
        torch.cat([batch.reference_colors[each - count] for each in references], dim=1),
        torch.cat([same, *nowhere], dim=2),
    )


def _lightness_logits(target: Tensor, reference: Tensor) -> Tensor:
    """Return what `huegraft.stages.prior` adds for grey tokens (n, i, 1) and (n, j, 1)."""
    ours, theirs = (lab_from_srgb(grey.expand(-1, -1, 3))[..., 0] for grey in (target, reference))
    deviations = [each.std(dim=1, correction=0, keepdim=True).clamp_min(1.0) for each in (ours, theirs)]
    moved = (ours - ours.mean(dim=1, keepdim=True)) * deviations[1] / deviations[0] + theirs.mean(dim=1, keepdim=True)
    return (moved[:, :, None] - theirs[:, None]).square() / (-2 * _LIGHTNESS_WIDTH**2)


def _context(tokens: int, radii: tuple[float, ...]) -> Tensor:
    """Return for each radius the shares of all tokens in a token's surroundings: (radii, tokens², tokens²)."""
    along = (torch.arange(tokens) + 0.5) / tokens
    places = torch.cartesian_prod(along, along)
    near = [torch.exp(-torch.cdist(places, places).square() / (2 * radius**2)) for radius in radii]
    return torch.stack([each / each.sum(dim=1, keepdim=True) for each in near]) if near else torch.zeros(0, 1, 1)


def _with_context(features: Tensor, around: Tensor) -> Tensor:
    return torch.cat([features, *(shares @ features for shares in around)], dim=2)


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
        powers = torch.where(kept, values.clamp_min(_SMALLEST**2) ** -_WHITEN, 0.0)
        ctx.save_for_backward(values, vectors, powers)
        return vectors * powers[:, None] @ vectors.mT

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        values, vectors, powers = ctx.saved_tensors
        apart = values[:, :, None] - values[:, None]
        near = apart.abs() <= 1e-3 * (values[:, :, None] + values[:, None]).abs()
        slopes = -_WHITEN * powers[:, :, None] / values.clamp_min(_SMALLEST**2)[:, :, None]
        quotients = (powers[:, :, None] - powers[:, None]) / torch.where(near, 1.0, apart)
        inner = torch.where(near, slopes, quotients) * (vectors.mT @ (gradient + gradient.mT) / 2 @ vectors)
        return vectors @ inner @ vectors.mT
