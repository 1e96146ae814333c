"""The record of a 3-D lookup table."""

from dataclasses import dataclass

import numpy as np

from huegraft.errors import LutError
from huegraft.records import Frozen
from huegraft.shapes import Float

SMALLEST, LARGEST = 2, 129
LONGEST = 65536
_TITLE_LENGTH = 200  # bytes: readers take lines of 250 and more
Triple = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Lut(Frozen):
    """A 3-D lookup table: a map of colours given at the nodes of a grid, trilinear between them. Immutable.

    Attributes
    ----------
    table : (n, n, n, 3) float32
        The colour of each node, indexed by red, green, blue; n is from 2 to 129. A table that huegraft made holds sRGB
        in [0, 1]. The table is copied as float32.
    title : str
        One line without double quotes, at most 200 bytes.
    domain : (red, green, blue) twice
        The colours of the first and the last node. The nodes in between lie evenly.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> huegraft.Lut(np.stack(np.meshgrid([0.0, 1.0], [0.0, 1.0], [0.0, 1.0], indexing="ij"), axis=-1)).size
    2
    """

    table: Float[np.ndarray, "n n n 3"]
    title: str = ""
    domain: tuple[Triple, Triple] = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", np.asarray(self.table, dtype=np.float32))
        super().__post_init__()
        table = self.table
        size = len(table) if table.ndim else 0
        if table.shape != (size, size, size, 3) or not SMALLEST <= size <= LARGEST:
            raise LutError(
                f"a LUT's table must be of shape (n, n, n, 3), n from {SMALLEST} to {LARGEST}, got {table.shape}"
            )
        if not np.isfinite(table).all():
            raise LutError("a LUT's table must hold finite numbers, got NaN or infinite ones")
        _check_domain(self.domain)
        if self.title != as_title(self.title):
            raise LutError(
                f"a LUT's title must be one line of at most {_TITLE_LENGTH} bytes without double quotes, "
                f"got {self.title!r}"
            )

    @property
    def size(self) -> int:
        """Number of nodes along each axis, n."""
        return len(self.table)


@dataclass(frozen=True, eq=False)
class Curves(Frozen):
    """A 1-D lookup table: a curve for each of red, green and blue, linear between its nodes. Immutable.

    Attributes
    ----------
    table : (n, 3) float32
        The values at the nodes; n is from 2 to 65536.
    domain : (red, green, blue) twice
        The colours of the first and the last node. The nodes in between lie evenly.
    """

    table: Float[np.ndarray, "n 3"]
    domain: tuple[Triple, Triple] = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", np.asarray(self.table, dtype=np.float32))
        super().__post_init__()
        table = self.table
        if table.ndim != 2 or table.shape[1] != 3 or not SMALLEST <= len(table) <= LONGEST:
            raise LutError(f"a 1-D LUT must be of shape (n, 3), n from {SMALLEST} to {LONGEST}, got {table.shape}")
        if not np.isfinite(table).all():
            raise LutError("a LUT's table must hold finite numbers, got NaN or infinite ones")
        _check_domain(self.domain)


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedLut(Lut):
    """A LUT that was fitted to a transfer, and how well it reproduces it.

    Attributes
    ----------
    explained : float
        The share of the change that is a function of colour alone: 1 - Σ‖LUT(t) - r‖² / Σ‖r - t‖² over the pixels, in
        CIELAB, where t is the target and r the result. The share is 1 if nothing changes. If it is below 0, the LUT is
        worse than no LUT.
    mean_difference, difference_95 : float
        The mean and the 95th percentile, over the pixels, of CIEDE2000 between LUT(t) and r.
    """

    explained: float
    mean_difference: float
    difference_95: float


def _check_domain(colors: tuple[Triple, Triple]) -> None:
    domain = np.asarray(colors, dtype=np.float64)
    if domain.shape != (2, 3) or not np.isfinite(domain).all() or not (domain[0] < domain[1]).all():
        raise LutError(f"a LUT's domain must be two colours, the first below the second, got {colors}")


def as_title(text: str) -> str:
    """Return a text as a title. Characters that a title cannot hold become underscores, and a long title is cut."""
    kept = "".join(letter if letter.isprintable() and letter != '"' else "_" for letter in text)
    return kept.encode()[:_TITLE_LENGTH].decode(errors="ignore")
