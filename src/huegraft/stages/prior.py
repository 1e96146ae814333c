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
    ours = _lightness(target.mode, target.color_mean, device)
    theirs = _lightness(target.mode, np.concatenate([reference.color_mean for reference in references]), device)
    areas = np.concatenate([reference.areas * reference.validity for reference in references])
    mean, deviation = _moments(ours, torch.tensor(target.areas, device=device))
    wanted_mean, wanted_deviation = _moments(theirs, torch.tensor(areas, device=device))
    moved = (ours - mean) * (wanted_deviation / deviation) + wanted_mean
    return (moved[:, None] - theirs).square() / (-2 * width**2)


def _lightness(mode: str, colors: np.ndarray, device: torch.device) -> Float64[Tensor, " n"]:
    srgb = torch.tensor(colors, device=device)
    return lab_from_srgb(grey_from_srgb(srgb) if mode == "colorize" else srgb)[:, 0]


def _moments(values: Float64[Tensor, " n"], areas: Float64[Tensor, " n"]) -> tuple[Tensor, Tensor]:
    shares = areas / areas.sum()
    mean = shares @ values
    return mean, (shares @ (values - mean).square()).sqrt().clamp_min(1.0)
