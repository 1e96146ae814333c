"""Tiles: pictures in levels, each of half the size of the next one, and cut into tiles of lossless WebP in sRGB."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from huegraft.compiled.shrink import shrink_areas
from huegraft.encodings import SRGB
from huegraft.picture import Picture
from huegraft.shapes import UInt8
from huegraft.types import at_depth
from huegraft.web.problems import Problem
from huegraft.windows import Window

SIDE = 512
"""Pixels of a side of a tile. Tiles at the right and the lower edge are smaller."""


class Levels:
    """The levels of a picture of a size. Level 0 is one pixel; the last one is the picture itself.

    Parameters
    ----------
    size
        (H, W) of the picture.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.full = size
        self.last = (max(size) - 1).bit_length()

    def size(self, level: int) -> tuple[int, int]:
        """Return (h, w) of a level, rounded up as viewers of deep pictures expect it."""
        return tuple(max(1, -(-side >> (self.last - level))) for side in self.full)  # type: ignore[return-value]

    def window(self, level: int, column: int, row: int) -> Window:
        """Return the window of a tile within its level.

        Raises
        ------
        Problem
            If there is no such tile.
        """
        height, width = self.size(level) if 0 <= level <= self.last else (0, 0)
        top, left = row * SIDE, column * SIDE
        if not (0 <= top < height and 0 <= left < width):
            raise Problem(404, "no-tile", f"There is no such tile: levels are 0 to {self.last}, tiles {SIDE} pixels.")
        return Window(top, min(top + SIDE, height), left, min(left + SIDE, width))


def webp(pixels: UInt8[np.ndarray, "h w 3"]) -> bytes:
    """Return pixels as a lossless WebP, quickly rather than small."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", lossless=True, quality=20, method=0)
    return buffer.getvalue()


def as_shown(picture: Picture) -> UInt8[np.ndarray, "h w 3"]:
    """Return a picture as 8-bit sRGB, as a download of 8 bits in sRGB has it."""
    if picture.encoding == SRGB and picture.pixels.dtype == np.uint8:
        return np.ascontiguousarray(picture.pixels)
    return at_depth(picture.as_float(), np.dtype(np.uint8))


def write_levels(picture: Picture, folder: Path, thumbnail: int) -> None:
    """Write the levels of a picture as arrays, from the full size to the first that one tile holds, and a thumbnail."""
    shown, levels = as_shown(picture), Levels(picture.size)
    level = levels.last
    while True:
        np.save(folder / f"level_{level}.npy", shown)
        if max(shown.shape[:2]) <= SIDE or level == 0:
            break
        level -= 1
        shown = at_depth(shrink_areas(shown, levels.size(level)), np.dtype(np.uint8))
    small = Image.fromarray(shown)
    small.thumbnail((thumbnail, thumbnail))
    small.save(folder / "thumbnail.webp", quality=85)


def level_in(folder: Path, levels: Levels, level: int) -> UInt8[np.ndarray, "h w 3"]:
    """Return a level of a picture that `write_levels` wrote. Smaller levels are made of the smallest one."""
    path = folder / f"level_{level}.npy"
    if path.exists():
        return np.load(path, mmap_mode="r")
    least = min(int(each.stem.partition("_")[2]) for each in folder.glob("level_*.npy"))
    return at_depth(shrink_areas(np.load(folder / f"level_{least}.npy"), levels.size(level)), np.dtype(np.uint8))
