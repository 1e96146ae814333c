"""Pictures: the jobs of a batch on the workers of a cluster."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from huegraft.batch.job import Job
from huegraft.batch.worker import JobProgress, Outcome
from huegraft.cluster.agreement import Work
from huegraft.cluster.connection import Cluster, Unit
from huegraft.cluster.task import recolor
from huegraft.records import EncodedStore


class PictureWorkers:
    """Runs the jobs of a batch, as :class:`huegraft.batch.worker.Worker` does, on the workers of a cluster.

    Parameters
    ----------
    cluster
        The cluster.
    device, store
        As for a Worker. The store has to be reached by all workers.
    """

    def __init__(self, cluster: Cluster, device: str, store: EncodedStore | None) -> None:
        self._cluster, self._device, self._store = cluster, device, store

    def outcomes(self, jobs: Sequence[Job], *, replace: bool, progress: JobProgress) -> Iterator[tuple[Job, Outcome]]:
        """Yield each job with its outcome once it is done. Outputs that are there have to be replaceable.

        Raises
        ------
        ClusterError
            If a worker cannot do the work, or the connection to the scheduler is lost.
        """
        if not jobs:
            return
        whole = [job.absolute() for job in jobs]
        folder = os.path.commonpath([job.output.parent for job in whole])
        works: list[Work] = [(job.mode, job.settings) for job in whole]
        first = [path for path in (whole[0].target, *whole[0].references) if path.is_file()]
        ended, said = set[int](), set[str]()

        def told(number: int, stage: object) -> None:
            progress(len(ended), jobs[number], str(stage))

        with self._cluster.run(works, Path(folder), first, self._device, self._store) as tasks:
            units = [Unit(_bytes(job), (job,)) for job in whole]
            for number, result in tasks.results(recolor, units, told):
                ended.add(number)
                if isinstance(result, Exception):
                    yield jobs[number], Outcome(str(result))
                    continue
                outcome, notes = result
                new = [note for note in notes if note not in said]
                said.update(new)
                told(number, "done")
                yield jobs[number], outcome._replace(notes=(*outcome.notes, *new))


def _bytes(job: Job) -> int:
    """Return the bytes of the pictures, by which the time of a job is foretold."""
    total = 0
    for path in (job.target, *job.references):
        with suppress(OSError):  # the job says what is wrong with the file
            total += path.stat().st_size
    return total
