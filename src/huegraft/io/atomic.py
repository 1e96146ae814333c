"""Files that appear whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from huegraft.errors import FileError


@contextmanager
def written_whole(path: Path, *, replace: bool) -> Generator[Path]:
    """Give a temporary file in the folder of `path`. It becomes `path` if all went well, and is removed otherwise.

    Raises
    ------
    FileExistsError
        If `path` exists and `replace` is False, even if it appeared meanwhile.
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


def check_file_writable(path: Path, *, replace: bool, error: type[FileError]) -> None:
    """Raise now, as an error of this kind, what writing to `path` would raise after the work is done."""
    try:
        if not path.parent.is_dir():
            raise error(f"cannot write {path}: there is no folder {path.parent}")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise error(f"cannot write {path}: Permission denied in folder {path.parent}")
        if path.is_dir():
            raise error(f"cannot write {path}: it is a folder")
        if path.exists() and not replace:
            raise error(f"{path} exists; choose another name, or --force (replace=True) to replace it")
    except OSError as cause:
        raise cause if isinstance(cause, FileError) else error(f"cannot write {path}: {cause}") from cause


def temporary_beside(path: Path) -> Path:
    """Return a new name in the folder of `path`. The name is short, however long that of `path` is. No file is made."""
    return path.with_name(f".huegraft-{secrets.token_hex(8)}.part")


def _move_to_new(temporary: Path, path: Path) -> None:
    """Move without replacing. This is one step if the file system has hard links."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise
        temporary.replace(path)
