"""Manifest: the jobs of a batch, from a folder of pictures or from a table of files."""

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from huegraft.batch.inputs import Inputs
from huegraft.batch.job import Job
from huegraft.batch.journal import NAME, Journal
from huegraft.batch.patterns import filled, fixed_folder, separating
from huegraft.batch.table import SEVERAL, rows_of
from huegraft.errors import ArgumentError
from huegraft.io.folder import pictures_among
from huegraft.io.formats import FORMATS, format_of, names_of
from huegraft.settings import Mode, Settings


@dataclass(frozen=True)
class Pattern:
    """What all jobs of a batch have in common. Paths may hold the words of :mod:`huegraft.batch.patterns`.

    Attributes
    ----------
    references, output
        The references and the output of jobs for which a table names none.
    """

    mode: Mode
    settings: Settings
    references: tuple[str, ...] = ()
    output: str | None = None
    inputs: Inputs = field(default_factory=Inputs)


def jobs_of(
    source: Path, pattern: Pattern, say: Callable[[str], None] = lambda _: None, *, recursive: bool = False
) -> list[Job]:
    """Return the jobs: one for each picture of a folder, in the order of the names, or one for each line of a table.

    A table is a CSV file with a header. It has the column ``target``. It may have the columns ``reference``,
    ``output``, ``target_mask`` and ``reference_mask``, which replace those of the pattern. Semicolons separate several
    references and their masks. Paths are relative to the folder of the table.

    Parameters
    ----------
    source
        The folder or the table.
    pattern
        What the jobs have in common.
    say
        A function that is called with a line for each thing that is left out.
    recursive
        Whether the pictures of folders in the folder are taken as well.

    Raises
    ------
    SettingsFileError
        If the table, or the journal of a folder's batch, cannot be read.
    ArgumentError
        If there is no picture, if the source is a picture, if a reference or an output is missing, if a pattern is
        wrong, if two jobs write one file, or if a job would replace a file that another job reads.
    """
    if source.is_dir():
        jobs = _jobs_of_folder(source, pattern, say, recursive=recursive)
    elif recursive:
        raise ArgumentError(f"--recursive needs a folder, and {source} is not a folder")
    elif source.is_file() and format_of(source):
        raise ArgumentError(f"{source} is a picture and not a table; use transfer or colorize")
    else:
        rows = rows_of(source, say)
        jobs = [_job(row, pattern, source.parent) for row in rows]
        pattern = replace(pattern, output=None) if any(row.get("output") for row in rows) else pattern
    _refuse_collisions(jobs, pattern.output, source if source.is_dir() else source.parent)
    return jobs


def outputs_folder(source: Path, pattern: Pattern) -> Path | None:
    """Return the folder that holds the outputs of all pictures that a folder may ever hold, or None for a table."""
    return fixed_folder(pattern.output) if source.is_dir() and pattern.output else None


def _jobs_of_folder(folder: Path, pattern: Pattern, say: Callable[[str], None], *, recursive: bool) -> list[Job]:
    """Return a job for each picture, except for pictures that an earlier run of the batch made."""
    outputs = outputs_folder(folder, pattern)
    paths = sorted(_files_below(folder, outputs, say) if recursive else folder.iterdir())
    pictures, left_out = pictures_among([path for path in paths if path.name != NAME], folder)
    if left_out:
        say(left_out)
    if not pictures:
        raise ArgumentError(f"there is no picture in {folder}; a batch takes {names_of(FORMATS)} files")
    jobs = [_job({"target": str(path)}, pattern, folder) for path in pictures]
    made = {job.output.absolute() for job in jobs}
    journal = Journal.of(jobs, outputs)
    kept = [job for job in jobs if not (job.target.absolute() in made and journal.wrote(job.target))]
    if earlier := len(jobs) - len(kept):
        say(f"outputs of an earlier run are left out ({earlier})")
    return _without_outputs_below(kept, [path.parent for path in paths if path.name == NAME], folder, say)


def _without_outputs_below(
    jobs: list[Job], places: Sequence[Path], folder: Path, say: Callable[[str], None]
) -> list[Job]:
    """Return the jobs without those whose targets are outputs of other batches with journals below the folder."""
    for place in places:
        if place == folder:  # its pictures may be graded a second time
            continue
        journal, count = Journal(place), len(jobs)
        jobs = [job for job in jobs if not journal.wrote(job.target)]
        if len(jobs) < count:
            say(f"outputs of an earlier run in {place} are left out ({count - len(jobs)})")
    if not jobs:
        raise ArgumentError(f"there is no picture in {folder} apart from outputs of earlier runs")
    return jobs


def _files_below(folder: Path, outputs: Path | None, say: Callable[[str], None]) -> Generator[Path]:
    """Yield the files in a folder and in the folders below it, and say what is left out.

    Hidden folders are passed over. The folder of the outputs is left out, and so are links to folders, because they may
    lead back.
    """

    def tell(error: OSError) -> None:
        say(f"{error.filename} is left out: {error.strerror}")

    for here, below, files in os.walk(folder, onerror=tell):
        yield from (Path(here, name) for name in files)
        names, below[:] = sorted(below), []
        for name in names:
            path = Path(here, name)
            if name.startswith("."):
                continue
            if path.is_symlink():
                say(f"{path} is left out, because it is a link to a folder")
            elif outputs and path.resolve() == outputs.resolve():
                say(f"{path} is left out, because the outputs go there")
            else:
                below.append(name)


def _job(row: Mapping[str, str], pattern: Pattern, folder: Path) -> Job:
    target = Path(row["target"])

    def path(text: str) -> str:
        return filled(text, target, folder)

    references = tuple(filter(None, row.get("reference", "").split(SEVERAL))) or pattern.references
    output = row.get("output") or pattern.output
    if not references or not output:
        missing = "reference" if not references else "output"
        raise ArgumentError(f"{target} has no {missing}: give --{missing}, or a column of that name")
    inputs = pattern.inputs
    if row.get("target_mask"):
        inputs = replace(inputs, target_mask=row["target_mask"])
    if row.get("reference_mask"):
        inputs = replace(inputs, reference_masks=tuple(row["reference_mask"].split(SEVERAL)))
    return Job(
        pattern.mode,
        target,
        tuple(Path(path(text)) for text in references),
        Path(path(output)),
        pattern.settings,
        inputs.with_paths(path),
    )


def _refuse_collisions(jobs: Sequence[Job], output: str | None, folder: Path) -> None:
    """Raise if an output would be written twice, or is read by a job.

    Parameters
    ----------
    jobs
        All jobs of the batch.
    output
        The pattern of their outputs, or None if a table names the outputs.
    folder
        The folder of the batch.
    """
    read = {path.absolute() for job in jobs for path in (job.target, *job.references, *job.inputs.paths)}
    writers = dict[Path, Path]()
    for job in jobs:
        place = job.output.absolute()
        if place in writers:
            better = separating(output, [each.target for each in jobs], folder) if output else None
            advice = (
                f"-o {better!r} keeps all outputs apart" if better else "name another output for one of them in a table"
            )
            raise ArgumentError(f"{writers[place]} and {job.target} would both become {job.output}; {advice}")
        if place in read:
            raise ArgumentError(f"{job.output} would replace a file that the batch reads; choose other outputs")
        writers[place] = job.target
