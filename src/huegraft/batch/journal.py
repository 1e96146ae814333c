"""Journal: what a batch has made, and from what, so that it can go on where it was stopped."""

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from huegraft import __version__
from huegraft.batch.job import Job
from huegraft.errors import SettingsFileError

NAME = "huegraft-batch.jsonl"
FileStates = Mapping[Path, str]
"""Digests of files, empty for one that is missing."""


class Journal:
    """A file of lines, one for each output that was made, with a digest of all that went into it.

    Parameters
    ----------
    folder
        Where the file lies; is made when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._made: dict[str, tuple[str, str]] = {}
        try:
            text = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsFileError(f"cannot read {self._path}: {error}") from error
        self._is_cut_off = bool(text) and not text.endswith("\n")
        for line in text.splitlines():
            try:
                entry = json.loads(line)
                self._made[entry["output"]] = entry["key"], entry["made"]
            except (ValueError, KeyError, TypeError):
                continue  # cut off when the machine went down: made again

    @classmethod
    def of(cls, jobs: Sequence[Job], folder: Path | None) -> "Journal":
        """Return the journal in a folder, or else in the one that holds the outputs of jobs, one at least."""
        return cls(folder or Path(os.path.commonpath([job.output.absolute().parent for job in jobs])))

    def has(self, job: Job) -> bool:
        """Tell whether a job's output is there as it was made, and was made from what the job names as it is now."""
        if not job.output.is_file():
            return False
        return self._made.get(self._name(job.output)) == (_key(job, file_states(job)), _digest(job.output))

    def wrote(self, path: Path) -> bool:
        """Tell whether a file is an output as it was made."""
        made = self._made.get(self._name(path))
        return made is not None and made[1] == _digest(path)

    def note(self, job: Job, before: FileStates) -> list[Path]:
        """Write down that a job is done, unless files that it names have changed, and return these.

        Parameters
        ----------
        job
            What was done.
        before
            The states of its files when it began. Where one has changed since, nobody knows which state was read:
            the job is written down as made from none, so that an earlier line does not stand for it.
        """
        after = file_states(job)
        changed = [path for path, state in after.items() if state != before[path]]
        key = "" if changed else _key(job, after)
        made = _digest(job.output)
        self._made[self._name(job.output)] = key, made
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            cut = "\n" if self._is_cut_off else ""
            file.write(cut + json.dumps({"output": self._name(job.output), "key": key, "made": made}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._is_cut_off = False
        return changed

    def _name(self, path: Path) -> str:
        return os.path.relpath(path, self._path.parent)


def file_states(job: Job) -> FileStates:
    """Return the states of the files that a job reads, as they are now."""
    return {path: _digest(path) for path in _files(job)}


def _key(job: Job, files: FileStates) -> str:
    """Return a digest of the version, the settings, and the files read: their places and what they hold."""
    states = [(str(path.absolute()), files[path]) for path in _files(job)]
    content = [__version__, job.mode, job.settings.to_dict(), vars(job.inputs), states]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _files(job: Job) -> list[Path]:
    return [job.target, *job.references, *job.inputs.paths]


def _digest(path: Path) -> str:
    """Return the digest of a file, empty if there is none to read. A file is read again once its state has changed."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # to open a pipe may wait for ever
            return ""
        state = status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        return _digest_of_content(path.absolute(), state)
    except OSError:
        return ""


@lru_cache(1000)
def _digest_of_content(path: Path, _state: tuple[int, ...]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
