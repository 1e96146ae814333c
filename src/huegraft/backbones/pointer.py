"""The backbone that comes with huegraft: a small network trained to point at the right colour (decision 017).

Where there is colour to see, layers in which nothing is learned come after its maps: the handcrafted descriptor and a
kernel of colour.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from huegraft.backbones.color_kernel import color_kernel
from huegraft.backbones.handcrafted import Handcrafted
from huegraft.backbones.parts import Part, Window, cells_between
from huegraft.backbones.pointer_network import CONVOLUTIONS, INPUTS, STRIDES, feature_maps, pad
from huegraft.backbones.registry import choose_layers
from huegraft.errors import BackboneError, WeightsError
from huegraft.setting_groups import FeatureSettings
from huegraft.settings import Mode
from huegraft.weights.read import read_tensors

WEIGHTS = Path(__file__).with_name("pointer.safetensors")
"""Made by training/, whose recipe.json says how."""

LAYERS: Mapping[Mode, tuple[str, ...]] = {
    "colorize": tuple(STRIDES),
    "transfer": (*STRIDES, "handcrafted", "color"),
}
"""Of each mode, in the order in which they are yielded."""

CONTEXT_LAYERS = (*STRIDES, "color")
"""Layers that are joined by their surroundings; the handcrafted descriptor tells of its own already."""

_COARSEST = max(STRIDES.values())


@dataclass(frozen=True, eq=False)
class Pointer:
    """The network of one mode.

    Attributes
    ----------
    mode
        Which of the two networks it is.
    convolutions
        Weight and bias of each of `CONVOLUTIONS`, by name.
    layers
        Which of the maps are yielded.
    layer_weights
        How much each of `layers` counts unless the settings say otherwise; learned as well.
    """

    mode: Mode
    convolutions: Mapping[str, tuple[Tensor, Tensor]]
    layers: tuple[str, ...]
    layer_weights: tuple[float, ...]
    name: str = field(init=False)
    radius = 256
    tile = 1024

    def __post_init__(self) -> None:
        digest = hashlib.sha256(repr(self.layer_weights).encode())
        for name in CONVOLUTIONS:
            for tensor in self.convolutions[name]:
                digest.update(tensor.cpu().numpy().tobytes())
        object.__setattr__(self, "name", f"pointer:{digest.hexdigest()[:16]}")

    @property
    def context_layers(self) -> tuple[str, ...]:
        """Those of `layers` that surroundings join."""
        return tuple(layer for layer in self.layers if layer in CONTEXT_LAYERS)

    def __call__(self, picture: Float[Tensor, "h w 3"], /) -> Iterator[Float[Tensor, "c h w"]]:
        """Yield the maps of `layers` at the picture's size; sRGB in [0, 1] comes in."""
        height, width = picture.shape[:2]
        for layer, maps in self._maps(picture):
            enlarged = functional.interpolate(maps, scale_factor=STRIDES[layer], mode="bilinear", align_corners=False)
            yield enlarged[0, :, :height, :width]
        if "handcrafted" in self.layers:
            yield from Handcrafted()(picture)
        if "color" in self.layers:
            yield color_kernel(picture)

    def parts(self, picture: Float[Tensor, "h w 3"], window: Window, /) -> Iterator[Part]:
        """Yield the cells of the maps of `layers` that a window's features depend on."""
        height, width = picture.shape[:2]
        top, left = (max(0, start - self.radius) // _COARSEST * _COARSEST for start in (window.top, window.left))
        bottom, right = (_up(end + self.radius) for end in (window.bottom, window.right))
        for layer, maps in self._maps(picture[top:bottom, left:right]):
            stride = STRIDES[layer]
            size = height / stride, width / stride
            first, end = cells_between(height, size[0], window.top, window.bottom)
            rows = slice(first - top // stride, end - top // stride)
            left_cell, end = cells_between(width, size[1], window.left, window.right)
            columns = slice(left_cell - left // stride, end - left // stride)
            yield Part(maps[0, :, rows, columns], first, left_cell, size)
        if "handcrafted" in self.layers:
            yield _handcrafted_part(picture, window)
        if "color" in self.layers:
            seen = picture[window.top : window.bottom, window.left : window.right]
            yield Part(color_kernel(seen), window.top, window.left, (height, width))

    def _maps(self, picture: Float[Tensor, "h w 3"]) -> Iterator[tuple[str, Float[Tensor, "1 c h2 w2"]]]:
        """Yield (layer, map) of the network's `layers`, the picture's edges repeated to fill the last cells."""
        if not set(self.layers) & set(STRIDES):
            return
        height, width = picture.shape[:2]
        seen = picture[..., : INPUTS[self.mode]].permute(2, 0, 1)[None]
        beyond = (0, _up(width) - width, 0, _up(height) - height)
        seen = functional.pad(seen, beyond, mode="replicate").contiguous(memory_format=torch.channels_last)
        for layer, maps in zip(STRIDES, feature_maps(seen - 0.5, self._convolved), strict=True):
            if layer in self.layers:
                yield layer, maps[:, :, : -(-height // STRIDES[layer]), : -(-width // STRIDES[layer])]

    def _convolved(self, name: str, maps: Float[Tensor, "1 c h w"]) -> Float[Tensor, "1 c2 h2 w2"]:
        shape, (weight, bias) = CONVOLUTIONS[name], self.convolutions[name]
        found = functional.conv2d(pad(maps, shape), weight, bias, stride=shape.stride, dilation=shape.dilation)
        return functional.relu_(found) if shape.rectified else found


def load_pointer(settings: FeatureSettings, device: torch.device, mode: Mode) -> Pointer:
    """Load the network of a mode from the file in the package, or from one of the same layout.

    Raises
    ------
    BackboneError
        If a layer is unknown, or pooling is asked for.
    WeightsError
        If the file is missing, damaged or holds other tensors.
    """
    layers = choose_layers("builtin", settings.layers, LAYERS[mode], LAYERS[mode])
    if settings.pooling:
        raise BackboneError("backbone 'builtin' has no pooling; leave the setting out")
    path = settings.weights or str(WEIGHTS)
    sizes: dict[str, tuple[int, ...]] = {f"{mode}.layer_weights": (len(LAYERS[mode]),)}
    for name, shape in CONVOLUTIONS.items():
        inputs = shape.inputs or INPUTS[mode]
        sizes[f"{mode}.{name}.weight"] = (shape.outputs, inputs, shape.kernel, shape.kernel)
        sizes[f"{mode}.{name}.bias"] = (shape.outputs,)
    tensors = read_tensors(path, set(sizes))
    for tensor, size in sizes.items():
        if tensor not in tensors or tensors[tensor].shape != size or not tensors[tensor].isfinite().all():
            raise WeightsError(f"{path}: expected a tensor {tensor!r} of shape {size}, all finite")
    layer_weights = dict(zip(LAYERS[mode], tensors[f"{mode}.layer_weights"].tolist(), strict=True))
    convolutions: dict[str, tuple[Tensor, Tensor]] = {}
    for name in CONVOLUTIONS:
        weight, bias = (tensors[f"{mode}.{name}.{part}"].to(device) for part in ("weight", "bias"))
        convolutions[name] = weight.contiguous(memory_format=torch.channels_last), bias
    return Pointer(mode, convolutions, layers, tuple(layer_weights[layer] for layer in layers))


def _handcrafted_part(picture: Float[Tensor, "h w 3"], window: Window) -> Part:
    top, left = (max(0, start - Handcrafted.radius) for start in (window.top, window.left))
    crop = picture[top : window.bottom + Handcrafted.radius, left : window.right + Handcrafted.radius]
    (values,) = Handcrafted()(crop)
    values = values[:, window.top - top : window.bottom - top, window.left - left : window.right - left]
    return Part(values, window.top, window.left, (picture.shape[0], picture.shape[1]))


def _up(size: int) -> int:
    """Round up to whole cells of the coarsest map."""
    return -(-size // _COARSEST) * _COARSEST
