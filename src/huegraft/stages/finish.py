"""Finish: full size and lightness (sections 3.1 and 4.1), band by band so that large pictures fit into memory."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from huegraft.color import grey_from_srgb, lab_from_srgb, srgb_from_lab
from huegraft.settings import FinishSettings, Mode
from huegraft.stages.grade import Grade

_GAMUT_TOLERANCE = 1e-4
_PIXELS_AT_ONCE = 2**20


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
    image = _enlarge(fused if settings.finish == "rgb" else lab_from_srgb(fused)[..., 1:], size)

    def colors(rows: slice) -> Float[Tensor, "h w 3"]:
        return image[rows] if settings.finish == "rgb" else _with_lightness(target[rows], image[rows], mode)

    return _in_bands(target, colors)


def finish_graded(grade: Grade, target: Float[Tensor, "H W 3"], lightness: float) -> Finished:
    """Map the colours of the full-size target.

    Parameters
    ----------
    grade
        The maps.
    target
        sRGB in [0, 1].
    lightness
        How much of the new lightness is taken, from 0 (the target's own) to 1.
    """
    height = target.shape[0]

    def colors(rows: slice) -> Float64[Tensor, "h w 3"]:
        old = lab_from_srgb(target[rows].double())
        new = grade(old, (rows.start / height, rows.stop / height))
        new[..., 0] = old[..., 0] + lightness * (new[..., 0] - old[..., 0])
        return srgb_from_lab(new)

    return _in_bands(target, colors)


def _in_bands(target: Float[Tensor, "H W 3"], colors: Callable[[slice], Float[Tensor, "h w 3"]]) -> Finished:
    """Clip the unclipped sRGB that `colors` gives for each band of rows."""
    height, width, _ = target.shape
    finished = torch.empty_like(target)
    clipped = torch.empty((height, width), dtype=torch.bool, device=target.device)
    band = max(1, _PIXELS_AT_ONCE // width)
    for start in range(0, height, band):
        rows = slice(start, min(start + band, height))
        unclipped = colors(rows)
        clipped[rows] = ((unclipped < -_GAMUT_TOLERANCE) | (unclipped > 1 + _GAMUT_TOLERANCE)).any(dim=-1)
        finished[rows] = unclipped.clamp(0, 1).to(target)
    return Finished(finished, clipped)


def _with_lightness(
    target: Float[Tensor, "h w 3"], chroma: Float[Tensor, "h w 2"], mode: Mode
) -> Float[Tensor, "h w 3"]:
    """Return unclipped sRGB of these a*, b* under the target's L*."""
    lightness = lab_from_srgb(target if mode == "transfer" else grey_from_srgb(target))[..., :1]
    return srgb_from_lab(torch.cat([lightness, chroma], dim=-1))


def _enlarge(values: Float[Tensor, "h w c"], size: torch.Size) -> Float[Tensor, "H W c"]:
    if values.shape[:2] == size:
        return values
    planes = torch.nn.functional.interpolate(
        values.permute(2, 0, 1)[None], size=tuple(size), mode="bicubic", align_corners=False
    )
    return planes[0].permute(1, 2, 0)
