"""Records as safetensors files. A file appears whole or not at all, and every fault raises one clear error."""

from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from huegraft.errors import FileError
from huegraft.io.atomic import written_whole


def write_record(path: Path, content: bytes, error: type[FileError], *, replace: bool) -> None:
    """Write the content of a file, whole or not at all.

    Raises
    ------
    FileError
        If the file exists and `replace` is False, or cannot be written. The error is of the kind `error`.
    """
    try:
        with written_whole(path, replace=replace) as temporary:
            temporary.write_bytes(content)
    except FileExistsError as cause:
        raise error(f"{path} exists; replace=True replaces it") from cause
    except OSError as cause:
        raise error(f"cannot write {path}: {cause}") from cause


def read_record(path: Path, kind: str, error: type[FileError]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the metadata and the arrays of a file that holds a record of a kind.

    Raises
    ------
    FileError
        If the file is missing or damaged. The error is of the kind `error`.
    """
    if not path.is_file():
        raise error(f"there is no {kind} at {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, TypeError) as cause:  # a TypeError for numbers that NumPy does not know
        raise error(f"{path} is damaged or no {kind}: {cause}") from cause
