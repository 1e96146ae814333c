"""The built-in network's maps the plain way: whole maps, one operation of Torch after the other, enlarged.

Channels last, inference mode, as many threads as Torch has. The handcrafted layer is the package's: it has a comparison
of its own.
"""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor
from torch.nn import functional
from training.color import lab_from_srgb
from training.network import feature_maps, pad

from huegraft.backbones.color_kernel import frequencies
from huegraft.backbones.handcrafted import Handcrafted
from huegraft.backbones.pointer import Pointer
from huegraft.backbones.pointer_network import CONVOLUTIONS, INPUTS, STRIDES

_COARSEST = max(STRIDES.values())


class PlainPointer:
    """The same backbone with its weights in Torch; of one that yields all its layers."""

    def __init__(self, backbone: Pointer) -> None:
        self._backbone = backbone
        self._convolutions: dict[str, tuple[Tensor, Tensor]] = {}
        for name, kernel in backbone.kernels.items():
            weight = torch.from_numpy(kernel.weights).reshape(kernel.side, kernel.side, -1, len(kernel.bias))
            by_output = weight.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
            self._convolutions[name] = by_output, torch.from_numpy(kernel.bias)

    def __call__(self, picture: Float32[np.ndarray, "h w 3"]) -> Iterator[Float[Tensor, "h w c"]]:
        """Yield the maps of the backbone's layers; call it in inference mode."""
        height, width, _ = picture.shape
        pixels = torch.from_numpy(picture)
        seen = pixels[..., : INPUTS[self._backbone.mode]].permute(2, 0, 1)[None]
        beyond = (0, -width % _COARSEST, 0, -height % _COARSEST)
        seen = functional.pad(seen, beyond, mode="replicate").contiguous(memory_format=torch.channels_last)
        for stride, maps in zip(STRIDES.values(), feature_maps(seen - 0.5, self._convolved), strict=True):
            cells = maps[:, :, : -(-height // stride), : -(-width // stride)]
            enlarged = functional.interpolate(cells, scale_factor=stride, mode="bilinear", align_corners=False)
            yield enlarged[0, :, :height, :width].permute(1, 2, 0)
        if "handcrafted" in self._backbone.layers:
            yield from map(torch.from_numpy, Handcrafted()(picture))
        if "color" in self._backbone.layers:
            phases = lab_from_srgb(pixels) @ torch.from_numpy(frequencies()).T
            yield torch.cat([phases.cos(), phases.sin()], dim=2)

    def _convolved(self, name: str, maps: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c2 h2 w2"]:
        shape, (weight, bias) = CONVOLUTIONS[name], self._convolutions[name]
        found = functional.conv2d(pad(maps, shape), weight, bias, stride=shape.stride, dilation=shape.dilation)
        return functional.relu_(found) if shape.rectified else found
