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
        The place of the candidate among the given ones, counted from 0.
    fit : float
        How likely the candidate shows a scene like the target's, in [0, 1]. The fit is calibrated for the preset
        ``best``. With other settings it only gives an order.
    figures : mapping of name to float
        What the fit is made from. The ``similarity`` says how similar the target is to what it attends to. The
        ``layout`` says how similar the layouts of the two pictures are. Both lie in [-1, 1].
    notes : tuple of str
        What the user should know about the candidate, one line for each thing.
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
    """Rank candidate references by how well they suit a target. The best comes first.

    Parameters
    ----------
    target : (H, W, 3) or (H, W) array, Picture, or Encoded
        The picture to be recoloured, as for :func:`huegraft.transfer`.
    references : iterable of arrays of the same kind, Pictures, or Encoded
        The candidates. They are drawn one by one, so a generator may give any number of candidates. A single picture
        counts as one candidate.
    settings
        By default ``Settings()``. The base map and the settings of the stages after the matching are ignored.
    mode
        The mode that the reference will serve: "transfer" or "colorize".
    session
        A session that remembers encoded pictures. By default the call makes a session of its own. If the session has a
        `store`, a second run need not encode anything.
    progress, **changes
        As for :func:`huegraft.transfer`.

    Returns
    -------
    list of Suggestion
        One suggestion for each candidate. If two fits are equal, the candidate that was given first comes first.

    Raises
    ------
    ArgumentError
        If `mode` is unknown.
    PictureError, SettingsError, BackboneError, WeightsError, EncodedMismatchError
        As for :func:`huegraft.transfer`.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> target, other = np.random.default_rng(0).random((2, 24, 32, 3), np.float32)
    >>> best, second = huegraft.suggest(target, [other, target])
    >>> best.index, best.fit > second.fit
    (1, True)
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
        for index, each in enumerate((references,) if _is_one_picture(references) else references):
            figures, notes = used._match(Request(mode, encoded, (each,), chosen), progress)
            found.append(Suggestion(index, fit_of(figures, mode), figures, tuple(notes)))
    return sorted(found, key=lambda each: -each.fit)


def _is_one_picture(references: Any) -> bool:
    """Tell one picture from several; a stack of pictures in one array counts as several."""
    return isinstance(references, Picture | Encoded) or getattr(references, "ndim", 4) < 4
