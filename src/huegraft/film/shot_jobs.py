"""Computing: the tracks of several shots, as many at a time as there are threads."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from huegraft.film.compute import compute_track
from huegraft.film.pool import stopping_pool
from huegraft.film.shot_work import ShotWork
from huegraft.session import Session
from huegraft.threads import thread_count, working

_SESSION_BYTES = 2**25  # what serves each frame of a shot is that of its references
_PATIENCE = 0.5  # seconds from one report to the next


@dataclass(frozen=True)
class ShotJob:
    """A shot to compute.

    Attributes
    ----------
    id
        The id of the shot.
    work
        What its track is made from.
    path
        The file of the track.
    """

    id: str
    work: ShotWork
    path: Path

    @property
    def frames(self) -> int:
        """How many frames the shot has."""
        return self.work.stop - self.work.start


class ShotComputing(Protocol):
    """What computes the tracks of shots: :func:`compute_shots`, or the workers of a cluster."""

    def __call__(
        self,
        jobs: Sequence[ShotJob],
        device: str,
        *,
        note: Callable[[Path], None],
        report: Callable[[int, int, str], None],
    ) -> None:
        """Compute shots as :func:`compute_shots` does."""
        ...


def compute_shot(
    job: ShotJob, device: str, threads: int, cancel: threading.Event, progress: Callable[[int], None]
) -> None:
    """Compute the track of a shot.

    Parameters
    ----------
    job
        The shot.
    device
        The device that runs a backbone of Torch.
    threads
        How many threads work on it.
    cancel
        An event that stops the work once it is set.
    progress
        A function that is called with the number of frames that are done.

    Raises
    ------
    HuegraftError
        As :func:`huegraft.film.compute.compute_track`, and `Cancelled`.
    """
    with (
        working(threads, cancel),
        closing(job.work.source.shared(threads)) as source,
        Session(threads=threads, max_bytes=_SESSION_BYTES, device=device) as session,
    ):
        compute_track(replace(job.work, source=source), job.path, session, progress)


def compute_shots(
    jobs: Sequence[ShotJob],
    device: str,
    *,
    note: Callable[[Path], None],
    report: Callable[[int, int, str], None],
) -> None:
    """Compute the tracks of shots, the longest first. A track does not depend on how many are made at a time.

    Parameters
    ----------
    jobs
        The shots, one at least.
    device
        The device that runs a backbone of Torch.
    note
        A function that is called with each track that is whole.
    report
        A function that is called with the frames that are done, of how many, and the id of a shot that is worked on.

    Raises
    ------
    HuegraftError
        What computing a shot raises. The other shots are stopped; tracks that are whole stay.
    """
    threads = thread_count()
    workers = min(threads, len(jobs))
    done: dict[str, int] = {}

    def compute(job: ShotJob, cancel: threading.Event) -> None:
        share = -(-threads // workers)
        compute_shot(job, device, share, cancel, lambda frames: done.update({job.id: frames}))

    with stopping_pool(workers) as (pool, cancel):
        running: dict[Future[None], ShotJob] = {
            pool.submit(compute, job, cancel): job for job in sorted(jobs, key=lambda job: -job.frames)
        }
        frames = sum(job.frames for job in jobs)
        while running:
            finished, _ = wait(running, timeout=_PATIENCE, return_when=FIRST_COMPLETED)
            ended = [(future, running.pop(future)) for future in finished]
            for job in (job for future, job in ended if future.exception() is None):
                note(job.path)
            for future, _ in ended:
                future.result()
            report(sum(done.values()), frames, next((job.id for job in running.values()), ""))
