"""Single tensors out of a safetensors file on a server, without fetching the rest.

The file begins with eight bytes, the length n of a JSON header, and the header; the header gives each tensor's place in
the bytes that follow (https://github.com/huggingface/safetensors#format). Nothing in it is believed unchecked.
"""

import json
import math
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from huegraft.errors import WeightsError
from huegraft.weights.catalogue import Source, check_bytes

_LARGEST_HEADER = 10 * 2**20
_TYPES = {"F32": np.float32, "F16": np.float16, "F64": np.float64}

Opener = Callable[[str, str], HTTPResponse]


def fetch_tensors(source: Source, path: Path, open_address: Opener, progress: Callable[[int, int], None]) -> None:
    """Fetch the tensors that have a hash in the catalogue, check each, and write them to a safetensors file at `path`.

    Raises
    ------
    WeightsError
        If the server gives no ranges, the header is malformed, a tensor is missing, or a hash differs.
    OSError
        If the address cannot be read.
    """
    length = int.from_bytes(_read_range(source.address, 0, 8, open_address), "little")
    if not 2 <= length <= _LARGEST_HEADER:
        raise WeightsError(
            f"{source.address} claims a header of {length} bytes; at most {_LARGEST_HEADER} are believed"
        )
    header = _parse_header(source.address, _read_range(source.address, 8, 8 + length, open_address))
    places = {name: _place(source.address, header, name) for name in source.tensors}
    total, done = sum(end - begin for begin, end in places.values()), 0
    tensors: dict[str, np.ndarray] = {}
    for run in _runs(places):
        first, last = places[run[0]][0], places[run[-1]][1]
        content = _read_range(source.address, 8 + length + first, 8 + length + last, open_address)
        for name in run:
            begin, end = places[name]
            part = content[begin - first : end - first]
            check_bytes(name, part, source.tensors[name])
            tensors[name] = np.frombuffer(part, _TYPES[header[name]["dtype"]]).reshape(header[name]["shape"])
        done += last - first
        progress(done, total)
    save_file(tensors, path)


def _parse_header(address: str, content: bytes) -> dict[str, Any]:
    """Return the header's tensors; their ranges must follow each other without overlap, as the format demands."""
    try:
        header = json.loads(content)
        header.pop("__metadata__", None)
        ranges = sorted(tuple(entry["data_offsets"]) for entry in header.values())
        ends = [0, *(end for _, end in ranges)]
        in_order = all(begin == before and end >= begin for (begin, end), before in zip(ranges, ends, strict=False))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WeightsError(f"{address} has a malformed safetensors header") from error
    if not in_order:
        raise WeightsError(f"{address} has a malformed safetensors header: its byte ranges overlap or leave gaps")
    return header


def _place(address: str, header: dict[str, Any], name: str) -> tuple[int, int]:
    """Return where a tensor's bytes begin and end after the header."""
    if name not in header:
        raise WeightsError(f"{address} lacks the tensor {name!r}")
    entry = header[name]
    begin, end = entry["data_offsets"]
    shape, kind = entry.get("shape"), entry.get("dtype")
    if kind not in _TYPES or not (isinstance(shape, list) and all(isinstance(n, int) and n >= 0 for n in shape)):
        raise WeightsError(f"{address}: {name!r} is a {kind} of shape {shape}; expected floating-point numbers")
    if math.prod(shape) * np.dtype(_TYPES[kind]).itemsize != end - begin:
        raise WeightsError(f"{address}: {name!r} of shape {shape} does not fit its {end - begin} bytes")
    return begin, end


def _runs(places: dict[str, tuple[int, int]]) -> Iterator[list[str]]:
    """Group tensors whose bytes follow each other, so that each group takes one request."""
    run: list[str] = []
    for name in sorted(places, key=lambda each: places[each]):
        if run and places[name][0] != places[run[-1]][1]:
            yield run
            run = []
        run.append(name)
    if run:
        yield run


def _read_range(address: str, begin: int, end: int, open_address: Opener) -> bytes:
    with open_address(address, f"bytes={begin}-{end - 1}") as response:
        if response.status != 206:
            raise WeightsError(f"{address}: the server gives no byte ranges; pull another source, whole")
        content = response.read(end - begin + 1)
    if len(content) != end - begin:
        raise WeightsError(f"{address}: asked for {end - begin} bytes from {begin} on, got {len(content)}")
    return content
