"""Task: what a worker does with one unit of work, a picture or a shot."""

import pickle
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from distributed import get_worker

from huegraft.batch.job import Job
from huegraft.batch.worker import Outcome, outcome_of
from huegraft.blas import share_one_heap
from huegraft.cluster.agreement import Facts, Work, check_facts, facts_of
from huegraft.errors import ClusterError
from huegraft.film.choices import Choices
from huegraft.film.film_state import FilmState, film_beside
from huegraft.film.shot_jobs import compute_shot
from huegraft.records import EncodedStore
from huegraft.session import Session
from huegraft.threads import set_threads, thread_count, working

T = TypeVar("T")
_PATIENCE = 1.0  # seconds from one look for the token to the next, and from one word on progress to the next


@dataclass(frozen=True, eq=False)
class Run:
    """What all tasks of a run share.

    Attributes
    ----------
    topic
        The name of the run, under which workers tell how far they are.
    token
        The file that is there while the run goes on.
    works, facts
        What is done, and what has to be the same on all machines.
    device
        The device that runs a backbone of Torch.
    threads
        How many threads a task takes. With None the threads of a worker are shared by the tasks it does at a time.
    store
        Where encoded pictures are kept and found again.
    """

    topic: str
    token: Path
    works: tuple[Work, ...]
    facts: Facts
    device: str
    threads: int | None
    store: EncodedStore | None = None


class _Kept(Generic[T]):
    """What the process of a worker makes once for a run."""

    def __init__(self) -> None:
        self._lock, self._topic, self._value = threading.Lock(), "", None

    def of(self, run: Run, make: Callable[[], T]) -> T:
        with self._lock:
            if self._value is None or self._topic != run.topic:
                self._value, self._topic = make(), run.topic
            return self._value


_facts, _sessions, _films = _Kept[Facts](), _Kept[Session](), _Kept[FilmState]()


def recolor(run: Run, number: int, job: Job) -> tuple[Outcome, tuple[str, ...]]:
    """Recolour a picture, and return its outcome and the notes of the store. An output that is there is replaced."""
    with _doing(run, number) as (threads, cancel, tell), working(threads, cancel):
        session = _sessions.of(run, lambda: Session(device=run.device, store=run.store))
        outcome = outcome_of(job, True, session, tell)  # one that is there is of a worker that died
        return ended(run, number, (outcome, tuple(getattr(run.store, "notes", ()))))


def compute(run: Run, number: int, project: Path, shot: str, track: str) -> None:
    """Compute the track of a shot.

    Parameters
    ----------
    run, number
        The run, and the number of the task.
    project
        The folder of the film's project.
    shot
        The id of the shot.
    track
        The name of the track's file, which says what it is made from.

    Raises
    ------
    HuegraftError
        As :func:`huegraft.film.shot_jobs.compute_shot`.
    ClusterError
        If the shot would be made from something else here.
    """
    with _doing(run, number) as (threads, cancel, tell):
        film = _films.of(run, lambda: film_beside(project))
        job = Choices(film.source, film.project, film.shots).job(film.shots.shot(shot))
        if job.path.name != track:
            raise ClusterError(
                f"{_address()} sees another film, other references or other settings of the shot {shot} than the "
                "machine that began the run"
            )
        compute_shot(job, run.device, threads, cancel, tell)
        ended(run, number, None)


def begun(run: Run, number: int) -> None:
    """Tell the one who submitted that a task is begun."""
    get_worker().log_event(run.topic, [number, "begun"])


def ended(run: Run, number: int, result: T) -> T:
    """Tell the one who submitted what came of a task at once, so that it isn't lost with the worker, and return it."""
    get_worker().log_event(run.topic, [number, pickle.dumps(result)])
    return result


def nothing(run: Run, number: int) -> None:
    """Do nothing, to measure what a task costs by itself."""
    begun(run, number)
    ended(run, number, None)


@contextmanager
def _doing(run: Run, number: int) -> Generator[tuple[int, threading.Event, Callable[[Any], None]]]:
    """Give the threads of a task, an event that is set once the run is over, and what tells how far the task is."""
    worker, cancel, over = get_worker(), threading.Event(), threading.Event()

    told = 0.0

    def tell(said: Any) -> None:
        nonlocal told
        if time.monotonic() - told >= _PATIENCE:
            told = time.monotonic()
            worker.log_event(run.topic, [number, said])

    def watch() -> None:
        while not cancel.is_set() and not over.wait(_PATIENCE):
            look()

    def look() -> None:
        if not run.token.exists():
            cancel.set()

    begun(run, number)
    check_facts({_address(): _facts.of(run, lambda: facts_of(run.works))}, run.facts)
    share_one_heap()
    at_a_time = worker.state.nthreads
    if run.threads is not None:
        set_threads(run.threads * at_a_time)
    look()
    threading.Thread(target=watch, daemon=True).start()
    try:
        yield max(1, thread_count() // at_a_time), cancel, tell
    finally:
        over.set()


def _address() -> str:
    return get_worker().address
