"""The graph of a request: every step of the method, from pictures to a look, with its inputs.

    prepare → segment → describe → base → each round → grade ─┐
                              └──→ match → confidence → fuse ─┴→ look

Building the graph computes nothing. `huegraft.call` makes the values.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from huegraft.backbones import Backbone
from huegraft.encoding import Steps, encoding, fingerprint, joined
from huegraft.errors import SettingsError
from huegraft.fusing import recolored_by_fusion
from huegraft.grading import recolored_by_grade
from huegraft.look import Layer, Warm, WarmPart
from huegraft.matching import (
    Plan,
    Recolored,
    attention_of_colors,
    attention_of_greys,
    compared,
    contributions,
    figures_of_fit,
    own_colors,
    shares_of_parts,
    tone,
    tone_of_encoded,
    whole_attention,
    whole_fit,
    whole_map,
)
from huegraft.nodes import Choices, Node, Source, reached
from huegraft.parts import Part, parts_of, pinned, places_of, weights
from huegraft.records import Encoded
from huegraft.request import Request, check_request
from huegraft.settings import Mode, Settings
from huegraft.shapes import Float32, Float64
from huegraft.stages.match import Attention
from huegraft.stages.tone import Tone
from huegraft.types import FloatPicture
from huegraft.windows import Frame

_NOTHING: Source[Any] = Source(None, str)
_ANY = Frame((1, 1))
_OF_READING = ("bars",)
_OF_LOADING = ("backbone", "weights", "layers", "pooling")
_OF_RENDERING = ("strength", "gamut", "fallback", "min_confidence")
_OF_RENDERING_CHROMA = ("finish", "upsample")


@dataclass(frozen=True, eq=False)
class Graph:
    """The nodes of a request.

    Attributes
    ----------
    choices, warm_fingerprint
        The settings of the request, and the settings that decide what a frame hands on.
    target
        The steps of the target.
    frames
        The frames of the target and of each reference.
    attention, contributions, confidence, fit, working_image
        These values for all parts together.
    tones
        The tones of the target and of each reference.
    layers, warm
        The layer of each part, and what each part hands on to the next frame.
    """

    choices: Choices
    warm_fingerprint: str
    target: Steps
    frames: Sequence[Frame]
    attention: Node[Attention]
    contributions: Node[Float64[np.ndarray, " references"]]
    confidence: Node[Float32[np.ndarray, "h w"]]
    fit: Node[float]
    tones: Sequence[Node[Tone]]
    working_image: Node[FloatPicture]
    layers: Sequence[Node[Layer]]
    warm: Sequence[Node[WarmPart]]

    @property
    def look(self) -> list[Node[Any]]:
        """The nodes of which a look consists. The fit comes early, while the matching that it needs is still there."""
        return [
            self.target.geometry,
            self.fit,
            *self.tones,
            self.confidence,
            self.contributions,
            *self.layers,
            *self.warm,
        ]


def graph_of(
    request: Request,
    choices: Choices,
    backbone: Source[Backbone],
    target: Steps,
    references: Sequence[Node[Encoded]],
    frames: Sequence[Frame],
    warm: Warm | None = None,
) -> Graph:
    """Return the graph of a request.

    Parameters
    ----------
    request
        The request. Its pictures are not used here.
    choices
        The settings of the request.
    backbone, target
        The backbone, and the steps of the picture to change.
    references, frames
        The nodes of the references, and the frames of all pictures. The frame of the target comes first.
    warm
        What the frame before hands on.

    Raises
    ------
    PictureError, ArgumentError
        If a mask or a pin does not fit its picture.
    """
    frame, *others = frames
    surrounded = [joined(choices, each) for each in references]
    parts = parts_of(request, choices, frame, references, others, surrounded)
    places = places_of(request.pins, frame, others)
    pins = pinned(choices, target.geometry, references, places) if places else None
    plan = Plan(request.mode, choices, backbone, target, pins)
    recolor = recolored_by_grade if grades(request.mode, choices) else recolored_by_fusion
    of_parts = warm.parts if warm is not None else [None] * len(parts)
    recolored = [recolor(plan, part, _warm_source(each)) for part, each in zip(parts, of_parts, strict=True)]
    made_with = warm_fingerprint(request.mode, choices, backbone.value)
    kind = "graded" if recolor is recolored_by_grade else request.mode
    seen_as = [_tone_of_target(choices, target, kind), *(tone_of_encoded(choices, each) for each in references)]
    return _together(choices, made_with, target, frames, recolored, kind, seen_as)


def warm_fingerprint(mode: Mode, choices: Choices, backbone: Backbone) -> str:
    """Return the settings that decide what a frame hands on to the next one, as text."""
    names = ("context", "context_layers", "whiten", *(["base"] if mode == "transfer" else []))
    values = {name: choices.effective[name] for name in names if name in choices.effective}
    return json.dumps({"mode": mode, "encoded": fingerprint(choices.settings, backbone), **values}, sort_keys=True)


def matching(
    mode: Mode, choices: Choices, target: Node[Encoded], references: Sequence[Node[Encoded]]
) -> Node[Mapping[str, float]]:
    """Return the figures of the fit for a target as it is, without a base map."""
    own, *others = (joined(choices, each) for each in (target, *references))
    similarity = compared(choices, own, others, None)
    attention_of = attention_of_greys if mode == "colorize" else attention_of_colors
    attention = attention_of(choices, similarity, target, list(references))
    return figures_of_fit(choices, attention, target, list(references))


def unused_settings(request: Request) -> dict[str, str]:
    """Return the settings that change nothing for a request, and why.

    The answer depends on the mode, on the settings, and on whether there are pins. The pictures are ignored.

    Examples
    --------
    >>> request = Request("colorize", None, (None,), Settings().replace(min_confidence=0.7))
    >>> unused_settings(request)["min_confidence"]
    'there is no fallback'
    """
    check_request(request)
    mode, choices = request.mode, Choices(request.settings)
    target, reference = (encoding(mode, choices, _NOTHING, _NOTHING, _ANY) for _ in range(2))
    plan = Plan(mode, choices, _NOTHING, target, _NOTHING if request.pins else None)
    recolor = recolored_by_grade if grades(mode, choices) else recolored_by_fusion
    part = Part([reference.encoded], [joined(choices, reference.encoded)])
    recolored = recolor(plan, part, None)
    rendering = _OF_RENDERING if recolor is recolored_by_grade else (*_OF_RENDERING, *_OF_RENDERING_CHROMA)
    return _unused(mode, choices, list(vars(recolored).values()), rendering)


def unused_in_encoding(mode: Mode, settings: Settings) -> dict[str, str]:
    """Return the settings that change nothing where a picture is encoded, and why."""
    choices = Choices(settings)
    encoded = encoding(mode, choices, _NOTHING, _NOTHING, _ANY).encoded
    return dict.fromkeys(_unused(mode, choices, [encoded]), "an encoded picture does not depend on it")


def unused_in_matching(mode: Mode, settings: Settings) -> dict[str, str]:
    """Return the settings that change nothing where pictures are matched and not recoloured, and why."""
    choices = Choices(settings)
    target, reference = (encoding(mode, choices, _NOTHING, _NOTHING, _ANY).encoded for _ in range(2))
    return _unused(mode, choices, [matching(mode, choices, target, [reference])])


def check_used(names: Collection[str], unused: Mapping[str, str]) -> None:
    """Raise SettingsError if one of the named settings changes nothing."""
    idle = sorted(set(names) & set(unused))
    if idle:
        reasons = dict.fromkeys(unused[name] for name in idle)
        raise SettingsError(f"{', '.join(idle)} would change nothing: {', '.join(reasons)}")


def _unused(mode: Mode, choices: Choices, nodes: Sequence[Node[Any]], rendering: Sequence[str] = ()) -> dict[str, str]:
    """Return the settings, with reasons, that neither the nodes nor their choice nor the rendering reads."""
    idle, plain = choices.settings.idle(), _reason_of_the_way(mode, choices.settings)
    read = choices.read.union(
        _OF_READING, _OF_LOADING, set(rendering) - set(idle), *(node.reads for node in reached(*nodes))
    )
    return {name: idle.get(name, plain) for name in choices.settings.names() if name not in read}


def grades(mode: Mode, choices: Choices) -> bool:
    """Tell whether a map of colours is graded in place of the fusion."""
    return mode == "transfer" and choices.base != "none"


def _reason_of_the_way(mode: Mode, settings: Settings) -> str:
    if mode == "colorize" or settings.grade.base == "none":
        return f"this is {mode} by a fusion"
    return f"this is {mode} by maps of colour (with base none it is a fusion, as in the paper)"


def _together(
    choices: Choices,
    made_with: str,
    target: Steps,
    frames: Sequence[Frame],
    parts: Sequence[Recolored],
    kind: str,
    tones: Sequence[Node[Tone]],
) -> Graph:
    """Return the graph of all parts together. Where parts overlap, it has their means, weighted by their masks."""
    first, encoded = parts[0], [part.target for part in parts]
    attention, confidence, working = first.attention, first.confidence, first.working_image
    if len(parts) > 1:
        shares = shares_of_parts(choices, encoded)
        attention = whole_attention(choices, [part.attention for part in parts], shares)
        confidence = whole_map(choices, [part.confidence for part in parts], encoded, shares)
        working = whole_map(choices, [part.working_image for part in parts], encoded, shares)
    return Graph(
        choices,
        made_with,
        target,
        frames,
        attention,
        contributions(choices, attention, encoded),
        confidence,
        whole_fit(choices, [part.figures for part in parts], encoded, kind),
        tones,
        working,
        [part.layer for part in parts],
        [part.warm for part in parts],
    )


def _tone_of_target(choices: Choices, target: Steps, kind: str) -> Node[Tone]:
    """Return the tone of the target. A graded target has to be looked at, because it is not encoded as it is."""
    if kind != "graded":
        return tone_of_encoded(choices, target.encoded)
    opacity = weights(choices, target.prepared, target.geometry, None)
    return tone(choices, own_colors(choices, target.prepared, target.geometry), target.geometry, opacity)


def _warm_source(part: WarmPart | None) -> Source[WarmPart] | None:
    return None if part is None else Source(part, lambda: part.digest)
