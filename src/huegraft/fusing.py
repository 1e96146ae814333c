"""Fusing, one of the two ways to new colours: match → confidence → fuse (equations 2 to 7)."""

from collections.abc import Sequence

import numpy as np

from huegraft.color import lab_from_srgb
from huegraft.compiled.color import lab_picture, srgb_picture_from_lab
from huegraft.compiled.grade import FlatGrade
from huegraft.encoding import joined
from huegraft.grading import base_map
from huegraft.look import FusedLayer, WarmPart
from huegraft.matching import (
    Pins,
    Plan,
    Recolored,
    attended,
    attention_of_colors,
    attention_of_greys,
    compared,
    figures_of_fit,
    own_colors,
    pin_bound,
    shares_of_pins,
)
from huegraft.nodes import Node, Source, step
from huegraft.parts import Part, weights, within
from huegraft.records import Encoded, Geometry
from huegraft.setting_groups import FuseSettings
from huegraft.shapes import Float32, Float64, Int32
from huegraft.stages.base import BaseMap
from huegraft.stages.chroma import adjusted_chroma
from huegraft.stages.confidence import color_confidence
from huegraft.stages.fallback import chroma_by_lightness
from huegraft.stages.fuse import fuse
from huegraft.stages.grade import unrefined
from huegraft.stages.match import Attention, Similarity
from huegraft.stages.pin import pin_displacement
from huegraft.stages.plain import deviations, evened, unplaced
from huegraft.stages.prepare import Prepared
from huegraft.types import FloatPicture, Mask
from huegraft.views import View


def recolored_by_fusion(plan: Plan, part: Part, warm: Source[WarmPart] | None) -> Recolored:
    """Give each superpixel the mean colour that it attends to, and each pixel the colours of superpixels like it."""
    settings, target, colorizes = plan.settings, plan.target, plan.mode == "colorize"
    encoded, own = target.encoded, joined(settings, target.encoded).passing()
    if part.mask is not None:
        encoded = within(settings, encoded, part.mask, "target mask")
    similarity = compared(settings, own, part.joined, warm)
    attention_of = attention_of_greys if colorizes else attention_of_colors
    attention = attention_of(settings, similarity, encoded, part.references)
    figures = figures_of_fit(settings, attention, encoded, part.references)
    handed_on = warm_part(settings, similarity)
    confidence = superpixel_confidence(settings, attention, encoded, part.references)
    pinned = ()
    if plan.pins is not None:
        pinned = plan.pins
        shares = shares_of_pins(settings, target.encoded, pinned, settings.settings.match.layer_weights)
        attention = pin_bound(settings, attention, shares, pinned)
        confidence = surer(settings, confidence, shares)
    colors = attended(settings, attention, part.references)
    if colorizes and settings.caution:
        colors = plain_areas(settings, colors, attention, encoded)
    if colorizes and (settings.vividness or settings.caution):
        colors = vivid(settings, colors, confidence, part.references)
    picture = fused(settings, target.prepared, target.geometry, colors, pinned)
    return Recolored(
        encoded,
        attention,
        figures,
        on_pixels(settings, confidence, target.geometry),
        picture,
        fused_layer(
            settings,
            None if settings.native else picture,
            colors if settings.native else None,
            pinned,
            _instead(plan, part, encoded),
            part.mask,
        ),
        handed_on,
    )


def _instead(plan: Plan, part: Part, encoded: Node[Encoded]) -> Node[np.ndarray] | Node[FlatGrade] | None:
    """Return the one map of all colours that a global fallback gives."""
    settings, target = plan.settings, plan.target
    if settings.fallback != "global":
        return None
    if plan.mode == "colorize":
        return regression(settings, encoded, part.references)
    share = weights(settings, target.prepared, target.geometry, part.mask)
    colors = own_colors(settings, target.prepared, target.geometry)
    return flat_base(settings, base_map(settings, colors, target.geometry, share, part.references))


@step("confidence")
def superpixel_confidence(
    _settings: View, attention: Attention, target: Encoded, references: Sequence[Encoded]
) -> Float64[np.ndarray, " n"]:
    """Return for each superpixel how likely the colour that it attends to is right."""
    return color_confidence(attention, target, references)


@step(None)
def surer(
    _settings: View, confidence: Float64[np.ndarray, " n"], shares: Float64[np.ndarray, "n pins"]
) -> Float64[np.ndarray, " n"]:
    """Return the confidence, raised for superpixels that follow pins."""
    return confidence + (1 - confidence) * shares.sum(axis=1)


@step(None)
def plain_areas(
    _settings: View, colors: Float64[np.ndarray, "n 3"], attention: Attention, target: Encoded
) -> Float64[np.ndarray, "n 3"]:
    """Give one chroma to plain areas of one lightness that have no like in a reference."""
    placeless = unplaced(deviations(target.color_covariance), attention.similarity)
    return evened(colors, placeless, target)


@step(None, "vividness", "caution")
def vivid(
    settings: View,
    colors: Float64[np.ndarray, "n 3"],
    confidence: Float64[np.ndarray, " n"],
    references: Sequence[Encoded],
) -> Float64[np.ndarray, "n 3"]:
    """Give back the chroma that averaging took, and take chroma from unsure superpixels."""
    return adjusted_chroma(colors, confidence, references, settings)


@step("fuse", "fusion", "delta_s", "delta_c", "epsilon", "sigma_g", "positions", "tolerance")
def fused(
    settings: View,
    ready: Prepared,
    geometry: Geometry,
    colors: Float64[np.ndarray, "n 3"],
    pins: Pins | tuple[()],
) -> FloatPicture:
    """Carry the colours of superpixels to pixels."""
    return fused_picture(ready.seen, geometry.labels, colors, pins[0] if pins else (), settings)


def fused_picture(
    seen: FloatPicture,
    labels: Int32[np.ndarray, "h w"],
    colors: Float64[np.ndarray, "n 3"],
    pinned: Sequence[int],
    settings: FuseSettings | View,
) -> FloatPicture:
    """Return the fused picture Î in which pinned superpixels have their colours.

    Superpixels that look like pinned ones follow by their attention.
    """
    picture = fuse(seen, labels, colors, settings)
    if not pinned:
        return picture
    lab = lab_picture(picture)
    pinned = list(pinned)
    alone = np.zeros((len(colors), len(pinned)))
    alone[pinned, range(len(pinned))] = 1
    moved = lab + pin_displacement(seen, labels, lab, lab_from_srgb(colors[pinned]), alone, pinned, settings)
    return srgb_picture_from_lab(moved).clip(0, 1)


@step("fuse", "finish")
def fused_layer(
    settings: View,
    picture: FloatPicture | None,
    colors: Float64[np.ndarray, "n 3"] | None,
    pins: Pins | tuple[()],
    instead: np.ndarray | FlatGrade | None,
    mask: Mask | None,
) -> FusedLayer:
    """Return the fused colours as a look has them."""
    if picture is None:
        return FusedLayer(colors=colors, pinned=tuple(pins[0]) if pins else (), instead=instead, mask=mask)
    if settings.finish == "rgb":
        return FusedLayer(picture=picture, instead=instead, mask=mask)
    return FusedLayer(chroma=np.ascontiguousarray(lab_picture(picture)[..., 1:]), instead=instead, mask=mask)


@step(None)
def on_pixels(_settings: View, confidence: Float64[np.ndarray, " n"], geometry: Geometry) -> Float32[np.ndarray, "h w"]:
    """Return the confidence of superpixels at their pixels."""
    return confidence.astype(np.float32)[geometry.labels]


@step("fuse")
def regression(_settings: View, target: Encoded, references: Sequence[Encoded]) -> Float32[np.ndarray, "levels 2"]:
    """Return the mean chroma of the references at each lightness."""
    return chroma_by_lightness(target, references)


@step(None)
def flat_base(_settings: View, base: BaseMap) -> FlatGrade:
    """Return a base map as a grade."""
    return unrefined(base).flat()


@step(None)
def warm_part(_settings: View, similarity: Similarity) -> WarmPart:
    """Return what the next frame may begin with."""
    return WarmPart(similarity.whitening)
