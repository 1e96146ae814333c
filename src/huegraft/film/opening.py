"""Opening: film files of PyAV, with labels in whatever bytes they have."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError

from huegraft.errors import FilmError

# Labels that are no UTF-8 come through as they are. From version 19 on PyAV does this without being asked.
_ANY_LABELS: dict[str, Any] = {"metadata_errors": "surrogateescape"} if int(av.__version__.split(".")[0]) < 19 else {}


def opened_source(path: Path) -> InputContainer:
    """Open a film to copy from.

    Raises
    ------
    FilmError
        If the file is missing or no film.
    """
    try:
        return av.open(str(path.resolve()), "r", **_ANY_LABELS)
    except (OSError, FFmpegError, ValueError) as cause:
        raise FilmError(f"cannot read {path}: {cause}") from cause


def opened_output(file: Path | BytesIO, muxer: str, options: Mapping[str, str]) -> OutputContainer:
    """Open a film to write, by a muxer with its options. Nothing is written before the header is."""
    target = str(file.resolve()) if isinstance(file, Path) else file
    return av.open(target, "w", format=muxer, container_options=dict(options), **_ANY_LABELS)
