"""Manifest: the jobs of a batch, from a folder of pictures or from a table of files."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from huegraft.batch.inputs import Inputs
from huegraft.batch.job import Job
from huegraft.errors import ArgumentError, SettingsFileError
from huegraft.io.folder import pictures_in
from huegraft.io.formats import FORMATS, names_of
from huegraft.settings import Mode, Settings

COLUMNS = ("target", "reference", "output", "target_mask", "reference_mask")
_SEVERAL = ";"
_LARGEST = 2**26  # bytes: a million lines


@dataclass(frozen=True)
class Pattern:
    """What all jobs of a batch have in common; in each path ``{stem}`` stands for a target's name without its ending.

    Attributes
    ----------
    references, output
        Where a table does not name them.
    """

    mode: Mode
    settings: Settings
    references: tuple[str, ...] = ()
    output: str | None = None
    inputs: Inputs = field(default_factory=Inputs)


def jobs_of(source: Path, pattern: Pattern, say: Callable[[str], None] = lambda _: None) -> list[Job]:
    """Return the jobs: one for each picture of a folder, by name, or for each line of a table.

    A table is a CSV file with a header. Its columns are ``target`` and, where they differ from the pattern,
    ``reference``, ``output``, ``target_mask`` and ``reference_mask``; several references, and their masks, are
    separated by semicolons. Its paths are relative to its own folder.

    Parameters
    ----------
    source
        The folder or the table.
    pattern
        What the jobs have in common.
    say
        Is told what a folder holds that is no picture.

    Raises
    ------
    SettingsFileError
        If the table cannot be read.
    ArgumentError
        If there is no picture, a reference or an output is missing, two jobs write one file, or one would replace a
        file that another reads.
    """
    if source.is_dir():
        pictures, left_out = pictures_in(source)
        if left_out:
            say(left_out)
        if not pictures:
            raise ArgumentError(f"there is no picture in {source}; {names_of(FORMATS)} files are taken")
        rows = [{"target": str(path)} for path in pictures]
    else:
        rows = _rows(source)
    jobs = [_job(row, pattern) for row in rows]
    _refuse_collisions(jobs)
    return jobs


def _rows(table: Path) -> list[dict[str, str]]:
    try:
        if table.stat().st_size > _LARGEST:
            raise SettingsFileError(f"{table} is too large to be a table of files")
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header = reader.fieldnames or ()
            if "target" not in header or not set(header) <= set(COLUMNS):
                raise SettingsFileError(
                    f"{table} must begin with a line of column names, target and any of {', '.join(COLUMNS[1:])}, "
                    f"got {', '.join(map(str, header)) or 'nothing'}"
                )
            rows = [_row(row, header) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise SettingsFileError(f"{table} is no table of files: {error}") from error
    except SettingsFileError:
        raise
    except OSError as error:
        raise SettingsFileError(f"cannot read {table}: {error}") from error
    if not rows or not all(row["target"] for row in rows):
        raise SettingsFileError(f"{table} must name a target in each line")
    return [{name: _below(table.parent, text) for name, text in row.items()} for row in rows]


def _row(row: Mapping[str | None, Any], header: Sequence[str]) -> dict[str, str]:
    if None in row:
        raise csv.Error(f"a line has more columns than the first: {', '.join(row[None])}")
    return {name: (row[name] or "").strip() for name in header}


def _below(folder: Path, text: str) -> str:
    return _SEVERAL.join(str(folder / path.strip()) if path.strip() else "" for path in text.split(_SEVERAL))


def _job(row: Mapping[str, str], pattern: Pattern) -> Job:
    target = Path(row["target"])

    def filled(path: str) -> str:
        return path.replace("{stem}", target.stem)

    references = tuple(filter(None, row.get("reference", "").split(_SEVERAL))) or pattern.references
    output = row.get("output") or pattern.output
    if not references or not output:
        missing = "reference" if not references else "output"
        raise ArgumentError(f"{target} has no {missing}: give --{missing}, or a column of that name")
    inputs = pattern.inputs
    if row.get("target_mask"):
        inputs = replace(inputs, target_mask=row["target_mask"])
    if row.get("reference_mask"):
        inputs = replace(inputs, reference_masks=tuple(row["reference_mask"].split(_SEVERAL)))
    return Job(
        pattern.mode,
        target,
        tuple(Path(filled(path)) for path in references),
        Path(filled(output)),
        pattern.settings,
        inputs.with_paths(filled),
    )


def _refuse_collisions(jobs: Sequence[Job]) -> None:
    """Raise where an output is written twice, or read."""
    read = {path.absolute() for job in jobs for path in (job.target, *job.references, *job.inputs.paths)}
    writers = dict[Path, Path]()
    for job in jobs:
        output = job.output.absolute()
        if output in writers:
            raise ArgumentError(
                f"{writers[output]} and {job.target} would both become {job.output}; put {{stem}} into the output, or "
                "name the outputs in a table"
            )
        if output in read:
            raise ArgumentError(f"{job.output} would replace a file that the batch reads; choose other outputs")
        writers[output] = job.target
