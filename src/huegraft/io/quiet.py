"""Keeps the lines of C libraries off standard error. All other lines that are written meanwhile go through."""

import os
import re
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

_OF_LIBRARIES = re.compile(rb"\(EXR_ERR|^ojph |^OpenEXR |^PNG warning: ")
_lock = threading.Lock()


@contextmanager
def quiet() -> Generator[None]:
    """Drop the lines that OpenEXR and libpng write about damaged files. Faults that matter are raised as well.

    Standard error belongs to the whole process, so one caller at a time has it. The lines of others are kept, and
    written when standard error is given back.
    """
    import tempfile

    with _lock, tempfile.TemporaryFile() as kept:
        _flush()
        try:
            own = os.dup(2)
        except OSError:  # there is none to keep clean
            yield
            return
        try:
            os.dup2(kept.fileno(), 2)
            yield
        finally:
            _flush()
            os.dup2(own, 2)
            os.close(own)
            kept.seek(0)
            lines = [line for line in kept.read().splitlines(keepends=True) if not _OF_LIBRARIES.search(line)]
            if lines:
                os.write(2, b"".join(lines))


def _flush() -> None:
    if sys.stderr is not None:  # as it is without a terminal on Windows
        sys.stderr.flush()
