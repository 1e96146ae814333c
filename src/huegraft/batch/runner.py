"""Run a batch: every job is tried, and the summary names the jobs that failed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from huegraft.batch.job import Job
from huegraft.batch.journal import Journal, file_states
from huegraft.batch.worker import Outcome, Worker

JobProgress = Callable[[int, Job, str], None]
"""A function that is called with the number of jobs that are done, the present job, and its stage."""


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
    worker: Worker,
    *,
    resume: bool,
    replace: bool,
    folder: Path | None = None,
    progress: JobProgress = lambda *_: None,
) -> BatchSummary:
    """Run jobs one after the other. A job that fails does not stop the others.

    Parameters
    ----------
    jobs
        The jobs, one at least.
    worker
        The worker that runs them.
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
    for number, job in enumerate(jobs):
        progress(number, job, "starting")
        if resume and journal.has(job):
            summary.skipped.append(job)
            continue
        if job.output.exists() and not replace:
            made_otherwise = " and was not made from these files with these settings" if resume else ""
            advice = "--force replaces it" if resume else "--resume leaves out what is done, --force replaces it"
            summary.failed.append((job, f"{job.output} exists{made_otherwise}; {advice}"))
            continue
        before = file_states(job)
        outcome = worker.run(job, replace=replace, progress=lambda stage, at=number, of=job: progress(at, of, stage))
        if outcome.error is None:
            notes = outcome.notes + _changes(job, journal.note(job, before))
            summary.done.append((job, outcome._replace(notes=notes)))
        else:
            summary.failed.append((job, outcome.error))
    return summary


def _changes(job: Job, changed: Sequence[Path]) -> tuple[str, ...]:
    """Return the note on files that changed while they were read."""
    if not changed:
        return ()
    names = ", ".join(map(str, changed))
    return (f"{names} changed while {job.target.name} was recoloured; --resume --force will make it again",)
