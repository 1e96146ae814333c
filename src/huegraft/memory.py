"""Memory: values of nodes are kept between calls, up to a bound in bytes. A value that many ask for is made once."""

import threading
import weakref
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from huegraft.errors import ArgumentError
from huegraft.records import arrays_in

T = TypeVar("T")
_LOOK_AGAIN_SECONDS = 0.02


class _Outcome:
    """What the threads that wait for a value get when its making has ended: the value, or None if making it failed."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.value: Any = None
        self._maker = threading.get_ident()

    def wait(self, claim: "weakref.ref[_Claim]", check: Callable[[], None]) -> None:
        """Wait until the making has ended or its claim is gone. Call `check` again and again meanwhile.

        Raises
        ------
        ArgumentError
            If the calling thread itself makes the value. A backbone may not call the session that calls it.
        """
        if threading.get_ident() == self._maker:
            raise ArgumentError("a session was called from within its own step for the value of that same step")
        while not self.ended.wait(_LOOK_AGAIN_SECONDS) and claim() is not None:
            check()


class _Claim:
    """Says that a thread is making a value.

    Only the call that makes the value holds the claim. So the claim ends with the call, wherever an interrupt ends it.
    """

    def __init__(self) -> None:
        self.outcome = _Outcome()


class Memory:
    """Values under keys. Any thread may ask for a value. No thread holds the lock while it computes.

    Parameters
    ----------
    max_bytes
        The bytes that the arrays of all values may take together. An array that several values share counts once.
        Beyond this bound the values that were not used for the longest time are forgotten.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Any, Sequence[np.ndarray]]] = OrderedDict()
        self._uses: Counter[int] = Counter()
        self._held = 0
        self._claims: WeakValueDictionary[str, _Claim] = WeakValueDictionary()

    @property
    def keeps(self) -> bool:
        """Whether anything is kept."""
        return self._max_bytes > 0

    @property
    def held_bytes(self) -> int:
        """The bytes that the arrays of all values take."""
        return self._held

    def find(self, key: str) -> Any:
        """Return the value under a key, or None."""
        with self._lock:
            return self._found(key)

    def value(self, key: str, make: Callable[[], T], check: Callable[[], None], *, keep: bool = True) -> T:
        """Return the value under a key. Make it if it is missing, or wait for it if another thread makes it.

        Parameters
        ----------
        key
            The key. Equal keys mean equal values.
        make
            A function that makes the value. If it fails, one of the waiting threads makes the value in turn.
        check
            A function that is called again and again while the thread waits. An error of it ends only the waiting.
        keep
            Whether the value is kept. Otherwise only the waiting threads get it.
        """
        mine = _Claim()
        try:
            while True:
                with self._lock:
                    found = self._found(key)
                    if found is not None:
                        return found
                    claim = self._claims.setdefault(key, mine)
                    if claim is mine:
                        break
                    outcome, others = claim.outcome, weakref.ref(claim)
                    del claim
                outcome.wait(others, check)
                if outcome.value is not None:
                    return outcome.value
            value = make()
            if keep and self.keeps:
                buffers = list({id(each): each for each in map(_buffer, arrays_in(value))}.values())
                with self._lock:
                    self._keep(key, value, buffers)
            mine.outcome.value = value
            return value
        finally:
            mine.outcome.ended.set()
            with self._lock:
                if self._claims.get(key) is mine:
                    del self._claims[key]

    def forget(self) -> None:
        """Forget all values."""
        with self._lock:
            self._kept.clear()
            self._uses.clear()
            self._held = 0

    def _found(self, key: str) -> Any:
        kept = self._kept.get(key)
        if kept is None:
            return None
        self._kept.move_to_end(key)
        return kept[0]

    def _keep(self, key: str, value: Any, buffers: Sequence[np.ndarray]) -> None:
        if sum(buffer.nbytes for buffer in buffers) > self._max_bytes:
            return
        self._kept[key] = value, buffers
        self._count(buffers, +1)
        while self._held > self._max_bytes:
            _, (_, buffers) = self._kept.popitem(last=False)
            self._count(buffers, -1)

    def _count(self, buffers: Sequence[np.ndarray], change: int) -> None:
        """Count the buffers of a value in or out. A buffer that several values use counts once."""
        for buffer in buffers:
            before = self._uses[id(buffer)]
            self._uses[id(buffer)] = before + change
            if before + change == 0:
                del self._uses[id(buffer)]
            if before == 0 or before + change == 0:
                self._held += change * buffer.nbytes


def _buffer(array: np.ndarray) -> np.ndarray:
    """Return the array that owns an array's memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
