"""The library of compiled loops. ctypes lets go of the interpreter's lock while one runs."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

_memory_of: Callable[[Any], Any] = (ctypes.c_char * 0).from_buffer
_LIBRARY = ctypes.CDLL(str(Path(__file__).with_name("loops.so")))


def function(name: str, *argument_types: Any, result: Any = None) -> Callable[..., Any]:
    """Return a function of the library."""
    found = _LIBRARY[name]
    found.argtypes, found.restype = argument_types, result
    return found


class _ArrayType:
    """A type of arrays. ctypes calls `from_param` for each argument. NumPy's `ndpointer` does the same, but slower."""

    def __init__(self, dtype: type[np.generic], dimensions: int) -> None:
        self._dtype, self._dimensions = np.dtype(dtype), dimensions

    def from_param(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray) or value.dtype != self._dtype or value.ndim != self._dimensions:
            raise TypeError(f"expected an array of {self._dtype} with {self._dimensions} axes, got {value!r:.80}")
        if not value.flags.c_contiguous:
            raise TypeError("expected a C-contiguous array")
        try:
            return _memory_of(value)  # a sixth of the time of asking for the address
        except TypeError:  # read-only
            return ctypes.c_void_p(value.ctypes.data)


def array(dtype: type[np.generic], dimensions: int) -> Any:
    """Return the argument type of a C-contiguous array; any other array raises ctypes.ArgumentError."""
    return _ArrayType(dtype, dimensions)
