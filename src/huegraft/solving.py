"""Solving: one call turns a request into values, with the backbone, the memory and the store of its session."""

import dataclasses
import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from huegraft import __version__
from huegraft.arrays import as_source
from huegraft.backbones import Backbone, load_backbone, registration, wanted_merge, wants_standardization
from huegraft.call import Call, Progress
from huegraft.digest import digest
from huegraft.encoding import Steps, encoding, fingerprint
from huegraft.errors import ArgumentError, SettingsError
from huegraft.graph import Graph, grades, graph_of, matching, warm_fingerprint
from huegraft.look import Layer, Look, Warm
from huegraft.matching import tone_of_encoded
from huegraft.memory import Memory
from huegraft.nodes import Choices, Node, Source
from huegraft.notes import contrast_note, picture_notes, reference_note
from huegraft.parts import masked
from huegraft.picture import Picture
from huegraft.records import Encoded, EncodedStore, Geometry, arrays_in
from huegraft.request import Request, check_request
from huegraft.runnable import checked_device
from huegraft.settings import Mode, Settings
from huegraft.stages.alpha import hides
from huegraft.stages.bars import bars_note, bars_of, without_bars
from huegraft.stages.match import check_fingerprints, default_merge
from huegraft.stages.prepare import working_size
from huegraft.stages.segment import superpixel_note
from huegraft.stages.slic import Centres
from huegraft.threads import check_cancelled
from huegraft.types import in_unit_range
from huegraft.windows import Bars, Frame

T = TypeVar("T")
_ROWS_AT_ONCE = 256
_numbers = itertools.count()


@dataclasses.dataclass(frozen=True, eq=False)
class _Content:
    """A picture without its black bars, and the frame that it was cut from."""

    picture: Picture
    frame: Frame

    @classmethod
    def of(cls, picture: Picture, settings: Settings, warm: Warm | None = None) -> "_Content":
        """Cut the bars off a picture. After another frame, its bars are cut off, because a dark frame shows none."""
        if not settings.prepare.bars:
            bars = Bars()
        elif warm is not None and min(warm.bars.window(picture.size).size) > 0:
            bars = warm.bars
        else:
            bars = bars_of(picture)
        return cls(without_bars(picture, bars), Frame(picture.size, bars))


class Solving(Call):
    """One call on a session.

    Parameters
    ----------
    memory, device, store
        The memory, the device and the store of the session.
    progress
        A function that is called with the stages that run.
    """

    def __init__(self, memory: Memory, device: str, store: EncodedStore | None, progress: Progress | None) -> None:
        super().__init__(memory, progress)
        self._device, self._store = device, store
        self._branches: list[Node[Any]] = []
        self._for_store: list[tuple[str, Encoded]] = []
        self._store_keys: dict[str, str] = {}

    def encode(self, mode: Mode, settings: Settings, picture: Any, mask: Any) -> Encoded:
        """Return a picture encoded."""
        choices, backbone = self._settled(mode, settings)
        content = _Content.of(as_source(picture, "reference"), settings)
        encoded = self._stored(mode, choices, backbone, content).encoded
        if mask is not None:
            encoded = masked(choices, encoded, mask, content.frame, "reference mask")
        return self.values([encoded])[0]

    def match(self, request: Request) -> tuple[Mapping[str, float], list[str]]:
        """Return the figures of the fit of two pictures as they are, and the note on the reference."""
        mode = request.mode
        choices, backbone = self._settled(mode, request.settings)
        roles = ("target", *("reference" for _ in request.references))
        pictures = [
            each if isinstance(each, Encoded) else _Content.of(as_source(each, role), choices.settings)
            for each, role in zip((request.target, *request.references), roles, strict=True)
        ]
        target, *references = self._encoded(mode, choices, backbone, pictures)
        last = pictures[-1]
        bars = last.geometry.bars if isinstance(last, Encoded) else last.frame.bars
        figures, tone = self.values(
            [matching(mode, choices, target, references), tone_of_encoded(choices, references[-1])]
        )
        said = (bars_note("reference", bars), reference_note("reference", tone))
        return figures, [note for note in said if note is not None]

    def graph(self, request: Request, warm: Warm | None = None) -> tuple[Graph, Picture]:
        """Return the graph of a request, and its target. Errors are raised before anything is computed."""
        check_request(request)
        mode = request.mode
        choices, backbone = self._settled(mode, request.settings)
        source = as_source(request.target, "target")
        given = [
            each if isinstance(each, Encoded) else _Content.of(as_source(each, "reference"), choices.settings)
            for each in request.references
        ]
        if warm is not None:
            _check_warm(warm, warm_fingerprint(mode, choices, backbone.value), max(1, len(request.regions)))
        target = _Content.of(source, choices.settings, warm)
        references = self._encoded(mode, choices, backbone, given)
        if grades(mode, choices) or warm is not None:
            steps = self._steps(mode, choices, backbone, target, warm)
        else:
            steps = self._stored(mode, choices, backbone, target)
        by_two = getattr(backbone.value, "side_by_side", False)
        self._branches = [*references, steps.geometry if grades(mode, choices) else steps.encoded] if by_two else []
        frames = [each.geometry.frame if isinstance(each, Encoded) else each.frame for each in (target, *given)]
        return graph_of(request, choices, backbone, steps, references, frames, warm), source

    def _encoded(
        self, mode: Mode, choices: Choices, backbone: Source[Backbone], pictures: Sequence["Encoded | _Content"]
    ) -> list[Node[Encoded]]:
        """Return pictures as encoded nodes. Pictures that were encoded before have to fit the settings."""
        before = [each for each in pictures if isinstance(each, Encoded)]
        check_fingerprints(mode, fingerprint(choices.settings, backbone.value), before)
        return [
            self._source(each, partial(getattr, each, "digest"))
            if isinstance(each, Encoded)
            else self._stored(mode, choices, backbone, each).encoded
            for each in pictures
        ]

    def values(self, wanted: Sequence[Node[Any]], branches: Sequence[Node[Any]] = ()) -> list[Any]:
        """Return the values of nodes, and keep new encoded pictures in the store."""
        found = super().values(wanted, branches or self._branches)
        for key, encoded in self._for_store:
            assert self._store is not None  # noqa: S101 - else nothing has a key of the store
            with self.clock("cache"):
                self._store.keep(key, encoded)
        self._for_store.clear()
        return found

    def _made(self, node: Node[Any], inputs: Sequence[Any], seconds: dict[str, float]) -> Any:
        value = super()._made(node, inputs, seconds)
        if node.key in self._store_keys:
            self._for_store.append((self._store_keys[node.key], value))
        return value

    def _settled(self, mode: Mode, settings: Settings) -> tuple[Choices, Source[Backbone]]:
        """Return the settings, in which the choices of the backbone are filled in, and the backbone."""
        if not isinstance(settings, Settings):
            raise SettingsError(f"settings must be huegraft.Settings, got {type(settings).__name__}")
        device = checked_device(settings, self._device)
        name = settings.features.backbone
        if settings.match.merge is None:
            settings = settings.replace(merge=wanted_merge(name) or default_merge(mode))
        if settings.match.standardize is None:
            settings = settings.replace(standardize=wants_standardization(name))
        if settings.finish.gamut is None:
            settings = settings.replace(gamut="compress" if mode == "colorize" else "clip")
        backbone = self._backbone(settings, mode, device)
        unset = [each for each in ("layer_weights", "context_layers") if getattr(settings.match, each) is None]
        key = f"backbone {device.partition(':')[0]} {registration(name)} {backbone.name} {backbone.layers}"
        choices = Choices(settings, {each: getattr(backbone, each, None) for each in unset})
        return choices, Source(backbone, lambda: key)

    def _backbone(self, settings: Settings, mode: Mode, device: str) -> Backbone:
        """Load a backbone, or find it in the session's memory."""
        features = settings.features
        file = Path(features.weights) if features.weights is not None else None
        stamp = None if file is None else (file.stat().st_mtime_ns, file.stat().st_size)
        key = repr((features, mode, device, stamp, registration(features.backbone)))
        return self._memory.value(
            key, lambda: _Loaded.of(load_backbone(features, device, mode)), check_cancelled
        ).backbone

    def _steps(
        self, mode: Mode, choices: Choices, backbone: Source[Backbone], content: "_Content", warm: Warm | None = None
    ) -> Steps:
        source = self._source(content.picture, lambda: digest(_counting(content.picture)))
        centres = None if warm is None else Source(warm.centres, lambda: warm.centres.digest)
        return encoding(mode, choices, backbone, source, content.frame, centres)

    def _stored(self, mode: Mode, choices: Choices, backbone: Source[Backbone], content: "_Content") -> Steps:
        """Return the steps of a picture. Its encoded form comes from the store if the store has it."""
        steps = self._steps(mode, choices, backbone, content)
        geometry_key, encoded_key = steps.geometry.key, steps.encoded.key
        found = self._memory.find(encoded_key)
        if found is None and self._store is not None:
            with self.clock("cache"):
                key = self._store_key(mode, choices.settings, backbone.value, content)
                found = self._store.find(key)
            self._store_keys[encoded_key] = key
        if found is None:
            return steps
        held = self._memory.value(encoded_key, lambda: found, check_cancelled)
        return Steps(steps.prepared, Source(held.geometry, lambda: geometry_key), Source(held, lambda: encoded_key))

    def _store_key(self, mode: Mode, settings: Settings, backbone: Backbone, cut: "_Content") -> str:
        picture, bars = cut.picture, [repr(cut.frame)] if any(cut.frame.bars) else []
        bands = (picture.pixels[top : top + _ROWS_AT_ONCE] for top in range(0, len(picture.pixels), _ROWS_AT_ONCE))
        hidden = [in_unit_range(picture.alpha)] if picture.alpha is not None and hides(picture.alpha) else []
        content = digest(itertools.chain(map(picture.encoding.decode, bands), hidden))  # the same at every depth
        parts = (__version__, mode, self._device.partition(":")[0], fingerprint(settings, backbone), content, *bars)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _source(self, value: T, key: Callable[[], str]) -> Source[T]:
        """Return a value as a node. If values are kept, its key is a digest, which costs a look at all of the value."""
        if self._memory.keeps:
            return Source(value, key)
        number = f"value {next(_numbers)}"
        return Source(value, lambda: number)


def look_of(request: Request, graph: Graph, values: Sequence[Any], *, kept: bool) -> Look:
    """Return the look that the values of a graph's nodes make, in the order of ``graph.look``.

    The look has a key to the attention only if values are kept.
    """
    geometry, fit, *others = values
    tones, (confidence, contributions, *others) = others[: len(graph.tones)], others[len(graph.tones) :]
    layers, warm = others[: len(graph.layers)], others[len(graph.layers) :]
    settings = graph.choices.settings
    return Look(
        mode=request.mode,
        settings=settings,
        labels=geometry.labels,
        confidence=confidence,
        contributions=contributions,
        fit=fit,
        tones=tuple(tones),
        layers=tuple(layers),
        size=graph.frames[0].size,
        notes=(*_notes(settings, graph.frames, layers), *picture_notes(request.mode, tones, fit)),
        warm=Warm(graph.warm_fingerprint, _centres(geometry), tuple(warm), graph.frames[0].bars),
        key=graph.attention.key if kept else "",
        bars=graph.frames[0].bars,
    )


def _centres(geometry: Geometry) -> Centres:
    """Return the centres that a following frame's superpixels begin with."""
    places, colors = np.split(geometry.centres, [2], axis=1)
    return Centres(places, colors, geometry.ids, geometry.following)


@dataclasses.dataclass(frozen=True, eq=False)
class _Loaded:
    """A backbone, and the arrays that it holds, to be counted."""

    backbone: Backbone
    arrays: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, backbone: Backbone) -> "_Loaded":
        return cls(backbone, tuple(arrays_in(getattr(backbone, "__dict__", {}))))


def _counting(picture: Picture) -> list[np.ndarray]:
    """Return what a picture's colours depend on."""
    hidden = [picture.alpha] if picture.alpha is not None and hides(picture.alpha) else []
    return [picture.pixels, np.frombuffer(picture.encoding.key.encode(), np.uint8), *hidden]


def _notes(settings: Settings, frames: Sequence[Frame], layers: Sequence[Layer]) -> tuple[str, ...]:
    """Return the notes on the bars, on the superpixels and on the contrast, each once."""
    working = [working_size(*frame.window.size, settings.prepare.working_pixels) for frame in frames]
    notes = [superpixel_note(*size, settings.segment) for size in working]
    several = len(frames) > 2
    names = ["target", *(f"reference {number}" if several else "reference" for number in range(1, len(frames)))]
    said = [
        bars_note(name, frame.bars, stay=not index)
        for index, (name, frame) in enumerate(zip(names, frames, strict=True))
    ]
    kept = contrast_note(layers, settings)
    return tuple(dict.fromkeys(note for note in [*said, *notes, kept] if note is not None))


def _check_warm(warm: Any, made_with: str, parts: int) -> None:
    """Raise ArgumentError if the `warm` of a frame before does not fit a request."""
    if not isinstance(warm, Warm):
        raise ArgumentError(f"warm must be the .warm of a look, got {type(warm).__name__}")
    if warm.fingerprint != made_with or len(warm.parts) != parts:
        raise ArgumentError(
            "warm was made with other settings, or for other regions, than this request: begin the shot without it"
        )
