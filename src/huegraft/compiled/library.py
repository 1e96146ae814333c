"""The library of compiled loops. ctypes lets go of the interpreter's lock while a loop runs."""

import ctypes
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

_LIBRARY = ctypes.CDLL(str(Path(__file__).with_name("loops.so")))
_frozen: "dict[int, tuple[weakref.ref[np.ndarray], ctypes.c_void_p]]" = {}
_memory_of: Callable[[Any], Any] = (ctypes.c_char * 0).from_buffer


class _ArrayType:
    """A type of arrays."""

    def __init__(self, dtype: type[np.generic], dimensions: int) -> None:
        self._dtype, self._dimensions = np.dtype(dtype), dimensions

    def address(self, value: Any) -> Any:
        """Return the address of an array's memory as ctypes takes it."""
        if not isinstance(value, np.ndarray) or value.dtype != self._dtype or value.ndim != self._dimensions:
            raise TypeError(f"expected an array of {self._dtype} with {self._dimensions} axes, got {value!r:.80}")
        flags = value.flags
        if not flags.c_contiguous:
            raise TypeError("expected a C-contiguous array")
        if flags.writeable:
            return _memory_of(value)  # a sixth of the time of asking for the address
        return _address_of_frozen(value)


def _address_of_frozen(value: np.ndarray) -> ctypes.c_void_p:
    """Return the address of an array that nobody writes to. It is kept as long as the array lives.

    A session freezes what it keeps, and a loop is called with the same arrays for each block.
    """
    key = id(value)
    found = _frozen.get(key)
    if found is not None and found[0]() is value:
        return found[1]
    address = ctypes.c_void_p(value.ctypes.data)
    _frozen[key] = weakref.ref(value, lambda _: _frozen.pop(key, None)), address
    return address


def array(dtype: type[np.generic], dimensions: int) -> Any:
    """Return the argument type of a C-contiguous array; any other array raises TypeError."""
    return _ArrayType(dtype, dimensions)


def function(name: str, *argument_types: Any, result: Any = None) -> Callable[..., Any]:
    """Return a function of the library."""
    found = _LIBRARY[name]
    arrays = [kind if isinstance(kind, _ArrayType) else None for kind in argument_types]
    found.argtypes = [ctypes.c_void_p if kind else given for kind, given in zip(arrays, argument_types, strict=True)]
    found.restype = result

    def call(*arguments: Any) -> Any:
        # Not by from_param of the types: ctypes would make an ArgumentError of an interrupt that comes within it.
        ready = [kind.address(value) if kind else value for kind, value in zip(arrays, arguments, strict=True)]
        return found(*ready)

    return call
