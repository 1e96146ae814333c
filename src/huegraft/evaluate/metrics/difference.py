"""Measures of how far a result is from the truth."""

import numpy as np

from huegraft.color import lab_from_srgb
from huegraft.report.colorfulness import colorfulness
from huegraft.shapes import Float, Float64, Int32
from huegraft.stages.pool import pool
from huegraft.stages.prepare import shrink
from huegraft.types import AnyPicture

Lab = Float64[np.ndarray, "h w 3"]
PSNR_LIMIT = 100.0


def lab(picture: AnyPicture) -> Float64[np.ndarray, "_ _ 3"]:
    """Return a picture (sRGB in [0, 1]) in CIELAB under D65."""
    return lab_from_srgb(picture.astype(np.float64))


def chroma_error(result: Lab, truth: Lab) -> Float64[np.ndarray, "h w"]:
    """Return ‖Δ(a*, b*)‖ of each pixel: the distance in the chroma plane of CIELAB (CIE 15:2004), 0 to about 250."""
    return np.hypot(*np.moveaxis(result[..., 1:] - truth[..., 1:], -1, 0))


def with_lightness(result: Lab, lightness: Lab) -> Lab:
    """Return `result` with the L* of `lightness`.

    A colourisation that keeps the grey Y as its lightness cannot have the truth's L*, because Y is no function of L*.
    The difference that remains under the truth's chroma is a floor that no method can pass.
    """
    return np.concatenate([lightness[..., :1], result[..., 1:]], axis=-1)


def psnr(result: AnyPicture, truth: AnyPicture, where: np.ndarray | slice = np.s_[:]) -> float:
    """Return the peak signal-to-noise ratio of sRGB values, -10 log₁₀ of their mean squared error, in decibels.

    Higher is better. Equal pictures have 100, not infinity, because JSON knows no infinity. (Z. Wang, A. Bovik.
    Mean squared error: love it or leave it? IEEE Signal Processing Magazine 26(1), 2009. doi:10.1109/MSP.2008.930649)
    """
    error = float(np.square(result.astype(np.float64) - truth)[where].mean())
    return min(PSNR_LIMIT, -10 * np.log10(max(error, 1e-300)))


def superpixel_chroma_error(
    colors: Float64[np.ndarray, "n 3"], labels: Int32[np.ndarray, "h w"], truth: Float[np.ndarray, "H W 3"]
) -> float:
    """Return the mean over target superpixels of ‖Δ(a*, b*)‖ between the attended colour and the true mean colour.

    It is taken before the fusion, so it judges only the matching and the backbone. 0 is right. huegraft defines it.

    Parameters
    ----------
    colors
        C(i) = Σ_j A(i, j) Ī_R(j) of equation (4), sRGB in [0, 1].
    labels
        Superpixels at the working size. They are -1 in black bars, which do not count.
    truth
        The right answer at its own size.
    """
    rows, columns = ((labels >= 0).any(axis=axis) for axis in (1, 0))
    there = np.ix_(rows, columns)
    means = pool(shrink(truth, (labels.shape[0], labels.shape[1]))[there], labels[there], len(colors))
    found, right = lab_from_srgb(colors), lab_from_srgb(means)
    return float(np.linalg.norm((found - right)[:, 1:], axis=1).mean())


def colorfulness_ratio(result: Float[np.ndarray, "*_ 3"], truth: Float[np.ndarray, "*_ 3"]) -> float | None:
    """Return the result's colourfulness divided by the truth's, or None if the truth is grey. Below 1 it is faded.

    References
    ----------
    D. Hasler, S. Süsstrunk. Measuring colourfulness in natural images. SPIE 5007, 2003. doi:10.1117/12.477378
    """
    right = colorfulness(truth.reshape(-1, 1, 3))
    return colorfulness(result.reshape(-1, 1, 3)) / right if right > 0 else None
