"""Kinds of shots: which of them are pictures, and which are black, titles, or the plain frames of a leader."""

import numpy as np

KINDS = "picture", "title", "leader", "black"
"""Only pictures are coloured."""

_BLACKEST, _PLAIN = 32, 2.5  # codes of 8 bits: the mean of a black frame, and the contrast of a plain one
_BRIGHTEST = 48  # code of a cell of a black frame
_SHARE = 0.95  # of the frames


def black_frames(pictures: np.ndarray) -> np.ndarray:
    """Return which small pictures are nothing but black."""
    means, most = pictures.mean(axis=(1, 2)), pictures.max(axis=(1, 2), initial=0)
    return (means < _BLACKEST) & (most < _BRIGHTEST) & plain_frames(pictures)


def plain_frames(pictures: np.ndarray) -> np.ndarray:
    """Return which small pictures have one code all over, up to grain."""
    return pictures.std(axis=(1, 2), dtype=np.float32) < _PLAIN


def kind_of(pictures: np.ndarray, *, at_an_end: bool) -> str:
    """Return the kind of a shot, as far as it is certain; else it is a picture.

    Parameters
    ----------
    pictures : (N, rows, columns) uint8
        The small pictures of its frames.
    at_an_end
        Whether the shot is the film's first or last one, or nothing but black and leader lies between it and that.
    """
    if black_frames(pictures).mean() >= _SHARE:
        return "black"
    if at_an_end and plain_frames(pictures).mean() >= _SHARE:
        return "leader"
    return "picture"
