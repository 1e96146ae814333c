"""Folders: the pictures in a folder, and folders that appear whole or not at all."""

import os
import shutil
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from huegraft.errors import FileError
from huegraft.io.atomic import temporary_beside
from huegraft.io.formats import READ

_MOST_NAMED = 10


def pictures_in(folder: Path, *, recursive: bool = False) -> tuple[list[Path], str | None]:
    """Return the pictures in a folder in the order of their names, and a line that names the other files, if any."""
    paths = folder.rglob("*") if recursive else folder.iterdir()
    return pictures_among([path for path in sorted(paths) if not (recursive and path.is_dir())], folder)


def pictures_among(paths: Iterable[Path], folder: Path) -> tuple[list[Path], str | None]:
    """Return the pictures among some files below a folder, and a line that names the other files, if any.

    A picture is known by its ending, which has to be that of a format that is read. Pipes, devices and links that lead
    nowhere are no pictures. Hidden files, whose names begin with a dot, are passed over.
    """
    pictures, others = list[Path](), list[str]()
    for path in paths:
        name = path.relative_to(folder)
        if any(part.startswith(".") for part in name.parts):
            continue
        if path.suffix.lower() in READ and path.is_file():
            pictures.append(path)
        else:
            others.append(f"{name}{os.sep if path.is_dir() else ''}")
    more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    line = f"these are no pictures and are left out: {', '.join(others[:_MOST_NAMED])}{more}"
    return pictures, line if others else None


@contextmanager
def folder_written_whole(path: Path, *, replace: bool) -> Generator[Path]:
    """Give a temporary folder beside `path`. It becomes `path` if all went well, and is removed otherwise.

    If `path` exists and `replace` is True, its files of the same names are replaced, one after the other. Its other
    files stay.

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
    """Move files into a folder, after a check that none has the name of a folder there."""
    names = sorted(each.name for each in source.iterdir())
    for name in names:
        if (target / name).is_dir():
            raise FileError(f"cannot write {target / name}: it is a folder")
    for name in names:
        (source / name).replace(target / name)


def check_folder_writable(path: Path, *, replace: bool) -> None:
    """Raise now if a folder could not be written later.

    Raises
    ------
    FileError
        If the folder exists and `replace` is False, if the folder or its parent is not writable, if its parent is
        missing, or if `path` is a file.
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
