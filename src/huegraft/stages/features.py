"""Features: run the backbone over a prepared picture, whole or in tiles, and pool its maps (sections 2.1.2, 2.1.3)."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from huegraft.backbones.registry import Backbone, PoolingBackbone
from huegraft.backbones.tiles import Cells, Pooling, windows
from huegraft.errors import BackboneError
from huegraft.shapes import Float, Float64, Int32
from huegraft.types import FloatPicture

_TILE = 512
_TILE_IN_RADII = 8  # or most of the work would go into the margins


def super_features(
    picture: FloatPicture, labels: Int32[np.ndarray, "h w"], count: int, backbone: Backbone
) -> dict[str, Float64[np.ndarray, "n _"]]:
    """Return F_l(i), the mean of each feature map over each superpixel, by layer.

    A backbone that does not pool by itself gets crops with a margin of its `radius`, which is cut off at the picture's
    edges. With a radius of None it gets the whole picture.

    Parameters
    ----------
    picture
        sRGB in [0, 1] at the working size. For colourisation it is grey, in three equal channels.
    labels, count
        The superpixel of each pixel, and the number of superpixels.

    Raises
    ------
    BackboneError
        If the backbone yields too few or too many layers, or a map of a wrong shape or with infinite numbers or NaN.
    """
    if isinstance(backbone, PoolingBackbone):
        means = dict(_named(backbone, backbone.pooled(picture, labels, count)))
        for layer, features in means.items():
            _check(backbone, layer, features, (count,))
        return {layer: np.asarray(features, dtype=np.float64) for layer, features in means.items()}
    pooling = Pooling(labels, count)
    height, width = labels.shape
    radius = max(height, width) if backbone.radius is None else backbone.radius
    for window in windows(height, width, max(_TILE, _TILE_IN_RADII * radius)):
        for layer, feature_map in extract_features(picture[window.crop(radius)], backbone):
            inside = feature_map[window.inside(radius)]
            pooling.add(layer, window, Cells(inside, window.top, window.left, (height, width)))
    return pooling.means()


def extract_features(picture: FloatPicture, backbone: Backbone) -> Iterator[tuple[str, Float[np.ndarray, "h w c"]]]:
    """Yield (layer, feature map f_l) for each of the backbone's layers, one at a time.

    Parameters
    ----------
    picture
        As for `super_features`. The errors of `super_features` are raised here, too.
    """
    for layer, feature_map in _named(backbone, backbone(picture)):
        _check(backbone, layer, feature_map, (picture.shape[0], picture.shape[1]))
        yield layer, feature_map


def _named(backbone: Backbone, yielded: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(yielded, Iterable):
        raise BackboneError(f"backbone {backbone.name!r} must yield feature maps, got {type(yielded).__name__}")
    maps = iter(yielded)
    for layer in backbone.layers:
        feature_map = next(maps, None)
        if feature_map is None:
            raise BackboneError(f"backbone {backbone.name!r} yielded no map for its layer {layer!r}")
        yield layer, feature_map
    if next(maps, None) is not None:
        raise BackboneError(f"backbone {backbone.name!r} yielded more maps than it has layers")


def _check(backbone: Backbone, layer: str, values: Any, size: tuple[int, ...]) -> None:
    wanted = f"({', '.join(map(str, size))}, c)"
    if not isinstance(values, np.ndarray):
        hint = "; wrap its module in huegraft.backbones.torch.TorchBackbone" if hasattr(values, "detach") else ""
        raise BackboneError(
            f"backbone {backbone.name!r} must yield NumPy arrays {wanted}, got {type(values).__name__} for "
            f"{layer}{hint}"
        )
    if values.ndim != len(size) + 1 or values.shape[:-1] != size or not np.issubdtype(values.dtype, np.floating):
        raise BackboneError(
            f"backbone {backbone.name!r} must yield arrays of floats {wanted}, one for each of its layers "
            f"{', '.join(backbone.layers)}; got {values.dtype} {values.shape} for {layer}"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        finite = np.isfinite(values.sum()) or np.isfinite(values).all()  # the sum, for one pass without a copy
    if not finite:
        raise BackboneError(f"backbone {backbone.name!r} yields NaN or infinite features in its layer {layer!r}")
