"""The whole method: prepare → segment → features → pool → match → fuse → finish; with a base map, grade for fuse."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from huegraft.arrays import Array, as_mask, as_picture, like
from huegraft.color import lab_from_srgb
from huegraft.compiled.grade import apply_grade
from huegraft.errors import ArgumentError
from huegraft.run import Run, matched_arrays
from huegraft.settings import Mode, Settings
from huegraft.stage_runner import Cache, Progress
from huegraft.stages.base import BaseMap, fit_base
from huegraft.stages.chroma import with_chroma
from huegraft.stages.confidence import color_confidence, grade_confidence
from huegraft.stages.finish import Finished, finish, finish_graded
from huegraft.stages.fuse import ConstantColors, fuse
from huegraft.stages.grade import Grade, fit_grade, unrefined
from huegraft.stages.match import Attention
from huegraft.stages.pool import areas, pool
from huegraft.stages.prepare import Prepared, as_seen, shrink
from huegraft.stages.segment import enlarged_labels
from huegraft.types import Encoded, EncodedStore, FloatPicture, Pixels, Result, in_unit_range

Reference = Array | Encoded
References = Reference | list[Reference] | tuple[Reference, ...]


def transfer(
    target: Array,
    reference: References,
    settings: Settings | None = None,
    *,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
    cache: Cache | None = None,
    encoded_cache: EncodedStore | None = None,
    **changes: Any,
) -> Result:
    """Give a colour picture the colours of another one.

    Parameters
    ----------
    target : (H, W, 3) or (H, W) array
        The picture to change, sRGB: float32 in [0, 1], uint8 or uint16; NumPy or Torch. Never changed.
    reference : array of the same kind, Encoded, or a list of them
        Where the colours come from.
    settings
        By default ``Settings()``.
    device
        Where the heavy stages run: "cpu", "cuda".
    progress
        Called with the name of each stage as it begins.
    cache
        A mapping of the caller's in which results of stages are kept and looked up, so that a later call on the same
        pictures begins at the first stage whose settings changed.
    encoded_cache
        A :class:`huegraft.EncodedCache`: a folder in which encoded pictures are found again by later runs and other
        processes, whatever the settings from the matching on. `cache` holds every stage, but in memory. References
        are kept, and targets that are matched as they are, so not those that a base map recolours first.
    **changes
        Single settings to change: ``tau=0.02``.

    Returns
    -------
    Result
        NumPy arrays for a NumPy target, Torch tensors for a Torch one; its picture of the target's kind of numbers.

    Raises
    ------
    PictureError
        If a picture is not one, or holds NaN or values outside [0, 1].
    SettingsError, BackboneError, WeightsError
        If a setting is unknown or out of range, or the backbone or its weights are missing.
    EncodedMismatchError
        If an encoded reference was made with other settings.

    References
    ----------
    Leduc, Carrillo, Papadakis. Non-local matching of superpixel-based deep features for color transfer and
    colorization. 2024. hal-04394848, equations (1) to (6).
    """
    return _recolored(Run("transfer", settings, changes, device, progress, cache, encoded_cache), target, reference)


def colorize(
    target: Array,
    reference: References,
    settings: Settings | None = None,
    *,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
    cache: Cache | None = None,
    encoded_cache: EncodedStore | None = None,
    **changes: Any,
) -> Result:
    """Give a greyscale picture the colours of another one, equations (2) and (4) to (7).

    Parameters, result and errors are those of :func:`transfer`. The colours of a colour target are not looked at.
    """
    return _recolored(Run("colorize", settings, changes, device, progress, cache, encoded_cache), target, reference)


def encode_reference(
    reference: Array,
    settings: Settings | None = None,
    *,
    mode: Mode = "transfer",
    mask: Array | None = None,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
    encoded_cache: EncodedStore | None = None,
    **changes: Any,
) -> Encoded:
    """Encode a reference once, to be used for many targets.

    Parameters
    ----------
    reference
        As for :func:`transfer`.
    mode
        What it will serve: "transfer" or "colorize".
    mask : (H, W) array in [0, 1], bool, or whole numbers that stand for [0, 1]; optional
        Where the reference may lend its colours, and how readily: each superpixel by the mean of the mask over it.

    Raises
    ------
    ArgumentError
        If `mode` is unknown.
    PictureError
        If the mask is 0 everywhere or of another size; else as :func:`transfer`.
    """
    if mode not in ("transfer", "colorize"):
        raise ArgumentError(f"mode must be 'transfer' or 'colorize', got {mode!r}")
    picture = as_picture(reference, "reference")
    checked_mask = None if mask is None else as_mask(mask, picture.shape[:2])
    return Run(mode, settings, changes, device, progress, None, encoded_cache).as_encoded(picture, checked_mask)


@dataclass(frozen=True, eq=False)
class _Recolored:
    labels: np.ndarray
    attention: Attention
    confidence: Tensor
    working_image: FloatPicture
    finished: Finished


def _recolored(run: Run, target: Array, reference: References) -> Result:
    picture = as_picture(target, "target")
    references = [run.as_encoded(each) for each in (reference if isinstance(reference, list | tuple) else [reference])]
    prepared = run.prepared(picture)
    recolor = _graded if run.mode == "transfer" and run.settings.grade.base != "none" else _fused
    made = recolor(run, picture, prepared, references)
    return Result(
        image=like(target, made.finished.image, copy=run.cached),
        labels=like(target, torch.tensor(made.labels)),
        attention=like(target, made.attention.weights),
        attention_origin=like(target, made.attention.origin),
        similarity=like(target, made.attention.similarity),
        confidence=like(target, made.confidence.float()),
        working_image=like(target, made.working_image),
        clipped_share=float(made.finished.clipped.mean()),
        settings=run.settings,
        seconds=run.seconds,
    )


def _fused(run: Run, picture: Pixels, prepared: Prepared, references: Sequence[Encoded]) -> _Recolored:
    """Give each superpixel the mean colour that it attends to, and each pixel those of superpixels like it."""
    encoded = run.kept(picture, lambda: prepared)
    labels = encoded.labels
    attention = run.attention(encoded, references)
    confidence = run.stage(
        "confidence",
        matched_arrays(encoded, references),
        lambda: color_confidence(attention, encoded, references),
    )
    colors = attention.weights @ run.color_means(references)
    if run.mode == "colorize" and (run.settings.fuse.vividness or run.settings.fuse.caution):
        colors = with_chroma(colors, confidence, references, run.settings.fuse)
    seen, seen_labels = prepared.seen, labels
    if run.settings.fuse.native:
        seen, seen_labels = as_seen(in_unit_range(picture), run.mode), enlarged_labels(labels, picture.shape[:2])
    fused = run.stage(
        "fuse",
        [seen, seen_labels, colors.cpu().numpy()],
        lambda: fuse(seen, seen_labels, ConstantColors(colors), run.settings.fuse, run.device),
    )
    finished = run.stage("finish", [fused, picture], lambda: finish(fused, picture, run.mode, run.settings.finish))
    if run.settings.fuse.native:
        fused = shrink(fused, labels.shape)
    label_tensor = torch.tensor(labels, dtype=torch.int64, device=run.device)
    return _Recolored(labels, attention, confidence[label_tensor], fused, finished)


def _graded(run: Run, picture: Pixels, prepared: Prepared, references: Sequence[Encoded]) -> _Recolored:
    """Match the target as the base map shows it and refine that map by the matches; each round as the last shows it."""
    labels = run.labels(picture, prepared)
    of_references = [array for source in references for array in (source.color_mean, source.areas, source.validity)]
    base, shown = run.stage(
        "grade", [prepared.color, labels, *of_references], lambda: _based(run, prepared, labels, references)
    )
    encoded = run.encoded(shown, labels)
    mapped = lab_from_srgb(run.color_means([encoded]))
    attention, grade = _matched_grade(run, base, mapped, encoded, references)
    for _ in range(run.settings.grade.rounds - 1):
        encoded = run.encoded(_shown(prepared, grade), labels)
        attention, grade = _matched_grade(run, base, mapped, encoded, references)
    flat = grade.flat()
    with run.announced("finish"):
        finished = finish_graded(flat, picture, run.settings.grade.lightness)
    with run.announced("confidence"):
        working, graded = apply_grade(flat, prepared.color, lightness=run.settings.grade.lightness)
        label_tensor = torch.tensor(labels, dtype=torch.int64, device=run.device)
        graded = torch.tensor(graded, dtype=torch.float64, device=run.device)
        confidence = grade_confidence(graded, label_tensor, attention, references)
    return _Recolored(labels, attention, confidence, working.clip(0, 1), finished)


def _based(run: Run, prepared: Prepared, labels: np.ndarray, references: Sequence[Encoded]) -> tuple[BaseMap, Prepared]:
    """Fit the base map to the means of superpixels, and return the prepared target under it."""
    label_tensor = torch.tensor(labels, dtype=torch.int64, device=run.device)
    count = int(labels.max()) + 1
    means = pool(torch.tensor(prepared.color, device=run.device).permute(2, 0, 1), label_tensor, count)
    weights = np.concatenate([reference.areas * reference.validity for reference in references])
    base = fit_base(
        lab_from_srgb(means),
        areas(label_tensor, count),
        lab_from_srgb(run.color_means(references)),
        torch.tensor(weights, device=run.device),
    )
    return base, _shown(prepared, unrefined(base))


def _shown(prepared: Prepared, grade: Grade) -> Prepared:
    """Return the prepared target under a grade."""
    mapped = apply_grade(grade.flat(), prepared.color)[0].clip(0, 1)
    return Prepared(mapped, mapped)


def _matched_grade(
    run: Run, base: BaseMap, mapped: Tensor, target: Encoded, references: Sequence[Encoded]
) -> tuple[Attention, Grade]:
    attention = run.attention(target, references)
    with run.clock("grade"):
        grade = fit_grade(
            base,
            mapped,
            lab_from_srgb(attention.weights @ run.color_means(references)),
            attention.weights,
            target,
            run.settings.grade,
        )
    return attention, grade
