"""Storage: the folder in which a server keeps pictures and sessions, so that they outlast it."""

import hashlib
import json
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from huegraft.errors import FileError
from huegraft.io.atomic import written_whole
from huegraft.io.formats import READ
from huegraft.picture import Picture
from huegraft.web.decoding import Decoder, picture_in
from huegraft.web.kept import Kept
from huegraft.web.limits import Limits
from huegraft.web.problems import Problem
from huegraft.web.served import ServedFolder
from huegraft.web.tiles import Levels

_OPENED = 64  # pictures whose arrays stay mapped
_USE_SECONDS = 60  # a use is written down this often
_PASSING = ("incoming", "downloads")  # folders whose files come and go


@dataclass(frozen=True)
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
    notes: tuple[str, ...]
    bytes: int
    used: float


@dataclass(frozen=True)
class StoredSession:
    """A session of the storage, as it is at one moment.

    Attributes
    ----------
    id
        The id.
    target
        The id of the picture that is changed.
    revision, request
        The number of the last request, from 1 on, and the request as JSON; 0 and "" without one.
    ready, ready_request, result
        The number of the last request whose look is kept, this request, and what is known of the look.
    pictures
        The ids of the pictures that the session needs.
    bytes
        What it takes of the storage.
    used
        When it was last used, in seconds since 1970.
    """

    id: str
    target: str
    revision: int = 0
    request: str = ""
    ready: int = 0
    ready_request: str = ""
    result: dict[str, Any] | None = None
    pictures: tuple[str, ...] = ()
    bytes: int = 0
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

    Attributes
    ----------
    lock
        It is held while sessions change. Who changes one by what it holds now takes it around both.
    masks
        Masks that were made of strokes.

    Raises
    ------
    FileError
        If the folder cannot be made, is another server's, or can be read by others.
    """

    def __init__(self, root: Path, limits: Limits, decoder: Decoder, served: ServedFolder | None = None) -> None:
        self.root, self._limits, self._decoder, self._served = root.absolute(), limits, decoder, served
        self.lock, self.masks = threading.RLock(), Kept(limits.mask_memory)
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            root.chmod(0o700)
            for name in ("pictures", "sessions", *_PASSING):
                (root / name).mkdir(mode=0o700, exist_ok=True)
            self._held = FileLock(root / "lock")
            self._held.acquire(timeout=0)
        except Timeout:
            raise FileError(f"{root} is used by another server; name another folder with --storage") from None
        except OSError as error:
            raise FileError(f"cannot use {root} as storage: {error}") from error
        for name in _PASSING:  # what a server that was killed left behind
            for path in (root / name).iterdir():
                _remove(path)
        self._pictures: dict[str, StoredPicture] = {each.id: each for each in self._read("pictures", StoredPicture)}
        self._sessions: dict[str, StoredSession] = {each.id: each for each in self._read("sessions", StoredSession)}
        self._opened: OrderedDict[str, Picture] = OrderedDict()

    def close(self) -> None:
        """Let another server have the folder."""
        self._held.release()

    @property
    def taken(self) -> int:
        """The bytes that pictures, sessions, and files that come and go take."""
        with self.lock:
            kept = sum(each.bytes for each in (*self._pictures.values(), *self._sessions.values()))
        return kept + sum(_size(self.root / name) for name in _PASSING)

    def check_room(self, more: int = 0) -> None:
        """Raise unless there is room for some more bytes.

        Raises
        ------
        Problem
            If there is none.
        """
        if self.taken + more > self._limits.storage:
            raise Problem(507, "no-room", "The storage of the server is full. Delete pictures or sessions first.")

    def incoming(self, suffix: str = "") -> Path:
        """Return a path for a file that arrives."""
        return self.root / "incoming" / (secrets.token_hex(16) + suffix)

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
        identity = secrets.token_hex(16)
        folder = self._folder("pictures", identity)
        folder.mkdir(mode=0o700)
        try:
            file = source
            if path is None:
                suffix = Path(name).suffix.lower()
                file = folder / f"source{suffix if suffix in READ else ''}"
                source.replace(file)
            found = self._decoder.picture(file, folder)
            with file.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            found |= {"size": tuple(found["size"]), "notes": tuple(found["notes"])}
            picture = StoredPicture(identity, name, path, digest, bytes=_size(folder), used=time.time(), **found)
            with self.lock:
                if len(self._pictures) >= self._limits.pictures:
                    raise Problem(507, "no-room", "The server holds too many pictures. Delete some first.")
                self.check_room(picture.bytes)
                self._write("pictures", picture)
                self._pictures[identity] = picture
        except BaseException:
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
            picture = self._pictures.get(identity)
            if picture is None:
                raise Problem(404, "no-picture", "There is no picture of this id. Upload it with POST /v1/pictures.")
            if time.time() - picture.used > _USE_SECONDS:
                picture = self._pictures[identity] = replace(picture, used=time.time())
                self._write("pictures", picture)
            return picture

    def of_digest(self, digest: str) -> StoredPicture | None:
        """Return a picture whose file has a SHA-256; None if there is none."""
        with self.lock:
            return next((each for each in self._pictures.values() if each.digest == digest), None)

    def pixels(self, identity: str) -> Picture:
        """Return the pixels of a picture by its id. Raise as `picture`."""
        stored = self.picture(identity)
        with self.lock:
            if identity not in self._opened:
                self._opened[identity] = picture_in(self.folder_of(stored))
            self._opened.move_to_end(identity)
            while len(self._opened) > _OPENED:
                self._opened.popitem(last=False)
            return self._opened[identity]

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
            with written_whole(path, replace=True) as temporary:
                self._decoder.mask(self.file_of(picture), temporary)
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
            try:
                return self._served.file(picture.path)
            except Problem:
                raise Problem(410, "no-file", "The file of this picture is gone from the served folder.") from None
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
            user = next((each.id for each in self._sessions.values() if _needs(each, identity)), None)
            if user is not None:
                raise Problem(409, "in-use", f"Session {user} uses this picture. Delete the session first.")
            self._drop_picture(picture)

    def new_session(self, target: str) -> StoredSession:
        """Make a session that changes a picture.

        Raises
        ------
        Problem
            If there is no such picture, or there are too many sessions.
        """
        with self.lock:
            self.picture(target)
            if len(self._sessions) >= self._limits.sessions:
                raise Problem(
                    429,
                    "too-many-sessions",
                    "There are too many sessions. Delete one first.",
                    headers={"Retry-After": str(_USE_SECONDS)},
                )
            session = StoredSession(secrets.token_hex(16), target, used=time.time())
            self._folder("sessions", session.id).mkdir(mode=0o700)
            self._write("sessions", session)
            self._sessions[session.id] = session
        return session

    def session(self, identity: str) -> StoredSession:
        """Return a session by its id, as it is now.

        Raises
        ------
        Problem
            If there is none.
        """
        with self.lock:
            session = self._sessions.get(identity)
            if session is None:
                raise Problem(404, "no-session", "There is no session of this id. Make one with POST /v1/sessions.")
            if time.time() - session.used > _USE_SECONDS:
                session = self.change_session(identity)
            return session

    def change_session(self, identity: str, **changes: Any) -> StoredSession:
        """Return a session after some of its attributes have changed. Raise as `session`."""
        with self.lock:
            if identity not in self._sessions:
                self.session(identity)
            session = replace(self._sessions[identity], used=time.time(), **changes)
            self._write("sessions", session)
            self._sessions[identity] = session
            return session

    def sessions(self) -> list[StoredSession]:
        """Return all sessions, the one that was used last first."""
        with self.lock:
            return sorted(self._sessions.values(), key=lambda each: -each.used)

    def delete_session(self, identity: str) -> None:
        """Delete a session. Raise as `session`."""
        with self.lock:
            session = self.session(identity)
            del self._sessions[identity]
        _remove(self.folder_of(session))

    def expire(self) -> list[str]:
        """Delete what nobody used for long. Return the ids of the sessions among it."""
        before = time.time() - self._limits.keep_seconds
        with self.lock:
            old = [each.id for each in self._sessions.values() if each.used < before]
            for identity in old:
                _remove(self.folder_of(self._sessions.pop(identity)))
            needed = {name for each in self._sessions.values() for name in (each.target, *each.pictures)}
            for picture in [each for each in self._pictures.values() if each.used < before and each.id not in needed]:
                self._drop_picture(picture)
        return old

    def _drop_picture(self, picture: StoredPicture) -> None:
        del self._pictures[picture.id]
        self._opened.pop(picture.id, None)  # its arrays are mapped
        _remove(self.folder_of(picture))

    def _folder(self, kind: str, identity: str) -> Path:
        return self.root / kind / identity

    def _write(self, kind: str, stored: StoredPicture | StoredSession) -> None:
        with written_whole(self._folder(kind, stored.id) / "record.json", replace=True) as temporary:
            temporary.write_text(json.dumps(asdict(stored)), encoding="utf-8")

    def _read(self, kind: str, record: type) -> Iterator[Any]:
        """Yield the records of a kind. A folder without a whole one is removed."""
        for folder in (self.root / kind).iterdir():
            try:
                values = json.loads((folder / "record.json").read_text(encoding="utf-8"))
                for name, value in values.items():
                    values[name] = tuple(value) if isinstance(value, list) else value
                found = record(**values)
                if found.id != folder.name:
                    raise ValueError
                yield found
            except (OSError, ValueError, TypeError, AttributeError):
                _remove(folder)


def _needs(session: StoredSession, picture: str) -> bool:
    return picture in (session.target, *session.pictures)


def _size(folder: Path) -> int:
    """Return the bytes of the files below a folder. Files may come and go meanwhile."""
    size = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            size += path.stat().st_size
    return size


def _remove(path: Path) -> None:
    """Remove a file or a folder. What is in use on Windows is removed by the next start."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
