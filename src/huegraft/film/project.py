"""Project: the folder beside an output that keeps what a film needs, so that work goes on where it was stopped."""

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path

from filelock import FileLock, Timeout

from huegraft.errors import FilmError
from huegraft.film.numbered import is_pattern
from huegraft.io.atomic import written_whole

ENDING = ".huegraft"
"""Of the folder's name."""

_JOURNAL = "journal.jsonl"
_CLAIM = ".claim"  # of the name of a file that a process makes while others work on the project
_FOLDERS = ("refs", "tracks", "segments")
_PATIENCE = 600  # seconds: other processes hold the lock for moments, and there may be hundreds of them
_PAUSE = 0.5  # seconds from one look at a file that another process makes to the next
_OWN = re.compile(r"[0-9a-f]{32}(\.mkv|\.safetensors)?")  # tracks and segments


class Project:
    """A folder that holds the index, the shot list, references, tracks and finished segments of one film.

    Parameters
    ----------
    folder
        The folder. It is made with `create`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = self._read_journal()
        self._lock = FileLock(folder / "lock")
        self._claims: list[FileLock] = []

    @classmethod
    def create(cls, folder: Path) -> "Project":
        """Make the folder, or take the one that is there.

        Raises
        ------
        FilmError
            If the folder cannot be made.
        """
        try:
            for name in _FOLDERS:
                (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FilmError(f"cannot make the project {folder}: {error}") from error
        return cls(folder)

    @property
    def index(self) -> Path:
        """The file of the index."""
        return self.folder / "index.npz"

    @property
    def shot_list(self) -> Path:
        """The file of the shot list."""
        return self.folder / "shots.json"

    def track(self, key: str, mode: str) -> Path:
        """Return the file of a track."""
        return self.folder / "tracks" / f"{key}.{'mkv' if mode == 'colorize' else 'safetensors'}"

    def segment(self, key: str) -> Path:
        """Return the file of a segment."""
        return self.folder / "segments" / key

    def add_reference(self, path: Path) -> str:
        """Copy a reference into the project, and return its path relative to the project.

        Raises
        ------
        FilmError
            If the file cannot be read or copied.
        """
        copy = self.folder / "refs" / path.name
        try:
            digest = digest_of(path)
            if copy.is_file() and digest_of(copy) != digest:
                copy = copy.with_stem(f"{copy.stem}_{digest[:8]}")
            if not copy.is_file() or digest_of(copy) != digest:
                with written_whole(copy, replace=True) as temporary:
                    shutil.copyfile(path, temporary)
                self.note(copy)
        except OSError as error:
            raise FilmError(f"cannot copy the reference {path} into the project: {error}") from error
        return copy.relative_to(self.folder).as_posix()

    def has(self, path: Path, key: str = "") -> bool:
        """Tell whether a file is there as it was noted when it was made, and from what `key` says."""
        noted = self._made.get(self._name(path))
        return noted is not None and noted[1] == key and path.is_file() and digest_of(path) == noted[0]

    def note(self, path: Path, key: str = "") -> None:
        """Write down that a file is made and whole, once the disk holds it.

        Parameters
        ----------
        path
            The file.
        key
            What it was made from, unless its name says so.

        Raises
        ------
        FilmError
            If the journal cannot be written.
        """
        try:
            with path.open("rb") as file:
                os.fsync(file.fileno())
            digest = digest_of(path)
            with (
                self._lock_held() if self._claims else nullcontext(),
                (self.folder / _JOURNAL).open("a", encoding="utf-8") as journal,
            ):
                journal.write("\n" + json.dumps({"made": self._name(path), "sha256": digest, "key": key}))
                journal.flush()
                os.fsync(journal.fileno())
        except OSError as error:
            raise FilmError(f"cannot write the journal of {self.folder}: {error}") from error
        self._made[self._name(path)] = digest, key

    def check_made(self, what: str, shots: Iterable[str]) -> None:
        """Raise FilmError if there are shots of which something, such as segments, is missing.

        Parameters
        ----------
        what
            What is missing.
        shots
            The ids of the shots; empty for frames that are in no shot.
        """
        names = ", ".join(dict.fromkeys(f"shot {each}" if each else "frames in no shot" for each in shots))
        if names:
            raise FilmError(f"{names}: {what} are missing; huegraft film render --only encode makes them")

    def clear(self) -> None:
        """Delete what the project made, and the references that it copied. Other files in the folder stay."""
        for path in (*self.own(*_FOLDERS), self.index, self.shot_list, self.folder / _JOURNAL):
            path.unlink(missing_ok=True)
        self._made = {}

    def own(self, *folders: str) -> list[Path]:
        """Return the files that the project made or copied, of some of its folders: "refs", "tracks", "segments".

        A reference that was put there or changed by hand is none of them.
        """
        files = sorted(path for name in folders for path in (self.folder / name).iterdir() if path.is_file())
        return [path for path in files if (self.has(path) if path.parent.name == "refs" else _OWN.fullmatch(path.name))]

    def delete(self, files: Iterable[Path]) -> None:
        """Delete files of the project.

        Raises
        ------
        FilmError
            If a file cannot be deleted.
        """
        for path in files:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise FilmError(f"cannot delete {path}: {error.strerror or error}") from error

    def discard(self) -> None:
        """Delete the whole folder, which has to be one that this run has made."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @classmethod
    @contextmanager
    def locked_at(cls, folder: Path, film: Path, *, share: bool = False) -> "Generator[Project]":
        """Give the project in a folder, which other processes are kept from. It is made for a film that is there.

        `share` is that of `locked`.

        Raises
        ------
        FilmError
            If there is no such film, the folder cannot be made, or another process works on the project.
        """
        there = film.parent if is_pattern(film) else film
        if not there.exists():
            raise FilmError(f"there is no film at {film}")
        project = cls.create(folder)
        with project.locked(share=share):
            yield project

    @contextmanager
    def locked(self, *, share: bool = False) -> Generator[None]:
        """Keep other processes from working on the project.

        Parameters
        ----------
        share
            Whether other processes may work on the project while this one makes files that it has claimed. A process
            that shares waits for the lock, which others like it hold for moments.

        Raises
        ------
        FilmError
            If another process works on it.
        """
        if self._lock.is_locked:
            raise self._taken()
        with self._lock_held(_PATIENCE if share else 0):
            self._made = self._read_journal()
            if not share:
                self._clean()
            yield

    @contextmanager
    def claimed(self, missing: Callable[[], list[Path]]) -> Generator[list[Path]]:
        """Give files that are missing to this process, and let other processes work on the rest of the project.

        If another process makes one of the files, it is waited for, and its files are then there. The project has to be
        locked. It is locked again afterwards.

        Parameters
        ----------
        missing
            A function that returns the files of the project that are still to be made.

        Raises
        ------
        FilmError
            If another process works on the whole project.
        """
        while not self._claim(paths := missing()):
            self._lock.release()
            time.sleep(_PAUSE)
            self._acquire(_PATIENCE)
            self._made = self._read_journal()
        self._lock.release()
        try:
            yield paths
        finally:
            self._acquire(_PATIENCE)
            while self._claims:
                _dropped(self._claims.pop())
            self._made = self._read_journal()

    def _claim(self, paths: Iterable[Path]) -> bool:
        """Claim all of some files. If another process has claimed one, claim none."""
        for path in paths:
            claim = FileLock(path.with_name(f"{path.name}{_CLAIM}"))
            try:
                claim.acquire(timeout=0)
            except Timeout:
                while self._claims:
                    _dropped(self._claims.pop())
                return False
            self._claims.append(claim)
        return True

    def _clean(self) -> None:
        """Delete what processes that were killed left behind.

        Raises
        ------
        FilmError
            If a process has claimed a file.
        """
        for claim in (path for name in _FOLDERS for path in (self.folder / name).glob(f"*{_CLAIM}")):
            lock = FileLock(claim)
            try:
                lock.acquire(timeout=0)
            except Timeout as error:
                raise self._taken() from error
            _dropped(lock)
        for left in (path for name in _FOLDERS for path in (self.folder / name).glob("*.part")):
            left.unlink(missing_ok=True)

    @contextmanager
    def _lock_held(self, patience: float = _PATIENCE) -> Generator[None]:
        self._acquire(patience)
        try:
            yield
        finally:
            self._lock.release()

    def _acquire(self, patience: float) -> None:
        try:
            self._lock.acquire(timeout=patience)
        except Timeout as error:
            raise self._taken() from error

    def _taken(self) -> FilmError:
        return FilmError(f"another process works on {self.folder}; wait for it, or stop it")

    def _name(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.folder)).as_posix()

    def _read_journal(self) -> dict[str, tuple[str, str]]:
        """Return the digests of what was made, without a line that was cut off when the machine went down."""
        made: dict[str, tuple[str, str]] = {}
        try:
            text = (self.folder / _JOURNAL).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return made
        except OSError as error:
            raise FilmError(f"cannot read the journal of {self.folder}: {error}") from error
        for line in text.splitlines():
            try:
                entry = json.loads(line)
                made[entry["made"]] = entry["sha256"], entry.get("key", "")
            except (ValueError, KeyError, TypeError):
                continue
        return made


def _dropped(claim: FileLock) -> None:
    """Give up a claim. The project's lock is held, so no other process is about to claim the file."""
    claim.release()
    Path(claim.lock_file).unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file. A file is read again once its state has changed.

    Raises
    ------
    FilmError
        If the file cannot be read.
    """
    try:
        status = path.stat()
        return _digest(path.absolute(), (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    except OSError as error:
        raise FilmError(f"cannot read {path}: {error.strerror or error}") from error


@lru_cache(10_000)
def _digest(path: Path, _state: tuple[int, ...]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
