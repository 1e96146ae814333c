"""Encoded pictures kept in a folder, for later runs and other processes."""

import hashlib
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from huegraft.errors import ArgumentError, EncodedFileError, FileError
from huegraft.io.atomic import written_whole
from huegraft.io.encoded import as_bytes, read_with_notes
from huegraft.records import Encoded

_FOLDER = "huegraft-encoded"
_OWN = re.compile(r"[0-9a-f]{64}\.safetensors|\.huegraft-[0-9a-f]{16}\.part")
_ABANDONED_SECONDS = 3600  # writing takes far less


class EncodedCache:
    """A folder in which sessions keep encoded pictures and find them again: ``Session(store=EncodedCache(folder))``.

    A picture that is found need not be prepared, segmented and described again. The folder knows a picture by its
    colours, its black bars, the mode, the settings that it depends on, the name of the backbone (which stands for its
    weights), the kind of device, and the version of huegraft. The folder does not know the code or the versions of
    other packages. Empty the folder after a change of huegraft or of a backbone that keeps the version and the name.

    Several processes may use one folder at a time. An entry that is damaged or of another make is not used, and is
    written anew. If the entries grow beyond `max_bytes`, those that were not used for the longest time are deleted.
    Everything lies in a subfolder ``huegraft-encoded``. Only files with names of the cache are ever deleted.

    Attributes
    ----------
    notes : list of str
        What could not be kept, and why. A full disk costs the next run its time. It does not cost this run its result.

    Parameters
    ----------
    folder
        The folder. It is made if it is missing.
    max_bytes
        How much all entries may take together. The default is 1 GiB. A larger encoded picture is not kept.

    Raises
    ------
    ArgumentError
        If `max_bytes` is no whole number above 0.
    FileError
        If the folder cannot be made or written.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> target, reference = np.random.default_rng(0).random((2, 24, 32, 3), np.float32)
    >>> with huegraft.Session(store=huegraft.EncodedCache("folder")) as session:
    ...     result = session.run(huegraft.Request("colorize", target, (reference,)))
    """

    def __init__(self, folder: str | Path, max_bytes: int = 2**30) -> None:
        if not isinstance(max_bytes, int) or isinstance(max_bytes, bool) or max_bytes < 1:
            raise ArgumentError(f"max_bytes must be a whole number above 0, got {max_bytes!r}")
        self.notes: list[str] = []
        self._max_bytes = max_bytes
        self._folder = Path(folder) / _FOLDER
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder):
                pass
        except OSError as error:
            raise FileError(f"cannot keep encoded pictures in {folder}: {error}; name a folder to write") from error

    def find(self, key: str) -> Encoded | None:
        """Return the encoded picture under a key (64 hexadecimal digits), or None if there is no sound one."""
        path = self._path(key)
        try:
            encoded, notes = read_with_notes(path)
        except EncodedFileError:
            return None
        if notes.get("seal") != _seal(key, encoded):
            return None
        with suppress(OSError):  # deleted by another process, or another user's
            os.utime(path)  # the time of writing stands for the time of use, which file systems seldom keep
        return encoded

    def keep(self, key: str, encoded: Encoded) -> None:
        """Keep an encoded picture under a key, and delete old entries if needed. Errors become notes."""
        content = as_bytes(encoded, {"seal": _seal(key, encoded)})
        if len(content) > self._max_bytes:
            self._note(
                f"a picture of {len(content)} bytes is not kept, because all pictures may take {self._max_bytes} bytes"
            )
            return
        try:
            with written_whole(self._path(key), replace=True) as temporary:
                temporary.write_bytes(content)
            self._delete_excess()
        except OSError as error:
            self._note(error.strerror)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.safetensors"

    def _note(self, reason: str | None) -> None:
        note = f"cache of encoded pictures in {self._folder}: {reason}"
        if note not in self.notes:
            self.notes.append(note)

    def _delete_excess(self) -> None:
        """Delete unfinished files of killed processes, then the entries longest unused, until the bound is kept."""
        abandoned = time.time() - _ABANDONED_SECONDS
        entries: list[tuple[int, Path, int]] = []
        total = 0
        for path, status in self._own_files():
            unfinished = path.suffix == ".part"
            if unfinished and status.st_mtime < abandoned:
                path.unlink(missing_ok=True)
                continue
            total += status.st_size
            if not unfinished:
                entries.append((status.st_mtime_ns, path, status.st_size))
        for _, path, size in sorted(entries):
            if total <= self._max_bytes:
                break
            path.unlink(missing_ok=True)
            total -= size

    def _own_files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self._folder.iterdir():
            if not _OWN.fullmatch(path.name):
                continue
            try:
                status = path.lstat()
            except FileNotFoundError:  # another process may delete it at any time
                continue
            if stat.S_ISREG(status.st_mode):
                yield path, status


def _seal(key: str, encoded: Encoded) -> str:
    """Return a digest that shows whether an entry is damaged or belongs to another key."""
    return hashlib.sha256(f"{key}\n{encoded.digest}".encode()).hexdigest()
