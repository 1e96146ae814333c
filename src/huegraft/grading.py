"""Grading, one of the two ways to new colours: base → rounds of show, describe, match, grade → confidence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from huegraft.color import lab_from_srgb
from huegraft.compiled.grade import apply_grade
from huegraft.encoding import color_means, described, joined
from huegraft.look import GradedLayer, WarmPart
from huegraft.matching import (
    Pins,
    Plan,
    Recolored,
    attended,
    attention_of_colors,
    compared,
    figures_of_fit,
    own_colors,
    pin_bound,
    shares_of_pins,
)
from huegraft.nodes import Node, Source, step
from huegraft.parts import Part, weights, within
from huegraft.records import Encoded, Geometry
from huegraft.shapes import Float16, Float32, Float64
from huegraft.stages.base import BaseMap, fit_base
from huegraft.stages.confidence import grade_confidence
from huegraft.stages.contrast import kept_contrast
from huegraft.stages.finish import displaced
from huegraft.stages.grade import Grade, fit_grade, unrefined
from huegraft.stages.match import Attention, Similarity
from huegraft.stages.pin import pin_displacement
from huegraft.stages.plain import deviations, unplaced
from huegraft.stages.pool import moments, pool
from huegraft.stages.prepare import Prepared
from huegraft.types import FloatPicture, Mask
from huegraft.views import View

Graded = tuple[FloatPicture, FloatPicture]
"""A picture under a grade at the working size, as sRGB and as CIELAB, with all of the new lightness."""


@dataclass(frozen=True, eq=False)
class _Round:
    """One round: the target under a grade is described and matched, and the matches make the next grade."""

    shown: Node[Grade]
    encoded: Node[Encoded]
    similarity: Node[Similarity]
    attention: Node[Attention]
    grade: Node[Grade]


def recolored_by_grade(plan: Plan, part: Part, warm: Source[WarmPart] | None) -> Recolored:
    """Match the target as the base map shows it, and refine the map by the matches. Each round sees the last grade.

    A warm part brings the base map, and the grade that the first frame of the shot was shown under in its last round.
    Every frame is shown under that same grade, so one round is enough, and no error adds up from frame to frame.
    """
    settings, target = plan.settings, plan.target
    share = weights(settings, target.prepared, target.geometry, part.mask)
    if warm is None:
        colors = own_colors(settings, target.prepared, target.geometry)
        base = base_map(settings, colors, target.geometry, share, part.references)
        grade, rounds = unrefined_grade(settings, base), settings.rounds
    else:
        base, grade, rounds = base_of(settings, warm), shown_of(settings, warm), 1
    mapped = mean_colors(settings, shown(settings, target.prepared, unrefined_grade(settings, base)), target.geometry)
    last = _round(plan, part, warm, base, mapped, grade, first=True, last=rounds == 1)
    figures = figures_of_fit(settings, last.attention, last.encoded, part.references)
    for number in range(2, rounds + 1):
        last = _round(plan, part, warm, base, mapped, last.grade, first=False, last=number == rounds)
    attention = last.attention
    grade, pictures = _visible(plan, last.grade, share)
    base_alone = unrefined_grade(settings, base)
    if settings.fallback == "global":
        base_alone, _ = _visible(plan, base_alone, share)
    confidence = map_confidence(settings, pictures, target.geometry, attention, part.references)
    working = working_picture(settings, target.prepared, grade, pictures)
    handed_on = warm_part(settings, last.similarity, base, last.shown)
    displacement = None
    if plan.pins is not None:
        shares = shares_of_pins(settings, target.encoded, plan.pins, settings.settings.match.layer_weights)
        attention = pin_bound(settings, attention, shares, plan.pins)
        displacement = pinned_displacement(
            settings, target.prepared, target.geometry, pictures, shares, plan.pins, part.references
        )
        working = displaced_picture(settings, working, displacement)
        confidence = surer(settings, confidence, shares, target.geometry)
    layer = graded_layer(settings, base_alone, grade, displacement, part.mask)
    return Recolored(last.encoded, attention, figures, confidence, working, layer, handed_on)


def _visible(
    plan: Plan, grade: Node[Grade], share: Node[Float64[np.ndarray, " n"]]
) -> tuple[Node[Grade], Node[Graded]]:
    """Return a grade that keeps the target visible, and the target under it."""
    settings, target = plan.settings, plan.target
    pictures = graded_pictures(settings, target.prepared, grade)
    if settings.lightness == 0 or settings.contrast == 0:
        return grade, pictures
    visible = with_contrast(settings, target.prepared, target.geometry, share, grade, pictures)
    return visible, pictures_with_contrast(settings, target.prepared, visible, pictures)


def _round(
    plan: Plan,
    part: Part,
    warm: Source[WarmPart] | None,
    base: Node[BaseMap],
    mapped: Node[Float64[np.ndarray, "n 3"]],
    grade: Node[Grade],
    *,
    first: bool,
    last: bool,
) -> _Round:
    """Return the round in which a grade shows the target.

    The similarities of the first round serve other temperatures, and the attention of the last round is that of the
    result. Both are kept between calls. The other tables of all pairs of superpixels are not.
    """
    settings, target = plan.settings, plan.target
    seen = shown(settings, target.prepared, grade).passing()
    encoded = described(settings, seen, target.geometry, plan.backbone, plan.mode)
    own = joined(settings, encoded).passing()
    if part.mask is not None:
        encoded = within(settings, encoded, part.mask, "target mask")
    similarity = compared(settings, own, part.joined, warm)
    similarity.kept = first
    attention = attention_of_colors(settings, similarity, encoded, part.references)
    attention.kept = last
    wanted = attended(settings, attention, part.references)
    own_deviations = color_deviations(settings, target.prepared, target.geometry)
    refined = refined_grade(settings, base, mapped, wanted, attention, encoded, own_deviations)
    return _Round(grade, encoded, similarity, attention, refined)


@step("grade")
def base_map(
    _settings: View,
    colors: Float64[np.ndarray, "n 3"],
    geometry: Geometry,
    share: Float64[np.ndarray, " n"],
    references: Sequence[Encoded],
) -> BaseMap:
    """Fit the base map to the means of superpixels."""
    return fit_base(
        lab_from_srgb(colors),
        geometry.areas * share,
        lab_from_srgb(color_means(references)),
        np.concatenate([reference.areas * reference.validity for reference in references]),
    )


@step(None)
def unrefined_grade(_settings: View, base: BaseMap) -> Grade:
    """Return the grade that is the base map alone."""
    return unrefined(base)


@step(None)
def base_of(_settings: View, warm: WarmPart) -> BaseMap:
    """Return the base map that a frame before hands on."""
    assert warm.base is not None  # noqa: S101 - `Look` has seen that it is there
    return warm.base


@step(None)
def shown_of(_settings: View, warm: WarmPart) -> Grade:
    """Return the grade that a frame before was shown under."""
    assert warm.shown is not None  # noqa: S101
    return warm.shown


@step("grade")
def shown(_settings: View, ready: Prepared, grade: Grade) -> Prepared:
    """Return the prepared target under a grade."""
    mapped = apply_grade(grade.flat(), ready.color)[0].clip(0, 1)
    return Prepared(mapped, mapped, ready.opacity)


@step("grade")
def mean_colors(_settings: View, seen: Prepared, geometry: Geometry) -> Float64[np.ndarray, "n 3"]:
    """Return the mean colours of superpixels in CIELAB."""
    return lab_from_srgb(pool(seen.color, geometry.labels, geometry.count))


@step("grade")
def color_deviations(_settings: View, ready: Prepared, geometry: Geometry) -> Float64[np.ndarray, " n"]:
    """Return the root mean square deviation of sRGB within each superpixel."""
    return deviations(moments(ready.color, geometry.labels, geometry.count).covariance)


@step(
    "grade", "degree", "evidence", "color_width", "color_evidence", "local_radius", "local_lightness", "local_evidence"
)
def refined_grade(
    settings: View,
    base: BaseMap,
    mapped: Float64[np.ndarray, "n 3"],
    wanted: Float64[np.ndarray, "n 3"],
    attention: Attention,
    target: Encoded,
    own_deviations: Float64[np.ndarray, " n"],
) -> Grade:
    """Refine the base map by the matches."""
    placeless = unplaced(own_deviations, attention.similarity)
    return fit_grade(base, mapped, lab_from_srgb(wanted), attention.weights, target, settings, placeless)


@step("grade")
def graded_pictures(_settings: View, ready: Prepared, grade: Grade) -> Graded:
    """Return the prepared target under the last grade."""
    return apply_grade(grade.flat(), ready.color)


@step("grade", "contrast")
def with_contrast(
    settings: View,
    ready: Prepared,
    geometry: Geometry,
    share: Float64[np.ndarray, " n"],
    grade: Grade,
    graded: Graded,
) -> Grade:
    """Return the grade with the contrast that the target needs to be seen."""
    of_pixels = share.astype(np.float32)[geometry.labels]
    return replace(grade, kept=kept_contrast(ready.color, graded[0], of_pixels, grade, settings.contrast))


@step("grade")
def pictures_with_contrast(_settings: View, ready: Prepared, grade: Grade, graded: Graded) -> Graded:
    """Return the prepared target under a grade. If the grade was given no contrast, it is the one made before."""
    return graded if grade.kept is None else apply_grade(grade.flat(), ready.color)


@step("confidence")
def map_confidence(
    _settings: View, graded: Graded, geometry: Geometry, attention: Attention, references: Sequence[Encoded]
) -> Float32[np.ndarray, "h w"]:
    """Return how likely each pixel's colour is right."""
    return grade_confidence(graded[1], geometry.labels, attention, references)


@step(None)
def surer(
    _settings: View,
    confidence: Float32[np.ndarray, "h w"],
    shares: Float64[np.ndarray, "n pins"],
    geometry: Geometry,
) -> Float32[np.ndarray, "h w"]:
    """Return the confidence, raised for superpixels that follow pins."""
    return (confidence + (1 - confidence) * shares.sum(axis=1)[geometry.labels]).astype(np.float32)


@step("finish", "lightness")
def working_picture(settings: View, ready: Prepared, grade: Grade, graded: Graded) -> FloatPicture:
    """Return the finished picture at the working size, not clipped."""
    if settings.lightness == 1:
        return graded[0]
    return apply_grade(grade.flat(), ready.color, lightness=settings.lightness)[0]


@step("fuse", "fusion", "delta_s", "delta_c", "epsilon", "sigma_g", "positions", "tolerance")
def pinned_displacement(
    settings: View,
    ready: Prepared,
    geometry: Geometry,
    graded: Graded,
    shares: Float64[np.ndarray, "n pins"],
    pins: Pins,
    references: Sequence[Encoded],
) -> Float16[np.ndarray, "h w 3"]:
    """Return the displacement in CIELAB to the pinned colours, in half precision, as a look has it."""
    wanted = lab_from_srgb(color_means(references)[pins[1]])
    moved = pin_displacement(ready.color, geometry.labels, graded[1], wanted, shares, pins[0], settings)
    return moved.astype(np.float16)


@step("finish", "lightness")
def displaced_picture(
    settings: View, working: FloatPicture, displacement: Float16[np.ndarray, "h w 3"]
) -> FloatPicture:
    """Return the finished picture at the working size with its pins."""
    return displaced(working, displacement.astype(np.float32), settings.lightness)


@step(None)
def graded_layer(
    _settings: View,
    base: Grade,
    grade: Grade,
    displacement: Float16[np.ndarray, "h w 3"] | None,
    mask: Mask | None,
) -> GradedLayer:
    """Return the grade as a look has it."""
    return GradedLayer(grade.flat(), base.flat(), displacement, mask)


@step(None)
def warm_part(_settings: View, similarity: Similarity, base: BaseMap, seen_under: Grade) -> WarmPart:
    """Return what the next frame may begin with."""
    return WarmPart(similarity.whitening, base, seen_under)
