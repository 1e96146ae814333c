"""Matching, the steps that grading and fusing share: match → pins, and the steps that join the parts of a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from huegraft.backbones import Backbone
from huegraft.encoding import Steps, color_means
from huegraft.look import Layer, WarmPart
from huegraft.nodes import Choices, Node, Source, step
from huegraft.records import Encoded, Geometry
from huegraft.settings import Mode
from huegraft.shapes import Float32, Float64
from huegraft.stages.fit import fit_figures, fit_of
from huegraft.stages.match import Attention, Features, Similarity, attend, compare
from huegraft.stages.pin import bound, pin_shares
from huegraft.stages.pool import pool
from huegraft.stages.prepare import Prepared
from huegraft.stages.tone import Tone, tone_of
from huegraft.threads import matmul
from huegraft.types import FloatPicture
from huegraft.views import View

Pins = tuple[list[int], list[int]]
"""The pinned superpixels of the target, and the reference superpixels that they are bound to, counted over all."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What is known of a request before its parts are recoloured.

    Attributes
    ----------
    mode, settings
        The mode and the settings of the request. The settings note which of them decide the plan.
    backbone, target
        The backbone, and the steps of the target.
    pins
        The superpixels that are bound, or None without pins.
    """

    mode: Mode
    settings: Choices
    backbone: Source[Backbone]
    target: Steps
    pins: Node[Pins] | None


@dataclass(frozen=True, eq=False)
class Recolored:
    """A part of the target after recolouring.

    Attributes
    ----------
    target
        The target, encoded as it was matched. Its superpixels count as the mask of the part says.
    attention
        The attention, with the pins.
    figures
        The figures of the fit, for the target as it was first matched.
    confidence : (h, w)
        The confidence of the new colours.
    working_image : (h, w, 3)
        The new colours at the working size.
    layer
        The new colours as the look has them.
    warm
        What the next frame may begin with.
    """

    target: Node[Encoded]
    attention: Node[Attention]
    figures: Node[Mapping[str, float]]
    confidence: Node[Float32[np.ndarray, "h w"]]
    working_image: Node[FloatPicture]
    layer: Node[Layer]
    warm: Node[WarmPart]


@step("match", "layer_weights", "merge", "whiten", "standardize")
def compared(settings: View, own: Features, others: Sequence[Features], warm: WarmPart | None) -> Similarity:
    """Compare superpixels. If a frame before hands on a whitening, it is used."""
    return compare(own, others, settings, () if warm is None else warm.whitening)


def _attention(settings: View, similarity: Similarity, target: Encoded, references: Sequence[Encoded]) -> Attention:
    """Return the attention of the target's superpixels."""
    return attend(similarity, target, references, settings)


attention_of_colors = step("match", "tau", "balance", "median")(_attention)
attention_of_greys = step("match", "tau", "balance", "median", "lightness_prior")(_attention)


@step(None)
def figures_of_fit(
    _settings: View, attention: Attention, target: Encoded, references: Sequence[Encoded]
) -> Mapping[str, float]:
    """Return the figures that the fit of the references is made from."""
    return fit_figures(attention, target, references)


@step("match")
def shares_of_pins(
    _settings: View, target: Encoded, pins: Pins, layer_weights: Sequence[float] | None
) -> Float64[np.ndarray, "n pins"]:
    """Return how far each superpixel follows each pin."""
    return pin_shares(target, pins[0], layer_weights)


@step(None)
def pin_bound(_settings: View, attention: Attention, shares: Float64[np.ndarray, "n pins"], pins: Pins) -> Attention:
    """Give each superpixel's attention to the pins that it follows."""
    return bound(attention, shares, pins[1])


@step(None)
def attended(_settings: View, attention: Attention, references: Sequence[Encoded]) -> Float64[np.ndarray, "n 3"]:
    """Return the mean colour that each superpixel attends to, C = A Ī_R."""
    return matmul(attention.weights, color_means(references))


@step(None)
def shares_of_parts(_settings: View, targets: Sequence[Encoded]) -> Float64[np.ndarray, "parts n"]:
    """Return how far each superpixel belongs to each part. The shares of a superpixel sum to 1."""
    validity = np.stack([each.validity for each in targets])
    total = validity.sum(axis=0)
    shares = np.where(total > 0, validity, 1.0)
    return shares / shares.sum(axis=0)


@step(None)
def whole_attention(
    _settings: View, attentions: Sequence[Attention], shares: Float64[np.ndarray, "parts n"]
) -> Attention:
    """Return the attention of all parts as one. Where parts overlap, it is their mean, weighted by their masks."""
    weights = np.sum([each.weights * share[:, None] for each, share in zip(attentions, shares, strict=True)], axis=0)
    similarity = np.sum([each.similarity * share for each, share in zip(attentions, shares, strict=True)], axis=0)
    return Attention(weights, attentions[0].origin, similarity)


@step(None)
def whole_map(
    _settings: View, maps: Sequence[np.ndarray], targets: Sequence[Encoded], shares: Float64[np.ndarray, "parts n"]
) -> np.ndarray:
    """Return a map of the pixels of all parts as one."""
    on_pixels = [share[targets[0].labels].astype(np.float32) for share in shares]
    weighted = [
        each * (share if each.ndim == 2 else share[..., None]) for each, share in zip(maps, on_pixels, strict=True)
    ]
    return np.sum(weighted, axis=0).astype(np.float32)


@step("prepare")
def own_colors(_settings: View, ready: Prepared, geometry: Geometry) -> Float64[np.ndarray, "n 3"]:
    """Return the mean sRGB colours of a picture's superpixels as they are."""
    return pool(ready.color, geometry.labels, geometry.count)


@step(None)
def tone(
    _settings: View, colors: Float64[np.ndarray, "n 3"], geometry: Geometry, opacity: Float64[np.ndarray, " n"]
) -> Tone:
    """Return whether a picture has colours."""
    return tone_of(colors, geometry.areas * opacity)


@step(None)
def tone_of_encoded(_settings: View, picture: Encoded) -> Tone:
    """Return whether an encoded picture has colours."""
    return tone_of(picture.color_mean, picture.areas * picture.validity)


@step(None)
def whole_fit(_settings: View, figures: Sequence[Mapping[str, float]], targets: Sequence[Encoded], kind: str) -> float:
    """Return the fit of all parts together: the mean of their fits, weighted by the area that each recolours."""
    recolored = np.array([each.areas @ each.validity for each in targets])
    fits = [fit_of(each, kind) for each in figures]
    return min(sum(fit * float(share) for fit, share in zip(fits, recolored / recolored.sum(), strict=True)), 1.0)


@step(None)
def contributions(
    _settings: View, attention: Attention, targets: Sequence[Encoded]
) -> Float64[np.ndarray, " references"]:
    """Return the share of the recoloured area that attends to each reference."""
    total = np.sum([each.validity for each in targets], axis=0)
    taken = (targets[0].areas * np.minimum(total, 1)) @ attention.weights
    return np.bincount(attention.origin, taken) / taken.sum()
