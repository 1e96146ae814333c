"""Folders of files that appear whole or not at all."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from huegraft.errors import FileError
from huegraft.io.atomic import temporary_beside


@contextmanager
def folder_written_whole(path: Path, *, replace: bool) -> Generator[Path]:
    """Give a temporary folder beside `path`; when all went well it becomes `path`, else it is removed.

    If `path` exists and `replace` is True, its files of the same names are replaced, one after the other, and the
    others left alone.

    Raises
    ------
    FileError
        If the folder cannot be written.
    """
    path = Path(os.path.realpath(path))
    temporary = temporary_beside(path)
    try:
        temporary.mkdir()
        yield temporary
        if replace and path.is_dir():
            _move_files(temporary, path)
        else:
            temporary.replace(path)  # fails where a folder with files has appeared meanwhile
    except OSError as error:
        raise error if isinstance(error, FileError) else FileError(f"cannot write {path}: {error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _move_files(source: Path, target: Path) -> None:
    """Move files into a folder, once it is sure that none meets a folder there."""
    names = sorted(each.name for each in source.iterdir())
    for name in names:
        if (target / name).is_dir():
            raise FileError(f"cannot write {target / name}: it is a folder")
    for name in names:
        (source / name).replace(target / name)


def check_folder_writable(path: Path, *, replace: bool) -> None:
    """Raise now what could not be written later: an existing folder without `replace`, or no folder to hold it.

    Raises
    ------
    FileError
        In these cases, without permission, or if `path` is a file.
    """
    path = Path(os.path.realpath(path))
    if path.parent == path:
        raise FileError(f"cannot write into {path} itself; name a folder")
    if path.exists() and not path.is_dir():
        raise FileError(f"cannot write the folder {path}: it is a file")
    if path.is_dir() and not replace:
        raise FileError(f"{path} exists; choose another name, or --force to replace files in it")
    if not path.parent.is_dir():
        raise FileError(f"cannot write {path}: there is no folder {path.parent}")
    for folder in {path.parent, path if path.is_dir() else path.parent}:
        if not os.access(folder, os.W_OK | os.X_OK):
            raise FileError(f"cannot write {path}: permission denied in folder {folder}")
