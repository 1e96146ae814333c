"""BLAS stays on one thread beside the threads of `huegraft.threads`, and all threads share one heap."""

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
"""A function that returns a number of threads, and a function that sets it."""


@contextmanager
def blas_on_one_thread() -> Generator[None]:
    """Keep BLAS on one thread. The first call in sets this, and the last call out puts back what was.

    BLAS on several threads divides sums by the number of threads, so its bytes would depend on this number. It would
    also take the cores from the blocks that run beside it.
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
    """Keep BLAS on one thread for the calling thread, for libraries that have a number for each thread."""
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
    """Set a library's threads, also after another thread set them, which threadpoolctl forbids until it is told."""
    release = getattr(library, "clear_controlling_thread", lambda **_: None)
    release(force=True)
    library.set_num_threads(number)
    release(force=True)


def _accelerate() -> _Control | None:
    """Return the control of Apple's Accelerate (0 for many threads, 1 for one) if NumPy was built on it, else None.

    The control came with macOS 15. Before macOS 15 this returns None.
    """
    if np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"] != "accelerate":
        return None
    accelerate = ctypes.CDLL(_ACCELERATE)
    if not hasattr(accelerate, "BLASSetThreading"):
        return None
    return accelerate.BLASGetThreading, accelerate.BLASSetThreading


def share_one_heap() -> None:
    """Let all threads of the process take memory from one heap. glibc would give each thread a heap of its own.

    Memory that a thread has freed is then free for the others. This takes a third less memory in the same time.
    """
    allocator = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(allocator, "mallopt"):
        allocator.mallopt(_M_ARENA_MAX, 1)


def _forget_calls() -> None:
    """Begin anew in a process that was forked, which has only the thread that forked."""
    global _lock, _calls
    _lock = threading.Lock()
    if _calls:
        for put, number in _before:
            put(number)
    _calls = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_calls)
