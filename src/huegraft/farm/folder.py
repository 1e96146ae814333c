"""Folder: the commands of a farm, with what people need to run them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from huegraft.errors import FileError
from huegraft.farm.openjd import openjd_files
from huegraft.farm.shell import shell_files
from huegraft.farm.slurm import slurm_files
from huegraft.farm.work import Work
from huegraft.io.atomic import written_whole

Engine = Literal["shell", "slurm", "openjd"]
"""What runs the commands."""
_FILES: dict[Engine, Callable[[Work], Mapping[str, str]]] = {
    "shell": shell_files,
    "slurm": slurm_files,
    "openjd": openjd_files,
}


def write_commands(folder: Path, work: Work, engine: Engine, *, replace: bool) -> list[Path]:
    """Write the commands of a farm into a folder, and return the files. The folder is made if it is not there.

    Raises
    ------
    ArgumentError
        If a path cannot stand in a command.
    FileError
        If a file exists that may not be replaced, or cannot be written.
    """
    files = {folder / name: text for name, text in _FILES[engine](work).items()}
    there = [path for path in files if path.exists()]
    if there and not replace:
        raise FileError(f"{there[0]} exists; choose another folder, or --force to replace what it holds")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            with written_whole(path, replace=replace) as temporary:
                temporary.write_text(text, encoding="utf-8", errors="surrogateescape")
            if text.startswith("#!"):
                path.chmod(path.stat().st_mode | 0o111)
    except OSError as error:
        raise FileError(f"cannot write into {folder}: {error}") from error
    return list(files)
