"""Plain colour conversions by Torch's powers, frozen for comparison: the formulas of huegraft.color."""

import torch
from jaxtyping import Float
from torch import Tensor

_XYZ_FROM_RGB = torch.tensor(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]],
    dtype=torch.float64,
)
_RGB_FROM_XYZ = torch.linalg.inv(_XYZ_FROM_RGB)
_WHITE = _XYZ_FROM_RGB.sum(dim=1)
_DELTA = 6 / 29


def lab_from_srgb(rgb: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 3"]:
    """Convert sRGB in [0, 1] to CIELAB under D65."""
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4)
    ratio = linear @ _XYZ_FROM_RGB.div(_WHITE[:, None]).to(rgb).T
    cube_root = ratio.clamp_min(_DELTA**3) ** (1 / 3)
    x, y, z = torch.where(ratio > _DELTA**3, cube_root, ratio / (3 * _DELTA**2) + 4 / 29).unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-1)


def srgb_from_lab(lab: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 3"]:
    """Convert CIELAB under D65 to sRGB, unclipped."""
    lightness, a, b = lab.unbind(-1)
    y = (lightness + 16) / 116
    root = torch.stack([y + a / 500, y, y - b / 200], dim=-1)
    ratio = torch.where(root > _DELTA, root**3, 3 * _DELTA**2 * (root - 4 / 29))
    linear = ratio @ (_RGB_FROM_XYZ * _WHITE).to(lab).T
    curve = 1.055 * linear.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, linear * 12.92, curve)
