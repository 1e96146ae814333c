"""Suggest: which of many pictures suits a target best as its reference, from the matching alone.

Nothing is recoloured: both pictures are encoded and matched, the target as it is even where a base map would change it
first. What a candidate scores does not depend on the others. Decision 013 says what the score predicts and what it
cannot.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from huegraft.arrays import Array, as_source
from huegraft.blas import blas_on_one_thread
from huegraft.color import grey_from_srgb, lab_from_srgb
from huegraft.errors import ArgumentError
from huegraft.picture import Picture
from huegraft.run import Run
from huegraft.settings import Mode, Settings
from huegraft.shapes import Float64
from huegraft.stage_runner import Progress
from huegraft.stages.match import Attention
from huegraft.types import Encoded, EncodedStore

FIGURE_WEIGHTS = {"transfer": (-5.81, 19.77), "colorize": (-3.09, 8.92, 0.0)}
"""Of 1 and the figures, in log odds of the score (fitted on the tuning halves by ``benchmarks/suggest.py``)."""
_LEVELS = 101


@dataclass(frozen=True)
class Suggestion:
    """How well one candidate suits the target as its reference.

    Attributes
    ----------
    index : int
        Place of the candidate among those given, from 0.
    score : float
        A rough estimate of the share of the target that would be within 5 CIEDE2000 of the right colour, in [0, 1], if
        the candidate's colours are the ones wanted. It is fitted for the preset ``best``; elsewhere it is an order.
    figures : mapping of name to float
        What the score is made from: the ``similarity``, how like the target is what it attends to, in [-1, 1]; in
        colourisation also the ``lightness_distance``, how far on the average L* would have to move to be spread as in
        the candidate.
    """

    index: int
    score: float
    figures: Mapping[str, float]


def suggest(
    target: Array | Picture,
    references: Iterable[Array | Picture | Encoded],
    settings: Settings | None = None,
    *,
    mode: Mode = "transfer",
    device: Any = "cpu",
    progress: Progress | None = None,
    encoded_cache: EncodedStore | None = None,
    **changes: Any,
) -> list[Suggestion]:
    """Rank candidate references by how well they suit a target, the best first.

    Parameters
    ----------
    target : (H, W, 3) or (H, W) array, or Picture
        The picture to be recoloured, as for :func:`huegraft.transfer`.
    references : iterable of arrays of the same kind, Pictures, or Encoded
        The candidates. They are drawn one by one, and none is kept, so that a generator may give any number.
    settings
        By default ``Settings()``; what comes after the matching is not looked at, nor is a base map.
    mode
        What the reference is for: "transfer" or "colorize".
    device, progress, encoded_cache, **changes
        As for :func:`huegraft.transfer`. With an `encoded_cache` a second run need not encode anything.

    Returns
    -------
    list of Suggestion
        One for each candidate; of equal scores the first given comes first.

    Raises
    ------
    ArgumentError
        If `mode` is unknown.
    PictureError, SettingsError, BackboneError, WeightsError, EncodedMismatchError
        As for :func:`huegraft.transfer`.
    """
    if mode not in ("transfer", "colorize"):
        raise ArgumentError(f"mode must be 'transfer' or 'colorize', got {mode!r}")
    run = Run(mode, settings, changes, device, progress, None, encoded_cache)
    with blas_on_one_thread():
        encoded = _encoded(run, target, "target")
        found = [
            _scored(run, encoded, index, _encoded(run, each, "reference")) for index, each in enumerate(references)
        ]
    return sorted(found, key=lambda each: -each.score)


def _encoded(run: Run, picture: Array | Picture | Encoded, role: str) -> Encoded:
    if isinstance(picture, Encoded):
        return picture
    source = as_source(picture, role)
    return run.kept(source, lambda: run.prepared(source))


def _scored(run: Run, target: Encoded, index: int, reference: Encoded) -> Suggestion:
    attention = run.attention(target, [reference])
    with run.announced("score"):
        figures = _figures(attention, target, reference)
    odds = sum(weight * each for weight, each in zip(FIGURE_WEIGHTS[run.mode], (1, *figures.values()), strict=True))
    return Suggestion(index, 1 / (1 + math.exp(-odds)), figures)


def _figures(attention: Attention, target: Encoded, reference: Encoded) -> dict[str, float]:
    figures = {"similarity": float(target.areas @ attention.similarity / target.areas.sum())}
    if target.mode == "colorize":
        apart = _lightness_quantiles(target) - _lightness_quantiles(reference)
        figures["lightness_distance"] = float(np.abs(apart).mean())
    return figures


def _lightness_quantiles(picture: Encoded) -> Float64[np.ndarray, " levels"]:
    """Return L* of the superpixels' grey at equal steps of the area; two of these differ by Wasserstein's distance."""
    lightness = lab_from_srgb(grey_from_srgb(picture.color_mean))[:, 0]
    weights = picture.areas * picture.validity
    order = np.argsort(lightness, kind="stable")
    middles = np.cumsum(weights[order]) - weights[order] / 2
    return np.interp((np.arange(_LEVELS) + 0.5) / _LEVELS * weights.sum(), middles, lightness[order])
