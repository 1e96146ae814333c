"""A descriptor that needs no weights: colour, gradient and local contrast at several Gaussian scales."""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from huegraft.backbones.registry import choose_layers
from huegraft.color import lab_from_srgb
from huegraft.compiled.descriptor import describe
from huegraft.errors import BackboneError
from huegraft.setting_groups import FeatureSettings

_SCALES = (1, 2, 4, 8)
_TRUNCATE = 3


class Handcrafted:
    """CIELAB, gradient magnitude of L* and local deviation of L*, at Gaussian scales of 1, 2, 4 and 8 pixels.

    One layer of twenty channels: five a scale. On grey pictures a* and b* are constant and drop out of the matching.
    """

    name = "handcrafted"
    layers = ("all",)
    radius = _TRUNCATE * _SCALES[-1] + 1

    @classmethod
    def from_settings(cls, settings: FeatureSettings, device: torch.device) -> "Handcrafted":
        """Make the descriptor; it follows its input's device."""
        choose_layers(cls.name, settings.layers, cls.layers, cls.layers)
        for name in ("weights", "pooling"):
            if getattr(settings, name):
                raise BackboneError(f"backbone {cls.name!r} has no {name}; leave the setting out")
        return cls()

    def __call__(self, picture: Float[Tensor, "h w 3"], /) -> Iterator[Float[Tensor, "20 h w"]]:
        """Yield the one map; sRGB in [0, 1] comes in."""
        kernels = [_kernel(sigma) for sigma in _SCALES]
        if picture.device.type == "cpu":
            pixels = picture.float().contiguous().numpy()
            yield torch.from_numpy(describe(pixels, [kernel.numpy() for kernel in kernels]))
        else:
            yield _describe(picture, [kernel.to(picture.device) for kernel in kernels])


def _describe(picture: Float[Tensor, "h w 3"], kernels: list[Float[Tensor, " _"]]) -> Float[Tensor, "_ h w"]:
    """Do as the compiled loops, on any device."""
    lab = lab_from_srgb(picture).permute(2, 0, 1) / 100
    lab[1:, (picture == picture[..., :1]).all(dim=-1)] = 0  # or rounding noise would be standardised to full size
    planes = torch.cat([lab, lab[:1].square()])
    return torch.cat([_at_scale(planes, kernel) for kernel in kernels])


def _kernel(sigma: float) -> Float[Tensor, " odd"]:
    """Return a Gaussian, cut off at three deviations."""
    reach = int(_TRUNCATE * sigma)
    kernel = torch.exp(-torch.arange(-reach, reach + 1.0).square() / (2 * sigma**2))
    return kernel / kernel.sum()


def _at_scale(planes: Float[Tensor, "4 h w"], kernel: Float[Tensor, " odd"]) -> Float[Tensor, "5 h w"]:
    """Return L*, a*, b*, the gradient magnitude and the local deviation of L*; L*² is the fourth plane."""
    blurred = _blur(planes, kernel)
    lightness, mean_square = blurred[:1], blurred[3:]
    deviation = (mean_square - lightness.square()).clamp_min(0).sqrt()
    return torch.cat([blurred[:3], _gradient_magnitude(lightness), deviation])


def _blur(planes: Float[Tensor, "c h w"], kernel: Float[Tensor, " odd"]) -> Float[Tensor, "c h w"]:
    """Convolve down and across, edges repeated."""
    reach = len(kernel) // 2
    stack = planes[:, None]
    for shape, padding in (((-1, 1), (0, 0, reach, reach)), ((1, -1), (reach, reach, 0, 0))):
        padded = torch.nn.functional.pad(stack, padding, mode="replicate")
        stack = torch.nn.functional.conv2d(padded, kernel.reshape(1, 1, *shape))
    return stack[:, 0]


def _gradient_magnitude(plane: Float[Tensor, "1 h w"]) -> Float[Tensor, "1 h w"]:
    padded = torch.nn.functional.pad(plane, (1, 1, 1, 1), mode="replicate")
    along_y = (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2
    along_x = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2
    return torch.hypot(along_y, along_x)
