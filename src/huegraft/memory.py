"""Memory: values of nodes kept between calls, up to a bound in bytes, each made once however many ask for it."""

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
    """What those who wait for a value are handed when its making has ended: the value, or None if that has failed."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.value: Any = None
        self._maker = threading.get_ident()

    def wait(self, claim: "weakref.ref[_Claim]", check: Callable[[], None]) -> None:
        """Wait until the making has ended or its claim is gone, and call `check` again and again meanwhile.

        Raises
        ------
        ArgumentError
            If the calling thread is the one that makes the value: a backbone may not call the session that calls it.
        """
        if threading.get_ident() == self._maker:
            raise ArgumentError("a session was called from within its own step for the value of that same step")
        while not self.ended.wait(_LOOK_AGAIN_SECONDS) and claim() is not None:
            check()


class _Claim:
    """Says that a thread is making a value.

    The call that makes the value holds the claim, and nothing else does: wherever an interrupt ends the call, the claim
    ends with it.
    """

    def __init__(self) -> None:
        self.outcome = _Outcome()


class Memory:
    """Values under keys. Any thread may ask; none holds the lock while it computes.

    Parameters
    ----------
    max_bytes
        What the arrays of all values may take together, one that several values share counted once. Beyond it the
        values that were not used for the longest time are forgotten.
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
        """What the arrays of all values take."""
        return self._held

    def find(self, key: str) -> Any:
        """Return what is kept under a key, or None."""
        with self._lock:
            return self._found(key)

    def value(self, key: str, make: Callable[[], T], check: Callable[[], None], *, keep: bool = True) -> T:
        """Return what is kept under a key, or make it; wait for it if another thread is making it.

        Parameters
        ----------
        key
            Equal keys mean equal values.
        make
            Makes the value. If that fails, one of those who wait makes it in turn.
        check
            Called again and again while another thread is waited for; what it raises ends the waiting alone.
        keep
            Whether the value is kept, or handed over alone to those who wait.
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
        """Count the buffers of a value in or out, each once for however many values look at it."""
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
