"""Controls: where new colours go, where they come from, and what is bound to what by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Region:
    """A part of the target that takes its colours from a part of the references.

    Attributes
    ----------
    target_mask : (H, W) array, optional
        How far new colours are taken: values in [0, 1], bool, or whole numbers that stand for [0, 1]; everywhere wholly
        if None.
    reference_mask : array of the same kind, optional
        Which part of the reference lends its colours, and how readily; all of it if None.
    reference : int, optional
        The reference taken alone, counted from 0. Of several references, one with a mask has to be named.
    """

    target_mask: Any = None
    reference_mask: Any = None
    reference: int | None = None


@dataclass(frozen=True)
class Pin:
    """A place of the target that takes the colour of a place of a reference.

    Attributes
    ----------
    target, reference : (x, y)
        In pixels from the top left corner of the full-size pictures; the superpixels there are bound. Of an encoded
        reference, in pixels of its working size.
    of : int
        Which reference, counted from 0.
    """

    target: tuple[float, float]
    reference: tuple[float, float]
    of: int = 0


@dataclass(frozen=True, eq=False)
class Controls:
    """What a caller gives beside pictures and settings, as :func:`huegraft.transfer` describes it."""

    target_mask: Any = None
    reference_masks: Sequence[Any] = ()
    regions: Sequence[Region] = ()
    pins: Sequence[Pin] = ()
