"""Median: attention is reweighted so that its mean a*b* is its geometric median.

A mean of several hues is a drab colour that none of the matches has. The median stays with most of the matches.
"""

import numpy as np

from huegraft.compiled import attention as loops
from huegraft.shapes import Float64

_ROUNDS = 8
_NEAREST = 1.0  # in a*b*: colours nearer than this count alike, or one match alone would decide


def toward_median(
    attention: Float64[np.ndarray, "n_t n_r"],
    chroma: Float64[np.ndarray, "n_r 2"],
    out: Float64[np.ndarray, "n_t n_r"] | None = None,
) -> Float64[np.ndarray, "n_t n_r"]:
    """Return A(i, j) / |c(j) − m(i)|, with rows divided by their sums. m(i) is the median (Weiszfeld 1937).

    Parameters
    ----------
    attention
        The attention, whose rows sum to 1.
    chroma
        a*, b* of the references' superpixels.
    out
        The array that the result is written to. It may be `attention` itself.
    """
    return loops.median_weights(attention, chroma, _ROUNDS, _NEAREST, out)
