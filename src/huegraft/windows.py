"""Windows: rectangles of a picture."""

from typing import NamedTuple


class Window(NamedTuple):
    """Rows top to bottom and columns left to right, ends not included."""

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
        """Return the rows and columns of that crop that the window is."""
        top, left = min(self.top, margin), min(self.left, margin)
        return slice(top, top + self.bottom - self.top), slice(left, left + self.right - self.left)
