"""What holds for all threads that work for one caller: how many may work, and which events cancel."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from huegraft.errors import Cancelled


class Work(Protocol):
    """A piece of work that threads of the pool come for."""

    @property
    def over(self) -> bool:
        """Whether nobody needs to come any more."""
        ...


class Limit:
    """How many threads may work for the caller that set the limit. The caller is the first of them.

    If more threads come, their work is kept. It is put to the pool again when a thread leaves.
    """

    def __init__(self, number: int, put: Callable[[Any], None]) -> None:
        self.number, self._put = number, put
        self.forget()

    def forget(self) -> None:
        """Forget all threads but the calling one."""
        self._lock, self._at_work = threading.Lock(), 1
        self._kept: deque[Work] = deque()

    def enter(self, task: Work | None) -> bool:
        """Count the calling thread in, or keep the task that it came for if there are enough."""
        with self._lock:
            if self._at_work < self.number:
                self._at_work += 1
                return True
            while self._kept and self._kept[0].over:
                self._kept.popleft()
            if task is not None:
                self._kept.append(task)
            return False

    def enter_anyway(self) -> None:
        """Count the calling thread in, which has work to go on with."""
        with self._lock:
            self._at_work += 1

    def leave(self) -> None:
        """Count the calling thread out."""
        with self._lock:
            self._at_work -= 1
            task = self._kept.popleft() if self._kept else None
        if task is not None:
            self._put(task)


class Scope:
    """What holds for all threads that work for a caller.

    Attributes
    ----------
    limits : tuple of Limit
        The limits, each lower than the one before it.
    cancels : tuple of Event
        The events, any of which cancels.
    """

    __slots__ = ("cancels", "limits")

    def __init__(self, limits: tuple[Limit, ...] = (), cancels: tuple[threading.Event, ...] = ()) -> None:
        self.limits, self.cancels = limits, cancels

    def narrowed(self, threads: int | None, cancel: threading.Event | None, put: Callable[[Any], None]) -> "Scope":
        """Return this scope with one more limit, if it is lower, and one more event. ``put`` puts work to the pool."""
        limits = self.limits
        if threads is not None and (not limits or threads < limits[-1].number):
            limits = (*limits, Limit(threads, put))
        return Scope(limits, self.cancels if cancel is None else (*self.cancels, cancel))

    @property
    def cancelled(self) -> bool:
        """Whether an event is set."""
        return any(cancel.is_set() for cancel in self.cancels)

    def check(self) -> None:
        """Raise an error if an event is set."""
        for cancel in self.cancels:
            if cancel.is_set():
                raise Cancelled("cancelled by the caller")

    def enter(self, task: Work | None = None) -> bool:
        """Count the calling thread in for each limit, or for none and keep the task."""
        for index, limit in enumerate(self.limits):
            if not limit.enter(task):
                for entered in self.limits[:index]:
                    entered.leave()
                return False
        return True

    def enter_anyway(self) -> None:
        """Count the calling thread in for each limit, which has work to go on with."""
        for limit in self.limits:
            limit.enter_anyway()

    def leave(self) -> None:
        """Count the calling thread out for each limit."""
        for limit in self.limits:
            limit.leave()
