"""Suggest: which of many pictures suits a target best as its reference, from the matching alone.

Nothing is recoloured: both pictures are encoded and matched, the target as it is even where a base map would change it
first. The fit of a candidate does not depend on the others. Decision 013 says what the fit tells and what it cannot.
"""

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from huegraft.arrays import Array, as_source
from huegraft.call import Progress
from huegraft.graph import check_used, unused_in_matching
from huegraft.picture import Picture
from huegraft.records import Encoded
from huegraft.request import Request, check_mode
from huegraft.session import Session
from huegraft.settings import Mode, Settings, changed
from huegraft.stages.fit import fit_of

FEW_PICTURES = 2**26
"""Bytes in which a session holds the target and some candidates."""


@dataclass(frozen=True)
class Suggestion:
    """How well one candidate suits the target as its reference.

    Attributes
    ----------
    index : int
        Place of the candidate among those given, from 0.
    fit : float
        How likely the candidate shows a scene like the target's, in [0, 1]. It is calibrated for the preset ``best``;
        elsewhere it is an order.
    figures : mapping of name to float
        What the fit is made from: the ``similarity``, how like the target is what it attends to, and the ``layout``,
        how like the two pictures are laid out. Both in [-1, 1].
    notes : tuple of str
        What the user should know of the candidate, a line each.
    """

    index: int
    fit: float
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
        One for each candidate; of equal fits the first given comes first.

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
        found = list[Suggestion]()
        for index, each in enumerate(references):
            figures, notes = used._match(Request(mode, encoded, (each,), chosen), progress)
            found.append(Suggestion(index, fit_of(figures, mode), figures, tuple(notes)))
    return sorted(found, key=lambda each: -each.fit)
