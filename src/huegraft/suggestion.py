"""Suggest: which of many pictures suits a target best as its reference, from the matching alone.

Nothing is recoloured: both pictures are encoded and matched, the target as it is even where a base map would change it
first. What a candidate scores does not depend on the others. Decision 013 says what the score predicts and what it
cannot.
"""

import math
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from huegraft.arrays import Array, as_source
from huegraft.call import Progress
from huegraft.color import grey_from_srgb, lab_from_srgb
from huegraft.graph import check_used, unused_in_matching
from huegraft.picture import Picture
from huegraft.records import Encoded
from huegraft.request import Request, check_mode
from huegraft.session import Session
from huegraft.settings import Mode, Settings, changed
from huegraft.shapes import Float64
from huegraft.solving import Matched
from huegraft.stages.bars import bars_note
from huegraft.stages.match import Attention

FIGURE_WEIGHTS = {"transfer": (-5.81, 19.77), "colorize": (-3.09, 8.92, 0.0)}
"""Of 1 and the figures, in log odds of the score (fitted on the tuning halves by ``benchmarks/suggest.py``)."""
_LEVELS = 101
FEW_PICTURES = 2**26
"""Bytes in which a session holds the target and some candidates."""


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
    notes : tuple of str
        What the user should know of the candidate, a line each.
    """

    index: int
    score: float
    figures: Mapping[str, float]
    notes: tuple[str, ...] = ()


def suggest(
    target: Array | Picture | Encoded,
    references: Iterable[Array | Picture | Encoded],
    settings: Settings | None = None,
    *,
    mode: Mode = "transfer",
    session: Session | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> list[Suggestion]:
    """Rank candidate references by how well they suit a target, the best first.

    Parameters
    ----------
    target : (H, W, 3) or (H, W) array, Picture, or Encoded
        The picture to be recoloured, as for :func:`huegraft.transfer`.
    references : iterable of arrays of the same kind, Pictures, or Encoded
        The candidates. They are drawn one by one, so that a generator may give any number.
    settings
        By default ``Settings()``; what comes after the matching is not looked at, nor is a base map.
    mode
        What the reference is for: "transfer" or "colorize".
    session
        Remembers encoded pictures; by default one of this call alone. With a `store` a second run need not encode
        anything.
    progress, **changes
        As for :func:`huegraft.transfer`.

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
    check_mode(mode)
    chosen = changed(settings, changes)
    check_used(changes, unused_in_matching(mode, chosen))
    own = Session(max_bytes=FEW_PICTURES) if session is None else nullcontext(session)
    with own as used:
        encoded = target
        if not isinstance(target, Encoded):
            encoded = used.encode(as_source(target, "target"), chosen, mode, progress=progress)
        found = [
            _scored(used._match(Request(mode, encoded, (each,), chosen), progress), index, progress)
            for index, each in enumerate(references)
        ]
    return sorted(found, key=lambda each: -each.score)


def _scored(matched: Matched, index: int, progress: Progress | None) -> Suggestion:
    if progress is not None:
        progress("score")
    target = matched.target
    figures = _figures(matched.attention, target, matched.references[0])
    odds = sum(weight * each for weight, each in zip(FIGURE_WEIGHTS[target.mode], (1, *figures.values()), strict=True))
    note = bars_note("reference", matched.references[0].geometry.bars)
    return Suggestion(index, 1 / (1 + math.exp(-odds)), figures, () if note is None else (note,))


def _figures(attention: Attention, target: Encoded, reference: Encoded) -> dict[str, float]:
    seen = target.areas * target.validity
    figures = {"similarity": float(seen @ attention.similarity / seen.sum())}
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
