"""Decode worker: a warm process that reads the pictures of clients, with bounds on memory and time.

``python -m huegraft.web.decode_worker BYTES`` reads lines of JSON and answers each by one. It ends when its input ends,
so it never outlives the server.
"""

import json
import os
import pickle
import select
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from huegraft.encodings import ProfileEncoding
from huegraft.errors import HuegraftError
from huegraft.io.image import read_mask, read_picture
from huegraft.picture import Picture
from huegraft.threads import set_threads
from huegraft.web.problems import Problem
from huegraft.web.tiles import write_levels

_MOST = 500  # pictures that a process decodes before a fresh one takes its place
_THUMBNAIL = 320  # pixels of the longer side


class Decoder:
    """Decodes pictures in another process, one at a time, and ends a process that takes too much.

    Parameters
    ----------
    memory
        The bytes that the process may take for one picture.
    seconds
        The seconds that one picture may take.
    """

    def __init__(self, memory: int, seconds: float) -> None:
        self._memory, self._seconds = memory, seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._done = 0

    def start(self) -> None:
        """Start the process, so that the first picture does not wait for it."""
        with self._lock:
            self._started()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def picture(self, path: Path, folder: Path) -> dict[str, Any]:
        """Decode a picture file into a folder: ``picture.pickle``, ``pixels.npy``, ``alpha.npy``, levels, a thumbnail.

        Returns
        -------
        What is known of the picture: ``size``, ``depth``, ``profile`` and ``notes``.

        Raises
        ------
        Problem
            If the file is no picture that can be read, or takes too much.
        """
        return self._asked({"kind": "picture", "path": str(path), "folder": str(folder)})

    def mask(self, path: Path, output: Path) -> dict[str, Any]:
        """Decode a mask file into an array file. Return its size. Raise as `picture`."""
        return self._asked({"kind": "mask", "path": str(path), "output": str(output)})

    def _asked(self, question: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            process = self._started()
            assert process.stdin is not None  # noqa: S101 - it was opened with pipes
            assert process.stdout is not None  # noqa: S101
            try:
                process.stdin.write(json.dumps(question).encode() + b"\n")
                process.stdin.flush()
                ready, _, _ = select.select([process.stdout], [], [], self._seconds)
                answer = process.stdout.readline() if ready else b""
            except OSError:
                ready, answer = [None], b""
            if not answer:
                self._end()
                took = "memory than it may" if ready else "time than it may"
                raise Problem(422, "too-costly", f"Reading this picture takes more {took}. Try a smaller picture.")
            self._done += 1
            if self._done >= _MOST:
                self._end()
        found = json.loads(answer)
        if "error" in found:
            raise Problem(422, "bad-picture", found["error"])
        return found

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._done = 0
            command = [sys.executable, "-m", "huegraft.web.decode_worker", str(self._memory)]
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
        self._process = None


def picture_in(folder: Path) -> Picture:
    """Return the picture that was decoded into a folder. Its pixels stay on the disk until they are needed."""
    with (folder / "picture.pickle").open("rb") as file:
        picture: Picture = pickle.load(file)  # noqa: S301 - our own process wrote it into our own folder
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    alpha = np.load(folder / "alpha.npy", mmap_mode="r") if (folder / "alpha.npy").exists() else None
    return replace(picture, pixels=pixels, alpha=alpha)


def _decode_picture(path: Path, folder: Path) -> dict[str, Any]:
    picture = read_picture(path)
    np.save(folder / "pixels.npy", picture.pixels)
    if picture.alpha is not None:
        np.save(folder / "alpha.npy", picture.alpha)
    with (folder / "picture.pickle").open("wb") as file:
        pickle.dump(replace(picture, pixels=picture.pixels[:0], alpha=None), file)
    write_levels(picture, folder, _THUMBNAIL)
    encoding = picture.encoding
    profile = "icc" if isinstance(encoding, ProfileEncoding) else "linear" if encoding.unbounded else encoding.key
    notes = [note.replace(str(path), "the picture") for note in picture.notes]
    return {"size": picture.size, "depth": picture.pixels.dtype.name, "profile": profile, "notes": notes}


def _decode_mask(path: Path, output: Path) -> dict[str, Any]:
    mask = read_mask(path)
    np.save(output, mask)
    return {"size": mask.shape}


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    path = Path(question["path"])
    try:
        if question["kind"] == "mask":
            return _decode_mask(path, Path(question["output"]))
        return _decode_picture(path, Path(question["folder"]))
    except HuegraftError as error:
        return {"error": str(error).replace(str(path), "the picture")}
    except MemoryError:
        return {"error": "Reading this picture takes more memory than it may. Try a smaller picture."}


def _bound_memory(size: int) -> None:
    """Bound what the process may take beyond what it has, where the system can do this."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        now = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (now + size, now + size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Answer the lines of standard input."""
    set_threads(1)
    _bound_memory(int(sys.argv[1]))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
