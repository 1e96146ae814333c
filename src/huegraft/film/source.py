"""Source: where the frames of a film come from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from huegraft.film.index import Index
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading


class Source(Protocol):
    """A film that frames are read from. A source can be pickled, so that another process opens it again.

    Attributes
    ----------
    path
        The film file, or the folder of numbered frames.
    index
        What the first pass found: times, digests, and where decoding may begin.
    size : (H, W)
        The size of all frames.
    format
        How their samples are laid out.
    reading
        What the samples stand for.
    """

    path: Path
    index: Index
    size: tuple[int, int]
    format: PlaneFormat
    reading: Reading

    def frames(self, start: int, stop: int) -> Iterator[Planes]:
        """Yield the frames from `start` to `stop`, without the end, in the order of showing, each exactly once."""
        ...

    def shared(self, threads: int) -> "Source":
        """Return the film for a thread of its own, which decodes with so many threads."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...
