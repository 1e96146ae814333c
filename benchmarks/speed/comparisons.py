"""Each optimised stage and its plain version, on the same input.

One more is one more entry of `COMPARISONS`: a name, a function from a picture to the two `Sides`, and what is asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from benchmarks.speed.arithmetic import vgg_multiply_adds

import huegraft
from benchmarks import (
    plain_descriptor,
    plain_finish,
    plain_fusion,
    plain_pointer,
    plain_prepare,
    plain_segment,
    plain_vgg,
)
from huegraft.backbones.convolution import Convolution
from huegraft.backbones.handcrafted import Handcrafted
from huegraft.backbones.pointer import load_pointer
from huegraft.backbones.registry import Backbone
from huegraft.backbones.vgg import Vgg
from huegraft.backbones.vgg_weights import CHANNELS
from huegraft.picture import Picture
from huegraft.setting_groups import FeatureSettings, FinishSettings, SegmentSettings
from huegraft.stages.base import BaseMap
from huegraft.stages.composite import Layer, composite
from huegraft.stages.features import super_features
from huegraft.stages.finish import graded_colors
from huegraft.stages.fuse import fuse
from huegraft.stages.grade import Grade
from huegraft.stages.lattice import Lattice
from huegraft.stages.prepare import as_seen, shrink, working_size
from huegraft.stages.segment import segment
from huegraft.types import FloatPicture


@dataclass(frozen=True)
class Sides:
    """Two ways to the same result, their inputs made, and the largest difference of what they return."""

    plain: Callable[[], Any]
    optimised: Callable[[], Any]
    difference: Callable[[Any, Any], float]


@dataclass(frozen=True)
class Comparison:
    """A stage to compare.

    Attributes
    ----------
    sides
        From a picture, sRGB in [0, 1], to both ways.
    difference
        What the difference is measured in.
    pixels
        Of the picture, where the largest size that is asked for is no smaller.
    every_photograph
        Compare on each photograph, not on one.
    time, worst, memory
        Asked for: optimised ÷ plain, at most. The time's median; its worst over photographs; the peak of memory above
        what the process held with its input made.
    seconds
        Asked for: the optimised way's time, at most.
    flop_per_pixel
        Counted floating-point operations, for the floor.
    """

    sides: Callable[[FloatPicture], Sides]
    difference: str
    pixels: int = 2**18
    every_photograph: bool = False
    time: float | None = None
    worst: float | None = None
    memory: float | None = None
    seconds: float | None = None
    flop_per_pixel: float | None = None


def segment_sides(picture: FloatPicture) -> Sides:
    """Compare superpixels."""
    return Sides(
        lambda: plain_segment.segment(picture),
        lambda: segment(picture, SegmentSettings(slic="huegraft")).labels,
        lambda plain, optimised: 1 - _shared(plain, optimised),
    )


def descriptor_sides(picture: FloatPicture) -> Sides:
    """Compare handcrafted features."""
    backbone = Handcrafted()
    return Sides(lambda: plain_descriptor.describe(picture), lambda: next(iter(backbone(picture))), _largest)


def finish_sides(picture: FloatPicture) -> Sides:
    """Compare the grading of all pixels."""
    grade, target = _grade(), Picture(picture)
    return Sides(
        lambda: plain_finish.finish_graded(grade, picture, 1.0),
        lambda: composite(target, [Layer(graded_colors(grade.flat(), target.size, 1.0))], FinishSettings(), None).image,
        _largest,
    )


def prepare_sides(picture: FloatPicture) -> Sides:
    """Compare the shrinking to the working size, or where the picture is no larger, to a quarter of its pixels."""
    height, width = picture.shape[:2]
    size = working_size(height, width, min(2**18, height * width // 4))
    return Sides(lambda: plain_prepare.shrink(picture, size), lambda: shrink(picture, size), _largest)


def fusion_sides(picture: FloatPicture) -> Sides:
    """Compare the fusion of a grey picture with random colours for its superpixels, at its own size."""
    settings = huegraft.preset("best")
    seen = as_seen(picture, "colorize")
    labels = segment(seen, settings.segment).labels
    colors = np.random.default_rng(0).random((int(labels.max()) + 1, 3))
    return Sides(
        lambda: plain_fusion.plain_fusion(seen, labels, colors, settings.fuse),
        lambda: fuse(seen, labels, colors, settings.fuse),
        _largest,
    )


def vgg_sides(picture: FloatPicture, *, pooling: bool) -> Sides:
    """Compare the means over superpixels of VGG-19's maps up to relu3_4, with seeded random weights."""
    backbone = _vgg(pooling)
    return _pooled_sides(picture, backbone, plain_vgg.PlainVgg(backbone))


def builtin_sides(picture: FloatPicture) -> Sides:
    """Compare the same of all layers of the built-in backbone, whose maps the plain way enlarges."""
    backbone = load_pointer(FeatureSettings(), "cpu", "transfer")
    return _pooled_sides(picture, backbone, plain_pointer.PlainPointer(backbone))


def _pooled_sides(picture: FloatPicture, backbone: Backbone, plain_maps: Callable[[FloatPicture], Any]) -> Sides:
    labels = segment(picture, SegmentSettings(slic="huegraft")).labels
    count = int(labels.max()) + 1

    def difference(plain: Mapping[str, np.ndarray], optimised: Mapping[str, np.ndarray]) -> float:
        return max(_largest(plain[layer], optimised[layer]) / float(np.abs(plain[layer]).max()) for layer in plain)

    return Sides(
        lambda: plain_vgg.plain_features(backbone.layers, plain_maps(picture), labels),
        lambda: super_features(picture, labels, count, backbone),
        difference,
    )


def _vgg(pooling: bool) -> Vgg:
    rng = np.random.default_rng(0)

    def drawn(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32)

    def convolution(inputs: int, outputs: int) -> Convolution:
        weight = drawn(outputs, inputs, 3, 3) * (2 / (9 * inputs)) ** 0.5
        norm = 1 + 0.2 * drawn(outputs), 0.2 * drawn(outputs), 0.2 * drawn(outputs), 1 + np.square(drawn(outputs))
        return Convolution(weight, 0.1 * drawn(outputs), norm)

    return Vgg(
        kind="vgg19_bn",
        convolutions={place: convolution(*channels) for place, channels in CHANNELS.items()},
        preprocess=(np.eye(3, dtype=np.float32), np.zeros(3, np.float32)),
        padding="constant",
        layers=("relu1_2", "relu2_2", "relu3_4"),
        pooling=pooling,
    )


def _largest(plain: Any, optimised: Any) -> float:
    return float(np.abs(np.asarray(plain, dtype=np.float64) - np.asarray(optimised, dtype=np.float64)).max())


def _shared(plain: np.ndarray, optimised: np.ndarray) -> float:
    """Return the share of pixels on which two divisions agree, each superpixel paired with the one it shares most."""
    count = int(optimised.max()) + 1
    pairs, together = np.unique(plain.ravel().astype(np.int64) * count + optimised.ravel(), return_counts=True)
    most = np.zeros(int(plain.max()) + 1, dtype=np.int64)
    np.maximum.at(most, pairs // count, together)
    return float(most.sum() / plain.size)


def _grade() -> Grade:
    """Return a grade that uses all its parts."""
    rng = np.random.default_rng(0)
    levels = np.linspace(0, 100, 33)
    matrix = 0.05 * rng.standard_normal((3, 3))
    middle = np.array([50.0, 0, 0])
    base = BaseMap(
        tones=np.stack([levels, 100 * (levels / 100) ** 1.2]),
        matrix=0.9 * np.eye(3) + (matrix + matrix.T) / 2,
        before=middle,
        after=middle + 3,
    )
    return Grade(
        base=base,
        degree=2,
        coefficients=2 * rng.standard_normal((10, 3)),
        limits=np.array([[5.0, -60, -60], [95, 60, 60]]),
        by_color=Lattice(2 * rng.standard_normal((3, 11, 21, 21))),
        by_place=Lattice(2 * rng.standard_normal((3, 24, 24, 12))),
    )


COMPARISONS: Mapping[str, Comparison] = MappingProxyType(
    {
        "segment": Comparison(segment_sides, "share of pixels in another superpixel"),
        "descriptor": Comparison(descriptor_sides, "largest, of features"),
        "finish": Comparison(finish_sides, "largest, sRGB of 1", pixels=12_000_000),
        "prepare": Comparison(prepare_sides, "largest, sRGB of 1", pixels=12_000_000),
        "built-in network": Comparison(builtin_sides, "largest, of a layer's largest", seconds=0.25),
        "VGG-19": Comparison(
            partial(vgg_sides, pooling=False),
            "largest, of a layer's largest",
            time=0.55,
            memory=0.2,
            flop_per_pixel=2 * vgg_multiply_adds(pooling=False),
        ),
        "VGG-19, max-pooling kept": Comparison(
            partial(vgg_sides, pooling=True),
            "largest, of a layer's largest",
            flop_per_pixel=2 * vgg_multiply_adds(pooling=True),
        ),
        "fusion": Comparison(fusion_sides, "largest, sRGB of 1", every_photograph=True, time=0.15, worst=0.4),
    }
)
