"""The kernel of colour on tensors (a test holds it to `huegraft.backbones.color_kernel`, which says what it is)."""

import torch
from torch import Tensor
from training.color import lab_from_srgb

_WIDTH = 10.0  # in CIELAB
_FREQUENCIES = 16
_GENERATORS = (0.8191725, 0.6710436, 0.5497005)  # powers of 1/g, g⁴ = g + 1: points that fill a cube evenly


def color_kernel(picture: Tensor) -> Tensor:
    """Return cosines and sines (32, h, w) of the CIELAB of an sRGB picture (h, w, 3)."""
    phases = torch.einsum("hwc,fc->fhw", lab_from_srgb(picture), _frequencies().to(picture))
    return torch.cat([phases.cos(), phases.sin()])


def _frequencies() -> Tensor:
    """Return points of a normal distribution of deviation 1 / width: (frequencies, 3)."""
    numbers = torch.arange(1, _FREQUENCIES + 1, dtype=torch.float64)[:, None]
    even = (0.5 + numbers * torch.tensor(_GENERATORS, dtype=torch.float64)) % 1
    return torch.special.ndtri(even) / _WIDTH
