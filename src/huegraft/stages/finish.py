"""Finish: the new colours of a window of the full-size target, with their lightness (sections 3.1 and 4.1)."""

import numpy as np

from huegraft.compiled.color import lab_picture, srgb_picture_from_lab, with_chroma
from huegraft.compiled.enlarge import enlarge
from huegraft.compiled.grade import FlatGrade, apply_grade
from huegraft.settings import Mode
from huegraft.shapes import Float32
from huegraft.stages.composite import WindowColors
from huegraft.types import FloatPicture
from huegraft.windows import Window


def under_lightness(chroma: Float32[np.ndarray, "h w c"], size: tuple[int, int], mode: Mode) -> WindowColors:
    """Return a function that puts chroma, enlarged bicubically, under the lightness of the full-size target.

    Parameters
    ----------
    chroma
        a*, b* at the working size, or, in four channels, lines over L* (`guided_lines`).
    size
        The size of the target.
    mode
        In colourisation the lightness is that of the target's grey Y.
    """
    return lambda old, window: with_chroma(old, enlarge(chroma, size, window), grey=mode == "colorize")


def enlarged_colors(fused: FloatPicture, size: tuple[int, int]) -> WindowColors:
    """Return a function that gives the fused picture itself, enlarged bicubically."""
    return lambda _, window: enlarge(fused, size, window)


def graded_colors(
    grade: FlatGrade,
    size: tuple[int, int],
    lightness: float,
    displacement: Float32[np.ndarray, "h w 3"] | None = None,
) -> WindowColors:
    """Return a function that maps the colours of the full-size target.

    Parameters
    ----------
    grade
        The maps.
    size
        The size of the target.
    lightness
        How much of the new lightness is taken, from 0 (the target's own) to 1.
    displacement
        What is added where superpixels are pinned, in CIELAB at the working size.
    """

    def colors(old: FloatPicture, window: Window) -> FloatPicture:
        graded = apply_grade(grade, old, size, window, lightness)[0]
        if displacement is None:
            return graded
        return displaced(graded, enlarge(displacement, size, window), lightness)

    return colors


def displaced(srgb: FloatPicture, displacement: Float32[np.ndarray, "h w 3"], lightness: float) -> FloatPicture:
    """Return colours moved by a displacement in CIELAB. In L* they move by the share `lightness` of it."""
    return srgb_picture_from_lab(lab_picture(srgb) + displacement * np.array([lightness, 1, 1], np.float32))
