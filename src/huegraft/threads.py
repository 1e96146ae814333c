"""One pool of threads for the process, and BLAS on one thread beside it.

Work is dealt in blocks that never depend on the number of threads, so the same bytes come out for any number. The loops
in C and NumPy's larger operations let go of the interpreter's lock, so plain threads run them side by side.
"""

import ctypes
import os
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

import numpy as np

T = TypeVar("T")
_ACCELERATE = "/System/Library/Frameworks/Accelerate.framework/Accelerate"
_M_ARENA_MAX = -8  # of malloc.h
_lock = threading.Lock()
_busy = threading.local()
_waiting: "SimpleQueue[_Task | _Branches[Any]]" = SimpleQueue()
_threads = 0
_count: int | None = None
_blas_calls = 0
_blas_before: "list[tuple[Callable[[int], object], int]]" = []
_Control = tuple[Callable[[], int], Callable[[int], object]]
"""What asks for a number of threads, and what sets it."""


def thread_count() -> int:
    """Return how many threads work side by side: those set, else OMP_NUM_THREADS, else one for each core we may use."""
    return _count if _count is not None else _machines_count()


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
    if count is not None and not (isinstance(count, int) and count >= 1):
        raise ValueError(f"threads must be 1 or more, got {count}")
    _count = count


def in_blocks(work: Callable[[int, int], object], count: int, *, block: int = 1) -> None:
    """Call ``work(start, stop)`` for each block that divides ``range(count)``, blocks side by side.

    Work that deals work itself has it done inline, one block after the other.

    Parameters
    ----------
    work
        An error that it raises goes to the caller, once the blocks that have begun are done.
    count
        What is divided: rows, mostly.
    block
        Size of a block; the last one may be smaller.
    """
    branches = _branches()
    if branches is not None and branches.abandoned:
        raise _AbandonedError
    task = _Task(work, count, block)
    helpers = min(thread_count(), -(-count // block)) - 1
    if helpers < 1 or getattr(_busy, "here", False):
        task.work_on()
        return
    _call(helpers, task)
    task.work_on_with_others()


def side_by_side(*works: Callable[[], T]) -> list[T]:
    """Call functions, each in a thread of the pool, and return what they return.

    Each deals its blocks as the caller would, to threads whose own functions have returned. Threads are woken less
    often than for the blocks of one function and then of the next, and what can't be dealt in blocks is done side by
    side too.

    Parameters
    ----------
    works
        The first error that one raises goes to the caller; the others end where they next deal blocks.
    """
    helpers = min(thread_count(), len(works))
    if helpers < 2 or getattr(_busy, "here", False):
        return [work() for work in works]
    outer = _branches()
    branches = _Branches(works, outer)
    try:
        if outer is None:
            _call(helpers, branches)
        else:  # by a thread of the pool: it may be the only one that has time
            _call(helpers - 1, branches)
            branches.help()
        return branches.results()
    except BaseException:  # an interrupt may come anywhere
        branches.failed = True
        raise


def by_caller(call: Callable[[], object]) -> None:
    """Have a call made by the thread that waits for `side_by_side`; at once, where none waits."""
    branches = _branches()
    if branches is None:
        call()
    else:
        branches.wanted.put(call)


def _branches() -> "_Branches[Any] | None":
    return getattr(_busy, "branches", None)


class _AbandonedError(Exception):
    """Ends a function whose result nobody waits for any more."""


class _Awaited:
    """Work of several threads that one waits for, who is told of an error in it."""

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
    """Functions that threads of the pool call for one who waits.

    Attributes
    ----------
    wanted : SimpleQueue
        Of calls that the one who waits shall make; None to look whether all functions have ended.
    failed : bool
        Whether one of them, or a call, has failed.
    """

    def __init__(self, works: Sequence[Callable[[], T]], outer: "_Branches[Any] | None") -> None:
        self._outer = outer
        self._works, self._indices = works, iter(range(len(works)))
        self._results: dict[int, T] = {}
        self._ended: set[int] = set()
        self.failed = False
        self.wanted: "SimpleQueue[Callable[[], object] | None]" = SimpleQueue()

    @property
    def abandoned(self) -> bool:
        """Whether nobody waits for these, or for the function that called them, any more."""
        return self.failed or (self._outer is not None and self._outer.abandoned)

    def help(self) -> None:
        """Call functions until there are no more."""
        outer = getattr(_busy, "here", False), _branches()
        for index in self._indices:
            _busy.here, _busy.branches = False, self
            try:
                if not self.abandoned:
                    self._results[index] = self._works[index]()
            except BaseException as error:  # goes to the caller
                self._fail(error)
            finally:
                _busy.here, _busy.branches = outer
                self._ended.add(index)
                self.wanted.put(None)

    def results(self) -> list[T]:
        """Wait until all have ended, an interrupt or not: they write to the caller's arrays."""
        while len(self._ended) < len(self._works) or not self.wanted.empty():
            try:
                call = self.wanted.get()
                if call is not None and not self.abandoned:
                    by_caller(call)
            except BaseException as error:  # of a call, or raised by a signal
                self._fail(error)
        self.raise_error()
        return [self._results[index] for index in range(len(self._works))]

    def _fail(self, error: BaseException) -> None:
        """Keep the first error, or an interrupt that comes after it."""
        if self._error is None or (isinstance(self._error, Exception) and not isinstance(error, Exception)):
            self._error = error
        self.failed = True


class _Task(_Awaited):
    """Blocks that several threads take from one after the other.

    What `concurrent.futures` needs for a task takes as long as a small loop does, and a picture has hundreds of them.
    """

    def __init__(self, work: Callable[[int, int], object], count: int, block: int) -> None:
        self._work, self._count, self._block = work, count, block
        self._starts = iter(range(0, count, block))
        self._lock, self._helped = threading.Lock(), threading.Semaphore(0)
        self._helpers, self._closed = 0, False

    def work_on(self) -> None:
        """Take blocks until there are no more; after an error nobody begins another one."""
        work = self._work
        try:
            for start in self._starts:
                work(start, min(start + self._block, self._count))
        finally:
            for _ in self._starts:
                pass

    def work_on_with_others(self) -> None:
        """Do the same, then wait for those who have joined, and raise what went wrong for them."""
        try:
            _busy.here = True
            self.work_on()
        finally:
            _busy.here = False
            self._wait()
        self.raise_error()

    def help(self) -> None:
        """Take blocks of this task too, unless its caller has finished."""
        with self._lock:
            if self._closed:
                return
            self._helpers += 1
        try:
            self.work_on()
        except BaseException as error:  # goes to the caller
            self._error = error
        with self._lock:
            self._helpers -= 1
            if self._closed and not self._helpers:
                self._helped.release()

    def _wait(self) -> None:
        """Wait until nobody works on a block any more, an interrupt or not: they write to the caller's arrays."""
        with self._lock:
            self._closed = True
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
    """Return the sum over bands of ``range(count)`` of what ``add(start, stop, part)`` adds to zeros of a shape.

    There are as many bands whatever the number of threads, so that sums are always of the same parts.
    """
    parts = np.zeros((bands, *shape))

    def work(first: int, last: int) -> None:
        for band in range(first, last):
            add(count * band // bands, count * (band + 1) // bands, parts[band])

    in_blocks(work, bands)
    return parts.sum(axis=0)


def matmul(left: np.ndarray, right: np.ndarray, *, block: int = 128) -> np.ndarray:
    """Return the product of two matrices, its rows dealt in blocks."""
    out = np.empty((left.shape[0], right.shape[1]), np.result_type(left, right))

    def work(start: int, stop: int) -> None:
        np.matmul(left[start:stop], right, out=out[start:stop])

    with blas_on_one_thread():
        in_blocks(work, len(left), block=block)
    return out


@contextmanager
def blas_on_one_thread() -> Generator[None]:
    """Keep BLAS on one thread: the first call in sets it, the last one out puts back what was.

    BLAS on several threads divides sums by their number, so its bytes would depend on it, and it would take the cores
    from the blocks that run beside it.
    """
    global _blas_calls, _blas_before
    of_process, of_thread = _blas_controls()
    own = [(put, ask()) for ask, put in of_thread]
    with _lock:
        if _blas_calls == 0:
            _blas_before = [(put, ask()) for ask, put in of_process]
            for put, _ in _blas_before:
                put(1)
        _blas_calls += 1
    for put, _ in own:
        put(1)
    try:
        yield
    finally:
        for put, number in own:
            put(number)
        with _lock:
            if _blas_calls:  # not in a process forked meanwhile
                _blas_calls -= 1
                if _blas_calls == 0:
                    for put, number in _blas_before:
                        put(number)


def _call(helpers: int, task: "_Task | _Branches[Any]") -> None:
    """Let so many of the pool's threads help, which begin when they are first wanted."""
    global _threads
    if _threads < helpers:
        with _lock:
            while _threads < helpers:
                threading.Thread(target=_help_forever, args=(_waiting,), name="huegraft", daemon=True).start()
                _threads += 1
    for _ in range(helpers):
        _waiting.put(task)


def _help_forever(waiting: "SimpleQueue[_Task | _Branches[Any]]") -> None:
    _busy.here = True
    for _, put in _blas_controls()[1]:
        put(1)
    while True:
        waiting.get().help()


@cache
def _blas_controls() -> tuple[list[_Control], list[_Control]]:
    """Return the controls of BLAS libraries that hold for the process, and those that hold for the calling thread."""
    if sys.platform == "darwin" and (accelerate := _accelerate()) is not None:
        return [], [accelerate]
    from threadpoolctl import ThreadpoolController

    of_process: list[_Control] = []
    of_thread: list[_Control] = []
    for library in ThreadpoolController().select(user_api="blas").lib_controllers:
        kind = of_thread if getattr(library, "threading_layer", "") == "openmp" else of_process
        kind.append((library.get_num_threads, partial(_put, library)))
    return of_process, of_thread


def _put(library: Any, number: int) -> None:
    """Set a library's threads, whichever thread did last: threadpoolctl keeps others off until it is told."""
    release = getattr(library, "clear_controlling_thread", lambda **_: None)
    release(force=True)
    library.set_num_threads(number)
    release(force=True)


def _accelerate() -> _Control | None:
    """Return the control of Apple's Accelerate, 0 for many threads and 1 for one, if NumPy was built on it.

    It came with macOS 15; None before.
    """
    if np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"] != "accelerate":
        return None
    accelerate = ctypes.CDLL(_ACCELERATE)
    if not hasattr(accelerate, "BLASSetThreading"):
        return None
    return accelerate.BLASGetThreading, accelerate.BLASSetThreading


def share_one_heap() -> None:
    """Let all threads of the process take memory from one heap where glibc would give each its own.

    What a thread has freed is then free for the others: a third less memory in the same time.
    """
    allocator = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(allocator, "mallopt"):
        allocator.mallopt(_M_ARENA_MAX, 1)


def _forget_threads() -> None:
    """Begin anew in a process that was forked: of all threads it has the forking one alone."""
    global _lock, _busy, _waiting, _threads, _blas_calls
    _lock, _busy, _waiting, _threads = threading.Lock(), threading.local(), SimpleQueue(), 0
    if _blas_calls:
        for put, number in _blas_before:
            put(number)
    _blas_calls = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
