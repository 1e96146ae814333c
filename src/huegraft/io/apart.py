"""Decoders that a damaged file can crash, or that write to the terminal, run in a process of their own.

libheif crashes on one mutated file in a few hundred, and LibRaw reads a hundred formats of old cameras
(docs/decisions/004-hostile-files.md). The process costs a quarter of a second. Its pixels come back as arrays.
"""

import importlib
import io
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from huegraft.errors import PictureFileError
from huegraft.io.content import Content, Unsupported

_LONGEST_SECONDS = 600
_FAILED, _UNSUPPORTED = b"failed: ", b"unsupported: "
_BLOCKS = ("profile", "exif", "xmp")


def read_apart(module: str, path: Path) -> Content:
    """Return the content that `module`.decode finds in a file. It runs in another process, and turns pixels upright.

    Raises
    ------
    Unsupported
        If the file is of a kind that is not read.
    ValueError
        If the decoder fails, crashes or does not end.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
    command = [sys.executable, "-m", __name__, module, str(path.resolve())]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"its decoder did not end in {_LONGEST_SECONDS} s") from error
    if done.stdout.startswith(_FAILED):
        raise ValueError(done.stdout.removeprefix(_FAILED).decode(errors="replace"))
    if done.stdout.startswith(_UNSUPPORTED):
        raise Unsupported(*json.loads(done.stdout.removeprefix(_UNSUPPORTED)))
    if done.returncode != 0:
        raise ValueError("its decoder crashed on it")
    return _unpacked(done.stdout)


def check_decoder(package: str, path: Path) -> None:
    """Raise a PictureFileError if decoding a file needs a package that is not installed."""
    if package and find_spec(package) is None:
        raise PictureFileError(f'{path} needs a decoder that is not installed: pip install "huegraft[formats]"')


def main(module: str, path: str) -> None:
    """Decode a file, and write its content, or one line that says why there is none, to standard output."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes elsewhere
    try:
        content = importlib.import_module(module).decode(Path(path))
    except Unsupported as error:
        output.write(_UNSUPPORTED + json.dumps(error.args).encode())
    except Exception as error:  # whatever decoders raise on damaged files
        output.write(_FAILED + " ".join((str(error) or type(error).__name__).split()).encode())
    else:
        output.write(_packed(content))
    output.close()


def _packed(content: Content) -> bytes:
    arrays: dict[str, Any] = {"samples": content.samples, "notes": np.array(content.notes, np.str_)}
    arrays |= {"alpha": content.alpha} if content.alpha is not None else {}
    arrays |= {"coding": np.array(content.coding)} if content.coding is not None else {}
    for name in _BLOCKS:
        if (block := getattr(content, name)) is not None:
            arrays[name] = np.frombuffer(block, np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _unpacked(data: bytes) -> Content:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        blocks = {name: arrays[name].tobytes() for name in _BLOCKS if name in arrays}
        alpha, coding = arrays.get("alpha"), arrays.get("coding")
        content = Content(arrays["samples"], alpha, turned=True, notes=arrays["notes"].tolist(), **blocks)
        content.coding = None if coding is None else (int(coding[0]), int(coding[1]))
        return content


if __name__ == "__main__":
    main(*sys.argv[1:])
