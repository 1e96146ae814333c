"""Match: attention between the superpixels of two pictures (equations 1 to 3 and 7)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from huegraft.color import lab_from_srgb
from huegraft.compiled.attention import row_dots
from huegraft.errors import ArgumentError, EncodedMismatchError, SettingsError
from huegraft.records import Encoded
from huegraft.setting_groups import MatchSettings
from huegraft.settings import Mode
from huegraft.shapes import Float64, Int64
from huegraft.stages.balance import balanced
from huegraft.stages.context import isotropic_positions, with_context
from huegraft.stages.median import toward_median
from huegraft.stages.prior import comparable_lightness
from huegraft.stages.similarity import (
    Directions,
    all_directions,
    merged_after,
    merged_before,
    weighted_similarity,
    whitenings,
)
from huegraft.views import View


@dataclass(frozen=True, eq=False)
class Attention:
    """How much each reference superpixel counts for each target superpixel.

    Attributes
    ----------
    weights : (n_t, n_r) float64
        A(i, j), with balance and median. Rows sum to 1. The superpixels of several references follow each other.
    origin : (n_r,) int64
        Index of the reference that column j belongs to.
    similarity : (n_t,) float64
        Σ_j A(i, j) M(i, j), where M is the weighted mean of the layers' M_l. It says how like each superpixel is to
        what it attends to, in [-1, 1].
    """

    weights: Float64[np.ndarray, "n_t n_r"]
    origin: Int64[np.ndarray, " n_r"]
    similarity: Float64[np.ndarray, " n_t"]


@dataclass(frozen=True, eq=False)
class Similarity:
    """How like the target's superpixels are to the references', before any temperature.

    Attributes
    ----------
    weighted : (n_t, n_r) float64, or None
        Σ_l w_l M_l if the layers are merged before the softmax, else None.
    layers
        If the layers are merged after the softmax, the directions of each layer, whose products are the M_l.
    layer_weights : list of float
        w_l.
    whitening : tuple of (c, k) float64
        The matrices that the features of each layer were multiplied by. It is empty if nothing was whitened.
    """

    weighted: Float64[np.ndarray, "n_t n_r"] | None
    layers: Sequence[Directions]
    layer_weights: Sequence[float]
    whitening: tuple[np.ndarray, ...]


Features = Sequence[Float64[np.ndarray, "_ _"]]
"""The features of one picture's superpixels, layer by layer, with those of the surroundings."""


def match(target: Encoded, references: Sequence[Encoded], settings: MatchSettings) -> Attention:
    """Compute the attention A of the target's superpixels over those of all references together.

    Parameters
    ----------
    target, references
        Pictures encoded for the same mode by the same settings and backbone. The logarithm of the references'
        `validity` is added to the logits, so that a superpixel of validity 0 is never taken.
    settings
        Temperature, layer weights, and where the layers are merged. `merge` None means equation (3) for transfer and
        equation (7) for colourisation. `standardize` None means no. A caller that knows the backbone resolves both.

    Raises
    ------
    EncodedMismatchError
        If the fingerprints differ.
    ArgumentError
        If there is no reference, or their masks leave nothing.
    SettingsError
        As `joined_features` and `compare`.
    """
    if not references:
        raise ArgumentError("expected at least one reference, got none")
    check_fingerprints(target.mode, target.fingerprint, references)
    settings = replace(settings, merge=settings.merge or default_merge(target.mode))
    own, others = joined_features(target, settings), [joined_features(each, settings) for each in references]
    return attend(compare(own, others, settings), target, references, settings)


def compare(
    own: Features, others: Sequence[Features], settings: MatchSettings | View, whitening: Sequence[np.ndarray] = ()
) -> Similarity:
    """Compare the target's superpixels with those of all references together (equation 2).

    Parameters
    ----------
    own, others
        What `joined_features` gives for the target and for each reference.
    settings
        Layer weights, whitening, and where the layers are merged.
    whitening
        The whitening of an earlier comparison, to be used again. By default it is made from these pictures.

    Raises
    ------
    SettingsError
        If the number of layer weights is not the number of layers.
    EncodedMismatchError, ArgumentError
        If the references have other features than the target, or the whitening was made for others.
    """
    layer_weights = _checked_weights(settings.layer_weights, len(own))
    for ours, *theirs in zip(own, *others, strict=True):
        if any(each.shape[1] != ours.shape[1] for each in theirs):
            raise EncodedMismatchError("the features of target and references have different numbers of channels")
    pairs = [(ours, _together(theirs)) for ours, *theirs in zip(own, *others, strict=True)]
    if settings.whiten:
        whitening = tuple(whitening) or whitenings(pairs, settings.whiten)
        if [len(matrix) for matrix in whitening] != [ours.shape[1] for ours, _ in pairs]:
            raise ArgumentError("the whitening was made for other features than these")
        layers = all_directions(pairs, whitening=whitening)
    else:
        layers = all_directions(pairs, standardize=bool(settings.standardize))
    if settings.merge == "after":
        return Similarity(None, layers, layer_weights, tuple(whitening))
    return Similarity(weighted_similarity(layers, layer_weights), (), layer_weights, tuple(whitening))


def attend(
    similarity: Similarity, target: Encoded, references: Sequence[Encoded], settings: MatchSettings | View
) -> Attention:
    """Return the attention that similarities make (equations 1, 3 and 7).

    Raises
    ------
    ArgumentError
        If the references' masks leave nothing.
    """
    validity = np.concatenate([reference.validity for reference in references])
    if not (validity > 0).any():
        raise ArgumentError("the masks leave no reference superpixel; at least one needs a weight above 0")
    with np.errstate(divide="ignore"):
        log_prior = np.log(validity)
    prior = None
    if target.mode == "colorize" and settings.lightness_prior:
        prior = (*comparable_lightness(target, references), 1 / (2 * settings.lightness_prior**2))
    if similarity.weighted is not None:
        weighted, weights = similarity.weighted, merged_before(similarity.weighted, settings.tau, log_prior, prior)
    else:
        weights, weighted = merged_after(similarity.layers, similarity.layer_weights, settings.tau, log_prior, prior)
    if settings.balance:
        areas = np.concatenate([reference.areas for reference in references])
        weights = balanced(weights, target.areas * target.validity, areas * validity, settings.balance)
    if settings.median:
        colors = np.concatenate([reference.color_mean for reference in references])
        weights = toward_median(weights, lab_from_srgb(colors)[:, 1:], out=weights)
    return Attention(
        weights=weights,
        origin=np.repeat(np.arange(len(references)), [reference.count for reference in references]),
        similarity=(row_dots(weights, weighted) / sum(similarity.layer_weights)).clip(-1, 1),
    )


def _together(features: Sequence[Float64[np.ndarray, "_ c"]]) -> Float64[np.ndarray, "n c"]:
    return features[0] if len(features) == 1 else np.concatenate(features)


def joined_features(picture: Encoded, settings: MatchSettings | View) -> Features:
    """Return each layer's features with those of the surroundings. All layers are averaged at once.

    Raises
    ------
    SettingsError
        If the surroundings are to join a layer that does not exist.
    """
    features, layers = dict(picture.features), list(picture.features)
    if not settings.context:
        return list(features.values())
    chosen = layers if settings.context_layers is None else settings.context_layers
    if unknown := set(chosen) - set(layers):
        raise SettingsError(f"context_layers names {', '.join(sorted(unknown))}; the layers are {', '.join(layers)}")
    if chosen:
        together = np.concatenate([features[layer] for layer in chosen], axis=1)
        joined = with_context(together, picture.areas, isotropic_positions(picture), settings.context)
        ends = np.cumsum([features[layer].shape[1] for layer in chosen])[:-1]
        parts = zip(*(np.split(each, ends, axis=1) for each in joined), strict=True)
        features |= {layer: np.concatenate(each, axis=1) for layer, each in zip(chosen, parts, strict=True)}
    return list(features.values())


def likeness(
    target: Encoded, superpixels: Sequence[int], layer_weights: Sequence[float] | None
) -> Float64[np.ndarray, "n k"]:
    """Return how similar all superpixels of a picture are to some of them, as the mean over the layers.

    There is no context, because look-alikes may lie anywhere, and no whitening, because whitening tells look-alikes
    apart. The layers count alike unless they are weighted.
    """
    weights = _checked_weights(layer_weights, len(target.features))
    layers = all_directions([(layer, layer) for layer in target.features.values()], standardize=True)
    some = [(own, others[list(superpixels)]) for own, others in layers]
    return weighted_similarity(some, weights) / sum(weights)


def default_merge(mode: Mode) -> str:
    """Return where the layers are merged by default: by equation (3) in transfer, by equation (7) in colourisation."""
    return "after" if mode == "transfer" else "before"


def check_fingerprints(mode: Mode, fingerprint: str, references: Sequence[Encoded]) -> None:
    """Raise EncodedMismatchError if a reference was not encoded for a mode as a fingerprint says."""
    for reference in references:
        if (reference.mode, reference.fingerprint) != (mode, fingerprint):
            differences = ", ".join(_differences(reference, mode, fingerprint))
            raise EncodedMismatchError(
                f"the reference was not encoded as the target was: {differences}; "
                "encode the reference again with the settings of this run"
            )


def _differences(reference: Encoded, mode: Mode, fingerprint: str) -> Iterator[str]:
    """Yield a line for each setting that differs: "setting: the reference's value, the target's value"."""
    if reference.mode != mode:
        yield f"mode {reference.mode}, not {mode}"
        return
    described = [_flat_fingerprint(each) for each in (reference.fingerprint, fingerprint)]
    for name in described[0] | described[1]:
        values = [each.get(name) for each in described]
        if values[0] != values[1]:
            yield f"{name} {values[0]}, not {values[1]}"


def _flat_fingerprint(fingerprint: str) -> dict[str, Any]:
    try:
        groups = json.loads(fingerprint)
        return {name: value for group in groups.values() if isinstance(group, dict) for name, value in group.items()}
    except (ValueError, AttributeError):
        return {"fingerprint": fingerprint}


def _checked_weights(layer_weights: Sequence[float] | None, layer_count: int) -> list[float]:
    weights = [1.0] * layer_count if layer_weights is None else list(layer_weights)
    if len(weights) != layer_count:
        raise SettingsError(f"layer_weights must hold one weight for each of {layer_count} layers, got {len(weights)}")
    return weights
