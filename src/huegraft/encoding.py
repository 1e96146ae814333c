"""Encoding, the steps that every picture goes through: prepare → segment → describe."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from huegraft.backbones import Backbone
from huegraft.nodes import Choices, Node, Source, step
from huegraft.picture import Picture
from huegraft.records import ENCODED_SCHEMA, Colors, Description, Encoded, Geometry
from huegraft.settings import Mode, Settings
from huegraft.stages.features import super_features
from huegraft.stages.match import Features, joined_features
from huegraft.stages.pool import areas, moments, pixel_positions, pool
from huegraft.stages.prepare import Prepared, prepare
from huegraft.stages.segment import segment
from huegraft.stages.slic import Centres
from huegraft.views import View
from huegraft.windows import Bars, Frame


@dataclass(frozen=True)
class Steps:
    """The nodes of the steps that a picture goes through."""

    prepared: Node[Prepared]
    geometry: Node[Geometry]
    encoded: Node[Encoded]


def encoding(
    mode: Mode,
    settings: Choices,
    backbone: Source[Backbone],
    picture: Source[Picture],
    frame: Frame,
    centres: Source[Centres] | None = None,
) -> Steps:
    """Return the steps of a picture.

    Parameters
    ----------
    mode, settings
        The mode and the settings of the request.
    backbone, picture
        The backbone, and the picture that it describes.
    frame
        The frame whose content the picture is.
    centres
        In a film, the centres of the superpixels of the frame before.
    """
    ready = prepared(settings, picture, mode)
    geometry = segmented(settings, ready, frame, centres)
    return Steps(ready, geometry, described(settings, ready, geometry, backbone, mode))


@step("prepare", "working_pixels")
def prepared(settings: View, picture: Picture, mode: Mode) -> Prepared:
    """Shrink a picture, and make it grey for colourisation."""
    return prepare(picture, mode, settings)


@step("segment", "superpixels", "compactness", "iterations", "slic")
def segmented(settings: View, ready: Prepared, frame: Sequence[Sequence[int]], centres: Centres | None) -> Geometry:
    """Divide a prepared picture into superpixels."""
    (full_height, full_width), bars = frame[0], Bars(*frame[1])
    found = segment(ready.seen, settings, centres)
    count = len(found.centres.ids)
    height, width = found.labels.shape
    return Geometry(
        labels=found.labels,
        areas=areas(found.labels, count),
        positions=pool(pixel_positions(height, width, "frame"), found.labels, count),
        centres=np.concatenate([found.centres.places, found.centres.colors], axis=1),
        ids=found.centres.ids,
        window=bars.window((full_height, full_width)),
        following=found.centres.following,
        bars=bars,
    )


@step("features", "working_pixels", "superpixels", "compactness", "iterations", "slic", "layers", "pooling")
def described(settings: View, shown: Prepared, geometry: Geometry, backbone: Backbone, mode: Mode) -> Encoded:
    """Describe each superpixel of a prepared picture."""
    colors = moments(shown.color, geometry.labels, geometry.count)
    return Encoded(
        mode=mode,
        fingerprint=fingerprint(settings, backbone),
        geometry=geometry,
        description=Description(backbone.name, super_features(shown.seen, geometry.labels, geometry.count, backbone)),
        colors=Colors(colors.mean, colors.covariance),
        validity=_opacity(shown, geometry),
    )


def _opacity(shown: Prepared, geometry: Geometry) -> np.ndarray:
    """Return how far each superpixel is seen. A superpixel that alpha hides counts nothing."""
    if shown.opacity is None:
        return np.ones(geometry.count)
    return pool(shown.opacity[..., None], geometry.labels, geometry.count)[:, 0].clip(0, 1)


@step("match", "context", "context_layers")
def joined(settings: View, picture: Encoded) -> Features:
    """Join the features of the surroundings to the features of a picture's superpixels."""
    return joined_features(picture, settings)


def fingerprint(settings: Settings | View, backbone: Backbone) -> str:
    """Return the settings that an encoded picture depends on. The backbone's name stands for its file of weights."""
    values = settings.values if isinstance(settings, View) else settings.effective()
    chosen: dict[str, Any] = {
        "prepare": {name: values[name] for name in ("working_pixels",)},
        "segment": {name: values[name] for name in ("superpixels", "compactness", "iterations", "slic")},
        "features": {"backbone": backbone.name, "layers": backbone.layers, "pooling": values["pooling"]},
    }
    return json.dumps({"schema": ENCODED_SCHEMA, **chosen}, sort_keys=True)


def color_means(pictures: Sequence[Encoded]) -> np.ndarray:
    """Return the mean sRGB colours of all superpixels of some pictures."""
    return np.concatenate([picture.color_mean for picture in pictures])
