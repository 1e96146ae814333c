"""Features: run the backbone over a prepared picture (section 2.1.2)."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from huegraft.backbones import Backbone
from huegraft.errors import BackboneError
from huegraft.types import FloatPicture


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
    maps = _in_inference_mode(backbone, torch.tensor(picture, device=device))
    for layer in backbone.layers:
        feature_map = next(maps, None)
        if feature_map is None:
            raise BackboneError(f"backbone {backbone.name!r} yielded no map for its layer {layer!r}")
        _check(backbone, layer, feature_map, size)
        yield layer, feature_map
    if next(maps, None) is not None:
        raise BackboneError(f"backbone {backbone.name!r} yielded more maps than it has layers")


def _in_inference_mode(backbone: Backbone, picture: Float[Tensor, "h w 3"]) -> Iterator[Any]:
    """Yield what the backbone yields; the mode is off while the caller has the floor."""
    with torch.inference_mode():
        yielded = backbone(picture)
        if not isinstance(yielded, Iterable):
            raise BackboneError(f"backbone {backbone.name!r} must yield feature maps, got {type(yielded).__name__}")
        maps = iter(yielded)
    while True:
        with torch.inference_mode():
            feature_map = next(maps, None)
        if feature_map is None:
            return
        yield feature_map


def _check(backbone: Backbone, layer: str, feature_map: Any, size: tuple[int, int]) -> None:
    if not isinstance(feature_map, Tensor) or feature_map.ndim != 3 or feature_map.shape[1:] != size:
        found = tuple(feature_map.shape) if isinstance(feature_map, Tensor) else type(feature_map).__name__
        raise BackboneError(
            f"backbone {backbone.name!r} must yield tensors (c, {size[0]}, {size[1]}), one for each of its layers "
            f"{', '.join(backbone.layers)}; got {found} for {layer}"
        )
    if not feature_map.isfinite().all():
        raise BackboneError(f"backbone {backbone.name!r} yields NaN or infinite features in its layer {layer!r}")
