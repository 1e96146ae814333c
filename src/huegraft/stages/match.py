"""Match: attention between the superpixels of two pictures (equations 1 to 3 and 7)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from huegraft.color import lab_from_srgb
from huegraft.compiled.attention import row_dots
from huegraft.errors import ArgumentError, EncodedMismatchError, SettingsError
from huegraft.setting_groups import MatchSettings
from huegraft.settings import Mode
from huegraft.shapes import Float64, Int64
from huegraft.stages.balance import balanced
from huegraft.stages.context import isotropic_positions, with_context
from huegraft.stages.median import toward_median
from huegraft.stages.prior import comparable_lightness
from huegraft.stages.similarity import all_directions, merged_after, merged_before, weighted_similarity
from huegraft.types import Encoded


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

    weights: Float64[np.ndarray, "n_t n_r"]
    origin: Int64[np.ndarray, " n_r"]
    similarity: Float64[np.ndarray, " n_t"]


Features = Sequence[Float64[np.ndarray, "_ _"]]
"""Of one picture's superpixels, layer by layer, surroundings included."""


def match(
    target: Encoded,
    references: Sequence[Encoded],
    settings: MatchSettings,
    joined: Sequence[Features] | None = None,
) -> Attention:
    """Compute the attention A of the target's superpixels over those of all references together.

    Parameters
    ----------
    target, references
        Pictures encoded for the same mode by the same settings and backbone. The logarithm of the references'
        `validity` is added to the logits, so that a superpixel of validity 0 is never taken.
    settings
        Temperature, layer weights, where the layers are merged. `merge` None means equation (3) for transfer and
        equation (7) for colourisation; `standardize` None means no: whoever knows the backbone resolves it before.
    joined
        What `joined_features` gives for each reference, if that is known from an earlier call.

    Raises
    ------
    EncodedMismatchError
        If the fingerprints differ.
    ArgumentError
        If there is no reference, or their masks leave nothing.
    SettingsError
        If there is not one layer weight per layer; else as `joined_features`.
    """
    check_fingerprints(target, references)
    validity = np.concatenate([reference.validity for reference in references])
    if not (validity > 0).any():
        raise ArgumentError("the masks leave no reference superpixel; at least one needs a weight above 0")
    with np.errstate(divide="ignore"):
        log_prior = np.log(validity)
    prior = None
    if settings.lightness_prior and target.mode == "colorize":
        prior = (*comparable_lightness(target, references), 1 / (2 * settings.lightness_prior**2))
    layer_weights = _layer_weights(settings, len(target.features))
    own = joined_features(target, settings)
    others = [joined_features(reference, settings) for reference in references] if joined is None else joined
    layers = all_directions(
        [(ours, np.concatenate(theirs)) for ours, *theirs in zip(own, *others, strict=True)],
        standardize=bool(settings.standardize),
        whiten=settings.whiten,
    )
    merged = merged_before if (settings.merge or default_merge(target.mode)) == "before" else merged_after
    weights, weighted = merged(layers, layer_weights, settings.tau, log_prior, prior)
    if settings.balance:
        areas = np.concatenate([reference.areas for reference in references])
        weights = balanced(weights, target.areas * target.validity, areas * validity, settings.balance)
    if settings.median:
        colors = np.concatenate([reference.color_mean for reference in references])
        weights = toward_median(weights, lab_from_srgb(colors)[:, 1:])
    return Attention(
        weights=weights,
        origin=np.repeat(np.arange(len(references)), [reference.count for reference in references]),
        similarity=(row_dots(weights, weighted) / sum(layer_weights)).clip(-1, 1),
    )


def joined_features(picture: Encoded, settings: MatchSettings) -> Features:
    """Return each layer's features, surroundings included; those of all layers at once, since they weigh alike.

    Raises
    ------
    SettingsError
        If surroundings are asked for a layer that there is not.
    """
    features, layers = dict(picture.features), list(picture.features)
    chosen = layers if settings.context_layers is None else settings.context_layers
    if unknown := set(chosen) - set(layers):
        raise SettingsError(f"context_layers names {', '.join(sorted(unknown))}; the layers are {', '.join(layers)}")
    if settings.context and chosen:
        together = np.concatenate([features[layer] for layer in chosen], axis=1)
        joined = with_context(together, picture.areas, isotropic_positions(picture), settings.context)
        ends = np.cumsum([features[layer].shape[1] for layer in chosen])[:-1]
        parts = zip(*(np.split(each, ends, axis=1) for each in joined), strict=True)
        features |= {layer: np.concatenate(each, axis=1) for layer, each in zip(chosen, parts, strict=True)}
    return list(features.values())


def self_similarity(target: Encoded, settings: MatchSettings) -> Float64[np.ndarray, "n n"]:
    """Return the weighted mean of the layers' similarities between a picture's own superpixels.

    Without context, since look-alikes may lie anywhere, and without whitening, which tells apart what looks alike.
    """
    weights = _layer_weights(settings, len(target.features))
    layers = all_directions([(layer, layer) for layer in target.features.values()], standardize=True)
    return weighted_similarity(layers, weights) / sum(weights)


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


def _layer_weights(settings: MatchSettings, layer_count: int) -> list[float]:
    weights = [1.0] * layer_count if settings.layer_weights is None else list(settings.layer_weights)
    if len(weights) != layer_count:
        raise SettingsError(f"layer_weights must hold one weight for each of {layer_count} layers, got {len(weights)}")
    return weights
