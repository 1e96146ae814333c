"""Features: run the backbone over a prepared picture, whole or in tiles (section 2.1.2)."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from huegraft.backbones.parts import Part, TiledBackbone, Window
from huegraft.backbones.registry import Backbone
from huegraft.errors import BackboneError
from huegraft.types import FloatPicture

_TILE = 512
_TILE_IN_RADII = 8  # or most of the work would go into the margins


def tiled_features(
    picture: FloatPicture, backbone: Backbone, device: torch.device
) -> Iterator[tuple[str, Window, Part]]:
    """Yield (layer, window, part of the map f_l that the window's features depend on), tile by tile, on `device`.

    The windows divide the picture. A backbone that cannot work on parts by itself is given crops with a margin of its
    `radius`, cut off at the picture's edges; with a radius of None, the whole picture.

    Parameters
    ----------
    picture
        As for `extract_features`, whose errors are raised here too.
    """
    height, width = picture.shape[:2]
    if isinstance(backbone, TiledBackbone):
        whole = torch.tensor(picture, device=device)
        for window in _windows(height, width, backbone.tile):
            for layer, part in zip(
                backbone.layers, _in_inference_mode(backbone, backbone.parts, whole, window), strict=True
            ):
                yield layer, window, part
        return
    radius = max(height, width) if backbone.radius is None else backbone.radius
    for window in _windows(height, width, max(_TILE, _TILE_IN_RADII * radius)):
        top, left = max(window.top - radius, 0), max(window.left - radius, 0)
        crop = picture[top : window.bottom + radius, left : window.right + radius]
        rows = slice(window.top - top, window.bottom - top)
        columns = slice(window.left - left, window.right - left)
        for layer, feature_map in extract_features(crop, backbone, device):
            yield layer, window, Part(feature_map[:, rows, columns], window.top, window.left, (height, width))


def extract_features(
    picture: FloatPicture, backbone: Backbone, device: torch.device
) -> Iterator[tuple[str, Float[Tensor, "c h w"]]]:
    """Yield (layer, feature map f_l) for each of the backbone's layers, one at a time, on `device`.

    Parameters
    ----------
    picture
        sRGB in [0, 1] at the working size; grey, in three equal channels, for colourisation.

    Raises
    ------
    BackboneError
        If the backbone yields too few or too many maps, or one not of the picture's size or not finite.
    """
    size = (picture.shape[0], picture.shape[1])
    maps = _in_inference_mode(backbone, backbone, torch.tensor(picture, device=device))
    for layer in backbone.layers:
        feature_map = next(maps, None)
        if feature_map is None:
            raise BackboneError(f"backbone {backbone.name!r} yielded no map for its layer {layer!r}")
        _check(backbone, layer, feature_map, size)
        yield layer, feature_map
    if next(maps, None) is not None:
        raise BackboneError(f"backbone {backbone.name!r} yielded more maps than it has layers")


def _windows(height: int, width: int, side: int) -> Iterator[Window]:
    """Divide a picture into windows of about the same size, none with more pixels than a square of that side."""
    if height * width <= side**2:
        yield Window(0, height, 0, width)
        return
    rows, columns = ([size * k // -(-size // side) for k in range(-(-size // side) + 1)] for size in (height, width))
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            yield Window(top, bottom, left, right)


def _in_inference_mode(backbone: Backbone, call: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
    """Yield what a call of the backbone yields; the mode is off while the caller has the floor."""
    with torch.inference_mode():
        yielded = call(*arguments)
        if not isinstance(yielded, Iterable):
            raise BackboneError(f"backbone {backbone.name!r} must yield feature maps, got {type(yielded).__name__}")
        values = iter(yielded)
    while True:
        with torch.inference_mode():
            value = next(values, None)
        if value is None:
            return
        yield value


def _check(backbone: Backbone, layer: str, feature_map: Any, size: tuple[int, int]) -> None:
    if not isinstance(feature_map, Tensor) or feature_map.ndim != 3 or feature_map.shape[1:] != size:
        found = tuple(feature_map.shape) if isinstance(feature_map, Tensor) else type(feature_map).__name__
        raise BackboneError(
            f"backbone {backbone.name!r} must yield tensors (c, {size[0]}, {size[1]}), one for each of its layers "
            f"{', '.join(backbone.layers)}; got {found} for {layer}"
        )
    if not (feature_map.sum().isfinite() or feature_map.isfinite().all()):  # the sum, for one pass without a copy
        raise BackboneError(f"backbone {backbone.name!r} yields NaN or infinite features in its layer {layer!r}")
