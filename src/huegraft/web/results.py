"""Results: the looks that were found for sessions, and what is shown of them: tiles, maps and files."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from huegraft.errors import Cancelled, LookFileError
from huegraft.io.look import load_look, save_look
from huegraft.look import Look
from huegraft.picture import Picture
from huegraft.rendering import rendered_smaller, shrunk
from huegraft.request import Request
from huegraft.session import Session
from huegraft.shapes import Bool, UInt8
from huegraft.threads import thread_count
from huegraft.web.jobs import Job, Jobs
from huegraft.web.problems import Problem
from huegraft.web.requests import request_of
from huegraft.web.schemas import ResultRequest
from huegraft.web.storage import Storage, StoredSession
from huegraft.web.tiles import SIDE, Levels, as_shown
from huegraft.windows import Frame, Window

_BLOCK = 2 * SIDE  # tiles are cut from blocks of this side, since a block costs little more than a tile
_LOOKS, _SHRUNK = 32, 6  # looks and smaller targets that stay in memory
_STAGES = ("prepare", "segment", "features", "match", "grade", "fuse", "finish")


@dataclass(frozen=True)
class Shown:
    """A part of a rendered level."""

    pixels: UInt8[np.ndarray, "h w 3"]
    clipped: Bool[np.ndarray, "h w"]


class Results:
    """Finds looks, keeps the last one of each session, and renders it.

    Parameters
    ----------
    storage
        Where pictures lie and looks are kept.
    method
        The session that finds looks.
    jobs
        The queue.
    most
        The bytes that rendered blocks may keep.
    """

    def __init__(self, storage: Storage, method: Session, jobs: Jobs, most: int) -> None:
        self._storage, self._method, self._jobs = storage, method, jobs
        self._looks = lru_cache(_LOOKS)(self._loaded)
        self._shrunk = lru_cache(_SHRUNK)(self._made_smaller)
        self._blocks = _Blocks(most)
        self._rendering = threading.Semaphore(thread_count())

    def ask(self, session: StoredSession, wanted: ResultRequest, tag: str | None = None) -> Job:
        """Queue a request of a session, in the place of the one that runs.

        Parameters
        ----------
        session, wanted
            The session and the request.
        tag
            The entity tag of the revision that the request follows; None or "*" for any.

        Raises
        ------
        Problem
            If the session is at another revision, a picture is missing, or too many jobs wait.
        ArgumentError
            If the request does not fit the pictures.
        """
        request_of(self._storage, session.target, wanted)  # what does not fit is told at once
        with self._storage.lock:
            if tag not in (None, "*", session.tag):
                raise Problem(
                    412,
                    "other-revision",
                    f"The session is at revision {session.revision}. Read it again, then send the request again.",
                )
            job = Job(session.id, "request", lambda job: self._solve(session, wanted, job), session.revision + 1)
            self._jobs.submit(job)
            session.revision, session.request = job.revision, wanted.model_dump(mode="json", exclude_defaults=True)
            self._storage.keep(session)
        return job

    def _solve(self, session: StoredSession, wanted: ResultRequest, job: Job) -> dict[str, Any]:
        """Find the look of a request, keep it as the session's last one, and return what is known of it."""
        request = request_of(self._storage, session.target, wanted)
        begun = list[str]()

        def progress(stage: str) -> None:
            begun.append(stage)
            job.report(stage, len(begun) - 1, max(len(_STAGES), len(begun)))

        look = self._method.solve(request, cancel=job.cancel, progress=progress)
        path = self._path(session, job.revision)
        save_look(look, path, replace=True)
        with self._storage.lock:
            if job.cancel.is_set() or job.revision <= session.ready:
                path.unlink(missing_ok=True)
                raise Cancelled("another request took its place")
            before, session.ready = session.ready, job.revision
            session.result = facts(look)
            self._storage.keep(session)
        self._path(session, before).unlink(missing_ok=True)
        return session.result

    def look(self, session: StoredSession, revision: int) -> Look:
        """Return the look of a session's revision.

        Raises
        ------
        Problem
            If it is not there, or no more.
        """
        check_ready(session, revision)
        try:
            return self._looks(self._path(session, revision))
        except LookFileError:
            raise Problem(410, "superseded", "Another result took the place of this one.") from None

    def request(self, session: StoredSession) -> Request:
        """Return the last request of a session, as the method takes it."""
        return request_of(self._storage, session.target, ResultRequest.model_validate(session.request))

    def tile(self, session: StoredSession, revision: int, level: int, column: int, row: int) -> np.ndarray:
        """Return a tile of a result as 8-bit sRGB. Raise as `look`, and if there is no such tile."""
        levels = self._storage.levels(session.target)
        window = levels.window(level, column, row)
        top, left = window.top // _BLOCK, window.left // _BLOCK
        block = self._block(session, revision, levels, level, top, left)
        inside = np.s_[window.top - top * _BLOCK : window.bottom - top * _BLOCK,
                       window.left - left * _BLOCK : window.right - left * _BLOCK]  # fmt: skip
        return np.ascontiguousarray(block.pixels[inside])

    def clipped(self, session: StoredSession, revision: int) -> Bool[np.ndarray, "h w"]:
        """Return where colours were clipped, at the largest level that is no larger than the working size asks for."""
        look, levels = self.look(session, revision), self._storage.levels(session.target)
        level = levels.last
        while level and levels.size(level)[0] * levels.size(level)[1] > 2 * look.labels.size:
            level -= 1
        height, width = levels.size(level)
        out = np.zeros((height, width), np.bool_)
        for top in range(0, height, _BLOCK):
            for left in range(0, width, _BLOCK):
                block = self._block(session, revision, levels, level, top // _BLOCK, left // _BLOCK)
                out[top : top + _BLOCK, left : left + _BLOCK] = block.clipped
        return out

    def full(self, session: StoredSession, revision: int) -> Picture:
        """Return a result at full size, as it is written to a file. Raise as `look`."""
        look = self.look(session, revision)
        return self._method.render(look, self._storage.pixels(session.target)).image

    def _block(self, session: StoredSession, revision: int, levels: Levels, level: int, row: int, column: int) -> Shown:
        look = self.look(session, revision)
        key = session.id, revision, level, row, column
        found = self._blocks.find(key)
        if found is not None:
            return found
        height, width = levels.size(level)
        window = Window(
            row * _BLOCK, min((row + 1) * _BLOCK, height), column * _BLOCK, min((column + 1) * _BLOCK, width)
        )
        with self._rendering:
            found = self._blocks.find(key)  # another tile of the block may have waited before
            if found is None:
                target = self._storage.pixels(session.target)
                picture, clipped = rendered_smaller(look, target, self._target(session, levels, level), window)
                found = Shown(as_shown(picture), clipped)
                self._blocks.keep(key, found)
        return found

    def _target(self, session: StoredSession, levels: Levels, level: int) -> Picture:
        """Return the target at a level."""
        target = self._storage.pixels(session.target)
        if level == levels.last:
            return target
        return self._shrunk(session.target, levels.size(level))

    def _made_smaller(self, identity: str, size: tuple[int, int]) -> Picture:
        return shrunk(self._storage.pixels(identity), size)

    def _path(self, session: StoredSession, revision: int) -> Path:
        return self._storage.folder_of(session) / f"look_{revision}.safetensors"

    def _loaded(self, path: Path) -> Look:
        return load_look(path)


class _Blocks:
    """Blocks that were rendered, up to some bytes. Those that were not used for the longest time go first."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Any, ...], Shown] = OrderedDict()

    def find(self, key: tuple[Any, ...]) -> Shown | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: tuple[Any, ...], block: Shown) -> None:
        with self._lock:
            self._kept[key] = block
            self._held += block.pixels.nbytes + block.clipped.nbytes
            while self._held > self._most and self._kept:
                _, old = self._kept.popitem(last=False)
                self._held -= old.pixels.nbytes + old.clipped.nbytes


def check_ready(session: StoredSession, revision: int) -> None:
    """Raise unless the result of a revision is there.

    Raises
    ------
    Problem
        If it is no more (410), not yet (409), or never was (404).
    """
    if not 0 < revision <= session.revision:
        raise Problem(404, "no-revision", "The session has no such revision.")
    if revision < session.ready or (revision < session.revision and revision != session.ready):
        raise Problem(410, "superseded", "Another request took the place of this one. Ask for the last revision.")
    if revision != session.ready:
        raise Problem(409, "not-ready", "The result is not there yet. The event ready says when it is.")


def facts(look: Look) -> dict[str, Any]:
    """Return what is known of a look, as plain values."""
    frame = Frame(look.size, look.bars)
    return {
        "fit": round(look.fit, 4),
        "notes": list(look.notes),
        "tones": list(look.tones),
        "contributions": [round(float(each), 4) for each in look.contributions],
        "confidence": round(float(look.confidence.mean()), 4),
        "superpixels": int(look.labels.max()) + 1,
        "working_size": list(look.labels.shape),
        "window": list(frame.window),
    }
