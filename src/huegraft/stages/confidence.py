"""Confidence: how likely each superpixel's new colour is near the right one.

A logistic regression on what the matching shows of its own doubt. Its weights are fitted on the tuning halves by
``benchmarks/confidence.py``, which also reports how well the order and the level hold (decision 008).
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from huegraft.color import lab_from_srgb, srgb_from_lab
from huegraft.stages.context import isotropic_positions
from huegraft.stages.grade import returns
from huegraft.stages.match import Attention
from huegraft.types import Encoded

COLOR_WEIGHTS = (-1.5, -0.5, -0.7, 1.0, -0.7, -0.8)
GRADE_WEIGHTS = (2.2, -0.65, -0.7, -0.4)
_NEIGHBOURHOOD = 0.04  # of √(h·w)


def color_evidence(attention: Attention, target: Encoded, references: Sequence[Encoded]) -> Float64[Tensor, "n_t 6"]:
    """Return what speaks for or against the colours attended to in a fusion.

    1, and logarithms: how far the colours attended to lie apart, how unlike they are in features, how much of the
    attention returns, how far the colours of neighbours lie apart, how far apart the places they come from.
    """
    weights = attention.weights
    device = weights.device
    colors = torch.tensor(np.concatenate([reference.color_mean for reference in references]), device=device)
    chroma = lab_from_srgb(colors)[:, 1:]
    attended = weights @ chroma
    places = isotropic_positions(target, device)
    origins = weights @ torch.cat([isotropic_positions(reference, device) for reference in references])
    near = torch.exp(torch.cdist(places, places).square() / (-2 * _NEIGHBOURHOOD**2))
    near = near / near.sum(dim=1, keepdim=True)
    return _logarithms(
        (weights * torch.cdist(attended, chroma)).sum(dim=1),
        1 - attention.similarity,
        returns(weights, places),
        (near * torch.cdist(attended, attended)).sum(dim=1),
        (near * torch.cdist(origins, origins)).sum(dim=1),
    )


def grade_evidence(
    attention: Attention, graded: Float64[Tensor, "n_t 3"], references: Sequence[Encoded]
) -> Float64[Tensor, "n_t 4"]:
    """Return what speaks for or against a superpixel's colour under a grade, in CIELAB.

    1, and logarithms: its distance to the colour attended to and to the nearest colour of the references, how unlike
    the superpixels attended to are in features.
    """
    colors = torch.tensor(np.concatenate([reference.color_mean for reference in references])).to(graded)
    lab = lab_from_srgb(colors)
    allowed = lab[torch.tensor(np.concatenate([reference.validity for reference in references])) > 0]
    return _logarithms(
        (graded - attention.weights @ lab).norm(dim=1),
        torch.cdist(graded, allowed).amin(dim=1),
        1 - attention.similarity,
    )


def color_confidence(attention: Attention, target: Encoded, references: Sequence[Encoded]) -> Float64[Tensor, " n_t"]:
    """Return the estimated probability that a colour attended to is within 5 CIEDE2000 of the right one."""
    return _probability(color_evidence(attention, target, references), COLOR_WEIGHTS)


def grade_confidence(
    attention: Attention, graded: Float64[Tensor, "n_t 3"], references: Sequence[Encoded]
) -> Float64[Tensor, " n_t"]:
    """Return the same for colours under a grade."""
    return _probability(grade_evidence(attention, graded, references), GRADE_WEIGHTS)


def cautious(
    colors: Float64[Tensor, "n 3"], confidence: Float64[Tensor, " n"], caution: float
) -> Float64[Tensor, "n 3"]:
    """Take chroma from sRGB colours that are not sure: (1 − p)² `caution` of it."""
    lab = lab_from_srgb(colors)
    kept = 1 - caution * (1 - confidence).square()
    return srgb_from_lab(torch.cat([lab[:, :1], lab[:, 1:] * kept[:, None]], dim=1)).clamp(0, 1)


def _logarithms(*doubts: Float64[Tensor, " n"]) -> Float64[Tensor, "n k"]:
    return torch.stack([torch.ones_like(doubts[0]), *(doubt.clamp_min(0.01).log() for doubt in doubts)], dim=1)


def _probability(evidence: Float64[Tensor, "n k"], weights: Sequence[float]) -> Float64[Tensor, " n"]:
    return torch.sigmoid(evidence @ torch.tensor(weights).to(evidence))
