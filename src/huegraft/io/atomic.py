"""Files that appear whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def written_whole(path: Path, *, replace: bool) -> Generator[Path]:
    """Give a temporary file in the folder of `path`; when all went well it becomes `path`, else it is removed.

    Raises
    ------
    FileExistsError
        If `path` exists and `replace` is False, even when it appeared meanwhile.
    OSError
        If the folder is missing or not writable.
    """
    path = Path(os.path.realpath(path))  # a link stays, and what it names is replaced
    temporary = temporary_beside(path)
    try:  # a signal may arrive at any line: the file is made inside
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        if replace:
            with suppress(FileNotFoundError):  # nothing to replace, or it is deleted at this moment
                shutil.copymode(path, temporary)
            temporary.replace(path)
        else:
            _move_to_new(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_beside(path: Path) -> Path:
    """Return a new name in the folder of `path`, as short for the longest name; nothing is made yet."""
    return path.with_name(f".huegraft-{secrets.token_hex(8)}.part")


def _move_to_new(temporary: Path, path: Path) -> None:
    """Move without replacing, as one step where the file system has hard links."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise
        temporary.replace(path)
