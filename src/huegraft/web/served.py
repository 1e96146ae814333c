"""Served: the folder whose pictures clients may read, and into which they may write results."""

import itertools
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
        if not os.path.isfile(found):  # noqa: PTH113 - it takes names that no file can have
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
        if os.path.lexists(found):
            raise file_exists()
        if not os.path.isdir(found.parent):  # noqa: PTH112
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
        if not os.path.isdir(folder):  # noqa: PTH112
            raise Problem(404, "no-file", "There is no such folder in the served one.")
        folders, files = list[str](), list[str]()
        with os.scandir(folder) as entries:
            for entry in sorted(itertools.islice(entries, _MOST), key=lambda each: each.name):
                if entry.name.startswith(".") or not Path(os.path.realpath(entry.path)).is_relative_to(self.root):
                    continue
                if entry.is_dir():
                    folders.append(entry.name)
                elif Path(entry.name).suffix.lower() in READ:
                    files.append(entry.name)
        return folders, files

    def _inside(self, path: str) -> Path:
        """Return a path below the folder, with all links followed."""
        parts = PurePosixPath(path).parts
        wrong = PurePosixPath(path).is_absolute() or ".." in parts or any(each in path for each in "\\:\0")
        found = self.root if wrong else Path(os.path.realpath(self.root.joinpath(*parts)))
        if wrong or not parts or not found.is_relative_to(self.root):
            raise Problem(403, "outside", "This path leads out of the served folder.")
        return found


def file_exists() -> Problem:
    """Return the problem that a file is there already."""
    return Problem(409, "file-exists", "There is a file of this name already. Choose another name.")
