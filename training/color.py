"""sRGB, linear light and CIELAB on tensors whose last axis holds the channels (a test holds them to `huegraft.color`).

The constants are those of IEC 61966-2-1 (sRGB) and CIE 15:2004 (CIELAB) under D65. The white point is the matrix's own
row sum, so that a neutral grey has a* = b* = 0 exactly.
"""

import torch
from torch import Tensor

_XYZ_FROM_RGB = torch.tensor(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]],
    dtype=torch.float64,
)
_RGB_FROM_XYZ = torch.linalg.inv(_XYZ_FROM_RGB)
_WHITE = _XYZ_FROM_RGB.sum(dim=1)
_DELTA = 6 / 29


def linear_from_srgb(rgb: Tensor) -> Tensor:
    """Undo the sRGB transfer curve (IEC 61966-2-1); negative values continue its linear part."""
    return torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(rgb_linear: Tensor) -> Tensor:
    """Apply the sRGB transfer curve (IEC 61966-2-1); negative values continue its linear part."""
    curve = 1.055 * rgb_linear.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(rgb_linear <= 0.0031308, rgb_linear * 12.92, curve)


def lab_from_srgb(rgb: Tensor) -> Tensor:
    """Convert sRGB in [0, 1] to CIELAB under D65: L* in [0, 100], a* and b* about ±110 (CIE 15:2004, 8.2.1)."""
    matrix = _XYZ_FROM_RGB.div(_WHITE[:, None]).to(rgb)
    ratio = linear_from_srgb(rgb) @ matrix.T
    cube_root = ratio.clamp_min(_DELTA**3) ** (1 / 3)
    x, y, z = torch.where(ratio > _DELTA**3, cube_root, ratio / (3 * _DELTA**2) + 4 / 29).unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-1)


def srgb_from_lab(lab: Tensor) -> Tensor:
    """Convert CIELAB under D65 to sRGB, unclipped: colours outside the gamut fall outside [0, 1]."""
    lightness, a, b = lab.unbind(-1)
    y = (lightness + 16) / 116
    root = torch.stack([y + a / 500, y, y - b / 200], dim=-1)
    ratio = torch.where(root > _DELTA, root**3, 3 * _DELTA**2 * (root - 4 / 29))
    matrix = (_RGB_FROM_XYZ * _WHITE).to(lab)
    return srgb_from_linear(ratio @ matrix.T)
