"""Run a batch: every job is tried, and what failed is said at the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from huegraft.batch.job import Job
from huegraft.batch.journal import Journal, file_states
from huegraft.batch.worker import Outcome, Worker

JobProgress = Callable[[int, Job, str], None]
"""Called with the number of jobs behind, the job at hand, and its stage."""


@dataclass(eq=False)
class BatchSummary:
    """What became of the jobs.

    Attributes
    ----------
    done
        With the outcome of each.
    skipped
        Made by an earlier run.
    failed
        With the reason of each.
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
    """Run jobs one after the other; none that fails stops the rest.

    Parameters
    ----------
    jobs
        What to do; at least one.
    worker
        What does it.
    resume
        Leave out what an earlier run made from the same files with the same settings.
    replace
        Replace outputs that exist. Without, each is a failure unless it is left out.
    folder
        Where the journal lies; None for the folder that holds all outputs.
    progress
        Is told of each stage.

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
    """Return what there is to say of files that changed while they were read."""
    if not changed:
        return ()
    names = ", ".join(map(str, changed))
    return (f"{names} changed while {job.target.name} was recoloured; --resume --force will make it again",)
