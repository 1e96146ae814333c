"""VGG-19, blocks 1 to 3, with or without batch norm (section 2.1.2; Simonyan & Zisserman 2014, arXiv:1409.1556).

The max-pooling is removed, as in the paper, unless it is asked for. The order is convolution → batch norm → ReLU, in
which the published weights were trained (docs/decisions/003-open-points.md).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np

from huegraft.backbones.convolution import Convolution
from huegraft.backbones.tiles import Cells, cells_between, enlarged, pooled_cells
from huegraft.shapes import Float32, Float64, Int32
from huegraft.windows import Window

BLOCK_STARTS = ("2_1", "3_1")


class _Span(NamedTuple):
    """The cells that a convolution reads and writes along one axis for a window.

    Attributes
    ----------
    cells : int
        The size of the convolution's grid.
    stride : int
        The stride of the pooling in front of it, or 1 if there is none.
    read : (first, end)
        The cells that are read, on the grid in front of the pooling.
    written : (first, end)
        The cells that are written, on the convolution's own grid.
    wanted : (first, end) or None
        The part of `written` that is yielded.
    """

    cells: int
    stride: int
    read: tuple[int, int]
    written: tuple[int, int]
    wanted: tuple[int, int] | None

    @property
    def border(self) -> tuple[int, int]:
        """Cells, 0 or 1, that the padding adds in front and behind."""
        return int(self.written[0] == 0), int(self.written[1] == self.cells)

    @property
    def kept(self) -> tuple[int, int] | None:
        """The part of the output that is yielded, counted from the output's first cell."""
        if self.wanted is None:
            return None
        return self.wanted[0] - self.written[0], self.wanted[1] - self.written[0]


@dataclass(frozen=True, eq=False)
class Vgg:
    """A stack of VGG-19's first convolutions.

    Attributes
    ----------
    kind : str
        "vgg19" or "vgg19_bn".
    convolutions : mapping of "block_index" to Convolution
        The convolutions that the file holds, from 1_1 on.
    preprocess : (3, 3) and (3,) float32
        Matrix and offset from sRGB in [0, 1] to the input that the network was trained on.
    padding : str
        "constant" (zeros) or "reflect".
    layers : tuple of str
        The ReLUs that are yielded: relu1_2 and so on.
    pooling : bool
        Whether the 2×2 max-pooling between blocks is kept. Maps are then enlarged bilinearly to the picture's size.
    """

    kind: str
    convolutions: dict[str, Convolution]
    preprocess: tuple[Float32[np.ndarray, "3 3"], Float32[np.ndarray, " 3"]]
    padding: str
    layers: tuple[str, ...]
    pooling: bool
    name: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"{self.kind}:{self._digest()}")

    @property
    def radius(self) -> int:
        """Reach of the deepest layer in pixels."""
        reach, stride = 0, 1
        for position in self.convolutions:
            if self.pooling and position in BLOCK_STARTS:
                reach, stride = reach + stride, 2 * stride
            reach += stride
            if f"relu{position}" == self.layers[-1]:
                break
        return reach + (2 * stride if stride > 1 else 0)  # the bilinear enlargement looks at the next cells too

    @property
    def tile(self) -> int:
        """The side of the windows to work on. A larger one costs memory; a smaller one computes more borders twice."""
        return 256 if self.pooling else 128

    def __call__(self, picture: Float32[np.ndarray, "h w 3"], /) -> Iterator[Float32[np.ndarray, "h w c"]]:
        """Yield the ReLUs of `layers` at the size of a picture, which is sRGB in [0, 1]."""
        height, width = picture.shape[:2]
        for cells in self._cells(picture, Window.whole((height, width))):
            yield enlarged(cells.values, cells.size, (height, width))

    def pooled(
        self, picture: Float32[np.ndarray, "h w 3"], labels: Int32[np.ndarray, "h w"], count: int, /
    ) -> Iterator[Float64[np.ndarray, "n c"]]:
        """Yield the super-features of `layers`. No map ever exists whole."""
        return pooled_cells(self.layers, labels, count, self.tile, partial(self._cells, picture))

    def _cells(self, picture: Float32[np.ndarray, "h w 3"], window: Window) -> Iterator[Cells]:
        """Go through the layers on no more cells than the window needs. Cells are padded where the picture ends."""
        matrix, offset = self.preprocess
        down = self._spans(picture.shape[0], window.top, window.bottom)
        across = self._spans(picture.shape[1], window.left, window.right)
        maps = picture[slice(*down[0].read), slice(*across[0].read)] @ matrix.T + offset
        for position, rows, columns in zip(self._positions, down, across, strict=True):
            maps = _strided_maximum(maps, rows.stride, columns.stride)
            maps = self.convolutions[position](maps, (*rows.border, *columns.border), self.padding)
            if rows.kept is not None and columns.kept is not None:
                values = maps[slice(*rows.kept), slice(*columns.kept)]
                top, left = rows.written[0] + rows.kept[0], columns.written[0] + columns.kept[0]
                yield Cells(values, top, left, (rows.cells, columns.cells))

    @property
    def _positions(self) -> list[str]:
        """The convolutions up to the deepest layer asked for."""
        positions = list(self.convolutions)
        return positions[: positions.index(self.layers[-1].removeprefix("relu")) + 1]

    def _spans(self, size: int, start: int, stop: int) -> list["_Span"]:
        """Return the spans of all convolutions that the features of the pixels from `start` to `stop` need.

        Every convolution looks one cell further, but never beyond the picture.
        """
        grids: list[tuple[int, int]] = []
        cells = size
        for position in self._positions:
            stride = min(2, cells) if self.pooling and position in BLOCK_STARTS else 1
            cells = cells // stride
            grids.append((stride, cells))
        spans: list[_Span] = []
        needed: tuple[int, int] | None = None
        for position, (stride, cells) in zip(reversed(self._positions), reversed(grids), strict=True):
            wanted = cells_between(size, cells, start, stop) if f"relu{position}" in self.layers else None
            ends = [span for span in (needed, wanted) if span is not None]
            written = (min(first for first, _ in ends), max(last for _, last in ends))
            needed = (max(written[0] - 1, 0) * stride, min(written[1] + 1, cells) * stride)
            spans.append(_Span(cells, stride, needed, written, wanted))
        return spans[::-1]

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for convolution in self.convolutions.values():
            for array in (convolution.weight, convolution.bias, *convolution.norm):
                digest.update(array.tobytes())
        return digest.hexdigest()[:16]


def _strided_maximum(maps: Float32[np.ndarray, "h w c"], down: int, across: int) -> Float32[np.ndarray, "h2 w2 c"]:
    """Return the greatest of each cell's pixels (max-pooling). Pixels that fill no cell are dropped."""
    if down == 2:
        height = maps.shape[0] // 2 * 2
        maps = np.maximum(maps[:height:2], maps[1:height:2])
    if across == 2:
        width = maps.shape[1] // 2 * 2
        maps = np.maximum(maps[:, :width:2], maps[:, 1:width:2])
    return maps
