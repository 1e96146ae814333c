"""Run a batch: every job is tried, and the summary names the jobs that failed."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from huegraft.batch.job import Job
from huegraft.batch.journal import Journal
from huegraft.batch.worker import JobProgress, Outcome


class Engine(Protocol):
    """What runs jobs: a :class:`huegraft.batch.worker.Worker`, or the workers of a cluster."""

    def outcomes(self, jobs: Sequence[Job], *, replace: bool, progress: JobProgress) -> Iterator[tuple[Job, Outcome]]:
        """Yield each job with its outcome as soon as it is done, in any order."""
        ...


@dataclass(eq=False)
class BatchSummary:
    """The outcome of the jobs.

    Attributes
    ----------
    done
        The jobs that are done, with their outcomes.
    skipped
        The jobs that an earlier run did.
    failed
        The jobs that failed, with the reasons.
    """

    done: list[tuple[Job, Outcome]] = field(default_factory=list)
    skipped: list[Job] = field(default_factory=list)
    failed: list[tuple[Job, str]] = field(default_factory=list)


def run_batch(
    jobs: Sequence[Job],
    engine: Engine,
    *,
    resume: bool,
    replace: bool,
    folder: Path | None = None,
    progress: JobProgress = lambda *_: None,
) -> BatchSummary:
    """Run jobs. A job that fails does not stop the others.

    Parameters
    ----------
    jobs
        The jobs, one at least.
    engine
        What runs them.
    resume
        Whether jobs that an earlier run did from the same files with the same settings are left out.
    replace
        Whether outputs that exist are replaced. If not, a job whose output exists fails unless it is left out.
    folder
        The folder of the journal. With None it is the folder that holds all outputs.
    progress
        A function that is called with each stage.

    Raises
    ------
    SettingsFileError
        If the journal cannot be read.
    """
    journal = Journal.of(jobs, folder)
    summary = BatchSummary()
    todo = list[Job]()
    for job in jobs:
        progress(len(summary.skipped), job, "starting")
        if resume and journal.has(job):
            summary.skipped.append(job)
            continue
        if job.output.exists() and not replace and not (resume and journal.began(job)):
            made_otherwise = " and was not made from these files with these settings" if resume else ""
            advice = "--force replaces it" if resume else "--resume leaves out what is done, --force replaces it"
            summary.failed.append((job, f"{job.output} exists{made_otherwise}; {advice}"))
            continue
        todo.append(job)
    ended = len(jobs) - len(todo)
    if todo:
        with suppress(OSError):  # each job says what is wrong with the folder
            journal.begin(todo)
    for job, outcome in engine.outcomes(
        todo, replace=replace or resume, progress=lambda number, job, stage: progress(ended + number, job, stage)
    ):
        if outcome.made is not None:
            journal.note(job, outcome.made)
            summary.done.append((job, outcome._replace(notes=outcome.notes + _changes(job, outcome.made.changed))))
        else:
            journal.fail(job)
            summary.failed.append((job, outcome.error or "it was not made"))
    return summary


def _changes(job: Job, changed: Sequence[Path]) -> tuple[str, ...]:
    """Return the note on files that changed while they were read."""
    if not changed:
        return ()
    names = ", ".join(map(str, changed))
    return (f"{names} changed while {job.target.name} was recoloured; --resume --force will make it again",)
