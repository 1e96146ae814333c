"""The library of compiled loops, and how several threads share one.

ctypes lets go of the interpreter's lock while a loop runs, so plain threads will do. Each part writes to rows of its
own: the result is the same for any number of threads.
"""

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch

_LIBRARY = ctypes.CDLL(str(Path(__file__).with_name("loops.so")))


def function(name: str, *argument_types: Any, result: Any = None) -> Callable[..., Any]:
    """Return a function of the library."""
    found = _LIBRARY[name]
    found.argtypes, found.restype = argument_types, result
    return found


def array(dtype: type[np.generic], dimensions: int) -> Any:
    """Return the argument type of a C-contiguous array; any other array raises ctypes.ArgumentError."""
    return np.ctypeslib.ndpointer(dtype=dtype, ndim=dimensions, flags="C_CONTIGUOUS")


def in_bands(work: Callable[[int, int], object], count: int, *, at_least: int = 1) -> None:
    """Call ``work(start, stop)`` on bands that divide ``range(count)``, one for each of Torch's threads.

    Parameters
    ----------
    work
        What it raises goes to the caller.
    count
        What is divided: rows, mostly.
    at_least
        Smallest band worth a thread of its own.
    """
    bands = max(1, min(torch.get_num_threads(), count // at_least))
    edges = [count * band // bands for band in range(bands + 1)]
    if bands == 1:
        work(0, count)
        return
    with ThreadPoolExecutor(bands) as threads:
        list(threads.map(work, edges[:-1], edges[1:]))


def in_bands_of_torch(work: Callable[[int, int], object], count: int) -> None:
    """Do as `in_bands` where `work` calls Torch, whose operations then take one thread in each band.

    A thread's setting is also what threads begun later start with, so the caller's is set again at the end.
    """
    threads = torch.get_num_threads()

    def work_alone(start: int, stop: int) -> None:
        torch.set_num_threads(1)
        work(start, stop)

    try:
        in_bands(work_alone, count)
    finally:
        torch.set_num_threads(threads)
