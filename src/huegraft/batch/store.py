"""Store: the encoded pictures that were used last, in memory."""

from collections import OrderedDict

from huegraft.types import Encoded

_MOST = 8


class RecentStore:
    """Finds the last few encoded pictures again: the references of a batch."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Encoded] = OrderedDict()

    def find(self, key: str) -> Encoded | None:
        """Return what is kept under a key, or None."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: str, encoded: Encoded) -> None:
        """Keep an encoded picture, and forget the one not used for the longest time."""
        self._kept[key] = encoded
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
