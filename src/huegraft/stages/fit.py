"""Fit: how likely a reference shows a scene like the target's.

It is a logistic regression on two figures: how like the target's superpixels are to what they attend to, and how like
the two pictures are laid out. ``benchmarks/fit.py`` fits the weights on the tuning halves, and reports how well the fit
tells pairs of one scene from strangers (decision 013).
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from huegraft.records import Encoded
from huegraft.shapes import Float64
from huegraft.stages.match import Attention

FIT_WEIGHTS = {"transfer": (-3.21, 12.0, 4.42), "graded": (-2.43, 4.22, 4.96), "colorize": (-3.04, 12.0, 4.77)}
"""The weights of 1 and of the figures, in log odds. "graded" is for a target that is matched as a base map shows it."""
HARDLY = 0.1
"""A note says that a fit is below this value. Few pairs of one scene have such a fit."""
_CELLS = 4  # on each side
_SMALLEST = 1e-12
_NOISE = 1e-6  # share of the largest value that float32 leaves in the features of a flat picture


def fit_figures(attention: Attention, target: Encoded, references: Sequence[Encoded]) -> dict[str, float]:
    """Return the two figures that the fit is made from.

    Parameters
    ----------
    attention
        The attention of the target's superpixels over those of all references.
    target, references
        The pictures as they were matched. Superpixels of validity 0 do not count.

    Returns
    -------
    dict
        The ``similarity``, which says how like the target is what it attends to, and the ``layout`` of the reference
        that is laid out most like the target. Both are in [-1, 1].
    """
    seen = target.areas * target.validity
    return {
        "similarity": float(seen @ attention.similarity / seen.sum()),
        "layout": max(layout(target, each) for each in references),
    }


def fit_of(figures: Mapping[str, float], kind: str) -> float:
    """Return the fit, in [0, 1], by the weights of a kind."""
    odds = sum(weight * each for weight, each in zip(FIT_WEIGHTS[kind], (1.0, *figures.values()), strict=True))
    return 1 / (1 + math.exp(-odds))


def layout(target: Encoded, reference: Encoded) -> float:
    """Return how like two pictures are laid out, in [-1, 1]. The reference is taken as it is or mirrored.

    Each picture is divided into 4 by 4 cells. The features of a cell are the mean features over the cell, each channel
    divided by its deviation in both pictures. The layout is the cosine of the centred features of all cells. Cells that
    count nothing in one of the pictures are left out. If fewer than two cells are left, the layout is 0.
    """
    one, other = (np.concatenate(list(each.features.values()), axis=1) for each in (target, reference))
    deviation = np.sqrt((_variance(target, one) + _variance(reference, other)) / 2)
    noise = _NOISE * np.maximum(np.abs(one).max(axis=0), np.abs(other).max(axis=0))
    scale = np.where(deviation > noise, 1 / np.maximum(deviation, _SMALLEST), 0.0)
    own, others = _cell_means(target, one * scale), _cell_means(reference, other * scale)
    return max(_cosine(own, others), _cosine(own, others[:, ::-1]))


def _variance(picture: Encoded, features: Float64[np.ndarray, "n c"]) -> Float64[np.ndarray, " c"]:
    shares = picture.areas * picture.validity
    shares = shares / max(shares.sum(), _SMALLEST)
    return shares @ np.square(features - shares @ features)


def _cell_means(picture: Encoded, features: Float64[np.ndarray, "n c"]) -> Float64[np.ndarray, "cells cells c"]:
    """Return the mean features of each cell, or NaN for a cell in which nothing counts."""
    rows, columns = (picture.positions * _CELLS).astype(int).clip(0, _CELLS - 1).T
    counts = np.zeros((_CELLS * _CELLS, picture.count))
    counts[rows * _CELLS + columns, np.arange(picture.count)] = picture.areas * picture.validity
    total = counts.sum(axis=1, keepdims=True)
    means = np.full((len(counts), features.shape[1]), np.nan)
    np.divide(counts @ features, total, out=means, where=total > 0)
    return means.reshape(_CELLS, _CELLS, -1)


def _cosine(own: Float64[np.ndarray, "cells cells c"], others: Float64[np.ndarray, "cells cells c"]) -> float:
    """Return the cosine of the centred features of the cells that both have."""
    both = ~np.isnan(own).any(axis=2) & ~np.isnan(others).any(axis=2)
    if both.sum() < 2:
        return 0.0
    one, other = (each[both] - each[both].mean(axis=0) for each in (own, others))
    norms = float(np.sqrt(np.square(one).sum() * np.square(other).sum()))
    return float((one * other).sum() / norms) if norms > _SMALLEST else 0.0
