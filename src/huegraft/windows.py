"""Windows: rectangles of a picture, and the bars around its content."""

from typing import NamedTuple

import numpy as np


class Window(NamedTuple):
    """The rows from top to bottom and the columns from left to right of a picture, without the ends."""

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def whole(cls, size: tuple[int, int]) -> "Window":
        """Return the window that a picture of a size fills."""
        return cls(0, size[0], 0, size[1])

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    def crop(self, margin: int = 0) -> tuple[slice, slice]:
        """Return the rows and columns of a picture that hold the window and a margin, up to the picture's edges."""
        return (
            slice(max(self.top - margin, 0), self.bottom + margin),
            slice(max(self.left - margin, 0), self.right + margin),
        )

    def inside(self, margin: int) -> tuple[slice, slice]:
        """Return the rows and columns of the window inside the crop that `crop` makes with the same margin."""
        top, left = min(self.top, margin), min(self.left, margin)
        return slice(top, top + self.bottom - self.top), slice(left, left + self.right - self.left)

    def within(self, place: "Window") -> "Window | None":
        """Return the part of the window inside another one, counted from the other's corner, or None."""
        top, left = max(self.top, place.top), max(self.left, place.left)
        bottom, right = min(self.bottom, place.bottom), min(self.right, place.right)
        if top >= bottom or left >= right:
            return None
        return Window(top - place.top, bottom - place.top, left - place.left, right - place.left)


class Bars(NamedTuple):
    """The numbers of lines that are cut off a picture at each border, because they are black bars."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    def window(self, size: tuple[int, int]) -> Window:
        """Return the part that the bars leave of a picture of a size."""
        return Window(self.top, size[0] - self.bottom, self.left, size[1] - self.right)


NO_BARS = Bars()


class Frame(NamedTuple):
    """The full size of a picture, (H, W), and its bars."""

    size: tuple[int, int]
    bars: Bars = NO_BARS

    @property
    def window(self) -> Window:
        """The part of the picture that the bars leave."""
        return self.bars.window(self.size)


def in_frame(content: np.ndarray, frame: Frame, beside: float) -> np.ndarray:
    """Return a map of a picture's content as a map of the whole frame, with filled bars.

    Without bars it is the map itself. If the map is smaller than the picture, the bars are smaller by the same factor,
    to the nearest line.
    """
    if not any(frame.bars):
        return content
    scales = [new / old for new, old in zip(content.shape, frame.window.size, strict=False)]
    top, bottom, left, right = (round(lines * scales[index // 2]) for index, lines in enumerate(frame.bars))
    beyond = [(top, bottom), (left, right), *[(0, 0)] * (content.ndim - 2)]
    return np.pad(content, beyond, constant_values=beside)
