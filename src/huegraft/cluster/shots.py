"""Shots: the shots of a film on the workers of a cluster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huegraft.cluster.agreement import Work
from huegraft.cluster.connection import Cluster, Unit
from huegraft.cluster.task import compute
from huegraft.errors import ClusterError, HuegraftError
from huegraft.film.numbered import is_pattern
from huegraft.film.shot_jobs import ShotJob


@dataclass(frozen=True)
class ShotWorkers:
    """Computes shots, as :func:`huegraft.film.shot_jobs.compute_shots` does, on the workers of a cluster.

    Attributes
    ----------
    cluster
        The cluster.
    project
        The folder of the film's project, which all workers share.
    """

    cluster: Cluster
    project: Path

    def __call__(
        self,
        jobs: Sequence[ShotJob],
        device: str,
        *,
        note: Callable[[Path], None],
        report: Callable[[int, int, str], None],
    ) -> None:
        """Compute shots. A shot that fails does not stop the others.

        Raises
        ------
        HuegraftError
            The error of the first shot that failed, once the others are done.
        ClusterError
            If a worker cannot do the work, or the connection to the scheduler is lost.
        """
        done, failed = dict[str, int](), list[tuple[ShotJob, Exception]]()
        frames = sum(job.frames for job in jobs)
        project = self.project.absolute()
        film = jobs[0].work.source.path
        files = [*({lender.path for job in jobs for lender in job.work.references})]
        files += [] if is_pattern(film) or film.is_dir() else [film]

        def told(number: int, said: Any) -> None:
            if isinstance(said, int):
                done[jobs[number].id] = max(said, done.get(jobs[number].id, 0))
            report(sum(done.values()), frames, jobs[number].id)

        works: list[Work] = [(job.work.mode, job.work.settings) for job in jobs]
        with self.cluster.run(works, project, files, device) as tasks:
            units = [Unit(job.frames, (project, job.id, job.path.name)) for job in jobs]
            for number, result in tasks.results(compute, units, told):
                job = jobs[number]
                if isinstance(result, Exception):
                    failed.append((job, result))
                else:
                    note(job.path)
                    done[job.id] = job.frames
        if failed:
            job, error = failed[0]
            kept = f"the shot {job.id} failed, and the colours of the other {len(jobs) - len(failed)} are kept"
            kind = type(error) if isinstance(error, HuegraftError) else ClusterError
            raise kind(f"{kept}: {error}") from error
