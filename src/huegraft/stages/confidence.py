"""Confidence: how likely each new colour is near the right one.

It is a logistic regression on what the matching shows of its own doubt. ``benchmarks/confidence.py`` fits the weights
on the tuning halves, and reports how well the order and the level hold (decision 008).
"""

from collections.abc import Sequence

import numpy as np

from huegraft.color import lab_from_srgb
from huegraft.compiled.attention import near_mean_distances
from huegraft.compiled.nearest import nearest_distance
from huegraft.records import Encoded
from huegraft.shapes import Float, Float32, Float64, Int32
from huegraft.stages.context import isotropic_positions
from huegraft.stages.grade import returns
from huegraft.stages.match import Attention
from huegraft.stages.pool import pool
from huegraft.threads import matmul

COLOR_WEIGHTS = (1.80, -1.49, 0.87, -1.07)
GRADE_WEIGHTS = (2.60, -0.57, -0.58, -0.95)
_NEIGHBOURHOOD = 0.04  # of √(h·w)
_LEAST_DOUBT = 0.01


def color_confidence(
    attention: Attention, target: Encoded, references: Sequence[Encoded]
) -> Float64[np.ndarray, " n_t"]:
    """Return the estimated probability that a colour attended to is within 5 CIEDE2000 of the right one."""
    return _probability(color_evidence(attention, target, references), COLOR_WEIGHTS)


def grade_confidence(
    graded: Float32[np.ndarray, "h w 3"],
    labels: Int32[np.ndarray, "h w"],
    attention: Attention,
    references: Sequence[Encoded],
) -> Float32[np.ndarray, "h w"]:
    """Return this probability for each pixel of a picture under a grade, in CIELAB."""
    return _probability(grade_evidence(graded, labels, attention, references), GRADE_WEIGHTS)


def color_evidence(
    attention: Attention, target: Encoded, references: Sequence[Encoded]
) -> Float64[np.ndarray, "n_t k"]:
    """Return the evidence for or against the colours attended to.

    It is 1, and the logarithms of three doubts: how unlike in features the superpixels attended to are, how much of the
    attention returns, and how far the colours of neighbours lie apart.
    """
    places = isotropic_positions(target)
    attended = matmul(attention.weights, _lab(references))[:, 1:]
    apart = near_mean_distances(places, _NEIGHBOURHOOD, attended)
    return _logarithms(1 - attention.similarity, returns(attention.weights, places), apart)


def grade_evidence(
    graded: Float32[np.ndarray, "h w 3"],
    labels: Int32[np.ndarray, "h w"],
    attention: Attention,
    references: Sequence[Encoded],
) -> Float32[np.ndarray, "h w k"]:
    """Return the evidence for or against the colours of a grade.

    It is 1, and the logarithms of three doubts: the distance of each colour to the nearest colour of the references,
    the distance between a superpixel's mean and the colour that it attends to, and how unlike in features the
    superpixels attended to are.
    """
    lab = _lab(references)
    valid = np.concatenate([reference.validity for reference in references]) > 0
    distances = nearest_distance(graded.reshape(-1, 3), lab[valid].astype(np.float32)).reshape(labels.shape)
    attended = matmul(attention.weights, lab)
    apart = np.linalg.norm(pool(graded, labels, len(attended)) - attended, axis=1)
    return _logarithms(
        distances, apart.astype(np.float32)[labels], (1 - attention.similarity.astype(np.float32))[labels]
    )


def _lab(references: Sequence[Encoded]) -> Float64[np.ndarray, "n_r 3"]:
    return lab_from_srgb(np.concatenate([reference.color_mean for reference in references]))


def _logarithms(*doubts: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n k"]:
    logarithms = [np.log(np.maximum(doubt, np.asarray(_LEAST_DOUBT, doubt.dtype))) for doubt in doubts]
    return np.stack([np.ones_like(doubts[0]), *logarithms], axis=-1)


def _probability(evidence: Float[np.ndarray, "*n k"], weights: Sequence[float]) -> Float[np.ndarray, "*n"]:
    return 1 / (1 + np.exp(-(evidence @ np.array(weights, dtype=evidence.dtype))))
