"""Finish: full size and lightness (sections 3.1 and 4.1)."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from huegraft.color import grey_from_srgb, lab_from_srgb, srgb_from_lab
from huegraft.settings import FinishSettings, Mode

_GAMUT_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class Finished:
    """The finished picture.

    Attributes
    ----------
    image : (H, W, 3) float32
        sRGB in [0, 1].
    clipped : (H, W) bool
        Where a colour lay outside the sRGB gamut by more than 1e-4 and was clipped.
    """

    image: Float[Tensor, "H W 3"]
    clipped: Bool[Tensor, "H W"]


def finish(
    fused: Float[Tensor, "h w 3"], target: Float[Tensor, "H W 3"], mode: Mode, settings: FinishSettings
) -> Finished:
    """Put the fused picture's colours on the full-size target.

    Parameters
    ----------
    fused
        Î, sRGB in [0, 1] at the working size.
    target
        The full-size target, sRGB in [0, 1].
    mode
        In colourisation the lightness is that of the target's grey Y.
    settings
        "lab": a*, b* of Î, enlarged bicubically, under the target's L*; "rgb": Î itself, enlarged bicubically.
    """
    size = target.shape[:2]
    if settings.finish == "rgb":
        return _clip(_enlarge(fused, size))
    chroma = _enlarge(lab_from_srgb(fused)[..., 1:], size)
    lightness = lab_from_srgb(target if mode == "transfer" else grey_from_srgb(target))[..., :1]
    return _clip(srgb_from_lab(torch.cat([lightness, chroma], dim=-1)))


def _enlarge(values: Float[Tensor, "h w c"], size: torch.Size) -> Float[Tensor, "H W c"]:
    if values.shape[:2] == size:
        return values
    planes = torch.nn.functional.interpolate(
        values.permute(2, 0, 1)[None], size=tuple(size), mode="bicubic", align_corners=False
    )
    return planes[0].permute(1, 2, 0)


def _clip(image: Float[Tensor, "H W 3"]) -> Finished:
    clipped = ((image < -_GAMUT_TOLERANCE) | (image > 1 + _GAMUT_TOLERANCE)).any(dim=-1)
    return Finished(image.clamp(0, 1).contiguous(), clipped)
