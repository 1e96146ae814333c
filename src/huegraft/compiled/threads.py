"""How loops are compiled, and how several threads share one.

The kernels let go of the interpreter's lock, and plain threads run them: numba's own threads abort when two callers
start them at once. Each part writes to rows of its own, so the result is the same for any number of threads.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numba
import torch

compiled = partial(numba.njit, cache=True, nogil=True, error_model="numpy")
"""Decorator: machine code, made at the first call and kept on disk."""


def in_bands(work: Callable[[int, int], object], count: int, *, at_least: int = 1) -> None:
    """Call ``work(start, stop)`` on bands that divide ``range(count)``, one for each of Torch's threads.

    Parameters
    ----------
    work
        Raises go to the caller.
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
