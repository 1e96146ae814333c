"""Digests, by which arrays of equal content are recognised."""

import hashlib
from collections.abc import Iterable

import numpy as np

from huegraft.threads import in_blocks

_BLOCK = 2**20  # bytes


def digest(arrays: Iterable[np.ndarray]) -> str:
    """Return the SHA-256 of the arrays' shapes, dtypes and values, in hexadecimal. A contiguous array is not copied.

    Large arrays are divided into blocks, and the digests of the blocks count.
    """
    total = hashlib.sha256()
    for array in arrays:
        total.update(f"{array.shape} {array.dtype}".encode())
        total.update(b"".join(_of_blocks(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)))
    return total.hexdigest()


def _of_blocks(content: memoryview) -> list[bytes]:
    found = [b""] * -(-len(content) // _BLOCK)

    def work(start: int, stop: int) -> None:
        found[start // _BLOCK] = hashlib.sha256(content[start:stop]).digest()

    in_blocks(work, len(content), block=_BLOCK)
    return found
