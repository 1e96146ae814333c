"""Samples: a few frames from all over a film, taken while it is read and its length is not known for sure."""

from typing import Generic, TypeVar

_MOST = 9
T = TypeVar("T")


class Samples(Generic[T]):
    """A few of many things that come one after the other, at equal distances.

    Parameters
    ----------
    expected
        About how many things will come; 0 if that is not known.
    """

    def __init__(self, expected: int):
        self._step, self._seen = max(1, -(-expected // _MOST)), 0
        self._kept = list[T]()

    def add(self, thing: T) -> None:
        """Take the next thing. It is kept or not."""
        if self._seen % self._step == 0:
            self._kept.append(thing)
        if len(self._kept) > _MOST:
            self._kept, self._step = self._kept[::2], 2 * self._step
        self._seen += 1

    def chosen(self) -> list[T]:
        """Return the things that were kept, without the first where there are others: films begin in black."""
        return self._kept[1:] or self._kept
