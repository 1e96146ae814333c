"""One pool of threads for the process, which all callers share.

Work is dealt in blocks that never depend on the number of threads, so any number of threads gives the same bytes. The
loops in C and NumPy's larger operations let go of the interpreter's lock, so plain threads run them side by side.
"""

import os
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import cache
from operator import length_hint
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

import numpy as np

from huegraft.blas import blas_on_one_thread, keep_blas_of_this_thread_on_one
from huegraft.scopes import Scope

T = TypeVar("T")
_PATIENCE = 0.05  # seconds until a caller calls its functions itself where no thread of the pool comes
_lock = threading.Lock()
_waiting: "SimpleQueue[_Task | _Branches[Any]]" = SimpleQueue()
_threads = 0
_count: int | None = None


def thread_count() -> int:
    """Return how many threads work side by side: the number set, else OMP_NUM_THREADS, else one for each core.

    Only cores that the process may use count. Within `working` it is at most the number given there.
    """
    count = _count or _machines_count()
    limits = _this.scope.limits
    return min(count, limits[-1].number) if limits else count


@cache
def _machines_count() -> int:
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_threads(count: int | None) -> None:
    """Set how many threads work side by side in this process; None takes the machine's.

    Raises
    ------
    ValueError
        If the count is no whole number, or below 1.

    Examples
    --------
    >>> set_threads(2)
    >>> thread_count()
    2
    """
    global _count
    _check_count(count)
    _count = count


def _check_count(count: int | None) -> None:
    if count is not None and not (isinstance(count, int) and count >= 1):
        raise ValueError(f"threads must be 1 or more, got {count}")


@contextmanager
def working(threads: int | None = None, cancel: threading.Event | None = None) -> Generator[None]:
    """Limit how many threads work for what the calling thread does inside, and let an event cancel it.

    Both hold for the calling thread and for the threads of the pool while they work for it, and for no other caller.
    Within another `working` the lesser number holds, and either event cancels.

    Parameters
    ----------
    threads
        The most threads that work side by side. None sets no limit. The bytes of a result do not depend on it.
    cancel
        Once it is set, `in_blocks` and `side_by_side` raise `Cancelled` before they begin, before each block and
        before each function. Blocks and functions that have begun are waited for.

    Raises
    ------
    ValueError
        If the number is no whole number, or below 1.

    Examples
    --------
    >>> with working(threads=1):
    ...     thread_count()
    1
    >>> cancel = threading.Event()
    >>> cancel.set()
    >>> with working(cancel=cancel):
    ...     check_cancelled()
    Traceback (most recent call last):
        ...
    huegraft.errors.Cancelled: cancelled by the caller
    """
    _check_count(threads)
    outer = _this.scope
    _this.scope = outer.narrowed(threads, cancel, _put)
    try:
        yield
    finally:
        _this.scope = outer


def check_cancelled() -> None:
    """Raise an error if an event of a `working` around the present call is set.

    Raises
    ------
    Cancelled
        If an event is set.

    Examples
    --------
    >>> check_cancelled()
    """
    _this.scope.check()


def in_blocks(work: Callable[[int, int], object], count: int, *, block: int = 1) -> None:
    """Call ``work(start, stop)`` for each block that divides ``range(count)``. The blocks run side by side.

    If work deals work itself, that work is done inline, one block after the other.

    Parameters
    ----------
    work
        A function. An error that it raises goes to the caller after the blocks that have begun are done.
    count
        The number of things that are divided, which are mostly rows.
    block
        The size of a block. The last block may be smaller.

    Raises
    ------
    Cancelled
        If the call is cancelled before its last block has begun (`working`).
    """
    scope, branches = _this.scope, _this.branches
    if scope.cancels:
        scope.check()
    if branches is not None and branches.abandoned:
        raise _AbandonedError
    task = _Task(work, count, block, scope)
    helpers = min(thread_count(), -(-count // block)) - 1
    if helpers < 1 or _this.in_block:
        task.work_on()
        return
    _call(helpers, task)
    task.work_on_with_others()


def side_by_side(*works: Callable[[], T]) -> list[T]:
    """Call functions, each in a thread of the pool, and return what they return.

    Each function deals its blocks as the caller would, to threads whose own functions have returned. So threads are
    woken less often than for the blocks of one function after the other, and work without blocks runs side by side,
    too. If the pool's threads are busy with other callers' work, the calling thread soon calls functions, too.

    Parameters
    ----------
    works
        The functions. The first error that one raises goes to the caller. The others end where they next deal blocks.

    Raises
    ------
    Cancelled
        If the call is cancelled before the last function has begun, or if a function raises it (`working`).
    """
    check_cancelled()
    most = min(thread_count(), len(works))
    if most < 2 or _this.in_block:
        return [_unless_cancelled(work) for work in works]
    outer = _this.branches
    branches = _Branches(works, outer, most)
    try:
        return branches.results()
    except BaseException:  # an interrupt may come anywhere
        branches.failed = True
        raise


def _unless_cancelled(work: Callable[[], T]) -> T:
    check_cancelled()
    return work()


def by_caller(call: Callable[[], object]) -> None:
    """Have a call made by the thread that waits for `side_by_side`, or at once if no thread or this one waits."""
    branches = _this.branches
    if branches is None:
        call()
    else:
        branches.want(call)


_UNLIMITED = Scope()


class _This(threading.local):
    """The state of the calling thread.

    Attributes
    ----------
    in_block : bool
        Whether it works on a block, and so deals no blocks. A thread of the pool does unless it calls a function.
    branches : _Branches or None
        The branches of which it calls a function.
    scope : Scope
        The scope that holds for it.
    """

    in_block = False
    branches: "_Branches[Any] | None" = None
    scope = _UNLIMITED


_this = _This()


class _AbandonedError(Exception):
    """Ends a function whose result nobody waits for any more."""


class _Awaited:
    """Work of several threads for a thread that waits, and gets the error if there is one."""

    _error: BaseException | None = None

    def raise_error(self) -> None:
        """Raise the error, if there is one, and forget it: error, frames and arrays would keep each other."""
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                del error


class _Branches(_Awaited, Generic[T]):
    """Functions that threads of the pool call for a thread that waits.

    Attributes
    ----------
    scope : Scope
        The scope of the waiting thread.
    failed : bool
        Whether a function or a call has failed.
    """

    def __init__(self, works: Sequence[Callable[[], T]], outer: "_Branches[Any] | None", most: int) -> None:
        self.scope, self._outer, self._caller = _this.scope, outer, threading.get_ident()
        self._left = self.scope if outer is None else _UNLIMITED  # what the one who waits leaves meanwhile
        self._lock, self._most, self._joined = threading.Lock(), most, set[int]()
        self._works, self._indices = works, iter(range(len(works)))
        self._results: dict[int, T] = {}
        self._ended: set[int] = set()
        self.failed = False
        self._wanted: "SimpleQueue[Callable[[], object] | None]" = SimpleQueue()
        """The calls that the waiting thread shall make. None lets it look whether all functions have ended."""
        self._help_from = time.monotonic() + (_PATIENCE if outer is None else 0)

    @property
    def over(self) -> bool:
        """Whether all functions have begun."""
        return not length_hint(self._indices)

    @property
    def abandoned(self) -> bool:
        """Whether no thread waits any more for these functions, or for the function that called them."""
        return self.failed or (self._outer is not None and self._outer.abandoned)

    def want(self, call: Callable[[], object]) -> None:
        """Have a call made by the waiting thread. If this is that thread, it makes the earlier calls, then this one."""
        if threading.get_ident() != self._caller:
            self._wanted.put(call)
            return
        self._make_wanted()
        if not self.abandoned:
            self._make(call)

    def help(self) -> None:
        """Call functions until there are no more, unless enough threads call them."""
        if not self._join():
            return
        for index in self._indices:  # no interrupt comes until `try`, or nobody would end this one
            before = _this.in_block, _this.branches
            _this.in_block, _this.branches = False, self
            try:
                check_cancelled()
                if not self.abandoned:
                    self._results[index] = self._works[index]()
            except BaseException as error:  # goes to the caller
                self._fail(error)
            finally:
                _this.in_block, _this.branches = before
                self._ended.add(index)
                self._wanted.put(None)
            if threading.get_ident() == self._caller:
                self._make_wanted()

    def results(self) -> list[T]:
        """Call threads and wait until all have ended, even after an interrupt: they write to the caller's arrays."""
        self._left.leave()
        try:
            _call(self._most if self._outer is None else self._most - 1, self)
            while len(self._ended) < len(self._works) or not self._wanted.empty():
                try:
                    self._wait_or_help()
                except BaseException as error:  # raised by a signal
                    self._fail(error)
        finally:
            self._left.enter_anyway()
        self.raise_error()
        return [self._results[index] for index in range(len(self._works))]

    def _join(self) -> bool:
        """Return whether the calling thread may call functions. A thread that may once may always."""
        with self._lock:
            if len(self._joined) < self._most:
                self._joined.add(threading.get_ident())
            return threading.get_ident() in self._joined

    def _wait_or_help(self) -> None:
        """Make a wanted call, or call functions that no thread has begun for long."""
        patience = None if self.over else max(0.0, self._help_from - time.monotonic())
        try:
            self._try_to_make(self._wanted.get(timeout=patience))
            return
        except Empty:
            self._help_from = time.monotonic() + _PATIENCE
        if self._left.enter():
            try:
                self.help()
            finally:
                self._left.leave()

    def _make_wanted(self) -> None:
        while not self._wanted.empty():
            self._try_to_make(self._wanted.get())

    def _try_to_make(self, call: Callable[[], object] | None) -> None:
        try:
            if call is not None and not self.abandoned:
                self._make(call)
        except BaseException as error:  # goes to the caller
            self._fail(error)

    def _make(self, call: Callable[[], object]) -> None:
        """Make a call as the waiting thread, or have it made by the thread that waits for this one."""
        before = _this.branches, _this.scope
        _this.branches, _this.scope = self._outer, self.scope
        try:
            by_caller(call)
        finally:
            _this.branches, _this.scope = before

    def _fail(self, error: BaseException) -> None:
        """Keep the first error, or a later interrupt."""
        if self._error is None or (isinstance(self._error, Exception) and not isinstance(error, Exception)):
            self._error = error
        self.failed = True


class _Task(_Awaited):
    """Blocks that several threads take, one after the other.

    `concurrent.futures` needs as much time for a task as a small loop takes, and a picture has hundreds of tasks.

    Attributes
    ----------
    scope : Scope
        The caller's.
    over : bool
        Whether its caller has finished.
    """

    def __init__(self, work: Callable[[int, int], object], count: int, block: int, scope: Scope) -> None:
        self.scope = scope
        self._work, self._count, self._block = work, count, block
        self._starts = iter(range(0, count, block))
        self._lock, self._helped = threading.Lock(), threading.Semaphore(0)
        self._helpers, self.over = 0, False

    def work_on(self) -> None:
        """Take blocks until there are no more. After an error no thread begins another block."""
        work, scope = self._work, self.scope
        try:
            for start in self._starts:
                if scope.cancels:
                    scope.check()
                work(start, min(start + self._block, self._count))
        finally:
            for _ in self._starts:
                pass

    def work_on_with_others(self) -> None:
        """Take blocks until there are no more, wait for the threads that joined, and raise their error, if any."""
        try:
            try:
                _this.in_block = True
                self.work_on()
            finally:
                _this.in_block = False
                self._wait()
        except BaseException:
            self._error = None  # of another thread: error, frames and arrays would keep each other
            raise
        self.raise_error()

    def help(self) -> None:
        """Take blocks of this task, unless its caller has finished."""
        with self._lock:
            if self.over:
                return
            self._helpers += 1
        try:
            self.work_on()
        except BaseException as error:  # goes to the caller
            self._error = error
        with self._lock:
            self._helpers -= 1
            if self.over and not self._helpers:
                self._helped.release()

    def _wait(self) -> None:
        """Wait until no thread works on a block, even after an interrupt: they write to the caller's arrays."""
        with self._lock:
            self.over = True
            self._work = lambda *_: None  # or a thread that comes late would keep its arrays until then
            if not self._helpers:
                return
        interrupt: BaseException | None = None
        while True:
            try:
                self._helped.acquire()
                break
            except BaseException as error:  # raised by a signal
                interrupt = error
        if interrupt is not None:
            raise interrupt


def sums_of_bands(
    add: Callable[[int, int, np.ndarray], object], count: int, shape: tuple[int, ...], *, bands: int = 8
) -> np.ndarray:
    """Return the sum, over bands of ``range(count)``, of what ``add(start, stop, part)`` adds to zeros of a shape.

    The number of bands does not depend on the number of threads, so sums always have the same parts.
    """
    parts = np.zeros((bands, *shape))

    def work(first: int, last: int) -> None:
        for band in range(first, last):
            add(count * band // bands, count * (band + 1) // bands, parts[band])

    in_blocks(work, bands)
    return parts.sum(axis=0)


def matmul(left: np.ndarray, right: np.ndarray, *, block: int = 128) -> np.ndarray:
    """Return the product of two matrices. Its rows are dealt in blocks."""
    out = np.empty((left.shape[0], right.shape[1]), np.result_type(left, right))

    def work(start: int, stop: int) -> None:
        np.matmul(left[start:stop], right, out=out[start:stop])

    with blas_on_one_thread():
        in_blocks(work, len(left), block=block)
    return out


def _call(helpers: int, task: "_Task | _Branches[Any]") -> None:
    """Let a number of the pool's threads help. Threads are started when they are first needed."""
    global _threads
    wanted = helpers + (_this.branches is not None)  # one of the pool doesn't help itself
    if task.scope.limits:  # callers who take few threads each need more together
        wanted = max(wanted, _count or _machines_count())
    if _threads < wanted:
        with _lock:
            while _threads < wanted:
                threading.Thread(target=_help_forever, args=(_waiting,), name="huegraft", daemon=True).start()
                _threads += 1
    for _ in range(helpers):
        _put(task)


def _put(task: "_Task | _Branches[Any]") -> None:
    """Put a task to the pool of this process. A forked process has a pool of its own."""
    _waiting.put(task)


def _help_forever(waiting: "SimpleQueue[_Task | _Branches[Any]]") -> None:
    _this.in_block = True
    keep_blas_of_this_thread_on_one()
    while True:
        _help(waiting.get())


def _help(task: "_Task | _Branches[Any]") -> None:
    if not task.scope.enter(task):
        return
    _this.scope = task.scope
    task.help()
    _this.scope = _UNLIMITED
    task.scope.leave()


def _forget_threads() -> None:
    """Begin anew in a process that was forked. It has only the thread that forked, in its scope."""
    global _lock, _this, _waiting, _threads
    scope = _this.scope
    _lock, _this, _waiting, _threads = threading.Lock(), _This(), SimpleQueue(), 0
    _this.scope = scope
    for limit in scope.limits:
        limit.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
