"""Recolouring a part of the target once it is prepared: match → fuse, or with a base map match → grade."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from huegraft.color import lab_from_srgb
from huegraft.compiled.color import lab_picture, srgb_picture_from_lab
from huegraft.compiled.grade import apply_grade
from huegraft.parts import Part
from huegraft.picture import Picture
from huegraft.run import Run, color_means, matched_arrays
from huegraft.stages.base import BaseMap, fit_base
from huegraft.stages.chroma import adjusted_chroma
from huegraft.stages.composite import WindowColors
from huegraft.stages.confidence import color_confidence, grade_confidence
from huegraft.stages.fallback import lightness_colors
from huegraft.stages.finish import displaced, fused_colors, graded_colors
from huegraft.stages.fuse import fuse
from huegraft.stages.grade import Grade, fit_grade, unrefined
from huegraft.stages.match import Attention, Features
from huegraft.stages.pin import bound, pin_displacement, pin_shares
from huegraft.stages.pool import areas, pool
from huegraft.stages.prepare import Prepared, as_seen, shrink
from huegraft.stages.segment import enlarged_labels
from huegraft.threads import matmul
from huegraft.types import Encoded, FloatPicture

Pins = tuple[list[int], list[int]]
"""Pinned superpixels of the target, and those of all references together that they are bound to."""


@dataclass(frozen=True, eq=False)
class Recolored:
    """What a part of the target came to.

    Attributes
    ----------
    target
        Encoded as it was matched, its superpixels counting as the part's mask says.
    attention
        Pins included.
    confidence : (h, w)
        Of the new colours.
    working_image
        Them, at the working size.
    colors
        Them, for windows of the full-size target.
    global_colors
        Gives what one map for all colours would give in their place.
    """

    target: Encoded
    attention: Attention
    confidence: np.ndarray
    working_image: FloatPicture
    colors: WindowColors
    global_colors: Callable[[], WindowColors]


def recolor_by_fusion(
    run: Run, picture: Picture, prepared: Prepared, encoded: Encoded, part: Part, pins: Pins
) -> Recolored:
    """Give each superpixel the mean colour that it attends to, and each pixel those of superpixels like it."""
    settings, references = run.settings, part.references
    encoded = part.within(encoded)
    labels = encoded.labels
    attention = run.attention(encoded, references)
    confidence = run.stage(
        "confidence",
        matched_arrays(encoded, references),
        lambda: color_confidence(attention, encoded, references),
    )
    if pins[0]:
        shares = pin_shares(encoded, pins[0], settings.match)
        attention = bound(attention, shares, pins[1])
        confidence = confidence + (1 - confidence) * shares.sum(axis=1)
    colors = matmul(attention.weights, color_means(references))
    if run.mode == "colorize" and (settings.fuse.vividness or settings.fuse.caution):
        colors = adjusted_chroma(colors, confidence, references, settings.fuse)
    seen, seen_labels = prepared.seen, labels
    if settings.fuse.native:
        seen, seen_labels = as_seen(picture.as_float(), run.mode), enlarged_labels(labels, picture.size)
    fused = run.stage(
        "fuse",
        [seen, seen_labels, colors],
        lambda: fuse(seen, seen_labels, colors, settings.fuse),
    )
    if pins[0]:  # the look-alikes follow by their attention
        lab = lab_picture(fused)
        alone = np.eye(encoded.count)[:, pins[0]]
        wanted = lab_from_srgb(colors[pins[0]])
        moved = lab + pin_displacement(seen, seen_labels, lab, wanted, alone, pins[0], settings.fuse)
        fused = srgb_picture_from_lab(moved).clip(0, 1)

    def global_colors() -> WindowColors:
        if run.mode == "colorize":
            return lightness_colors(encoded, references)
        base = _base(run, prepared, labels, part)
        return graded_colors(unrefined(base).flat(), picture.size, lightness=0)

    return Recolored(
        encoded,
        attention,
        confidence[labels],
        shrink(fused, labels.shape) if settings.fuse.native else fused,
        fused_colors(fused, picture, run.mode, settings.finish),
        global_colors,
    )


def recolor_by_grade(
    run: Run, size: tuple[int, int], prepared: Prepared, labels: np.ndarray, part: Part, pins: Pins
) -> Recolored:
    """Match the target as the base map shows it and refine that map by the matches; each round as the last shows it."""
    references, lightness = part.references, run.settings.grade.lightness
    inputs = [array for each in references for array in (each.color_mean, each.areas, each.validity)]
    inputs += [prepared.color, labels, part.weights(labels)]
    base = run.stage("grade", inputs, lambda: _base(run, prepared, labels, part))
    encoded = part.within(run.encoded(_shown(prepared, unrefined(base)), labels))
    mapped = lab_from_srgb(encoded.color_mean)
    joined: list[Features] = []
    attention, grade = _matched_grade(run, base, mapped, encoded, references, joined)
    for _ in range(run.settings.grade.rounds - 1):
        encoded = part.within(run.encoded(_shown(prepared, grade), labels))
        attention, grade = _matched_grade(run, base, mapped, encoded, references, joined)
    flat, displacement = grade.flat(), None
    with run.announced("confidence"):
        working, graded = apply_grade(flat, prepared.color, lightness=lightness)
        confidence = grade_confidence(graded, labels, attention, references)
    if pins[0]:
        shares = pin_shares(run.encoded(prepared, labels), pins[0], run.settings.match)
        attention = bound(attention, shares, pins[1])
        wanted = lab_from_srgb(color_means(references)[pins[1]])
        displacement = pin_displacement(prepared.color, labels, graded, wanted, shares, pins[0], run.settings.fuse)
        working = displaced(working, displacement, lightness)
        confidence = confidence + (1 - confidence) * shares.sum(axis=1)[labels]
    colors = graded_colors(flat, size, lightness, displacement)
    return Recolored(
        encoded,
        attention,
        confidence,
        working.clip(0, 1),
        colors,
        lambda: graded_colors(unrefined(base).flat(), size, lightness),
    )


def _base(run: Run, prepared: Prepared, labels: np.ndarray, part: Part) -> BaseMap:
    """Fit the base map to the means of superpixels."""
    count = int(labels.max()) + 1
    weights = np.concatenate([reference.areas * reference.validity for reference in part.references])
    return fit_base(
        lab_from_srgb(pool(prepared.color, labels, count)),
        areas(labels, count) * part.weights(labels),
        lab_from_srgb(color_means(part.references)),
        weights,
    )


def _shown(prepared: Prepared, grade: Grade) -> Prepared:
    """Return the prepared target under a grade."""
    mapped = apply_grade(grade.flat(), prepared.color)[0].clip(0, 1)
    return Prepared(mapped, mapped)


def _matched_grade(
    run: Run,
    base: BaseMap,
    mapped: np.ndarray,
    target: Encoded,
    references: Sequence[Encoded],
    joined: list[Features],
) -> tuple[Attention, Grade]:
    attention = run.attention(target, references, joined)
    with run.clock("grade"):
        grade = fit_grade(
            base,
            mapped,
            lab_from_srgb(matmul(attention.weights, color_means(references))),
            attention.weights,
            target,
            run.settings.grade,
        )
    return attention, grade
