"""A descriptor that needs no weights: colour, gradient and local contrast at several Gaussian scales."""

from collections.abc import Iterator

import numpy as np

from huegraft.backbones.registry import check_cpu, choose_layers
from huegraft.compiled.descriptor import describe
from huegraft.errors import BackboneError
from huegraft.setting_groups import FeatureSettings
from huegraft.shapes import Float32

_SCALES = (1, 2, 4, 8)
_TRUNCATE = 3


class Handcrafted:
    """CIELAB, gradient magnitude of L* and local deviation of L*, at Gaussian scales of 1, 2, 4 and 8 pixels.

    There is one layer of twenty channels, five for each scale. On grey pictures a* and b* are constant, so they drop
    out of the matching.
    """

    name = "handcrafted"
    layers = ("all",)
    radius = _TRUNCATE * _SCALES[-1] + 1
    side_by_side = True

    @classmethod
    def from_settings(cls, settings: FeatureSettings, device: str) -> "Handcrafted":
        """Make the descriptor."""
        check_cpu(cls.name, device)
        choose_layers(cls.name, settings.layers, cls.layers, cls.layers)
        for name in ("weights", "pooling"):
            if getattr(settings, name):
                raise BackboneError(f"backbone {cls.name!r} has no {name}; leave the setting out")
        return cls()

    def __call__(self, picture: Float32[np.ndarray, "h w 3"], /) -> Iterator[Float32[np.ndarray, "h w 20"]]:
        """Yield the one map of a picture, which is sRGB in [0, 1]."""
        planes = describe(np.ascontiguousarray(picture), [_kernel(sigma) for sigma in _SCALES])
        yield np.moveaxis(planes, 0, 2)


def _kernel(sigma: float) -> Float32[np.ndarray, " odd"]:
    """Return a Gaussian, cut off at three deviations."""
    reach = int(_TRUNCATE * sigma)
    kernel = np.exp(-np.square(np.arange(-reach, reach + 1)) / (2 * sigma**2))
    return (kernel / kernel.sum()).astype(np.float32)
