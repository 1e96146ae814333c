"""Plain areas: superpixels of one colour show nothing to be matched, so they attend by their surroundings alone.

If nothing were done, they would take a ghost of the reference's layout: clouds of lightness and blotches of colour.
"""

import numpy as np

from huegraft.color import lab_from_srgb, srgb_from_lab
from huegraft.records import Encoded
from huegraft.shapes import Float64

_PLAIN = (0.5 / 255, 1 / 255)  # a superpixel has one colour up to the first deviation, more than one from the second
_UNLIKE = (0.4, 0.6)  # a match means nothing up to the first similarity, and something from the second
_NEAR = 1.0  # in L*: the width within which superpixels count as of one lightness


def deviations(covariance: Float64[np.ndarray, "n 3 3"]) -> Float64[np.ndarray, " n"]:
    """Return the root mean square deviation of sRGB within each superpixel, from its covariance."""
    return np.sqrt(np.trace(covariance, axis1=1, axis2=2).clip(0) / 3)


def unplaced(deviations: Float64[np.ndarray, " n"], similarity: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Return how far superpixels say nothing of their place: each has one colour, and no reference has its like.

    Such a superpixel shows nothing that could be matched, so only its surroundings decide what it attends to. An area
    of one colour would take a ghost of the reference's layout in this way.

    Parameters
    ----------
    deviations
        The root mean square deviation of sRGB in [0, 1] within each superpixel of the target as it is.
    similarity
        How like the superpixel is to what it attends to, in [-1, 1].
    """
    plain = np.interp(deviations, _PLAIN, (1, 0))
    return plain * np.interp(similarity, _UNLIKE, (1, 0))


def evened(
    colors: Float64[np.ndarray, "n 3"], unplaced: Float64[np.ndarray, " n"], target: Encoded
) -> Float64[np.ndarray, "n 3"]:
    """Return new colours in which superpixels of one lightness that say nothing of their place have one chroma.

    Parameters
    ----------
    colors
        The sRGB colour that each superpixel attends to.
    unplaced
        How far each superpixel says nothing of its place.
    target
        The target, for its lightness, its areas, and the superpixels that count.
    """
    some = np.flatnonzero((unplaced > 0) & (target.validity > 0))
    if len(some) < 2:
        return colors
    lab, lightness = lab_from_srgb(colors[some]), lab_from_srgb(target.color_mean[some])[:, 0]
    nearness = np.exp(np.square((lightness[:, None] - lightness) / _NEAR) / -2)
    weights = nearness * (target.areas * target.validity * unplaced)[some]
    chroma = weights @ lab[:, 1:] / weights.sum(axis=1, keepdims=True)
    lab[:, 1:] += unplaced[some, None] * (chroma - lab[:, 1:])
    new = colors.copy()
    new[some] = srgb_from_lab(lab).clip(0, 1)
    return new
