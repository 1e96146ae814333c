"""VGG's features the plain way, to time the tiled ones against: whole maps, one operation of Torch after the other.

Channels last, inference mode, as many threads as Torch has; batch norm as a step of its own, no Winograd, no tiles.
"""

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from huegraft.backbones.vgg import Vgg

_BLOCK_STARTS = ("2_1", "3_1")
_CHANNELS_AT_ONCE = 64


def plain_maps(backbone: Vgg, picture: Tensor) -> Iterator[Tensor]:
    """Yield the maps (c, h, w) of the backbone's layers for a picture (h, w, 3); call it in inference mode."""
    matrix, offset = backbone.preprocess
    maps = (picture @ matrix.T + offset).permute(2, 0, 1)[None].contiguous(memory_format=torch.channels_last)
    for position, convolution in backbone.convolutions.items():
        if backbone.pooling and position in _BLOCK_STARTS:
            maps = functional.max_pool2d(maps, kernel_size=(min(2, maps.shape[2]), min(2, maps.shape[3])))
        maps = functional.conv2d(_pad(maps, backbone.padding), convolution.weight, convolution.bias)
        if convolution.norm:
            weight, bias, mean, variance = convolution.norm
            maps = functional.batch_norm(maps, mean, variance, weight, bias, eps=1e-5)
        maps = functional.relu_(maps)
        if f"relu{position}" in backbone.layers:
            yield _enlarge(maps, picture.shape[:2])[0]
        if f"relu{position}" == backbone.layers[-1]:
            return


def plain_features(layers: Sequence[str], whole_maps: Iterable[Tensor], labels: Tensor) -> dict[str, Tensor]:
    """Return the means (n, c) of each layer's map (c, h, w) over superpixels (h, w), numbered from 0."""
    flat, areas = labels.flatten(), torch.bincount(labels.flatten()).double()
    means: dict[str, Tensor] = {}
    with torch.inference_mode():
        for layer, maps in zip(layers, whole_maps, strict=True):
            sums = [
                torch.zeros(len(areas), len(block), dtype=torch.float64).index_add_(
                    0, flat, block.flatten(1).T.double()
                )
                for block in maps.split(_CHANNELS_AT_ONCE)
            ]
            means[layer] = torch.cat(sums, dim=1) / areas[:, None]
    return means


def _pad(maps: Tensor, padding: str) -> Tensor:
    for side, border in ((2, (0, 0, 1, 1)), (3, (1, 1, 0, 0))):
        repeat = padding == "reflect" and maps.shape[side] == 1
        maps = functional.pad(maps, border, mode="replicate" if repeat else padding)
    return maps


def _enlarge(maps: Tensor, size: torch.Size) -> Tensor:
    if maps.shape[2:] == size:
        return maps
    return functional.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=False)
