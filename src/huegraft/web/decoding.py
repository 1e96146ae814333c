"""Decoding: the pictures of clients are read by other processes, with bounds on memory and time."""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import LifoQueue
from typing import Any

import numpy as np

import huegraft
from huegraft.picture import Picture
from huegraft.web.problems import Problem

_MOST = 500  # pictures that a process decodes before a fresh one takes its place
_COSTLY = "Reading this picture takes more {} than it may. Try a smaller picture."


class Decoder:
    """Decodes pictures in some warm processes, and ends a process that takes too much.

    Parameters
    ----------
    memory
        The bytes that a process may take for one picture. Only Linux can hold a process to it.
    seconds
        The seconds that one picture may take.
    processes
        How many pictures are decoded at a time, so that one that takes long does not stop others.
    """

    def __init__(self, memory: int, seconds: float, processes: int = 2) -> None:
        self._workers = [_Worker(memory, seconds) for _ in range(processes)]
        self._free: LifoQueue[_Worker] = LifoQueue()
        for worker in self._workers:
            self._free.put(worker)

    def start(self) -> None:
        """Start a process, so that the first picture does not wait for it."""
        self._workers[-1].start()

    def close(self) -> None:
        """End the processes, also in the middle of a picture."""
        for worker in self._workers:
            worker.close()

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

    def mask(self, path: Path, output: Path) -> None:
        """Decode a mask file into an array file. Raise as `picture`."""
        self._asked({"kind": "mask", "path": str(path), "output": str(output)})

    def _asked(self, question: dict[str, Any]) -> dict[str, Any]:
        worker = self._free.get()
        try:
            found = worker.asked(question)
        finally:
            self._free.put(worker)
        if "error" in found:
            raise Problem(422, "bad-picture", found["error"])
        return found


class _Worker:
    """One process. One thread at a time asks it."""

    def __init__(self, memory: int, seconds: float) -> None:
        self._memory, self._seconds = memory, seconds
        self._lock = threading.Lock()  # of the process, which `close` ends from another thread
        self._process: subprocess.Popen[bytes] | None = None
        self._done, self._closed = 0, False

    def asked(self, question: dict[str, Any]) -> dict[str, Any]:
        process, late = self.start(), threading.Event()

        def stop() -> None:
            late.set()
            _kill(process)

        assert process.stdin is not None  # noqa: S101 - it was opened with pipes
        assert process.stdout is not None  # noqa: S101
        timer = threading.Timer(self._seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except (OSError, ValueError):  # it has ended, or its pipes were closed
            answer = b""
        finally:
            timer.cancel()
        self._done += 1
        if not answer.endswith(b"\n") or late.is_set() or self._done >= _MOST:
            with self._lock:
                self._end()
            with suppress(Problem):
                self.start()  # the next picture finds a warm one
        if not answer.endswith(b"\n"):
            raise Problem(422, "too-costly", _COSTLY.format("time" if late.is_set() else "memory"))
        return json.loads(answer)

    def start(self) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._closed:
                raise Problem(503, "shutting-down", "The server is shutting down. Ask again when it runs.")
            if self._process is None or self._process.poll() is not None:
                self._end()
                self._process = _started(self._memory)
            return self._process

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._end()

    def _end(self) -> None:
        process, self._process, self._done = self._process, None, 0
        if process is not None:
            _kill(process)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


def picture_in(folder: Path) -> Picture:
    """Return the picture that was decoded into a folder. Its pixels stay on the disk until they are needed."""
    with (folder / "picture.pickle").open("rb") as file:
        picture: Picture = pickle.load(file)  # noqa: S301 - our own process wrote it into our own folder
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    alpha = np.load(folder / "alpha.npy", mmap_mode="r") if (folder / "alpha.npy").exists() else None
    return replace(picture, pixels=pixels, alpha=alpha)


def _started(memory: int) -> "subprocess.Popen[bytes]":
    """Start a process that sees our modules and none of the current folder, in which anybody may have put some."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-m", "huegraft.web.decode_worker", str(memory)],
        cwd=Path(huegraft.__file__).parents[1],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C ends the server, which ends its processes and the decoders that they start
    )


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        return
    with suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
