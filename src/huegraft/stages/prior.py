"""Prior: like lightness makes like colour likelier (Welsh, Ashikhmin, Mueller 2002, doi:10.1145/566570.566576)."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from huegraft.color import grey_from_srgb, lab_from_srgb
from huegraft.types import Encoded


def lightness_logits(
    target: Encoded, references: Sequence[Encoded], width: float, device: torch.device
) -> Float64[Tensor, "n_t n_r"]:
    """Return −(L(i) − L(j))² / 2 width², to be added to the logits of the attention.

    L* of the mean colours; the target's are first shifted and stretched to the mean and the deviation of the
    references' (deviations of at least 1), so that an exposure does not count.

    Parameters
    ----------
    target, references
        Encoded pictures.
    width
        In L*.
    device
        Where to compute.
    """
    scale, shift = lightness_map(target, references, device)
    moved = _lightness(target.mode, target.color_mean, device) * scale + shift
    return (moved[:, None] - reference_lightness(target.mode, references, device)).square() / (-2 * width**2)


def lightness_map(
    target: Encoded, references: Sequence[Encoded], device: torch.device
) -> tuple[Float64[Tensor, ""], Float64[Tensor, ""]]:
    """Return the scale and the shift of L* that give the target the references' mean and deviation."""
    areas = np.concatenate([reference.areas * reference.validity for reference in references])
    ours = _lightness(target.mode, target.color_mean, device)
    mean, deviation = _moments(ours, torch.tensor(target.areas * target.validity, device=device))
    theirs = reference_lightness(target.mode, references, device)
    wanted_mean, wanted_deviation = _moments(theirs, torch.tensor(areas, device=device))
    scale = wanted_deviation / deviation
    return scale, wanted_mean - mean * scale


def reference_lightness(mode: str, references: Sequence[Encoded], device: torch.device) -> Float64[Tensor, " n_r"]:
    """Return L* of the mean colours of the references' superpixels, in colourisation of their grey."""
    return _lightness(mode, np.concatenate([reference.color_mean for reference in references]), device)


def _lightness(mode: str, colors: np.ndarray, device: torch.device) -> Float64[Tensor, " n"]:
    srgb = torch.tensor(colors, device=device)
    return lab_from_srgb(grey_from_srgb(srgb) if mode == "colorize" else srgb)[:, 0]


def _moments(values: Float64[Tensor, " n"], areas: Float64[Tensor, " n"]) -> tuple[Tensor, Tensor]:
    shares = areas / areas.sum()
    mean = shares @ values
    return mean, (shares @ (values - mean).square()).sqrt().clamp_min(1.0)
