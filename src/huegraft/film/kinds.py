"""Kinds of shots: which of them are pictures, and which are black, titles, or the plain frames of a leader."""

import numpy as np

from huegraft.film.shot_list import Kind

_BLACKEST, _PLAIN = 32, 2.5  # codes of 8 bits: the mean of a black frame, and the contrast of a plain one
_BRIGHTEST = 48  # code of a cell of a black frame
_SHARE = 0.95  # of the frames
_BLOCK = 4096  # frames at once
_MANY = 500  # frames of a shot that are looked at, about
_STILL = 3  # codes by which a still frame differs from the median of its shot
_DARKEST, _ALIKE = 56, 8  # codes: the ground of a title is darker, and its cells lie no farther apart
_BORDER = 0.05  # of the height and the width: lettering keeps away from it
_INK = 0.0015, 0.2  # least and most share of a title that is lettering
_DENSE = 0.12  # share of ink in the lines of a title, from its first letter to its last
_STROKES, _THICK = 40, 0.02  # least number of strokes along all rows, and their usual width as a share of the whole


def black_frames(pictures: np.ndarray) -> np.ndarray:
    """Return which small pictures are nothing but black."""
    dark = (pictures.mean(axis=(1, 2)) < _BLACKEST) & (pictures.max(axis=(1, 2), initial=0) < _BRIGHTEST)
    return dark & plain_frames(pictures)


def plain_frames(pictures: np.ndarray) -> np.ndarray:
    """Return which small pictures have one code all over, up to grain."""
    return contrasts_of(pictures) < _PLAIN


def contrasts_of(pictures: np.ndarray) -> np.ndarray:
    """Return the standard deviation of the cells of each small picture, in codes of 8 bits."""
    blocks = [pictures[start : start + _BLOCK] for start in range(0, len(pictures), _BLOCK)]
    return np.concatenate([block.std(axis=(1, 2), dtype=np.float32) for block in blocks])


def plain_cuts(pictures: np.ndarray) -> list[int]:
    """Return where black follows plain frames or comes before them, which have no details to tell them apart by."""
    kinds = np.where(black_frames(pictures), 1, np.where(plain_frames(pictures), 2, 0))
    changes = np.flatnonzero(kinds[1:] + kinds[:-1] == 3) + 1
    sides = {int(cut): (set(kinds[max(0, cut - 4) : cut]), set(kinds[cut : cut + 4])) for cut in changes}
    return [cut for cut, (before, after) in sides.items() if len(before) == len(after) == 1]


def kind_of(pictures: np.ndarray, *, at_an_end: bool) -> Kind:
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


def may_be_title(pictures: np.ndarray) -> bool:
    """Tell whether the small pictures of a shot are still, and show something brighter on a plain dark ground."""
    pictures = pictures[:: 1 + len(pictures) // _MANY]
    usual = np.median(pictures, axis=0)
    moves = np.abs(pictures - usual).mean(axis=(1, 2))
    ground = float(np.median(usual))
    ring = np.concatenate([usual[0], usual[-1], usual[:, 0], usual[:, -1]])
    plain = ground < _DARKEST and float(np.abs(ring - ground).max()) <= _ALIKE
    return plain and float(np.mean(moves < _STILL)) >= _SHARE and float(usual.max()) > ground + 2 * _ALIKE


def is_lettering(luma: np.ndarray) -> bool:
    """Tell whether a frame is lettering on a plain dark ground, as far as that is certain.

    Lettering has two levels, keeps away from the border, stands about the middle, in dense lines of thin strokes.

    Parameters
    ----------
    luma : (H, W)
        The luma of the frame, without bars.
    """
    height, width = luma.shape
    levels = luma.astype(np.float32)
    dark, light = np.quantile(levels, (0.5, 0.999))
    ink = levels > (dark + light) / 2
    down, across = max(1, round(_BORDER * height)), max(1, round(_BORDER * width))
    inside = ink[down:-down, across:-across]
    share = float(ink.mean())
    if inside.sum() < ink.sum() or not _INK[0] <= share <= _INK[1]:
        return False
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    middle = across + (columns[0] + columns[-1]) / 2
    density = inside[rows].sum() / (len(rows) * (columns[-1] - columns[0] + 1))
    steps = np.diff(np.pad(inside, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    lengths = np.nonzero(steps == -1)[1] - np.nonzero(steps == 1)[1]
    thin = len(lengths) >= _STROKES and float(np.median(lengths)) <= _THICK * width
    return bool(thin and density >= _DENSE and abs(middle - width / 2) < 0.06 * width)
