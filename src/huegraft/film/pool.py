"""Pool: threads that work on shots or on segments, and that stop together."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def stopping_pool(workers: int) -> Generator[tuple[ThreadPoolExecutor, threading.Event]]:
    """Give a pool of threads, and an event for :func:`huegraft.threads.working` that is set once an error leaves.

    After an error no work of the pool begins, and work that has begun is waited for.
    """
    cancel = threading.Event()
    with ThreadPoolExecutor(workers) as pool:
        try:
            yield pool, cancel
        except BaseException:
            cancel.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
