"""Match: attention between the superpixels of two pictures (equations 1 to 3 and 7)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from huegraft.color import lab_from_srgb
from huegraft.errors import ArgumentError, EncodedMismatchError, SettingsError
from huegraft.setting_groups import MatchSettings
from huegraft.settings import Mode
from huegraft.stages.balance import balanced
from huegraft.stages.context import with_context
from huegraft.stages.median import toward_median
from huegraft.stages.prior import lightness_logits
from huegraft.types import Encoded

_SMALLEST_NORM = 1e-8
_SMALLEST_SHARE = 1e-4  # of the largest variance: components below it are noise


@dataclass(frozen=True, eq=False)
class Attention:
    """How much each reference superpixel counts for each target superpixel.

    Attributes
    ----------
    weights : (n_t, n_r) float64
        A(i, j), balance and median included; rows sum to 1. The superpixels of several references follow each other.
    origin : (n_r,) int64
        Index of the reference that column j belongs to.
    similarity : (n_t,) float64
        Σ_j A(i, j) M(i, j), M the weighted mean of the layers' M_l: how like each superpixel is what it attends to, in
        [-1, 1].
    """

    weights: Float64[Tensor, "n_t n_r"]
    origin: Int64[Tensor, " n_r"]
    similarity: Float64[Tensor, " n_t"]


def match(
    target: Encoded,
    references: Sequence[Encoded],
    settings: MatchSettings,
    masks: Sequence[Float[np.ndarray, " n"] | None] | None = None,
    *,
    device: torch.device | str = "cpu",
) -> Attention:
    """Compute the attention A of the target's superpixels over those of all references together.

    Parameters
    ----------
    target, references
        Pictures encoded for the same mode by the same settings and backbone.
    settings
        Temperature, layer weights, where the layers are merged. `merge` None means equation (3) for transfer and
        equation (7) for colourisation; `standardize` None means no: whoever knows the backbone resolves it before.
    masks
        For each reference None or a weight in [0, 1] per superpixel, multiplied by the reference's own `validity`;
        the logarithm of the product is added to the logits, so that a superpixel of weight 0 is never taken.

    Raises
    ------
    EncodedMismatchError
        If the fingerprints differ.
    ArgumentError
        If there is no reference, or the masks leave nothing, or do not fit.
    SettingsError
        If there is not one layer weight per layer, or surroundings are asked for a layer that there is not.
    """
    check_fingerprints(target, references)
    if masks is not None and len(masks) != len(references):
        raise ArgumentError(f"expected one mask or None for each of {len(references)} references, got {len(masks)}")
    device = torch.device(device)
    mask_weights = _mask_weights(references, masks or [None] * len(references)).to(device)
    log_prior = mask_weights.log()
    if settings.lightness_prior and target.mode == "colorize":
        log_prior = log_prior + lightness_logits(target, references, settings.lightness_prior, device)
    layer_weights = _layer_weights(settings, len(target.features))
    described = [_features(picture, list(target.features), settings, device) for picture in (target, *references)]
    directions = [
        _directions(own, torch.cat(others), standardize=bool(settings.standardize), whiten=settings.whiten)
        for own, *others in zip(*described, strict=True)
    ]
    if (settings.merge or default_merge(target.mode)) == "before":  # equation (7)
        weighted = _weighted_similarity(directions, layer_weights)
        weights = torch.softmax(weighted / settings.tau + log_prior, dim=1)
    else:
        weights, weighted = _merged_after(directions, layer_weights, settings.tau, log_prior)
    if settings.balance:
        areas = torch.tensor(np.concatenate([reference.areas for reference in references]), device=device)
        own_areas = torch.tensor(target.areas * target.validity, device=device)
        weights = balanced(weights, own_areas, areas * mask_weights, settings.balance)
    if settings.median:
        colors = torch.tensor(np.concatenate([reference.color_mean for reference in references]), device=device)
        weights = toward_median(weights, lab_from_srgb(colors)[:, 1:])
    counts = torch.tensor([reference.count for reference in references], device=device)
    return Attention(
        weights=weights,
        origin=torch.arange(len(references), device=device).repeat_interleave(counts),
        similarity=(torch.einsum("ij,ij->i", weights, weighted) / sum(layer_weights)).clamp(-1, 1),
    )


def _features(
    picture: Encoded, layers: Sequence[str], settings: MatchSettings, device: torch.device
) -> Sequence[Float64[Tensor, "n _"]]:
    """Return each layer's features, surroundings included; those of all layers at once, since they weigh alike."""
    features = {layer: torch.tensor(picture.features[layer], device=device) for layer in layers}
    chosen = layers if settings.context_layers is None else settings.context_layers
    if unknown := set(chosen) - set(layers):
        raise SettingsError(f"context_layers names {', '.join(sorted(unknown))}; the layers are {', '.join(layers)}")
    if settings.context and chosen:
        channels = [features[layer].shape[1] for layer in chosen]
        joined = with_context(torch.cat([features[layer] for layer in chosen], dim=1), picture, settings.context)
        parts = joined.unflatten(1, (-1, sum(channels))).split(channels, dim=2)
        features |= {layer: part.flatten(1) for layer, part in zip(chosen, parts, strict=True)}
    return list(features.values())


def self_similarity(target: Encoded, settings: MatchSettings, device: torch.device) -> Float64[Tensor, "n n"]:
    """Return the weighted mean of the layers' similarities between a picture's own superpixels.

    Without context, since look-alikes may lie anywhere, and without whitening, which tells apart what looks alike.
    """
    layers = [torch.tensor(features, device=device) for features in target.features.values()]
    weights = _layer_weights(settings, len(layers))
    directions = [_directions(layer, layer, standardize=True) for layer in layers]
    return _weighted_similarity(directions, weights) / sum(weights)


def similarity(
    target: Float64[Tensor, "n_t c"], reference: Float64[Tensor, "n_r c"], *, standardize: bool, whiten: float = 0.0
) -> Float64[Tensor, "n_t n_r"]:
    """Return M_l, the cosine of the centred super-features (equation 2), in [-1, 1].

    The target's super-features are centred by their mean, those of all references together by theirs. A superpixel
    whose centred norm is below 1e-8 gets M = 0. With `standardize` each channel is first divided by its deviation over
    both sides, the one counting as much as the other. With `whiten` they are instead turned to the principal components
    of both sides, each centred by its own mean, and divided by their deviations to this power (Kessy, Lewin, Strimmer
    2018, doi:10.1080/00031305.2016.1277159, PCA whitening where it is 1).
    """
    own, others = _directions(target, reference, standardize=standardize, whiten=whiten)
    return own @ others.T


def _directions(
    target: Float64[Tensor, "n_t c"], reference: Float64[Tensor, "n_r c"], *, standardize: bool, whiten: float = 0.0
) -> tuple[Float64[Tensor, "n_t k"], Float64[Tensor, "n_r k"]]:
    """Return what the cosines of `similarity` are the products of."""
    if whiten:
        whitening = _whitening(target, reference, whiten)
        target, reference = target @ whitening, reference @ whitening
    elif standardize:
        deviation = _joint_deviation(target, reference)
        target, reference = target / deviation, reference / deviation
    return _centred_directions(target), _centred_directions(reference)


def _weighted_similarity(
    directions: Sequence[tuple[Tensor, Tensor]], layer_weights: list[float]
) -> Float64[Tensor, "n_t n_r"]:
    """Return Σ_l w_l M_l, as one product."""
    own, others = zip(*directions, strict=True)
    weighted = [layer * weight for layer, weight in zip(own, layer_weights, strict=True)]
    return torch.cat(weighted, dim=1) @ torch.cat(others, dim=1).T


def _whitening(
    target: Float64[Tensor, "n_t c"], reference: Float64[Tensor, "n_r c"], exponent: float
) -> Float64[Tensor, "c k"]:
    centred = torch.cat([features - features.mean(dim=0) for features in (target, reference)])
    variances, components = torch.linalg.eigh(centred.T @ centred / len(centred))
    kept = variances > _SMALLEST_SHARE * variances[-1].clamp_min(_SMALLEST_NORM**2)
    return components[:, kept] * variances[kept] ** (-exponent / 2)


def default_merge(mode: Mode) -> str:
    """Return where the layers are merged unless the settings say: equation (3) for transfer, (7) for colourisation."""
    return "after" if mode == "transfer" else "before"


def check_fingerprints(target: Encoded, references: Sequence[Encoded]) -> None:
    """Raise if a reference was not encoded as the target was."""
    if not references:
        raise ArgumentError("expected at least one reference, got none")
    for reference in references:
        if (reference.mode, reference.fingerprint) != (target.mode, target.fingerprint):
            differences = ", ".join(_differences(reference, target))
            raise EncodedMismatchError(
                f"the reference was encoded otherwise than the target: {differences}; "
                "encode it again with the settings of this run"
            )


def _differences(reference: Encoded, target: Encoded) -> Iterator[str]:
    """Yield "setting: the reference's value, the target's value" for each that differs; another mode says it all."""
    if reference.mode != target.mode:
        yield f"mode {reference.mode}, not {target.mode}"
        return
    described = [_flat_fingerprint(encoded) for encoded in (reference, target)]
    for name in described[0] | described[1]:
        values = [each.get(name) for each in described]
        if values[0] != values[1]:
            yield f"{name} {values[0]}, not {values[1]}"


def _flat_fingerprint(encoded: Encoded) -> dict[str, Any]:
    try:
        groups = json.loads(encoded.fingerprint)
        return {name: value for group in groups.values() if isinstance(group, dict) for name, value in group.items()}
    except (ValueError, AttributeError):
        return {"fingerprint": encoded.fingerprint}


def _centred_directions(features: Float64[Tensor, "n c"]) -> Float64[Tensor, "n c"]:
    centred = features - features.mean(dim=0)
    norm = centred.norm(dim=1, keepdim=True)
    return torch.where(norm < _SMALLEST_NORM, 0.0, centred / norm.clamp_min(_SMALLEST_NORM))


def _joint_deviation(target: Float64[Tensor, "n_t c"], reference: Float64[Tensor, "n_r c"]) -> Float64[Tensor, " c"]:
    mean = (target.mean(dim=0) + reference.mean(dim=0)) / 2
    variance = ((target - mean).square().mean(dim=0) + (reference - mean).square().mean(dim=0)) / 2
    deviation = variance.sqrt()
    return torch.where(deviation < _SMALLEST_NORM, 1.0, deviation)


def _merged_after(
    directions: Sequence[tuple[Tensor, Tensor]], layer_weights: list[float], tau: float, log_prior: Tensor
) -> tuple[Float64[Tensor, "n_t n_r"], Float64[Tensor, "n_t n_r"]]:
    """Return equations (1) and (3), A = Σ_l w_l softmax_j(M_l / τ) / Σ_l w_l, and Σ_l w_l M_l."""
    merged, weighted = torch.zeros(()), torch.zeros(())
    for weight, (own, others) in zip(layer_weights, directions, strict=True):
        layer_similarity = own @ others.T
        merged = merged + weight * torch.softmax(layer_similarity / tau + log_prior, dim=1)
        weighted = weighted + weight * layer_similarity
    return merged / sum(layer_weights), weighted


def _layer_weights(settings: MatchSettings, layer_count: int) -> list[float]:
    weights = [1.0] * layer_count if settings.layer_weights is None else list(settings.layer_weights)
    if len(weights) != layer_count:
        raise SettingsError(f"layer_weights must hold one weight for each of {layer_count} layers, got {len(weights)}")
    return weights


def _mask_weights(
    references: Sequence[Encoded], masks: Sequence[Float[np.ndarray, " n"] | None]
) -> Float64[Tensor, " n_r"]:
    weights = []
    for reference, mask in zip(references, masks, strict=True):
        if mask is not None and mask.shape != (reference.count,):
            raise ArgumentError(f"a mask must hold {reference.count} weights, one a superpixel, got {mask.shape}")
        if mask is not None and not ((mask >= 0) & (mask <= 1)).all():
            raise ArgumentError("the weights of a mask must lie in [0, 1]")
        weights.append(reference.validity if mask is None else reference.validity * mask)
    together = np.concatenate(weights)
    if not (together > 0).any():
        raise ArgumentError("the masks leave no reference superpixel; at least one needs a weight above 0")
    return torch.tensor(together)
