"""Run: the settings of one call, its stages up to the matching, and what it keeps between them."""

import copy
import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np

from huegraft import __version__
from huegraft.backbones import Backbone, load_backbone, wanted_merge, wants_standardization
from huegraft.digest import digest
from huegraft.errors import ArgumentError, SettingsError
from huegraft.picture import Picture
from huegraft.runnable import check_runnable
from huegraft.setting_groups import MatchSettings
from huegraft.settings import Mode, Settings
from huegraft.stage_runner import Cache, Progress, StageRunner
from huegraft.stages.composite import KeptLuminance
from huegraft.stages.features import super_features
from huegraft.stages.match import Attention, Features, check_fingerprints, default_merge, joined_features, match
from huegraft.stages.pool import areas, moments, pixel_positions, pool
from huegraft.stages.prepare import Prepared, prepare
from huegraft.stages.segment import segment
from huegraft.types import ENCODED_SCHEMA, Encoded, EncodedStore

T = TypeVar("T")
_ROWS_AT_ONCE = 256


class Run:
    """One call: its settings, and the stages that both pictures go through.

    Attributes
    ----------
    seconds : dict of stage to float
        Time spent so far.
    """

    def __init__(
        self,
        mode: Mode,
        settings: Settings | None,
        changes: dict[str, Any],
        device: Any,
        progress: Progress | None,
        cache: Cache | None,
        encoded_cache: EncodedStore | None,
    ) -> None:
        if not isinstance(settings, Settings | None):
            raise SettingsError(f"settings must be huegraft.Settings, got {type(settings).__name__}")
        if not isinstance(encoded_cache, EncodedStore | None):
            found = type(encoded_cache).__name__
            raise ArgumentError(f"encoded_cache must be huegraft.EncodedCache(folder), got {found}")
        settings = (settings or Settings()).replace(**changes)
        if settings.match.merge is None:
            merge = wanted_merge(settings.features.backbone) or default_merge(mode)
            settings = settings.replace(merge=merge)
        if settings.match.standardize is None:
            settings = settings.replace(standardize=wants_standardization(settings.features.backbone))
        self.mode: Mode = mode
        self.settings = settings
        self.device = _as_device(device, settings)
        self._runner = StageRunner(self.device, progress, cache)
        self._cached = cache is not None or encoded_cache is not None
        self._store = encoded_cache
        self._geometry: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None  # of the labels encoded last

    @property
    def seconds(self) -> dict[str, float]:
        """Time spent so far."""
        return self._runner.seconds

    def clock(self, stage: str) -> AbstractContextManager[None]:
        """Add the time spent to this stage."""
        return self._runner.clock(stage)

    def announced(self, stage: str) -> AbstractContextManager[None]:
        """Announce a stage that is not kept, and add the time spent to it."""
        return self._runner.announced(stage)

    def side_by_side(self, *works: Callable[["Run"], Any]) -> list[Any]:
        """Let pictures go through their stages two at a time, if the backbone allows it, each by a run of its own.

        More would take more memory. With a cache they go one after the other, since it is the caller's, and need not be
        safe.
        """
        if self._cached or not getattr(self._backbone, "side_by_side", False):
            return [work(self) for work in works]

        def branch(work: Callable[["Run"], Any], runner: StageRunner) -> Any:
            run = copy.copy(self)
            run._runner, run._geometry = runner, None
            return work(run)

        pairs = [works[first : first + 2] for first in range(0, len(works), 2)]
        return [
            result for pair in pairs for result in self._runner.side_by_side(*(partial(branch, work) for work in pair))
        ]

    @property
    def grades(self) -> bool:
        """Whether a map of colours is graded in place of the fusion."""
        return self.mode == "transfer" and self.settings.grade.base != "none"

    @property
    def keeps_luminance(self) -> KeptLuminance | None:
        """Whose luminance the finished picture has."""
        if self.grades:
            return None if self.settings.grade.lightness else "color"
        if self.settings.finish.finish == "rgb":
            return None
        return "grey" if self.mode == "colorize" else "color"

    def prepared(self, picture: Picture) -> Prepared:
        """Shrink a picture, and make it grey for colourisation."""
        return self.stage("prepare", _content(picture), lambda: prepare(picture, self.mode, self.settings.prepare))

    def labels(self, picture: Picture, prepared: Prepared) -> np.ndarray:
        """Divide a prepared picture into superpixels."""
        return self.stage("segment", _content(picture), lambda: segment(prepared.seen, self.settings.segment).labels)

    def encoded(self, prepared: Prepared, labels: np.ndarray) -> Encoded:
        """Describe each superpixel."""
        return self.stage("features", [prepared.color, labels], lambda: self._encode(prepared, labels))

    def kept(self, picture: Picture, prepared: Callable[[], Prepared]) -> Encoded:
        """Encode a picture, or find it in the caller's store of encoded pictures."""
        if self._store is None:
            return self._encoded_anew(picture, prepared())
        with self.announced("cache"):
            key = self._store_key(picture)
            found = self._store.find(key)
        if found is not None:
            return found
        encoded = self._encoded_anew(picture, prepared())
        with self.announced("cache"):
            self._store.keep(key, encoded)
        return encoded

    def attention(
        self, target: Encoded, references: Sequence[Encoded], joined: list[Features] | None = None
    ) -> Attention:
        """Match the target's superpixels.

        Parameters
        ----------
        joined
            Of a caller that matches the same references again: where their features with surroundings are kept, empty
            at first.
        """
        check_fingerprints(target, references)
        inputs, settings = matched_arrays(target, references), self._match_settings

        def matched() -> Attention:
            if joined is not None and not joined:
                joined.extend(joined_features(reference, settings) for reference in references)
            return match(target, references, settings, joined)

        return self.stage("match", inputs, matched)

    def stage(self, stage: str, inputs: Sequence[np.ndarray], compute: Callable[[], T]) -> T:
        """Run a stage, or take its result from the caller's cache."""
        return self._runner.run(stage, inputs, lambda: self._settings_key(stage), compute)

    def _encoded_anew(self, picture: Picture, prepared: Prepared) -> Encoded:
        return self.encoded(prepared, self.labels(picture, prepared))

    def _store_key(self, picture: Picture) -> str:
        bands = (picture.pixels[top : top + _ROWS_AT_ONCE] for top in range(0, len(picture.pixels), _ROWS_AT_ONCE))
        content = digest(map(picture.encoding.decode, bands))  # the same at every depth
        parts = (__version__, self.mode, self.device.partition(":")[0], self._fingerprint, content)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _encode(self, prepared: Prepared, labels: np.ndarray) -> Encoded:
        count = int(labels.max()) + 1
        if self._geometry is None or self._geometry[0] is not labels:
            positions = pool(pixel_positions(labels.shape[0], labels.shape[1], "frame"), labels, count)
            self._geometry = labels, areas(labels, count), positions
        _, own_areas, positions = self._geometry
        color = moments(prepared.color, labels, count)
        return Encoded(
            mode=self.mode,
            fingerprint=self._fingerprint,
            labels=labels,
            features=super_features(prepared.seen, labels, count, self._backbone),
            areas=own_areas,
            positions=positions,
            color_mean=color.mean,
            color_covariance=color.covariance,
            validity=np.ones(count),
        )

    @cached_property
    def _backbone(self) -> Backbone:
        return load_backbone(self.settings.features, self.device, self.mode)

    @cached_property
    def _match_settings(self) -> MatchSettings:
        """The settings of the matching, what the backbone says of its layers in place of none."""
        settings = self.settings.match
        unset = [name for name in ("layer_weights", "context_layers") if getattr(settings, name) is None]
        return dataclasses.replace(settings, **{name: getattr(self._backbone, name, None) for name in unset})

    @cached_property
    def _fingerprint(self) -> str:
        """The settings that an encoded picture depends on; the backbone's name stands for its file of weights."""
        groups = self.settings.to_dict()
        chosen = {stage: groups[stage] for stage in ("prepare", "segment", "features")}
        chosen["features"] = {"backbone": self._backbone.name, "layers": self._backbone.layers}
        chosen["features"]["pooling"] = groups["features"]["pooling"]
        return json.dumps({"schema": ENCODED_SCHEMA, **chosen}, sort_keys=True)

    def _settings_key(self, stage: str) -> tuple[str, ...]:
        backbone = () if stage in ("prepare", "segment", "grade") else (self._backbone.name,)
        return (self.mode, self.settings.key("match" if stage == "confidence" else stage), *backbone)


def _content(picture: Picture) -> list[np.ndarray]:
    """Return what a picture's colours depend on."""
    return [picture.pixels, np.frombuffer(picture.encoding.key.encode(), np.uint8)]


def matched_arrays(target: Encoded, references: Sequence[Encoded]) -> list[np.ndarray]:
    """Return all that the matching looks at, to know it again."""
    return [
        array
        for encoded in (target, *references)
        for array in (
            *encoded.features.values(),
            encoded.validity,
            encoded.areas,
            encoded.positions,
            encoded.color_mean,
        )
    ]


def color_means(pictures: Sequence[Encoded]) -> np.ndarray:
    """Return the mean sRGB colours of all superpixels of some pictures."""
    return np.concatenate([picture.color_mean for picture in pictures])


def _as_device(device: Any, settings: Settings) -> str:
    """Return the name of a device, once it is known that the settings can run on it."""
    name = str(device)
    check_runnable(settings, name)
    if name.partition(":")[0] == "cpu":
        return "cpu"
    import torch

    if not torch.cuda.is_available():
        raise ArgumentError(f"device {device!r} is asked for, but torch sees no CUDA here; use device='cpu'")
    return name
