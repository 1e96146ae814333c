"""Each optimised stage and its plain version, on the same input.

One more is one more entry of `COMPARISONS`: a name, a function from a picture to the two `Sides`, and what is asked.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from benchmarks.speed.arithmetic import vgg_multiply_adds

import huegraft
from benchmarks import plain_descriptor, plain_finish, plain_fusion, plain_prepare, plain_segment, plain_vgg
from huegraft.backbones import load_backbone
from huegraft.backbones.convolution import Convolution
from huegraft.backbones.handcrafted import Handcrafted
from huegraft.backbones.vgg import Vgg
from huegraft.backbones.vgg_weights import CHANNELS
from huegraft.picture import Picture
from huegraft.setting_groups import FeatureSettings, FinishSettings, SegmentSettings
from huegraft.stages.base import BaseMap
from huegraft.stages.composite import Layer, composite
from huegraft.stages.features import tiled_features
from huegraft.stages.finish import graded_colors
from huegraft.stages.fuse import ConstantColors, fuse
from huegraft.stages.grade import Grade
from huegraft.stages.lattice import Lattice
from huegraft.stages.pool import Pooling
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
        lambda: segment(picture, SegmentSettings(slic="huegraft")),
        lambda plain, optimised: 1 - _shared(plain, optimised),
    )


def descriptor_sides(picture: FloatPicture) -> Sides:
    """Compare handcrafted features."""
    tensor, backbone = torch.from_numpy(picture), Handcrafted()

    def optimised() -> torch.Tensor:
        with torch.inference_mode():
            return next(iter(backbone(tensor)))

    def plain() -> torch.Tensor:
        with torch.inference_mode():
            return plain_descriptor.describe(tensor)

    return Sides(plain, optimised, _largest)


def finish_sides(picture: FloatPicture) -> Sides:
    """Compare the grading of all pixels."""
    tensor, grade, target = torch.from_numpy(picture), _grade(), Picture(picture)
    return Sides(
        lambda: plain_finish.finish_graded(grade, tensor, 1.0),
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
    labels = segment(seen, settings.segment)
    colors = torch.rand(int(labels.max()) + 1, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return Sides(
        lambda: plain_fusion.plain_fusion(
            torch.from_numpy(seen), torch.from_numpy(labels).long(), colors, settings.fuse
        ),
        lambda: fuse(seen, labels, ConstantColors(colors), settings.fuse),
        _largest,
    )


def vgg_sides(picture: FloatPicture, *, pooling: bool) -> Sides:
    """Compare the means over superpixels of VGG-19's maps up to relu3_4, with seeded random weights."""
    return _pooled_sides(picture, _vgg(pooling), plain_vgg.plain_maps)


def builtin_sides(picture: FloatPicture) -> Sides:
    """Compare the same of the built-in network's maps, which the plain way enlarges."""
    backbone = load_backbone(FeatureSettings())
    return _pooled_sides(picture, backbone, lambda _, pixels: backbone(pixels))


def _pooled_sides(
    picture: FloatPicture, backbone: Any, plain_maps: Callable[[Any, torch.Tensor], Iterable[torch.Tensor]]
) -> Sides:
    labels = segment(picture, SegmentSettings(slic="huegraft"))
    count, device = int(labels.max()) + 1, torch.device("cpu")

    def optimised() -> dict[str, torch.Tensor]:
        features = Pooling(labels, count, device)
        for layer, window, part in tiled_features(picture, backbone, device):
            features.add(layer, window, part)
        return features.means()

    def difference(plain: dict[str, torch.Tensor], optimised: dict[str, torch.Tensor]) -> float:
        return max(_largest(plain[layer], optimised[layer]) / float(plain[layer].abs().max()) for layer in plain)

    def plain() -> dict[str, torch.Tensor]:
        maps = plain_maps(backbone, torch.from_numpy(picture))
        return plain_vgg.plain_features(backbone.layers, maps, torch.from_numpy(labels).long())

    return Sides(plain, optimised, difference)


def _vgg(pooling: bool) -> Vgg:
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    def convolution(inputs: int, outputs: int) -> Convolution:
        weight = drawn(outputs, inputs, 3, 3) * (2 / (9 * inputs)) ** 0.5
        norm = 1 + 0.2 * drawn(outputs), 0.2 * drawn(outputs), 0.2 * drawn(outputs), 1 + drawn(outputs).square()
        return Convolution(weight.contiguous(memory_format=torch.channels_last), 0.1 * drawn(outputs), norm)

    return Vgg(
        kind="vgg19_bn",
        convolutions={place: convolution(*channels) for place, channels in CHANNELS.items()},
        preprocess=(torch.eye(3), torch.zeros(3)),
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
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    levels = torch.linspace(0, 100, 33, dtype=torch.float64)
    matrix = 0.05 * drawn(3, 3)
    middle = torch.tensor([50.0, 0, 0], dtype=torch.float64)
    base = BaseMap(
        tones=torch.stack([levels, 100 * (levels / 100) ** 1.2]),
        matrix=0.9 * torch.eye(3, dtype=torch.float64) + (matrix + matrix.T) / 2,
        before=middle,
        after=middle + 3,
    )
    return Grade(
        base=base,
        degree=2,
        coefficients=2 * drawn(10, 3),
        limits=torch.tensor([[5.0, -60, -60], [95, 60, 60]], dtype=torch.float64),
        by_color=Lattice(2 * drawn(3, 11, 21, 21)),
        by_place=Lattice(2 * drawn(3, 24, 24, 12)),
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
