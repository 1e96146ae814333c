"""Backbones that run on Torch, on the CPU or a GPU: an adapter for modules, and VGG-19 through it."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from huegraft.backbones.tiles import windows
from huegraft.backbones.vgg import BLOCK_STARTS, Vgg
from huegraft.errors import BackboneError
from huegraft.extras import imports
from huegraft.shapes import Float, Float32, Float64, Int32
from huegraft.windows import Window

with imports("torch", __name__):
    import torch
    from torch import Tensor, nn
    from torch.nn import functional

_TILE = 1024
_TILE_IN_RADII = 8  # or most of the work would go into the margins
_CHANNELS_AT_ONCE = 64


class TorchBackbone:
    """A module of Torch as a backbone. Its maps, and their means over superpixels, are made on its device.

    Parameters
    ----------
    module
        It is called in inference mode with sRGB in [0, 1], float32 (1, 3, h, w) on `device`. It returns or yields one
        map (1, c, h2, w2) for each layer. Maps smaller than the picture are enlarged bilinearly. A module with batch
        norms or dropout has to be in its evaluation mode, ``module.eval()``.
    name, layers, radius
        As :class:`huegraft.Backbone` has them. The name has to change with the module's weights.
    device
        "cpu", "cuda", "cuda:1".

    Examples
    --------
    >>> convolution = torch.nn.Conv2d(3, 8, 3, padding=1, padding_mode="replicate")
    >>> backbone = TorchBackbone(lambda x: [convolution(x)], "one convolution", ("maps",), radius=1)
    >>> [maps.shape for maps in backbone(np.zeros((20, 30, 3), np.float32))]
    [(20, 30, 8)]
    """

    def __init__(
        self, module: Any, name: str, layers: tuple[str, ...], radius: int | None, device: str = "cpu"
    ) -> None:
        self.name, self.layers, self.radius, self.device = name, layers, radius, torch.device(device)
        self._module = module.to(self.device) if isinstance(module, nn.Module) else module

    def __call__(self, picture: Float32[np.ndarray, "h w 3"], /) -> Iterator[Float32[np.ndarray, "h w c"]]:
        """Yield the maps of `layers` at the picture's size."""
        size = (picture.shape[0], picture.shape[1])
        for maps in self._maps(torch.tensor(picture, device=self.device)):
            whole = functional.interpolate(maps, size=size, mode="bilinear") if maps.shape[2:] != size else maps
            yield whole[0].permute(1, 2, 0).float().cpu().numpy()

    def pooled(
        self, picture: Float32[np.ndarray, "h w 3"], labels: Int32[np.ndarray, "h w"], count: int, /
    ) -> list[Float64[np.ndarray, "n c"]]:
        """Return the super-features of `layers`. Large pictures are worked on in tiles with a margin of `radius`."""
        height, width = labels.shape
        whole = torch.tensor(picture, device=self.device)
        superpixels = torch.tensor(labels, dtype=torch.int64, device=self.device)
        radius = max(height, width) if self.radius is None else self.radius
        sums: dict[str, Tensor] = {}
        for window in windows(height, width, max(_TILE, _TILE_IN_RADII * radius)):
            for layer, maps in self._window(whole, window, radius):
                if layer not in sums:
                    sums[layer] = torch.zeros(count, maps.shape[1], dtype=torch.float64, device=self.device)
                inside = superpixels[window.top : window.bottom, window.left : window.right].flatten()
                for first in range(0, maps.shape[1], _CHANNELS_AT_ONCE):
                    channels = slice(first, first + _CHANNELS_AT_ONCE)
                    sums[layer][:, channels].index_add_(0, inside, maps[0, channels].flatten(1).T.double())
        areas = torch.bincount(superpixels.flatten(), minlength=count)[:, None]
        return [(sums[layer] / areas).cpu().numpy() for layer in self.layers]

    def _window(self, whole: Tensor, window: Window, radius: int) -> Iterator[tuple[str, Float[Tensor, "1 c h w"]]]:
        crop, (rows, columns) = whole[window.crop(radius)], window.inside(radius)
        for layer, maps in zip(self.layers, self._maps(crop), strict=True):
            size = crop.shape[:2]
            if maps.shape[2:] != size:
                maps = functional.interpolate(maps, size=tuple(size), mode="bilinear")
            yield layer, maps[:, :, rows, columns]

    def _maps(self, picture: Float[Tensor, "h w 3"]) -> Iterator[Tensor]:
        """Yield the maps of the module. Inference mode is off while the caller works."""
        with torch.inference_mode():
            yielded = self._module(picture.permute(2, 0, 1)[None])
            maps = iter(yielded) if isinstance(yielded, Iterable) else iter(())
        for layer in self.layers:
            with torch.inference_mode():
                values = next(maps, None)
            if not isinstance(values, Tensor) or values.ndim != 4 or values.shape[0] != 1:
                found = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
                raise BackboneError(f"the module of {self.name!r} must yield (1, c, h, w) for {layer!r}, got {found}")
            yield values
        with torch.inference_mode():
            if next(maps, None) is not None:
                raise BackboneError(f"the module of {self.name!r} yields more maps than it has layers")


def vgg_on_torch(vgg: Vgg, device: str) -> TorchBackbone:
    """Return VGG-19 on a device of Torch. With pooling it gets whole pictures, on which its cells lie as trained."""
    return TorchBackbone(_VggModule(vgg), vgg.name, vgg.layers, None if vgg.pooling else vgg.radius, device)


class _VggModule(nn.Module):
    def __init__(self, vgg: Vgg) -> None:
        super().__init__()
        self._vgg = vgg
        self._parts = nn.ParameterList()
        for array in (*vgg.preprocess, *(each for one in vgg.convolutions.values() for each in one.folded)):
            self._parts.append(nn.Parameter(torch.from_numpy(np.ascontiguousarray(array)), requires_grad=False))

    def forward(self, picture: Tensor) -> Iterator[Tensor]:
        """Yield the ReLUs of the layers at their own size, in full single precision, which GPUs round by default."""
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            yield from self._rectified(picture)

    def _rectified(self, picture: Tensor) -> Iterator[Tensor]:
        matrix, offset, *parts = self._parts
        maps = functional.conv2d(picture, matrix[:, :, None, None], offset)
        for position, weight, bias in zip(self._vgg.convolutions, parts[::2], parts[1::2], strict=True):
            if self._vgg.pooling and position in BLOCK_STARTS:
                maps = functional.max_pool2d(maps, (min(2, maps.shape[2]), min(2, maps.shape[3])))
            maps = functional.relu_(functional.conv2d(self._padded(maps), weight, bias))
            if f"relu{position}" in self._vgg.layers:
                yield maps
            if f"relu{position}" == self._vgg.layers[-1]:
                return

    def _padded(self, maps: Tensor) -> Tensor:
        """Add a border. A side of one pixel has no neighbour to reflect, so it is repeated instead."""
        for side, lines in ((2, (0, 0, 1, 1)), (3, (1, 1, 0, 0))):
            repeat = self._vgg.padding == "reflect" and maps.shape[side] == 1
            maps = functional.pad(maps, lines, mode="replicate" if repeat else self._vgg.padding)
        return maps
