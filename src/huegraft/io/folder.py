"""Folders of files that appear whole or not at all."""

import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from huegraft.errors import FileError


@contextmanager
def folder_written_whole(path: Path) -> Generator[Path]:
    """Give a temporary folder beside `path`; when all went well its files go to `path`, else they are removed.

    Of a folder that exists, files of the same names are replaced and the others left alone.

    Raises
    ------
    FileError
        If the folder cannot be written.
    """
    temporary = path.with_name(f".huegraft-{secrets.token_hex(8)}.part")
    try:
        temporary.mkdir()
        yield temporary
        if path.is_dir():
            for each in sorted(temporary.iterdir()):
                each.replace(path / each.name)
        else:
            temporary.replace(path)
    except OSError as error:
        raise error if isinstance(error, FileError) else FileError(f"cannot write {path}: {error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_folder_writable(path: Path, *, replace: bool) -> None:
    """Raise now what could not be written later: an existing folder without `replace`, or no folder to hold it.

    Raises
    ------
    FileError
        In both cases, or if `path` is a file.
    """
    if path.exists() and not path.is_dir():
        raise FileError(f"cannot write the folder {path}: it is a file")
    if path.is_dir() and not replace:
        raise FileError(f"{path} exists; choose another name, or --force to replace files in it")
    if not path.absolute().parent.is_dir():
        raise FileError(f"cannot write {path}: there is no folder {path.absolute().parent}")
