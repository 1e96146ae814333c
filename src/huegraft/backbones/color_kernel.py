"""Colour as features: the products of those of two colours tell whether they are alike, and not how unlike."""

import torch
from jaxtyping import Float
from torch import Tensor

from huegraft.color import lab_from_srgb

_WIDTH = 10.0  # in CIELAB
_FREQUENCIES = 16
_GENERATORS = (0.8191725, 0.6710436, 0.5497005)  # powers of 1/g, g⁴ = g + 1: points that fill a cube evenly


def color_kernel(picture: Float[Tensor, "h w 3"]) -> Float[Tensor, "32 h w"]:
    """Return cosines and sines of an sRGB picture's CIELAB; a sixteenth of their products is about exp(−d² / 2·10²).

    Random Fourier features (Rahimi, Recht, NeurIPS 2007), their frequencies drawn evenly instead of at random. Of a
    colour itself a cosine similarity would see the direction alone, not how far it is from grey.
    """
    phases = torch.einsum("hwc,fc->fhw", lab_from_srgb(picture), _frequencies().to(picture))
    features = phases.new_empty(2 * _FREQUENCIES, *phases.shape[1:])
    torch.cos(phases, out=features[:_FREQUENCIES])
    torch.sin(phases, out=features[_FREQUENCIES:])
    return features


def _frequencies() -> Float[Tensor, "f 3"]:
    """Return points of a normal distribution of deviation 1 / width: (frequencies, 3)."""
    numbers = torch.arange(1, _FREQUENCIES + 1, dtype=torch.float64)[:, None]
    even = (0.5 + numbers * torch.tensor(_GENERATORS, dtype=torch.float64)) % 1
    return torch.special.ndtri(even) / _WIDTH
