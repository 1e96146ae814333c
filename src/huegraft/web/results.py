"""Results: the looks that were found for sessions, and what is shown of them: tiles, maps and files."""

import threading
from dataclasses import dataclass
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
from huegraft.web.kept import Kept
from huegraft.web.problems import Problem
from huegraft.web.requests import check_pictures, request_of
from huegraft.web.schemas import ResultRequest
from huegraft.web.storage import Storage, StoredSession
from huegraft.web.tiles import SIDE, Levels, as_shown
from huegraft.windows import Frame, Window

_BLOCK = 2 * SIDE  # tiles are cut from blocks of this side, since a block costs little more than a tile
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
        The bytes that looks, smaller targets and rendered blocks may keep.
    """

    def __init__(self, storage: Storage, method: Session, jobs: Jobs, most: int) -> None:
        self._storage, self._method, self._jobs = storage, method, jobs
        self._kept = Kept(most)
        self._rendering = threading.Semaphore(thread_count())

    def ask(self, identity: str, wanted: ResultRequest, tag: str | None = None) -> Job:
        """Queue a request of a session, in the place of the one that runs.

        Parameters
        ----------
        identity, wanted
            The id of the session, and the request.
        tag
            The entity tags of which one is of the revision that the request follows; None or "*" for any.

        Raises
        ------
        Problem
            If the session is at another revision, a picture is missing, or too many jobs wait.
        ArgumentError
            If the request does not fit the pictures.
        """
        target = self._storage.session(identity).target
        check_pictures(self._storage, target, wanted)
        with self._storage.lock:
            session = self._storage.session(identity)
            if tag is not None and not {"*", session.tag} & {each.strip() for each in tag.split(",")}:
                raise Problem(
                    412,
                    "other-revision",
                    f"The session is at revision {session.revision}. Read it again, then send the request again.",
                )
            for each in wanted.pictures():
                self._storage.picture(each)
            revision = session.revision + 1
            job = self._jobs.submit(
                Job(identity, "request", lambda job: self._solve(identity, target, wanted, job), revision)
            )
            pictures = {*wanted.pictures(), *_pictures_of(session.ready_request)}
            request = wanted.model_dump_json(exclude_defaults=True)
            self._storage.change_session(identity, revision=revision, request=request, pictures=tuple(sorted(pictures)))
        return job

    def _solve(self, identity: str, target: str, wanted: ResultRequest, job: Job) -> dict[str, Any]:
        """Find the look of a request, keep it as the session's last one, and return what is known of it."""
        request = request_of(self._storage, target, wanted)
        begun = list[str]()

        def progress(stage: str) -> None:
            begun.append(stage)
            job.report(stage, len(begun) - 1, max(len(_STAGES), len(begun)))

        look = self._method.solve(request, cancel=job.cancel, progress=progress)
        found, path = facts(look), self._path(self._storage.session(identity), job.revision)
        save_look(look, path, replace=True)
        with self._storage.lock:
            session = self._storage.session(identity)
            if session.revision != job.revision:
                path.unlink(missing_ok=True)
                raise Cancelled("another request took its place")
            self._storage.change_session(
                identity,
                ready=job.revision,
                ready_request=session.request,
                result=found,
                pictures=tuple(sorted(set(wanted.pictures()))),
                bytes=path.stat().st_size,
            )
        self._path(session, session.ready).unlink(missing_ok=True)
        return found

    def look(self, session: StoredSession, revision: int) -> Look:
        """Return the look of a session's revision.

        Raises
        ------
        Problem
            If it is not there, or no more.
        """
        check_ready(session, revision)
        path = self._path(session, revision)
        try:
            return self._kept.find(path, lambda: load_look(path), lambda _: path.stat().st_size)
        except (LookFileError, OSError):
            raise _superseded() from None

    def request(self, session: StoredSession) -> Request:
        """Return the request of a session's result, as the method takes it."""
        return request_of(self._storage, session.target, ready_request(session))

    def tile(self, session: StoredSession, revision: int, level: int, column: int, row: int) -> np.ndarray:
        """Return a tile of a result as 8-bit sRGB. Raise as `look`, and if there is no such tile."""
        check_ready(session, revision)
        levels = self._storage.levels(session.target)
        window = levels.window(level, column, row)
        top, left = window.top // _BLOCK, window.left // _BLOCK
        block = self._block(session, revision, levels, level, top, left)
        inside = np.s_[window.top - top * _BLOCK : window.bottom - top * _BLOCK,
                       window.left - left * _BLOCK : window.right - left * _BLOCK]  # fmt: skip
        return np.ascontiguousarray(block.pixels[inside])

    def clipped(self, session: StoredSession, revision: int) -> Bool[np.ndarray, "h w"]:
        """Return where colours were clipped, at the largest level that has at most twice the working pixels."""
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
        height, width = levels.size(level)
        window = Window(
            row * _BLOCK, min((row + 1) * _BLOCK, height), column * _BLOCK, min((column + 1) * _BLOCK, width)
        )

        def made() -> Shown:
            target = self._storage.pixels(session.target)
            output = target if level == levels.last else self._smaller(session.target, levels.size(level))
            picture, clipped = rendered_smaller(look, target, output, window)
            return Shown(as_shown(picture), clipped)

        def size(block: Shown) -> int:
            return block.pixels.nbytes + block.clipped.nbytes

        key = session.id, revision, level, row, column
        if key in self._kept:
            return self._kept.find(key, made, size)
        with self._rendering:  # another tile of the block may have been rendered meanwhile
            return self._kept.find(key, made, size)

    def _smaller(self, target: str, size: tuple[int, int]) -> Picture:
        def made() -> Picture:
            return shrunk(self._storage.pixels(target), size)

        return self._kept.find((target, size), made, lambda picture: picture.pixels.nbytes)

    def _path(self, session: StoredSession, revision: int) -> Path:
        return self._storage.folder_of(session) / f"look_{revision}.safetensors"


def check_ready(session: StoredSession, revision: int) -> None:
    """Raise unless the result of a revision is there.

    Raises
    ------
    Problem
        If it is no more (410), not yet (409), or never was (404).
    """
    if not 0 < revision <= session.revision:
        raise Problem(404, "no-revision", "The session has no such revision.")
    if revision == session.ready:
        return
    if revision < session.revision:
        raise _superseded()
    raise Problem(
        409,
        "not-ready",
        "The result is not there. GET the revision to see how far it is; the event ready says when it is there.",
    )


def ready_request(session: StoredSession) -> ResultRequest:
    """Return the request of a session's result."""
    return ResultRequest.model_validate_json(session.ready_request)


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


def _pictures_of(request: str) -> list[str]:
    return ResultRequest.model_validate_json(request).pictures() if request else []


def _superseded() -> Problem:
    return Problem(410, "superseded", "Another request took the place of this one. Ask for the last revision.")
