"""Agreement: a worker does the same work as this machine only if both have the same code, weights and files."""

import hashlib
import json
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import huegraft
from huegraft.backbones.registry import load_backbone
from huegraft.errors import ClusterError
from huegraft.settings import Mode, Settings

Work = tuple[Mode, Settings]
"""What is done: a mode and its settings."""
RunOnWorkers = Callable[..., Mapping[str, Any]]
"""Calls a function with arguments on each worker. Returns for each address what it returned, or the error it raised."""


@dataclass(frozen=True)
class Facts:
    """What has to be the same on all machines.

    Attributes
    ----------
    version
        The version of huegraft.
    code
        A digest of its Python files.
    settings
        A digest of the settings, as they are understood there.
    weights
        The names of the backbones, which stand for their weights.
    """

    version: str
    code: str
    settings: str
    weights: tuple[str, ...]


_ADVICE = {
    "version": "install the same version of huegraft on all machines",
    "code": "install the same huegraft on all machines: the versions are alike, and the files are not",
    "settings": "install the same huegraft on all machines: it understands the settings otherwise",
    "weights": "give all machines the same file of weights",
}


def facts_of(works: Sequence[Work]) -> Facts:
    """Return the facts of this process.

    Parameters
    ----------
    works
        What will be done: modes and settings.

    Raises
    ------
    BackboneError, WeightsError, MissingExtraError
        If a backbone or its weights are missing.
    """
    code = hashlib.sha256()
    root = Path(huegraft.__file__).parent
    for path in sorted(root.rglob("*.py")):
        code.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    settings = json.dumps([settings.to_dict() for _, settings in works], sort_keys=True)
    return Facts(
        huegraft.__version__,
        code.hexdigest()[:16],
        hashlib.sha256(settings.encode()).hexdigest()[:16],
        tuple(load_backbone(settings.features, mode=mode).name for mode, settings in works),
    )


def check_facts(facts: Mapping[str, Facts | Exception], expected: Facts) -> None:
    """Raise ClusterError for the first worker, of those by their addresses, whose facts are not those expected."""
    for worker, found in facts.items():
        if isinstance(found, Exception):
            raise ClusterError(f"the worker {worker} cannot do the work: {type(found).__name__}: {found}")
        for name, advice in _ADVICE.items():
            here, there = getattr(expected, name), getattr(found, name)
            if here != there:
                raise ClusterError(f"the worker {worker} has the {name} {there}, and this machine {here}; {advice}")


@contextmanager
def shared_token(run_on_workers: RunOnWorkers, folder: Path, files: Iterable[Path]) -> Generator[Path]:
    """Prove that all workers see the files of this machine, and give the file that says that the run goes on.

    A token is written into a folder. Each worker reads it and answers with a file of its own, which is read here. The
    token stays while the run goes on, and workers stop once it is gone.

    Parameters
    ----------
    run_on_workers
        The function that reaches the workers.
    folder
        The folder that outputs are written into. It is made.
    files
        Files that the workers will read.

    Raises
    ------
    ClusterError
        If the folder cannot be written, or a worker does not see the same files.
    """
    name = f".huegraft-run-{uuid.uuid4().hex}"
    token = folder.absolute() / name
    try:
        try:
            token.parent.mkdir(parents=True, exist_ok=True)
            token.write_text(name, encoding="ascii")
        except OSError as error:
            raise ClusterError(f"cannot write into {folder}: {error.strerror or error}") from error
        wanted = [path.absolute() for path in files]
        for worker, reason in run_on_workers(answer, token, wanted).items():
            if reason is not None:
                raise ClusterError(
                    f"the worker {worker} does not share the files of this machine: {reason}; give all machines one "
                    "shared folder under the same path"
                )
            if not _answer_of(token, worker).is_file():
                raise ClusterError(
                    f"the worker {worker} wrote into {token.parent}, and the file is not seen here: it has another "
                    "folder under the same path; give all machines one shared folder"
                )
        yield token
    finally:
        for left in (token, *folder.glob(f"{name}.*")):
            left.unlink(missing_ok=True)


def answer(token: Path, files: Sequence[Path], worker: str) -> str | None:
    """Read the token as a worker and answer it. Return what is wrong, or None.

    Parameters
    ----------
    token
        The file of the token, which holds its own name.
    files
        Files that the worker will read.
    worker
        The address of the worker.
    """
    try:
        if token.read_text(encoding="ascii") != token.name:
            return f"{token} holds something else there"
        for path in files:
            with path.open("rb"):
                pass
        _answer_of(token, worker).touch()
    except OSError as error:
        return f"{error.filename or token}: {error.strerror or error}"
    return None


def _answer_of(token: Path, worker: str) -> Path:
    return token.with_name(f"{token.name}.{hashlib.sha256(worker.encode()).hexdigest()[:16]}")
