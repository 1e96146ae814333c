"""VGG's features the plain way, to time the tiled ones against: whole maps, one operation of Torch after the other.

Channels last, inference mode, as many threads as Torch has; batch norm as a step of its own, no Winograd, no tiles.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int32
from torch import Tensor
from torch.nn import functional

from huegraft.backbones.vgg import BLOCK_STARTS, Vgg

_CHANNELS_AT_ONCE = 64


class PlainVgg:
    """The same network with its weights in Torch."""

    def __init__(self, backbone: Vgg) -> None:
        self._backbone = backbone
        self._preprocess = tuple(map(torch.from_numpy, backbone.preprocess))
        self._convolutions = {
            position: (
                torch.from_numpy(convolution.weight).contiguous(memory_format=torch.channels_last),
                torch.from_numpy(convolution.bias),
                [torch.from_numpy(part) for part in convolution.norm],
            )
            for position, convolution in backbone.convolutions.items()
        }

    def __call__(self, picture: Float32[np.ndarray, "h w 3"]) -> Iterator[Float[Tensor, "h w c"]]:
        """Yield the maps of the backbone's layers; call it in inference mode."""
        backbone, (matrix, offset) = self._backbone, self._preprocess
        maps = torch.from_numpy(picture) @ matrix.T + offset
        maps = maps.permute(2, 0, 1)[None].contiguous(memory_format=torch.channels_last)
        for position, (weight, bias, norm) in self._convolutions.items():
            if backbone.pooling and position in BLOCK_STARTS:
                maps = functional.max_pool2d(maps, kernel_size=(min(2, maps.shape[2]), min(2, maps.shape[3])))
            maps = functional.conv2d(_pad(maps, backbone.padding), weight, bias)
            if norm:
                scale, shift, mean, variance = norm
                maps = functional.batch_norm(maps, mean, variance, scale, shift, eps=1e-5)
            maps = functional.relu_(maps)
            if f"relu{position}" in backbone.layers:
                yield _enlarge(maps, picture.shape[:2])[0].permute(1, 2, 0)
            if f"relu{position}" == backbone.layers[-1]:
                return


def plain_features(
    layers: Sequence[str], whole_maps: Iterable[Float[Tensor, "h w c"]], labels: Int32[np.ndarray, "h w"]
) -> dict[str, Float64[np.ndarray, "n c"]]:
    """Return the means of each layer's map over superpixels, numbered from 0."""
    flat = torch.from_numpy(labels).long().flatten()
    areas = torch.bincount(flat).double()
    means: dict[str, np.ndarray] = {}
    with torch.inference_mode():
        for layer, maps in zip(layers, whole_maps, strict=True):
            sums = [
                torch.zeros(len(areas), block.shape[2], dtype=torch.float64).index_add_(
                    0, flat, block.flatten(0, 1).double()
                )
                for block in maps.split(_CHANNELS_AT_ONCE, dim=2)
            ]
            means[layer] = (torch.cat(sums, dim=1) / areas[:, None]).numpy()
    return means


def _pad(maps: Tensor, padding: str) -> Tensor:
    for side, border in ((2, (0, 0, 1, 1)), (3, (1, 1, 0, 0))):
        repeat = padding == "reflect" and maps.shape[side] == 1
        maps = functional.pad(maps, border, mode="replicate" if repeat else padding)
    return maps


def _enlarge(maps: Tensor, size: tuple[int, ...]) -> Tensor:
    if maps.shape[2:] == size:
        return maps
    return functional.interpolate(maps, size=size, mode="bilinear", align_corners=False)
