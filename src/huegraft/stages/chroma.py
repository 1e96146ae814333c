"""Chroma: in colourisation, averaging takes chroma, which is given back, and unsure superpixels lose chroma."""

from collections.abc import Sequence

import numpy as np

from huegraft.color import lab_from_srgb, srgb_from_lab
from huegraft.records import Encoded
from huegraft.setting_groups import FuseSettings
from huegraft.shapes import Float64
from huegraft.views import View

_GREATEST_LOSS = 1.25  # photographs lose up to a fifth; more is noise, or a pattern finer than superpixels
_OPPONENT = ((1.0, -1.0, 0.0), (0.5, 0.5, -1.0))  # red minus green, yellow minus blue


def adjusted_chroma(
    colors: Float64[np.ndarray, "n 3"],
    confidence: Float64[np.ndarray, " n"],
    references: Sequence[Encoded],
    settings: FuseSettings | View,
) -> Float64[np.ndarray, "n 3"]:
    """Scale the chroma of superpixels, sRGB in and out: (1 + v (g − 1)) (1 − c (1 − p)²).

    v is `vividness`, g the :func:`averaging_loss`, c `caution`, p the confidence.
    """
    gain = 1 + settings.vividness * (averaging_loss(references) - 1)
    kept = 1 - settings.caution * np.square(1 - confidence)
    lab = lab_from_srgb(colors)
    return srgb_from_lab(np.concatenate([lab[:, :1], lab[:, 1:] * (gain * kept)[:, None]], axis=1)).clip(0, 1)


def averaging_loss(references: Sequence[Encoded]) -> float:
    """Return the colourfulness of the references divided by that of their superpixels' means, from 1 to 1.25.

    Colourfulness is σ + 0.3 μ of the opponent colours (Hasler, Süsstrunk 2003, doi:10.1117/12.477378).
    """
    opponent = np.array(_OPPONENT)
    shares = np.concatenate([reference.areas * reference.validity for reference in references])
    shares = shares / shares.sum()
    means = np.concatenate([reference.color_mean for reference in references]) @ opponent.T
    covariances = np.concatenate([reference.color_covariance for reference in references])
    within = shares @ np.einsum("ki,nij,kj->n", opponent, covariances, opponent)
    mean = shares @ means
    between = (shares @ np.square(means - mean)).sum()
    length = 0.3 * np.linalg.norm(mean)
    averaged = np.sqrt(between) + length
    whole = np.sqrt(between + max(within, 0)) + length
    return float(min(whole / averaged, _GREATEST_LOSS)) if averaged > 1e-6 else 1.0
