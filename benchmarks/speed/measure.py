"""Seconds, peaks of memory, and the rate of matrix products."""

import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from huegraft.threads import thread_count

LONGEST = 60.0
"""Seconds after which repeats stop."""

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


def alternating(functions: Sequence[Callable[[], Any]], repeats: int) -> list[list[float]]:
    """Return the seconds of each function over repeats, one after the other in each; no more once 60 s are spent.

    Nothing is called beforehand: warming up is the caller's.
    """
    seconds: list[list[float]] = [[] for _ in functions]
    began = time.perf_counter()
    for _ in range(repeats):
        for function, spent in zip(functions, seconds, strict=True):
            start = time.perf_counter()
            function()
            spent.append(time.perf_counter() - start)
        if time.perf_counter() - began > LONGEST:
            break
    return seconds


def peak_bytes() -> int:
    """Return the most memory that this process has held since it began or `forget_peak` was called.

    Linux tells it in /proc; its ``ru_maxrss`` would begin with that of the process that started this one.
    """
    if _STATUS.exists():
        lines = _STATUS.read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def forget_peak() -> None:
    """Let the peak begin at what is held now, where the system can (Linux); elsewhere peaks are upper bounds."""
    if _CLEAR.exists():
        _CLEAR.write_text("5")


def gemm_rate(size: int = 2048, repeats: int = 7) -> float:
    """Return floating-point operations a second of Torch's float32 matrix products, the median of some."""
    import torch  # here: it would weigh on the memory of whole calls

    torch.set_num_threads(thread_count())
    factors = torch.randn(2, size, size, generator=torch.Generator().manual_seed(0))

    def multiply() -> None:
        torch.matmul(factors[0], factors[1])

    multiply()
    return 2 * size**3 / statistics.median(alternating([multiply], repeats)[0])
