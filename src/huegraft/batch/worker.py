"""Worker: a process that runs jobs one after the other, so that a file that kills it does not end the batch."""

import multiprocessing
import signal
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, NamedTuple, Self

from huegraft.batch.job import Job, run_job
from huegraft.batch.journal import Made, file_states, made_of
from huegraft.blas import share_one_heap
from huegraft.errors import HuegraftError
from huegraft.records import EncodedStore
from huegraft.session import Session
from huegraft.threads import set_threads

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_PATIENCE_SECONDS = 10
JobProgress = Callable[[int, Job, str], None]
"""A function that is called with the number of jobs that are done, the present job, and its stage."""


class Outcome(NamedTuple):
    """The outcome of a job: its error or None, its notes, the fit of its references, and what the journal keeps."""

    error: str | None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    fit: float | None = None
    made: Made | None = None


class Worker:
    """Runs jobs in a process of its own. The process is started when it is first needed, and again after it died.

    Parameters
    ----------
    device, store
        The device and the store of its session, which remembers the references of one job for the next.
    threads
        The number of threads. With None it is OMP_NUM_THREADS, or else one for each core.
    """

    def __init__(self, device: str, threads: int | None, store: EncodedStore | None) -> None:
        self._arguments = (device, threads, store)
        self._started: tuple[BaseProcess, Connection] | None = None

    def outcomes(self, jobs: Sequence[Job], *, replace: bool, progress: JobProgress) -> Iterator[tuple[Job, Outcome]]:
        """Run jobs one after the other, and yield each with its outcome."""
        for number, job in enumerate(jobs):
            stage_of_job = partial(progress, number, job)
            stage_of_job("starting")
            yield job, self.run(job, replace=replace, progress=stage_of_job)

    def run(self, job: Job, *, replace: bool, progress: Callable[[str], None]) -> Outcome:
        """Run one job, and return its outcome, whatever it is."""
        process, connection = self._started or self._start()
        with suppress(BrokenPipeError):  # it died since: found out below
            connection.send((job, replace))
        while True:
            wait([connection, process.sentinel])
            try:
                message = connection.recv() if connection.poll() else None
            except (EOFError, ConnectionResetError):
                message = None
                process.join(_PATIENCE_SECONDS)
            if isinstance(message, str):
                progress(message)
            elif message is not None:
                return message
            elif not process.is_alive():
                self.stop()
                return Outcome(f"the process that worked on it died ({_cause(process.exitcode)})")

    def stop(self) -> None:
        """End the process. It removes the file that it was writing."""
        if self._started is None:
            return
        process, connection = self._started
        connection.close()
        process.terminate()
        process.join(_PATIENCE_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
        self._started = None

    def _start(self) -> tuple[BaseProcess, Connection]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, *self._arguments), daemon=True)
        with _signals_held_back():
            process.start()
            self._started = process, ours
        theirs.close()
        return self._started

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _cause(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


@contextmanager
def _signals_held_back() -> Generator[None]:
    """Let Ctrl-C and SIGTERM wait, here and in a process started inside. A half-started one would complain."""
    resource_tracker.ensure_running()  # its start would let them through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(connection: Connection, device: str, threads: int | None, store: EncodedStore | None) -> None:
    """Run jobs until there are no more.

    A Ctrl-C never arrives: it reaches the batch, which ends this process. SIGTERM ends it at once, except in a job.
    """
    sys.unraisablehook = _say_unless_end
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    share_one_heap()
    set_threads(threads)
    session, said = Session(device=device, store=store), set[str]()
    with suppress(EOFError, ConnectionError):  # the batch has closed its end
        while True:
            job, replace = connection.recv()
            with _left_in_order():
                outcome = outcome_of(job, replace, session, connection.send)
            of_store = [note for note in getattr(store, "notes", ()) if note not in said]
            said.update(of_store)
            connection.send(outcome._replace(notes=(*outcome.notes, *of_store)))


@contextmanager
def _left_in_order() -> Generator[None]:
    """Let SIGTERM leave through every ``finally``, so that half-written files are removed.

    Only a job may be left in this way. An error that is raised while the interpreter deletes objects is lost.
    """
    signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(number: int, _frame: object) -> None:
    """Leave, once. A second signal would interrupt the first one's work."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


def _say_unless_end(caught: "UnraisableHookArgs") -> None:
    """Say nothing about an end that came while a job deleted an object. The job's next stage meets the closed pipe."""
    if not isinstance(caught.exc_value, SystemExit):
        sys.__unraisablehook__(caught)


def outcome_of(job: Job, replace: bool, session: Session, progress: Callable[[str], None]) -> Outcome:
    """Run a job in this process, and return its outcome, whatever it is."""
    before = file_states(job)
    try:
        job.output.parent.mkdir(parents=True, exist_ok=True)
        done = run_job(job, session, replace=replace, progress=progress)
    except (HuegraftError, OSError) as error:
        return Outcome(str(error))
    except Exception as error:  # one bad file never stops the rest
        return Outcome(f"{type(error).__name__}: {error}")
    return Outcome(None, done.notes, sum(done.result.seconds.values()), done.result.fit, made_of(job, before))
