"""BLAS on one thread beside those of `huegraft.threads`, and one heap for all of them."""

import ctypes
import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import numpy as np

_ACCELERATE = "/System/Library/Frameworks/Accelerate.framework/Accelerate"
_M_ARENA_MAX = -8  # of malloc.h
_lock = threading.Lock()
_calls = 0
_before: "list[tuple[Callable[[int], object], int]]" = []
_Control = tuple[Callable[[], int], Callable[[int], object]]
"""What asks for a number of threads, and what sets it."""


@contextmanager
def blas_on_one_thread() -> Generator[None]:
    """Keep BLAS on one thread: the first call in sets it, the last one out puts back what was.

    BLAS on several threads divides sums by their number, so its bytes would depend on it, and it would take the cores
    from the blocks that run beside it.
    """
    global _calls, _before
    of_process, of_thread = _controls()
    own = [(put, ask()) for ask, put in of_thread]
    counted = False
    try:  # from here on, since an interrupt may come anywhere
        with _lock:
            counted = True
            _calls += 1
            if _calls == 1:
                _before = [(put, ask()) for ask, put in of_process]
                for put, _ in _before:
                    put(1)
        for put, _ in own:
            put(1)
        yield
    finally:
        for put, number in own:
            put(number)
        with _lock:
            if counted and _calls:  # not in a process forked meanwhile
                _calls -= 1
                if _calls == 0:
                    for put, number in _before:
                        put(number)


def keep_blas_of_this_thread_on_one() -> None:
    """Keep BLAS on one thread wherever the calling thread calls it, for libraries that ask each thread."""
    for _, put in _controls()[1]:
        put(1)


@cache
def _controls() -> tuple[list[_Control], list[_Control]]:
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


def _forget_calls() -> None:
    """Begin anew in a process that was forked: of all threads it has the forking one alone."""
    global _lock, _calls
    _lock = threading.Lock()
    if _calls:
        for put, number in _before:
            put(number)
    _calls = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_calls)
