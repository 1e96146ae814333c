"""The whole method: prepare → segment → features → pool → match → fuse → finish."""

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from huegraft.arrays import Array, as_mask, as_picture, like
from huegraft.backbones import Backbone, load_backbone, wants_standardization
from huegraft.color import lab_from_srgb, srgb_from_lab
from huegraft.errors import ArgumentError, SettingsError
from huegraft.settings import Mode, Settings
from huegraft.stage_runner import Cache, Progress, StageRunner
from huegraft.stages.base import BaseMap, fit_base
from huegraft.stages.features import extract_features
from huegraft.stages.finish import Finished, finish, finish_graded
from huegraft.stages.fuse import ConstantColors, fuse
from huegraft.stages.grade import Grade, fit_grade
from huegraft.stages.match import Attention, check_fingerprints, default_merge, match
from huegraft.stages.pool import areas, moments, pixel_positions, pool
from huegraft.stages.prepare import Prepared, prepare, shrink
from huegraft.stages.segment import segment
from huegraft.types import ENCODED_SCHEMA, Encoded, FloatPicture, Result

Reference = Array | Encoded
References = Reference | list[Reference] | tuple[Reference, ...]
T = TypeVar("T")


def transfer(
    target: Array,
    reference: References,
    settings: Settings | None = None,
    *,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
    cache: Cache | None = None,
    **changes: Any,
) -> Result:
    """Give a colour picture the colours of another one.

    Parameters
    ----------
    target : (H, W, 3) or (H, W) array
        The picture to change, float32 in [0, 1], sRGB; NumPy or Torch.
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
    **changes
        Single settings to change: ``tau=0.02``.

    Returns
    -------
    Result
        NumPy arrays for a NumPy target, Torch tensors for a Torch one.

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
    run = _Run("transfer", settings, changes, device, progress, cache)
    return run.result(target, reference)


def colorize(
    target: Array,
    reference: References,
    settings: Settings | None = None,
    *,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
    cache: Cache | None = None,
    **changes: Any,
) -> Result:
    """Give a greyscale picture the colours of another one, equations (2) and (4) to (7).

    Parameters, result and errors are those of :func:`transfer`. The colours of a colour target are not looked at.
    """
    run = _Run("colorize", settings, changes, device, progress, cache)
    return run.result(target, reference)


def encode_reference(
    reference: Array,
    settings: Settings | None = None,
    *,
    mode: Mode = "transfer",
    mask: Array | None = None,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
    **changes: Any,
) -> Encoded:
    """Encode a reference once, to be used for many targets.

    Parameters
    ----------
    reference
        As for :func:`transfer`.
    mode
        What it will serve: "transfer" or "colorize".
    mask : (H, W) array in [0, 1], optional
        Where the reference may lend its colours, and how readily.

    Raises
    ------
    ArgumentError
        If `mode` is unknown, or the mask is 0 everywhere or of another size; else as :func:`transfer`.
    """
    if mode not in ("transfer", "colorize"):
        raise ArgumentError(f"mode must be 'transfer' or 'colorize', got {mode!r}")
    picture = as_picture(reference, "reference")
    checked_mask = None if mask is None else as_mask(mask, picture.shape[:2])
    run = _Run(mode, settings, changes, device, progress, cache=None)
    return run.encoded(picture, run.prepared(picture), checked_mask)


class _Run:
    """One call: its settings, and its stages in their order."""

    def __init__(
        self,
        mode: Mode,
        settings: Settings | None,
        changes: dict[str, Any],
        device: torch.device | str,
        progress: Progress | None,
        cache: Cache | None,
    ) -> None:
        if not isinstance(settings, Settings | None):
            raise SettingsError(f"settings must be huegraft.Settings, got {type(settings).__name__}")
        settings = (settings or Settings()).replace(**changes)
        if settings.match.merge is None:
            settings = settings.replace(merge=default_merge(mode))
        if settings.match.standardize is None:
            settings = settings.replace(standardize=wants_standardization(settings.features.backbone))
        self.mode: Mode = mode
        self.settings = settings
        self.device = _as_device(device)
        self._runner = StageRunner(self.device, progress, cache)

    def result(self, target: Array, reference: References) -> Result:
        picture = as_picture(target, "target")
        references = list(reference) if isinstance(reference, list | tuple) else [reference]
        prepared = self.prepared(picture)
        if self.mode == "transfer" and self.settings.grade.base != "none":
            encoded, attention, fused, finished = self._graded(picture, prepared, references)
        else:
            encoded = self.encoded(picture, prepared)
            sources = [self._as_encoded(source) for source in references]
            attention = self._attention(encoded, sources)
            fused = self._fused(prepared, encoded, sources, attention)
            finished = self._finished(fused, picture)
        return Result(
            image=like(target, finished.image),
            labels=like(target, torch.tensor(encoded.labels)),
            attention=like(target, attention.weights),
            attention_origin=like(target, attention.origin),
            working_image=like(target, fused),
            clipped_share=float(finished.clipped.double().mean()),
            settings=self.settings,
            seconds=self._runner.seconds,
        )

    def _graded(
        self, picture: FloatPicture, prepared: Prepared, references: Sequence[Reference]
    ) -> tuple[Encoded, Attention, Tensor, Finished]:
        """Match the target as the base map shows it, and refine that map by the matches instead of fusing colours."""
        sources = [self._as_encoded(source) for source in references]
        labels = self._labels(picture, prepared)
        base, based = self._stage(
            "grade", [prepared.color, labels, *_colors(sources)], lambda: self._base(prepared, labels, sources)
        )
        encoded = self._stage("features", [based.seen, labels], lambda: self._encode(based, labels, None))
        attention = self._attention(encoded, sources)
        with self._runner.clock("grade"):
            grade = self._fit_grade(base, encoded, sources, attention)
        with self._runner.clock("finish"):
            lightness = self.settings.grade.lightness
            finished = finish_graded(grade, torch.tensor(picture, device=self.device), lightness)
            fused = finished.image
            if prepared.color.shape != picture.shape:
                fused = finish_graded(grade, torch.tensor(prepared.color, device=self.device), lightness).image
        return encoded, attention, fused, finished

    def _base(self, prepared: Prepared, labels: np.ndarray, sources: list[Encoded]) -> tuple[BaseMap, Prepared]:
        """Fit the base map to the means of superpixels, and return the prepared target under it."""
        label_tensor = torch.tensor(labels, dtype=torch.int64, device=self.device)
        count = int(labels.max()) + 1
        color = torch.tensor(prepared.color, device=self.device)
        means = pool(color.permute(2, 0, 1), label_tensor, count)
        weights = np.concatenate([source.areas * source.validity for source in sources])
        base = fit_base(
            lab_from_srgb(means),
            areas(label_tensor, count),
            lab_from_srgb(self._color_means(sources)),
            torch.tensor(weights, device=self.device),
        )
        mapped = srgb_from_lab(base(lab_from_srgb(color.double()))).clamp(0, 1).float().cpu().numpy()
        return base, Prepared(mapped, mapped)

    def _fit_grade(self, base: BaseMap, target: Encoded, sources: list[Encoded], attention: Attention) -> Grade:
        return fit_grade(
            base,
            lab_from_srgb(self._color_means([target])),
            lab_from_srgb(attention.weights @ self._color_means(sources)),
            attention.weights,
            torch.tensor(target.areas, device=self.device),
            torch.tensor(target.positions, device=self.device),
            (target.labels.shape[0], target.labels.shape[1]),
            self.settings.grade,
        )

    def _color_means(self, pictures: Sequence[Encoded]) -> Tensor:
        return torch.tensor(np.concatenate([picture.color_mean for picture in pictures]), device=self.device)

    def prepared(self, picture: FloatPicture) -> Prepared:
        """Shrink a picture, and make it grey for colourisation."""
        return self._stage("prepare", [picture], lambda: prepare(picture, self.mode, self.settings.prepare))

    def encoded(self, picture: FloatPicture, prepared: Prepared, mask: np.ndarray | None = None) -> Encoded:
        """Divide a prepared picture into superpixels and describe each."""
        labels = self._labels(picture, prepared)
        inputs = [picture] if mask is None else [picture, mask]
        return self._stage("features", inputs, lambda: self._encode(prepared, labels, mask))

    def _labels(self, picture: FloatPicture, prepared: Prepared) -> np.ndarray:
        return self._stage("segment", [picture], lambda: segment(prepared.seen, self.settings.segment))

    def _encode(self, prepared: Prepared, labels: np.ndarray, mask: np.ndarray | None) -> Encoded:
        size = (labels.shape[0], labels.shape[1])
        count = int(labels.max()) + 1
        label_tensor = torch.tensor(labels, dtype=torch.int64, device=self.device)
        features = {}
        for layer, feature_map in extract_features(prepared.seen, self._backbone, self.device):
            with self._runner.clock("pool"):
                features[layer] = pool(feature_map, label_tensor, count).cpu().numpy()
        color = moments(torch.tensor(prepared.color, device=self.device), label_tensor, count)
        positions = pixel_positions(*size, "frame", self.device).permute(2, 0, 1)
        weights = np.ones((*size, 1), dtype=np.float32) if mask is None else shrink(mask[..., None], size)
        validity = pool(torch.tensor(weights, device=self.device).permute(2, 0, 1), label_tensor, count)[:, 0]
        return Encoded(
            mode=self.mode,
            fingerprint=self._fingerprint,
            labels=labels,
            features=features,
            areas=areas(label_tensor, count).cpu().numpy(),
            positions=pool(positions, label_tensor, count).cpu().numpy(),
            color_mean=color.mean.cpu().numpy(),
            color_covariance=color.covariance.cpu().numpy(),
            validity=validity.clamp(0, 1).cpu().numpy(),
        )

    def _as_encoded(self, reference: Reference) -> Encoded:
        if isinstance(reference, Encoded):
            return reference
        picture = as_picture(reference, "reference")
        return self.encoded(picture, self.prepared(picture))

    def _attention(self, target: Encoded, references: list[Encoded]) -> Attention:
        check_fingerprints(target, references)
        inputs = [array for encoded in (target, *references) for array in _content(encoded)]
        return self._stage("match", inputs, lambda: match(target, references, self.settings.match, device=self.device))

    def _fused(self, prepared: Prepared, target: Encoded, references: list[Encoded], attention: Attention) -> Tensor:
        model = ConstantColors(attention.weights @ self._color_means(references))
        seen = torch.tensor(prepared.seen, device=self.device)
        labels = torch.tensor(target.labels, device=self.device)
        inputs = [prepared.seen, target.labels, model.colors.cpu().numpy()]
        return self._stage("fuse", inputs, lambda: fuse(seen, labels, model, self.settings.fuse))

    def _finished(self, fused: Tensor, picture: FloatPicture) -> Finished:
        target = torch.tensor(picture, device=self.device)
        inputs = [fused.cpu().numpy(), picture]
        return self._stage("finish", inputs, lambda: finish(fused, target, self.mode, self.settings.finish))

    @cached_property
    def _backbone(self) -> Backbone:
        return load_backbone(self.settings.features, self.device)

    @cached_property
    def _fingerprint(self) -> str:
        """The settings that an encoded picture depends on; the backbone's name stands for its file of weights."""
        groups = self.settings.to_dict()
        chosen = {stage: groups[stage] for stage in ("prepare", "segment", "features")}
        chosen["features"] = {"backbone": self._backbone.name, "layers": self._backbone.layers}
        chosen["features"]["pooling"] = groups["features"]["pooling"]
        return json.dumps({"schema": ENCODED_SCHEMA, **chosen}, sort_keys=True)

    def _stage(self, stage: str, inputs: Sequence[np.ndarray], compute: Callable[[], T]) -> T:
        return self._runner.run(stage, inputs, lambda: self._settings_key(stage), compute)

    def _settings_key(self, stage: str) -> tuple[str, ...]:
        backbone = () if stage in ("prepare", "segment", "grade") else (self._backbone.name,)
        return (self.mode, self.settings.key(stage), *backbone)


def _colors(sources: Sequence[Encoded]) -> list[np.ndarray]:
    return [array for source in sources for array in (source.color_mean, source.areas, source.validity)]


def _content(encoded: Encoded) -> list[np.ndarray]:
    return [*encoded.features.values(), encoded.validity]


def _as_device(device: torch.device | str) -> torch.device:
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ArgumentError(f"unknown device {device!r}: expected 'cpu' or 'cuda'") from error
    if chosen.type not in ("cpu", "cuda"):
        raise ArgumentError(f"device must be 'cpu' or 'cuda', got {device!r}")
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise ArgumentError(f"device {device!r} is asked for, but torch sees no CUDA here; use device='cpu'")
    return chosen
