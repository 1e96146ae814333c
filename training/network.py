"""The built-in network as it is trained: each convolution followed by a batch norm.

Tests hold `feature_maps` and `fixed_maps` to what the package computes.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from training.color_kernel import color_kernel

from huegraft.backbones.handcrafted import Handcrafted
from huegraft.backbones.pointer import LAYERS
from huegraft.backbones.pointer_network import CONVOLUTIONS, INPUTS, ConvolutionShape
from huegraft.settings import Mode

_LAYER_WEIGHT = 0.2  # at first


class TrainedNetwork(nn.Module):
    """Weights of the convolutions of one network, the batch norms that export folds into them, and how layers count.

    Parameters
    ----------
    mode
        "colorize" sees grey, "transfer" colour.
    """

    def __init__(self, mode: Mode) -> None:
        super().__init__()
        self.mode: Mode = mode
        self.convolutions = nn.ModuleDict(
            {
                name: _block(INPUTS[mode] if name == "stem" else shape.inputs, shape)
                for name, shape in CONVOLUTIONS.items()
            }
        )
        self.log_layer_weights = nn.Parameter(torch.full((len(LAYERS[mode]),), math.log(_LAYER_WEIGHT)))

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Return the network's maps, finest first, of sRGB (n, 3, h, w) or grey (n, 1, h, w) pictures in [0, 1]."""

        def layer(name: str, maps: Tensor) -> Tensor:
            return self.convolutions[name](pad(maps, CONVOLUTIONS[name]))

        return feature_maps(pictures.contiguous(memory_format=torch.channels_last) - 0.5, layer)

    @torch.no_grad()
    def folded(self) -> dict[str, Tensor]:
        """Return the layers' weights, and those and biases of convolutions, batch norms in them, as float16."""
        tensors = {f"{self.mode}.layer_weights": self.log_layer_weights.exp()}
        for name, block in self.convolutions.items():
            convolution, norm = block[0], block[1]
            weight = convolution.weight.double()
            if isinstance(norm, nn.BatchNorm2d):
                scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
                weight = weight * scale[:, None, None, None]
                bias = norm.bias.double() - norm.running_mean.double() * scale
            else:
                bias = convolution.bias.double()
            tensors[f"{self.mode}.{name}.weight"] = weight.half()
            tensors[f"{self.mode}.{name}.bias"] = bias.half()
        return tensors


def feature_maps(pictures: Tensor, layer: Callable[[str, Tensor], Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Return the fine, the middle and the coarse map of pictures whose sides are multiples of 16.

    Parameters
    ----------
    pictures
        Grey (n, 1, h, w) or sRGB (n, 3, h, w), less a half.
    layer
        Applies a convolution of `CONVOLUTIONS`, by its name, with its padding and what follows it.
    """
    maps = layer("stem", pictures)
    maps = maps + layer("half_near", maps)
    quarter = layer("quarter_first", functional.avg_pool2d(maps, 2))
    quarter = quarter + layer("quarter", quarter)
    eighth = layer("eighth_first", functional.avg_pool2d(quarter, 2))
    eighth = eighth + layer("eighth_near", eighth)
    eighth = eighth + layer("eighth_far", eighth)
    sixteenth = layer("sixteenth_first", functional.avg_pool2d(eighth, 2))
    sixteenth = sixteenth + layer("sixteenth_near", sixteenth)
    sixteenth = sixteenth + layer("sixteenth_far", sixteenth)
    eighth = layer("eighth_joined", eighth + _twice(layer("to_eighth", sixteenth)))
    quarter = layer("quarter_joined", quarter + _twice(layer("to_quarter", eighth)))
    return layer("fine", quarter), layer("middle", eighth), layer("coarse", sixteenth)


def pad(maps: Tensor, shape: ConvolutionShape) -> Tensor:
    """Repeat the edges so far that a convolution keeps the size, or divides it by its stride."""
    return functional.pad(maps, (shape.border,) * 4, mode="replicate") if shape.border else maps


@torch.no_grad()
def fixed_maps(pictures: Tensor, mode: Mode) -> tuple[Tensor, ...]:
    """Return the layers that stand beside the network's, for (n, c, h, w) as the network sees them."""
    if mode == "colorize":
        return ()
    colors = pictures.permute(0, 2, 3, 1)
    described = [np.moveaxis(next(Handcrafted()(each)), 2, 0) for each in colors.cpu().numpy()]
    return (
        torch.from_numpy(np.stack(described)).to(pictures.device),
        torch.stack([color_kernel(each) for each in colors]),
    )


def _twice(maps: Tensor) -> Tensor:
    return functional.interpolate(maps, scale_factor=2, mode="bilinear", align_corners=False)


def _block(inputs: int, shape: ConvolutionShape) -> nn.Sequential:
    convolution = nn.Conv2d(
        inputs, shape.outputs, shape.kernel, stride=shape.stride, dilation=shape.dilation, bias=not shape.rectified
    )
    if not shape.rectified:
        return nn.Sequential(convolution, nn.Identity())
    nn.init.kaiming_normal_(convolution.weight)
    return nn.Sequential(convolution, nn.BatchNorm2d(shape.outputs), nn.ReLU(inplace=True))
