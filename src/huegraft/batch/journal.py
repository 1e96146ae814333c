"""Journal: it says what a batch has made, and from what, so that the batch can go on where it was stopped."""

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from huegraft import __version__
from huegraft.batch.job import Job
from huegraft.errors import SettingsFileError

NAME = "huegraft-batch.jsonl"
FileStates = Mapping[Path, str]
"""The digests of files. A missing file has an empty digest."""


class Made(NamedTuple):
    """An output that was made.

    Attributes
    ----------
    key
        A digest of all that went into it; "" if nobody knows what did.
    output
        The digest of the output.
    changed
        The files of the job that changed while it was made.
    """

    key: str
    output: str
    changed: tuple[Path, ...] = ()


_BEGUN, _FAILED = Made("", ""), Made("", "failed")


class Journal:
    """A file of lines, one for each output that was made, with a digest of all that went into it.

    Parameters
    ----------
    folder
        The folder of the file. It is made when the journal is first written to.
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
        """Return the journal in a folder, or else in the folder that holds the outputs of one or more jobs."""
        return cls(folder or Path(os.path.commonpath([job.output.absolute().parent for job in jobs])))

    def has(self, job: Job) -> bool:
        """Tell whether a job's output is unchanged, and was made from the present files and settings of the job."""
        if not job.output.is_file():
            return False
        return self._made.get(self._name(job.output)) == (_key(job, file_states(job)), _digest(job.output))

    def wrote(self, path: Path) -> bool:
        """Tell whether a file is an unchanged output."""
        made = self._made.get(self._name(path))
        return made is not None and made[1] == _digest(path)

    def began(self, job: Job) -> bool:
        """Tell whether a job was begun and nobody knows how it ended, so that its output may be half of the way."""
        return self._made.get(self._name(job.output)) == _BEGUN[:2]

    def begin(self, jobs: Sequence[Job]) -> None:
        """Write down that jobs, whose outputs may be written, are begun."""
        self._add(dict.fromkeys(jobs, _BEGUN))

    def note(self, job: Job, made: Made) -> None:
        """Write down that a job is done."""
        self._add({job: Made(made.key, made.output)})

    def fail(self, job: Job) -> None:
        """Write down that a job failed, so that a file in the place of its output is not its own."""
        if self.began(job):
            self._add({job: _FAILED})

    def _add(self, lines: Mapping[Job, Made]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            cut = "\n" if self._is_cut_off else ""
            for job, made in lines.items():
                line = {"output": self._name(job.output), "key": made.key, "made": made.output}
                file.write(cut + json.dumps(line) + "\n")
                cut = ""
            file.flush()
            os.fsync(file.fileno())
        self._is_cut_off = False
        self._made |= {self._name(job.output): made[:2] for job, made in lines.items()}

    def _name(self, path: Path) -> str:
        return os.path.relpath(path, self._path.parent)


def file_states(job: Job) -> FileStates:
    """Return the states of the files that a job reads, as they are now."""
    return {path: _digest(path) for path in _files(job)}


def made_of(job: Job, before: FileStates) -> Made:
    """Return what the journal keeps of a job that is done.

    Parameters
    ----------
    job
        The job.
    before
        The states of the job's files when the job began. If a file has changed since, nobody knows which state was
        read. The output is then one made from nothing, so that no earlier line of the journal stands for it.
    """
    after = file_states(job)
    changed = tuple(path for path, state in after.items() if state != before[path])
    return Made("" if changed else _key(job, after), _digest(job.output), changed)


def _key(job: Job, files: FileStates) -> str:
    """Return a digest of the version, the settings, and the places and contents of the files read."""
    whole = job.absolute()
    states = [(str(path.absolute()), files[path]) for path in _files(job)]
    content = [__version__, job.mode, whole.settings.to_dict(), vars(whole.inputs), states]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _files(job: Job) -> list[Path]:
    return [job.target, *job.references, *job.inputs.paths]


def _digest(path: Path) -> str:
    """Return the digest of a file, or "" if there is no file to read. A changed file is read again."""
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
