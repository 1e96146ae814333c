"""Jobs: what the server computes, in a bounded queue that says the place."""

import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from huegraft.errors import Cancelled
from huegraft.web.events import Events
from huegraft.web.problems import Problem, problem_of

State = Literal["queued", "running", "ready", "failed", "superseded", "cancelled"]
_KEPT = 500  # jobs that have ended and can be asked for


@dataclass(eq=False)
class Job:
    """Something to compute for a session.

    Attributes
    ----------
    kind
        "request", "sweep", "suggestion", "explanation" or "download".
    work
        A function that computes it. It gets the job, so that it can tell how far it is, and stops at `cancel`.
    revision
        The revision of the session that it makes, or that it belongs to.
    id
        The id of the job.
    state, result, problem, progress
        How far it is, what came out, and what went wrong.
    pictures : list of bytes
        Pictures that the job made, as WebP.
    cancel, end
        Events: the job is to end; the job has ended.
    """

    session: str
    kind: str
    work: "Callable[[Job], dict[str, Any]]"
    revision: int
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: State = "queued"
    result: dict[str, Any] | None = None
    problem: Problem | None = None
    progress: dict[str, Any] | None = None
    pictures: list[bytes] = field(default_factory=list[bytes])
    cancel: threading.Event = field(default_factory=threading.Event)
    end: threading.Event = field(default_factory=threading.Event)
    tell: Callable[[str, dict[str, Any]], None] = lambda _name, _data: None

    def report(self, node: str, done: int, of: int) -> None:
        """Tell that a step begins: its name, how many were done before, and of how many."""
        self.progress = {"node": node, "done": done, "of": of}
        self.tell("progress", self.progress)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in ("queued", "running")


class Jobs:
    """Runs jobs on some threads. A request of a session takes the place of the request before it.

    Parameters
    ----------
    threads
        How many jobs run at a time.
    most
        How many jobs may wait.
    events
        Where it is told how far jobs are.
    """

    def __init__(self, threads: int, most: int, events: Events) -> None:
        self._most, self._events = most, events
        self._waiting: deque[Job] = deque()
        self._running: set[Job] = set()
        self._known: OrderedDict[str, Job] = OrderedDict()
        self._changed = threading.Condition()
        self._closed = False
        self._seconds = 1.0  # of a job, about
        self._threads = [threading.Thread(target=self._work, name=f"job-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> Job:
        """Take a job.

        Raises
        ------
        Problem
            If too many jobs wait, or the server shuts down.
        """
        job.tell = lambda name, data: self._tell(job, name, **data)
        with self._changed:
            if self._closed:
                raise Problem(503, "shutting-down", "The server is shutting down. Ask again when it runs.")
            if job.kind == "request":
                self._supersede(job.session)
            if len(self._waiting) >= self._most:
                wait = max(1, round(self._seconds * len(self._waiting) / len(self._threads)))
                raise Problem(
                    429,
                    "too-many-jobs",
                    f"{len(self._waiting)} jobs wait already. Ask again in {wait} s.",
                    headers={"Retry-After": str(wait)},
                )
            self._waiting.append(job)
            self._known[job.id] = job
            self._forget()
            self._tell(job, "queued", place=len(self._waiting))
            self._changed.notify()
        return job

    def find(self, name: str) -> Job:
        """Return the job of an id.

        Raises
        ------
        Problem
            If there is none.
        """
        with self._changed:
            if name not in self._known:
                raise Problem(
                    404, "no-job", "There is no job of this id. Jobs are forgotten some time after their end."
                )
            return self._known[name]

    def of(self, session: str, revision: int) -> Job | None:
        """Return the job that makes a revision of a session; None if it is forgotten."""
        with self._changed:
            found = (each for each in self._known.values() if each.kind == "request")
            return next((each for each in found if (each.session, each.revision) == (session, revision)), None)

    def place(self, job: Job) -> int:
        """Return the place of a job in the queue, from 1 on; 0 if it does not wait."""
        with self._changed:
            return self._waiting.index(job) + 1 if job in self._waiting else 0

    def cancel(self, job: Job) -> None:
        """End a job, wherever it is."""
        with self._changed:
            self._end_early(job, "cancelled")

    def cancel_all_of(self, session: str) -> None:
        """End all jobs of a session."""
        with self._changed:
            for job in [*self._waiting, *self._running]:
                if job.session == session:
                    self._end_early(job, "cancelled")

    def close(self, seconds: float) -> None:
        """End all jobs, and wait for their threads up to some seconds."""
        with self._changed:
            self._closed = True
            for job in [*self._waiting, *self._running]:
                self._end_early(job, "cancelled")
            self._changed.notify_all()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _supersede(self, session: str) -> None:
        for job in [*self._waiting, *self._running]:
            if job.session == session and job.kind == "request":
                self._end_early(job, "superseded")

    def _end_early(self, job: Job, state: State) -> None:
        if job.ended:
            return
        job.state = state
        job.cancel.set()
        job.end.set()
        if job in self._waiting:
            self._waiting.remove(job)
        self._tell(job, "superseded" if state == "superseded" else "cancelled")

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                job = self._waiting.popleft()
                job.state = "running"
                self._running.add(job)
                for place, each in enumerate(self._waiting, start=1):
                    self._tell(each, "queued", place=place)
            self._tell(job, "started")
            began = time.monotonic()
            try:
                self._end(job, "ready", result=job.work(job))
            except Cancelled:
                self._end(job, "cancelled")
            except BaseException as error:
                self._end(job, "failed", problem=problem_of(error))
            finally:
                with self._changed:
                    self._running.discard(job)
                    self._seconds += 0.1 * (time.monotonic() - began - self._seconds)

    def _end(
        self, job: Job, state: State, *, result: dict[str, Any] | None = None, problem: Problem | None = None
    ) -> None:
        with self._changed:
            if job.ended:  # it was superseded or cancelled before its end
                return
            job.state, job.result, job.problem = state, result, problem
            job.end.set()
            if problem is not None:
                self._tell(job, "failed", problem=problem.document())
            else:
                self._tell(job, state)

    def _tell(self, job: Job, name: str, **data: Any) -> None:
        self._events.publish(job.session, name, job=job.id, kind=job.kind, revision=job.revision, **data)

    def _forget(self) -> None:
        for name in [name for name, job in self._known.items() if job.ended][: max(0, len(self._known) - _KEPT)]:
            del self._known[name]
