"""The plain handcrafted descriptor, frozen for comparison: Torch's convolutions, one scale after the other."""

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor
from training.color import lab_from_srgb

_SCALES = (1, 2, 4, 8)
_TRUNCATE = 3


def describe(picture: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 20"]:
    """Return CIELAB ÷ 100, gradient magnitude and local deviation of L* at Gaussian scales of 1, 2, 4 and 8 pixels."""
    with torch.inference_mode():
        pixels = torch.from_numpy(picture)
        lab = lab_from_srgb(pixels).permute(2, 0, 1) / 100
        lab[1:, (pixels == pixels[..., :1]).all(dim=-1)] = 0
        planes = torch.cat([lab, lab[:1].square()])
        return torch.cat([_at_scale(planes, sigma) for sigma in _SCALES]).permute(1, 2, 0).numpy()


def _at_scale(planes: Float[Tensor, "4 h w"], sigma: float) -> Float[Tensor, "5 h w"]:
    blurred = _blur(planes, sigma)
    lightness, mean_square = blurred[:1], blurred[3:]
    deviation = (mean_square - lightness.square()).clamp_min(0).sqrt()
    return torch.cat([blurred[:3], _gradient_magnitude(lightness), deviation])


def _blur(planes: Float[Tensor, "c h w"], sigma: float) -> Float[Tensor, "c h w"]:
    reach = int(_TRUNCATE * sigma)
    offsets = torch.arange(-reach, reach + 1, dtype=planes.dtype)
    kernel = torch.exp(-offsets.square() / (2 * sigma**2))
    kernel = kernel / kernel.sum()
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
