"""Confidence: how likely each new colour is near the right one.

A logistic regression on what the matching shows of its own doubt. Its weights are fitted on the tuning halves by
``benchmarks/confidence.py``, which also reports how well the order and the level hold (decision 008).
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from huegraft.color import lab_from_srgb
from huegraft.compiled.nearest import nearest_distance
from huegraft.stages.context import isotropic_positions, nearness
from huegraft.stages.grade import returns
from huegraft.stages.match import Attention
from huegraft.types import Encoded

COLOR_WEIGHTS = (1.80, -1.49, 0.87, -1.07)
GRADE_WEIGHTS = (2.60, -0.57, -0.58, -0.95)
_NEIGHBOURHOOD = 0.04  # of √(h·w)
_LEAST_DOUBT = 0.01


def color_confidence(attention: Attention, target: Encoded, references: Sequence[Encoded]) -> Float64[Tensor, " n_t"]:
    """Return the estimated probability that a colour attended to is within 5 CIEDE2000 of the right one."""
    return _probability(color_evidence(attention, target, references), COLOR_WEIGHTS)


def grade_confidence(
    graded: Float64[Tensor, "h w 3"], labels: Int64[Tensor, "h w"], attention: Attention, references: Sequence[Encoded]
) -> Float64[Tensor, "h w"]:
    """Return the same for each pixel of a picture under a grade, in CIELAB."""
    return _probability(grade_evidence(graded, labels, attention, references), GRADE_WEIGHTS)


def color_evidence(attention: Attention, target: Encoded, references: Sequence[Encoded]) -> Float64[Tensor, "n_t k"]:
    """Return what speaks for or against the colours attended to.

    1, and logarithms: how unlike in features those attended to are, how much of the attention returns, how far the
    colours of neighbours lie apart.
    """
    places = isotropic_positions(target, attention.weights.device)
    near = nearness(places, _NEIGHBOURHOOD)
    attended = (attention.weights @ _lab(references, attention.weights.device))[:, 1:]
    apart = (near * torch.cdist(attended, attended)).sum(dim=1) / near.sum(dim=1)
    return _logarithms(1 - attention.similarity, returns(attention.weights, places), apart)


def grade_evidence(
    graded: Float64[Tensor, "h w 3"], labels: Int64[Tensor, "h w"], attention: Attention, references: Sequence[Encoded]
) -> Float64[Tensor, "h w k"]:
    """Return what speaks for or against the colours of a grade.

    1, and logarithms: the distance of each colour to the nearest one of the references, that between a superpixel's
    mean and the colour it attends to, how unlike in features those attended to are.
    """
    lab = _lab(references, graded.device)
    valid = np.concatenate([reference.validity for reference in references]) > 0
    distances = nearest_distance(graded.flatten(0, 1).float().cpu().numpy(), lab.float().cpu().numpy()[valid]).reshape(
        labels.shape
    )
    attended = attention.weights @ lab
    means = torch.zeros_like(attended).index_add_(0, labels.flatten(), graded.flatten(0, 1))
    means = means / torch.bincount(labels.flatten(), minlength=len(attended))[:, None]
    apart = (means - attended).norm(dim=1)
    return _logarithms(torch.tensor(distances).to(graded), apart[labels], 1 - attention.similarity[labels])


def _lab(references: Sequence[Encoded], device: torch.device) -> Float64[Tensor, "n_r 3"]:
    colors = np.concatenate([reference.color_mean for reference in references])
    return lab_from_srgb(torch.tensor(colors, device=device))


def _logarithms(*doubts: Float64[Tensor, "*n"]) -> Float64[Tensor, "*n k"]:
    logarithms = [doubt.clamp_min(_LEAST_DOUBT).log() for doubt in doubts]
    return torch.stack([torch.ones_like(doubts[0]), *logarithms], dim=-1)


def _probability(evidence: Float64[Tensor, "*n k"], weights: Sequence[float]) -> Float64[Tensor, "*n"]:
    return torch.sigmoid(evidence @ torch.tensor(weights).to(evidence))
