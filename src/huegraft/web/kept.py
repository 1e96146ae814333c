"""Kept: a memory of values that can be made again, bounded by their bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Kept:
    """Values by their keys. Those that were not used for the longest time are forgotten first.

    Parameters
    ----------
    most
        The bytes that all values may take together.
    """

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def find(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """Return the value of a key. It is made if it is not there. Two threads may both make it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key][0]
        value = make()
        taken = size(value)
        with self._lock:
            self._held += taken - self._values.pop(key, (None, 0))[1]
            self._values[key] = value, taken
            while self._held > self._most and self._values:
                _, (_, freed) = self._values.popitem(last=False)
                self._held -= freed
        return value

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._values
