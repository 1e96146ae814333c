"""The whole method: prepare → segment → features → pool → match → fuse → finish; with a base map, grade for fuse."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from huegraft.arrays import Array, as_mask, as_source, like
from huegraft.blas import blas_on_one_thread
from huegraft.controls import Controls, Pin, Region
from huegraft.errors import ArgumentError
from huegraft.parts import Part, masked, parts_of, pinned_superpixels
from huegraft.picture import Picture
from huegraft.recoloring import Recolored, recolor_by_fusion, recolor_by_grade
from huegraft.run import Run
from huegraft.settings import Mode, Settings
from huegraft.shapes import Float32, Int32
from huegraft.stage_runner import Cache, Progress
from huegraft.stages.composite import Finished, Layer, composite
from huegraft.stages.fallback import trust_in, with_fallback
from huegraft.stages.prepare import Prepared
from huegraft.types import Encoded, EncodedStore, FloatPicture, Result, in_unit_range
from huegraft.windows import Window

Reference = Array | Picture | Encoded
References = Reference | Sequence[Reference]


def transfer(
    target: Array | Picture,
    reference: References,
    settings: Settings | None = None,
    *,
    target_mask: Array | None = None,
    reference_masks: Sequence[Array | None] = (),
    regions: Sequence[Region] = (),
    pins: Sequence[Pin] = (),
    device: Any = "cpu",
    progress: Progress | None = None,
    cache: Cache | None = None,
    encoded_cache: EncodedStore | None = None,
    **changes: Any,
) -> Result:
    """Give a colour picture the colours of another one.

    Parameters
    ----------
    target : (H, W, 3) or (H, W) array, or Picture
        The picture to change, sRGB: float32 in [0, 1], uint8 or uint16; NumPy or Torch. Or what
        :func:`huegraft.read_picture` read, at its own depth and in its own colour space. Never changed.
    reference : array of the same kind, Picture, Encoded, or a list of them
        Where the colours come from; several are matched as one.
    settings
        By default ``Settings()``.
    target_mask : (H, W) array in [0, 1], bool, or whole numbers that stand for [0, 1]; optional
        How far each pixel takes new colours; only what lies in it is fitted to the reference. Where it is 0 pixels are
        copied.
    reference_masks
        The same for each reference, or None: how readily it lends its colours. The logarithm of a superpixel's mean
        weight is added to its logits.
    regions
        Parts of the target, :class:`huegraft.Region`, each with its own part of the references. Where they overlap
        they are mixed; outside all of them nothing changes.
    pins
        Places bound by hand, :class:`huegraft.Pin`; superpixels that look like a pinned one follow it softly.
    device
        Where a backbone of Torch makes its feature maps: "cpu", "cuda". All else runs on the CPU.
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
        NumPy arrays for a Picture, with a Picture.

    Raises
    ------
    PictureError
        If a picture is not one, or holds NaN or values outside [0, 1]; if a mask is not of its picture's size, or is 0
        everywhere.
    ArgumentError
        If a region or a pin does not fit the pictures.
    SettingsError, BackboneError, WeightsError
        If a setting is unknown or out of range, or the backbone or its weights are missing.
    EncodedMismatchError
        If an encoded reference was made with other settings.

    References
    ----------
    Leduc, Carrillo, Papadakis. Non-local matching of superpixel-based deep features for color transfer and
    colorization. 2024. hal-04394848, equations (1) to (6).
    """
    run = Run("transfer", settings, changes, device, progress, cache, encoded_cache)
    with blas_on_one_thread():
        return _recolored(run, target, reference, Controls(target_mask, reference_masks, regions, pins))


def colorize(
    target: Array | Picture,
    reference: References,
    settings: Settings | None = None,
    *,
    target_mask: Array | None = None,
    reference_masks: Sequence[Array | None] = (),
    regions: Sequence[Region] = (),
    pins: Sequence[Pin] = (),
    device: Any = "cpu",
    progress: Progress | None = None,
    cache: Cache | None = None,
    encoded_cache: EncodedStore | None = None,
    **changes: Any,
) -> Result:
    """Give a greyscale picture the colours of another one, equations (2) and (4) to (7).

    Parameters, result and errors are those of :func:`transfer`. The colours of a colour target are not looked at.
    """
    run = Run("colorize", settings, changes, device, progress, cache, encoded_cache)
    with blas_on_one_thread():
        return _recolored(run, target, reference, Controls(target_mask, reference_masks, regions, pins))


def encode_reference(
    reference: Array | Picture,
    settings: Settings | None = None,
    *,
    mode: Mode = "transfer",
    mask: Array | None = None,
    device: Any = "cpu",
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
    picture = as_source(reference, "reference")
    checked = None if mask is None else as_mask(mask, picture.pixels.shape[:2], "reference mask")
    run = Run(mode, settings, changes, device, progress, None, encoded_cache)
    with blas_on_one_thread():
        encoded = run.kept(picture, lambda: run.prepared(picture))
    return encoded if checked is None else masked(encoded, checked, "reference mask")


def _recolored(run: Run, target: Array | Picture, reference: References, controls: Controls) -> Result:
    picture = as_source(target, "target")
    given = [
        each if isinstance(each, Encoded) else as_source(each, "reference")
        for each in (reference if isinstance(reference, list | tuple) else [reference])
    ]
    if not given:
        raise ArgumentError("expected at least one reference, got none")
    pictures = [each for each in given if isinstance(each, Picture)]
    *encoded_now, ready = run.side_by_side(*(partial(_reference, each) for each in pictures), partial(_target, picture))
    found = iter(encoded_now)
    references = [each if isinstance(each, Encoded) else next(found) for each in given]
    sizes = [None if isinstance(each, Encoded) else each.size for each in given]
    parts = parts_of(controls, picture.size, references, sizes)
    prepared, labels, encoded = ready
    if encoded is None:
        recolor = partial(recolor_by_grade, run, picture.size, prepared, labels)
    else:
        recolor = partial(recolor_by_fusion, run, picture, prepared, encoded)
    pins = pinned_superpixels(controls.pins, picture.size, labels, references, sizes)
    recolored = [recolor(part, pins) for part in parts]
    with run.announced("finish"):
        layers = [_layer(run, picture, prepared, *each) for each in zip(parts, recolored, strict=True)]
        finished = composite(picture, layers, run.settings.finish, run.keeps_luminance)
    return _result(run, target, prepared, recolored, finished)


def _reference(picture: Picture, run: Run) -> Encoded:
    return run.kept(picture, partial(run.prepared, picture))


def _target(picture: Picture, run: Run) -> tuple[Prepared, Int32[np.ndarray, "h w"], Encoded | None]:
    """Return the target prepared, its superpixels, and unless a base map comes first, their description."""
    prepared = run.prepared(picture)
    if run.grades:
        return prepared, run.labels(picture, prepared), None
    encoded = run.kept(picture, lambda: prepared)
    return prepared, encoded.labels, encoded


def _layer(run: Run, picture: Picture, prepared: Prepared, part: Part, recolored: Recolored) -> Layer:
    """Return a part's new colours, and where they go: as strength, mask and fallback say."""
    settings, mask = run.settings.finish, part.target_mask

    def share(_old: FloatPicture, window: Window) -> Float32[np.ndarray, "h w"]:
        strength = np.float32(settings.strength)
        if mask is None:
            return np.full(window.size, strength)
        return in_unit_range(mask[window.crop()]) * strength

    layer = Layer(recolored.colors, None if mask is None and settings.strength == 1 else share)
    if settings.fallback == "none":
        return layer
    confidence = recolored.confidence.astype(np.float32)
    trust = trust_in(confidence, prepared.seen, picture.size, settings.min_confidence)
    return with_fallback(layer, trust, settings.fallback, recolored.global_colors)


def _result(
    run: Run, target: Array | Picture, prepared: Prepared, recolored: Sequence[Recolored], finished: Finished
) -> Result:
    """Return all parts as one: where they overlap their means, weighted as their masks are."""
    first, kind = recolored[0], prepared.color if isinstance(target, Picture) else target
    validity = np.stack([each.target.validity for each in recolored])
    total = validity.sum(axis=0)
    shares = np.where(total > 0, validity, 1.0)
    shares = shares / shares.sum(axis=0)
    on_pixels = [share[first.target.labels].astype(np.float32) for share in shares]
    attention = _mixed([each.attention.weights for each in recolored], shares[..., None])
    taken = (first.target.areas * np.minimum(total, 1)) @ attention
    similarity = _mixed([each.attention.similarity for each in recolored], shares)
    confidence = _mixed([each.confidence for each in recolored], on_pixels)
    working = _mixed([each.working_image for each in recolored], [share[..., None] for share in on_pixels])
    return Result(
        image=_image_like(target, finished),
        labels=like(kind, np.array(first.target.labels)),
        attention=like(kind, attention),
        attention_origin=like(kind, first.attention.origin),
        contributions=like(kind, np.bincount(first.attention.origin, taken) / taken.sum(), copy=False),
        similarity=like(kind, similarity),
        confidence=like(kind, confidence.astype(np.float32)),
        working_image=like(kind, working.astype(np.float32)),
        clipped_share=float(finished.clipped.mean()),
        settings=run.settings,
        seconds=run.seconds,
    )


def _mixed(arrays: Sequence[np.ndarray], shares: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Return the sum of arrays times their shares; one alone has all of it."""
    if len(arrays) == 1:
        return arrays[0]
    return np.sum([array * share for array, share in zip(arrays, shares, strict=True)], axis=0)


def _image_like(target: Array | Picture, finished: Finished) -> Any:
    if isinstance(target, Picture):
        return dataclasses.replace(target, pixels=finished.image, notes=())
    return like(target, finished.image, copy=False)
