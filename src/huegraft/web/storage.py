"""Storage: the folder in which a server keeps pictures and sessions, so that they outlast it."""

import hashlib
import json
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from huegraft.errors import FileError
from huegraft.io.atomic import written_whole
from huegraft.picture import Picture
from huegraft.web.decode_worker import Decoder, picture_in
from huegraft.web.limits import Limits
from huegraft.web.problems import Problem
from huegraft.web.schemas import ResultRequest
from huegraft.web.served import ServedFolder
from huegraft.web.tiles import Levels

_OPENED = 64  # pictures whose arrays stay mapped
_USE_SECONDS = 60.0  # a use is written down this often


@dataclass
class StoredPicture:
    """A picture of the storage.

    Attributes
    ----------
    id
        The id.
    name
        The name of its file, without folders.
    path
        Its file below the folder that the server serves; None if the picture was uploaded.
    digest
        The SHA-256 of the file, in hexadecimal.
    size
        (H, W).
    depth, profile, notes
        What is known of its pixels.
    bytes
        What it takes of the storage.
    used
        When it was last used, in seconds since 1970.
    """

    id: str
    name: str
    path: str | None
    digest: str
    size: tuple[int, int]
    depth: str
    profile: str
    notes: list[str]
    bytes: int
    used: float

    def __post_init__(self) -> None:
        self.size = (self.size[0], self.size[1])  # JSON has lists


@dataclass
class StoredSession:
    """A session of the storage.

    Attributes
    ----------
    id
        The id.
    target
        The id of the picture that is changed.
    revision
        The number of the last request, from 1 on; 0 without one.
    request
        The last request, as the client sent it.
    ready, result
        The number of the last request whose look is kept, and what is known of the look; 0 without one.
    used
        When it was last used, in seconds since 1970.
    """

    id: str
    target: str
    revision: int = 0
    request: dict[str, Any] = field(default_factory=dict)
    ready: int = 0
    result: dict[str, Any] | None = None
    used: float = 0.0

    @property
    def tag(self) -> str:
        """The entity tag of the last revision."""
        return f'"{self.revision}"'


class Storage:
    """Keeps pictures and sessions in a folder that only its owner can read.

    Parameters
    ----------
    root
        The folder. It is made if it is missing.
    limits
        How much may be kept.
    decoder
        Decodes pictures.
    served
        The folder that the server serves; None without one.

    Raises
    ------
    FileError
        If the folder cannot be made, is another server's, or can be read by others.
    """

    def __init__(self, root: Path, limits: Limits, decoder: Decoder, served: ServedFolder | None = None) -> None:
        self.root, self._limits, self._decoder, self._served = root, limits, decoder, served
        self.lock = threading.RLock()
        try:
            root.mkdir(parents=True, exist_ok=True)
            root.chmod(0o700)
            for name in ("pictures", "sessions", "incoming", "downloads"):
                (root / name).mkdir(mode=0o700, exist_ok=True)
            self._held = FileLock(root / "lock")
            self._held.acquire(timeout=0)
        except Timeout:
            raise FileError(f"{root} is used by another server; name another folder with --storage") from None
        except OSError as error:
            raise FileError(f"cannot use {root} as storage: {error}") from error
        for name in ("incoming", "downloads"):  # what a server that was killed left behind
            for path in (root / name).iterdir():
                _remove(path)
        self._pictures = {each.id: each for each in self._read("pictures", StoredPicture)}
        self._sessions = {each.id: each for each in self._read("sessions", StoredSession)}
        self._opened = lru_cache(_OPENED)(picture_in)

    def close(self) -> None:
        """Let another server have the folder."""
        self._held.release()

    @property
    def bytes(self) -> int:
        """What all pictures take."""
        with self.lock:
            return sum(each.bytes for each in self._pictures.values())

    def incoming(self) -> Path:
        """Return a path for a file that arrives."""
        return self.root / "incoming" / secrets.token_hex(16)

    def add(self, source: Path, name: str, path: str | None = None) -> StoredPicture:
        """Decode a file and keep it as a picture. A file that was uploaded moves into the storage.

        Parameters
        ----------
        source
            The file.
        name
            The name for people. Its ending tells formats apart that have no other mark.
        path
            The path below the served folder; None for an upload.

        Raises
        ------
        Problem
            If it is no picture, takes too much to decode, or there is no room.
        """
        self._make_room(2 * source.stat().st_size)
        identity = secrets.token_hex(16)
        folder = self._folder("pictures", identity)
        folder.mkdir(mode=0o700)
        try:
            file = source
            if path is None:
                file = folder / f"source{Path(name).suffix.lower()[:8]}"
                source.replace(file)
            found = self._decoder.picture(file, folder)
            size = sum(each.stat().st_size for each in folder.iterdir())
            with file.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            picture = StoredPicture(
                identity, name, path, digest, tuple(found["size"]), found["depth"], found["profile"], found["notes"],
                size, time.time(),
            )  # fmt: skip
            self._make_room(0)
            with self.lock:
                self._pictures[identity] = picture
                self._write("pictures", picture)
        except BaseException:
            with self.lock:
                self._pictures.pop(identity, None)
            _remove(folder)
            raise
        return picture

    def picture(self, identity: str) -> StoredPicture:
        """Return a picture by its id.

        Raises
        ------
        Problem
            If there is none.
        """
        with self.lock:
            if identity not in self._pictures:
                raise Problem(404, "no-picture", "There is no picture of this id. Upload it with POST /v1/pictures.")
            picture = self._pictures[identity]
            self._use("pictures", picture)
            return picture

    def of_digest(self, digest: str) -> StoredPicture | None:
        """Return a picture whose file has a SHA-256; None if there is none."""
        with self.lock:
            return next((each for each in self._pictures.values() if each.digest == digest), None)

    def pixels(self, identity: str) -> Picture:
        """Return the pixels of a picture by its id. Raise as `picture`."""
        return self._opened(self.folder_of(self.picture(identity)))

    def mask(self, identity: str) -> np.ndarray:
        """Return the values of a picture that is a mask, by its id.

        Raises
        ------
        Problem
            If there is no such picture, or it is no mask.
        """
        picture = self.picture(identity)
        path = self.folder_of(picture) / "mask.npy"
        if not path.exists():
            self._decoder.mask(self.file_of(picture), path)
        return np.load(path)

    def levels(self, identity: str) -> Levels:
        """Return the levels of a picture by its id. Raise as `picture`."""
        return Levels(self.picture(identity).size)

    def folder_of(self, stored: StoredPicture | StoredSession) -> Path:
        """Return the folder of a picture or of a session."""
        return self._folder("pictures" if isinstance(stored, StoredPicture) else "sessions", stored.id)

    def file_of(self, picture: StoredPicture) -> Path:
        """Return the file of a picture: the uploaded one, or the one below the served folder.

        Raises
        ------
        Problem
            If the server does not serve that folder now, or the file is gone.
        """
        if picture.path is not None:
            if self._served is None:
                raise Problem(410, "no-folder", "This picture lies in a folder that the server does not serve now.")
            return self._served.file(picture.path)
        return next(self.folder_of(picture).glob("source*"))

    def delete_picture(self, identity: str) -> None:
        """Delete a picture.

        Raises
        ------
        Problem
            If there is none, or a session uses it.
        """
        picture = self.picture(identity)
        with self.lock:
            users = [each.id for each in self._sessions.values() if identity in _pictures_of(each)]
            if users:
                raise Problem(409, "in-use", f"Session {users[0]} uses this picture. Delete the session first.")
            del self._pictures[identity]
        _remove(self.folder_of(picture))

    def new_session(self, target: str) -> StoredSession:
        """Make a session that changes a picture.

        Raises
        ------
        Problem
            If there is no such picture, or there are too many sessions.
        """
        self.picture(target)
        with self.lock:
            self._expire()
            if len(self._sessions) >= self._limits.sessions:
                raise Problem(429, "too-many-sessions", "There are too many sessions. Delete one first.")
            session = StoredSession(secrets.token_hex(16), target, used=time.time())
            self._folder("sessions", session.id).mkdir(mode=0o700)
            self._sessions[session.id] = session
            self._write("sessions", session)
        return session

    def session(self, identity: str) -> StoredSession:
        """Return a session by its id.

        Raises
        ------
        Problem
            If there is none.
        """
        with self.lock:
            if identity not in self._sessions:
                raise Problem(404, "no-session", "There is no session of this id. Make one with POST /v1/sessions.")
            session = self._sessions[identity]
            self._use("sessions", session)
            return session

    def sessions(self) -> list[StoredSession]:
        """Return all sessions, the one that was used last first."""
        with self.lock:
            return sorted(self._sessions.values(), key=lambda each: -each.used)

    def keep(self, session: StoredSession) -> None:
        """Write down what has changed in a session."""
        with self.lock:
            session.used = time.time()
            self._write("sessions", session)

    def delete_session(self, identity: str) -> None:
        """Delete a session. Raise as `session`."""
        session = self.session(identity)
        with self.lock:
            del self._sessions[identity]
        _remove(self.folder_of(session))

    def _make_room(self, size: int) -> None:
        with self.lock:
            self._expire()
            if len(self._pictures) >= self._limits.pictures or self.bytes + size > self._limits.storage:
                raise Problem(507, "no-room", "The storage of the server is full. Delete pictures or sessions first.")

    def _expire(self) -> None:
        """Delete what nobody used for long."""
        before = time.time() - self._limits.keep_seconds
        for session in [each for each in self._sessions.values() if each.used < before]:
            del self._sessions[session.id]
            _remove(self.folder_of(session))
        needed = {name for each in self._sessions.values() for name in _pictures_of(each)}
        for picture in [each for each in self._pictures.values() if each.used < before and each.id not in needed]:
            del self._pictures[picture.id]
            _remove(self.folder_of(picture))

    def _use(self, kind: str, stored: StoredPicture | StoredSession) -> None:
        if time.time() - stored.used > _USE_SECONDS:
            stored.used = time.time()
            self._write(kind, stored)

    def _folder(self, kind: str, identity: str) -> Path:
        return self.root / kind / identity

    def _write(self, kind: str, stored: StoredPicture | StoredSession) -> None:
        with written_whole(self._folder(kind, stored.id) / "record.json", replace=True) as temporary:
            temporary.write_text(json.dumps(asdict(stored)), encoding="utf-8")

    def _read(self, kind: str, record: type) -> Iterator[Any]:
        """Yield the records of a kind. A folder without a whole one is removed."""
        for folder in (self.root / kind).iterdir():
            try:
                yield record(**json.loads((folder / "record.json").read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError):
                _remove(folder)


def _pictures_of(session: StoredSession) -> set[str]:
    """Return the ids of the pictures that a session needs."""
    needed = {session.target}
    if session.request:
        request = ResultRequest.model_validate(session.request)
        needed |= {*request.references, *(mask.picture for mask in request.masks() if mask.picture)}
    return needed


def _remove(path: Path) -> None:
    """Remove a file or a folder. What is in use on Windows is removed by the next start."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
