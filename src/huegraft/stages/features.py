"""Features: run the backbone over a prepared picture (section 2.1.2)."""

from collections.abc import Iterator

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
        If the backbone yields too few or too many maps, or one not of the picture's size.
    """
    height, width = picture.shape[:2]
    layers = iter(backbone.layers)
    with torch.inference_mode():
        for feature_map in backbone(torch.tensor(picture, device=device)):
            layer = next(layers, None)
            if layer is None or feature_map.ndim != 3 or feature_map.shape[1:] != (height, width):
                raise BackboneError(
                    f"backbone {backbone.name!r} must yield maps (c, {height}, {width}), one for each of its layers "
                    f"{', '.join(backbone.layers)}; got {tuple(feature_map.shape)} for {layer or 'one more'}"
                )
            yield layer, feature_map
    if (missing := next(layers, None)) is not None:
        raise BackboneError(f"backbone {backbone.name!r} yielded no map for its layer {missing!r}")
