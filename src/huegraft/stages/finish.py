"""Finish: full size and lightness (sections 3.1 and 4.1), band by band at the target's own depth.

On the CPU whatever the device: each pixel is read and written once, so carrying it to a device would take longer.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from huegraft.compiled.color import clip, lab_from_srgb, with_chroma
from huegraft.compiled.enlarge import enlarge_rows
from huegraft.compiled.grade import FlatGrade, apply_grade
from huegraft.compiled.library import in_bands
from huegraft.setting_groups import FinishSettings
from huegraft.settings import Mode
from huegraft.stages.guided import guided_lines
from huegraft.stages.prepare import as_seen, shrink
from huegraft.types import FloatPicture, Pixels, at_depth, in_unit_range

_GAMUT_TOLERANCE = 1e-4
_PIXELS_AT_ONCE = 2**15


@dataclass(frozen=True, eq=False)
class Finished:
    """The finished picture.

    Attributes
    ----------
    image : (H, W, 3) of the target's kind
        sRGB.
    clipped : (H, W) bool
        Where a colour lay outside the sRGB gamut by more than 1e-4 and was clipped.
    """

    image: Pixels
    clipped: Bool[np.ndarray, "H W"]


def finish(fused: FloatPicture, target: Pixels, mode: Mode, settings: FinishSettings) -> Finished:
    """Put the fused picture's colours on the full-size target.

    Parameters
    ----------
    fused
        Î, sRGB in [0, 1] at the working size.
    target
        The full-size target, sRGB.
    mode
        In colourisation the lightness is that of the target's grey Y.
    settings
        "lab": a*, b* of Î, enlarged bicubically or guided by the lightness, under the target's L*; "rgb": Î itself,
        enlarged bicubically.
    """
    size = (target.shape[0], target.shape[1])
    if settings.finish == "rgb":
        return _in_bands(target, lambda _, top, bottom: enlarge_rows(fused, size, top, bottom))
    chroma = np.ascontiguousarray(lab_from_srgb(fused)[..., 1:])
    if settings.upsample == "guided" and fused.shape[:2] != size:
        seen = as_seen(shrink(target, fused.shape[:2]), mode)
        chroma = guided_lines(chroma, lab_from_srgb(seen)[..., 0])
    return _in_bands(
        target,
        lambda band, top, bottom: with_chroma(band, enlarge_rows(chroma, size, top, bottom), grey=mode == "colorize"),
    )


def finish_graded(grade: FlatGrade, target: Pixels, lightness: float) -> Finished:
    """Map the colours of the full-size target.

    Parameters
    ----------
    grade
        The maps.
    target
        sRGB.
    lightness
        How much of the new lightness is taken, from 0 (the target's own) to 1.
    """
    height = target.shape[0]
    return _in_bands(
        target, lambda band, top, bottom: apply_grade(grade, band, (top / height, bottom / height), lightness)[0]
    )


def _in_bands(target: Pixels, colors: Callable[[FloatPicture, int, int], FloatPicture]) -> Finished:
    """Clip the unclipped sRGB that `colors` gives for each band of the target, its first row and the one after it."""
    height, width, _ = target.shape
    image, clipped = np.empty_like(target), np.empty((height, width), np.bool_)
    rows = max(1, _PIXELS_AT_ONCE // width)

    def work(top: int, bottom: int) -> None:
        for start in range(top, bottom, rows):
            stop = min(start + rows, bottom)
            band = colors(in_unit_range(target[start:stop]), start, stop)
            clipped[start:stop] = clip(band, _GAMUT_TOLERANCE)
            image[start:stop] = at_depth(band, target.dtype)

    in_bands(work, height, at_least=16)
    return Finished(image, clipped)
