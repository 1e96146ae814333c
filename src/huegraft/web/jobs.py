"""Jobs: what the server computes, in a bounded queue that says the place."""

import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from huegraft.errors import Cancelled
from huegraft.threads import working
from huegraft.web.events import Events
from huegraft.web.problems import Problem, problem_of

State = Literal["queued", "running", "ready", "failed", "superseded", "cancelled"]
Kind = Literal["request", "sweep", "suggestion", "explanation", "download", "lut"]
_KEPT = 500  # jobs that have ended and can be asked for


@dataclass(eq=False)
class Job:
    """Something to compute for a session.

    Attributes
    ----------
    session, kind
        The session that it belongs to, and what it does.
    work
        A function that computes it. It gets the job, so that it can tell how far it is. `cancel` ends the steps of the
        method that it calls; other loops ask `huegraft.threads.check_cancelled`. It is None once the job has run.
    revision
        The revision of the session that it makes, or that it belongs to.
    id
        The id of the job.
    state, result, problem, progress
        How far it is, what came out, and what went wrong.
    made : list of bytes
        Files that the job made.
    cancel, end
        Events: the job is to end; the job has ended.
    """

    session: str
    kind: Kind
    work: "Callable[[Job], dict[str, Any]] | None"
    revision: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    state: State = "queued"
    result: dict[str, Any] | None = None
    problem: Problem | None = None
    progress: dict[str, Any] | None = None
    made: list[bytes] = field(default_factory=list[bytes])
    cancel: threading.Event = field(default_factory=threading.Event)
    end: threading.Event = field(default_factory=threading.Event)
    tell: Callable[[str, dict[str, Any]], None] = lambda _name, _data: None

    def report(self, node: str, done: int, of: int) -> None:
        """Tell that a step begins: its name, how many were done before, and of how many."""
        self.progress = {"node": node, "done": done, "of": of}
        self.tell("progress", self.progress)

    @property
    def bytes(self) -> int:
        """What its files take."""
        return sum(map(len, self.made))

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
    most_bytes
        The bytes that the files of jobs that have ended may take.
    events
        Where it is told how far jobs are.
    """

    def __init__(self, threads: int, most: int, most_bytes: int, events: Events) -> None:
        self._most, self._most_bytes, self._events = most, most_bytes, events
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
            before = [each for each in (*self._waiting, *self._running) if _takes_place(job, each)]
            if len(self._waiting) - sum(each in self._waiting for each in before) >= self._most:
                wait = max(1, round(self._seconds * len(self._waiting) / len(self._threads)))
                raise Problem(
                    429,
                    "too-many-jobs",
                    f"{len(self._waiting)} jobs wait already. Ask again in {wait} s.",
                    headers={"Retry-After": str(wait)},
                )
            for each in before:
                self._end_early(each, "superseded")
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

    def stop(self) -> None:
        """End all jobs, and take no more."""
        with self._changed:
            self._closed = True
            for job in [*self._waiting, *self._running]:
                self._end_early(job, "cancelled")
            self._changed.notify_all()

    def close(self, seconds: float) -> None:
        """End all jobs, and wait for their threads up to some seconds."""
        self.stop()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _end_early(self, job: Job, state: State) -> None:
        if job.ended:
            return
        job.state = state
        job.cancel.set()
        job.end.set()
        if job in self._waiting:
            self._waiting.remove(job)
            job.work = None
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
            self._run(job)

    def _run(self, job: Job) -> None:
        began, work, job.work = time.monotonic(), job.work, None  # the work holds its request
        assert work is not None  # noqa: S101 - a job runs once
        try:
            with working(cancel=job.cancel):
                self._end(job, "ready", result=work(job))
        except Cancelled:
            self._end(job, "cancelled")
        except BaseException as error:
            self._end(job, "failed", problem=problem_of(error))
        finally:
            with self._changed:
                self._running.discard(job)
                self._seconds += 0.1 * (time.monotonic() - began - self._seconds)
                self._forget()

    def _end(
        self, job: Job, state: State, *, result: dict[str, Any] | None = None, problem: Problem | None = None
    ) -> None:
        with self._changed:
            if job.ended:  # it was superseded or cancelled before its end
                job.made.clear()
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
        """Forget jobs that have ended, the oldest first, while they are too many or their files take too much."""
        ended = deque(job for job in self._known.values() if job.ended)
        held = sum(job.bytes for job in ended)
        while ended and (len(ended) > _KEPT or (held > self._most_bytes and len(ended) > 1)):
            job = ended.popleft()
            held -= job.bytes
            del self._known[job.id]


def _takes_place(new: Job, old: Job) -> bool:
    """Tell whether a job takes the place of another one."""
    return new.kind == old.kind == "request" and new.session == old.session
