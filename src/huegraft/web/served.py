"""Served: the folder whose pictures clients may read, and into which they may write results."""

import os
from pathlib import Path, PurePosixPath

from huegraft.errors import FileError
from huegraft.io.formats import READ
from huegraft.web.problems import Problem

_MOST = 5000  # entries of a folder that are listed


class ServedFolder:
    """A folder that a server serves. Nothing outside it can be reached, by links neither.

    Parameters
    ----------
    root
        The folder.

    Raises
    ------
    FileError
        If it is no folder.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise FileError(f"{root} is no folder; name one with pictures")
        self.root = Path(os.path.realpath(root))

    def file(self, path: str) -> Path:
        """Return the file of a path below the folder.

        Raises
        ------
        Problem
            If there is none, or the path leads out of the folder.
        """
        found = self._inside(path)
        if not found.is_file():
            raise Problem(404, "no-file", "There is no such file in the served folder.")
        return found

    def new_file(self, path: str) -> Path:
        """Return the path of a file that is to be made.

        Raises
        ------
        Problem
            If it exists, its folder is missing, or the path leads out of the folder.
        """
        found = self._inside(path)
        if found.exists() or found.is_symlink():
            raise Problem(409, "file-exists", "There is a file of this name already. Choose another name.")
        if not found.parent.is_dir():
            raise Problem(404, "no-file", "The folder of this file does not exist.")
        return found

    def listed(self, path: str) -> tuple[list[str], list[str]]:
        """Return the folders and the picture files in a folder, by name.

        Raises
        ------
        Problem
            If there is no such folder, or the path leads out of the served one.
        """
        folder = self._inside(path) if path else self.root
        if not folder.is_dir():
            raise Problem(404, "no-file", "There is no such folder in the served one.")
        folders, files = list[str](), list[str]()
        with os.scandir(folder) as entries:
            for entry in sorted(list(entries)[:_MOST], key=lambda each: each.name):
                if entry.name.startswith(".") or not self._holds(Path(entry.path)):
                    continue
                if entry.is_dir():
                    folders.append(entry.name)
                elif Path(entry.name).suffix.lower() in READ:
                    files.append(entry.name)
        return folders, files

    def _inside(self, path: str) -> Path:
        parts = PurePosixPath(path).parts
        wrong = PurePosixPath(path).is_absolute() or ".." in parts or "\\" in path or ":" in path or "\0" in path
        found = self.root.joinpath(*parts)
        if wrong or not parts or not self._holds(found):
            raise Problem(403, "outside", "This path leads out of the served folder.")
        return found

    def _holds(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.root)
