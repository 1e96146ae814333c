"""The choice of the directory that holds the picture of a TIFF file. Thumbnails may stand before or above it."""

from collections.abc import Iterator
from dataclasses import dataclass

from huegraft.io.directories import Directories
from huegraft.io.limits import MAX_FRAMES

_KIND, _WIDTH, _LENGTH, _BELOW = 0xFE, 0x100, 0x101, 0x14A
_REDUCED, _MASK = 1, 4
_MOST_BELOW = 64
_LARGER = 1.5


@dataclass(frozen=True)
class Page:
    """A directory that holds a picture.

    Attributes
    ----------
    offset : int
        Where the directory begins.
    width, length : int
        The size of the picture in pixels.
    kind : int
        The bits of NewSubfileType: 1 for a reduced copy, 4 for a mask.
    """

    offset: int
    width: int
    length: int
    kind: int


def full_resolution(directories: Directories) -> Page | None:
    """Return the directory of the picture, or None if no directory names a size.

    It is the first directory that does not call itself a reduced copy or a mask. If others of the same shape are wider
    by a half at least, it is the widest of them. If all call themselves copies or masks, it is the largest.
    """
    pages = list(_pages(directories))
    whole = [page for page in pages if not page.kind & (_REDUCED | _MASK)]
    if not whole:
        return max(pages, key=lambda page: page.width * page.length, default=None)
    first = whole[0]
    larger = [page for page in whole if page.width >= _LARGER * first.width and _same_shape(page, first)]
    return max(larger, key=lambda page: page.width, default=first)


def reduced_copies(directories: Directories, page: Page) -> int:
    """Return how many pages of the chain are smaller copies of a page, or masks."""
    return sum(
        each.offset != page.offset
        and (bool(each.kind & (_REDUCED | _MASK)) or (each.width < page.width and _same_shape(page, each)))
        for each in _pages(directories, below=False)
    )


def _same_shape(page: Page, other: Page) -> bool:
    across, down = page.width / other.width, page.length / other.length
    return abs(across - down) <= 0.5 * max(across / other.length, down / other.width) + 1e-6


def _pages(directories: Directories, *, below: bool = True) -> Iterator[Page]:
    """Yield the pages of the chain, each followed by the pages below it. Damaged pages are left out."""
    offset, seen = directories.first, set[int]()
    while offset and offset not in seen and len(seen) < MAX_FRAMES:
        seen.add(offset)
        try:
            entries, end = directories.entries(offset)
            places = dict(entries)
            following = directories.offset_at(end)
        except ValueError:
            return
        yield from _page(directories, offset, places)
        for inner in directories.numbers(places[_BELOW], _MOST_BELOW) if below and _BELOW in places else ():
            try:
                inner_places = dict(directories.entries(inner)[0])
            except ValueError:
                continue
            yield from _page(directories, inner, inner_places)
        offset = following


def _page(directories: Directories, offset: int, places: dict[int, int]) -> Iterator[Page]:
    numbers = [directories.numbers(places[tag], 1) if tag in places else [] for tag in (_WIDTH, _LENGTH, _KIND)]
    if numbers[0] and numbers[1] and min(numbers[0][0], numbers[1][0]) > 0:
        yield Page(offset, numbers[0][0], numbers[1][0], numbers[2][0] if numbers[2] else 0)
