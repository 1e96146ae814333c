"""Parts of feature maps: what a backbone yields where a picture is worked on in tiles."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from huegraft.backbones.registry import Backbone


class Window(NamedTuple):
    """Rows top to bottom and columns left to right, ends not included."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, eq=False)
class Part:
    """Some cells of a feature map, which stands for its bilinear enlargement to the picture's size.

    Attributes
    ----------
    values : (c, h, w) float
        Row `top` to `top` + h and column `left` to `left` + w of the map.
    top, left : int
        Where the first of them is.
    size : (float, float)
        Height and width of the picture over a cell's: where the last cells reach beyond the picture, no whole numbers.
    """

    values: Float[Tensor, "c h w"]
    top: int
    left: int
    size: tuple[float, float]


@runtime_checkable
class TiledBackbone(Backbone, Protocol):
    """A backbone that has a better way to work on a part of a picture than to be given a crop of it.

    Attributes
    ----------
    tile : int
        Side of the windows it is best asked for, in pixels.
    """

    @property
    def tile(self) -> int:
        """Side of a window in pixels."""
        ...

    def parts(self, picture: Float[Tensor, "h w 3"], window: Window, /) -> Iterable[Part]:
        """Yield, for each of `layers`, the cells that the features of a window of the picture depend on."""
        ...


def enlargement(
    size: int, cells: float, start: int, stop: int
) -> tuple[Int[np.ndarray, " p"], Int[np.ndarray, " p"], Float[np.ndarray, " p"]]:
    """Say which cells of a line the pixels from `start` to `stop` lie between when it is enlarged bilinearly to `size`.

    Returns
    -------
    lower, upper, share
        The two cells, and what the upper one counts, in [0, 1). A pixel centre beyond the outermost cells' takes the
        outermost one (as align_corners=False has it).
    """
    places = np.maximum((np.arange(start, stop) + 0.5) * (cells / size) - 0.5, 0)
    lower = places.astype(np.int64)
    share = places - lower
    return lower, np.where(share > 0, np.minimum(lower + 1, math.ceil(cells) - 1), lower), share


def cells_between(size: int, cells: float, start: int, stop: int) -> tuple[int, int]:
    """Return the first and the end of the cells of a line that the pixels from `start` to `stop` lie between."""
    if cells == size:
        return start, stop
    lower, upper, _ = enlargement(size, cells, start, stop)
    return int(lower[0]), int(upper.max()) + 1
