"""Units: the jobs of a batch as a file, of which each process does one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from huegraft import __version__
from huegraft.batch.inputs import Inputs
from huegraft.batch.job import Job
from huegraft.batch.journal import Journal, file_states, made_of
from huegraft.batch.runner import BatchSummary, run_batch
from huegraft.batch.settings_file import load_settings, save_settings
from huegraft.batch.worker import Worker
from huegraft.errors import ArgumentError, SettingsFileError
from huegraft.io.atomic import written_whole

_UNITS, _SETTINGS, _DONE = "units.json", "settings.json", "done"


@dataclass(frozen=True)
class Units:
    """The units of a batch.

    Attributes
    ----------
    folder
        The folder that holds their file, and a journal for each unit that is done.
    jobs
        The jobs. The unit 1 is the first one.
    outputs
        The folder of the batch's own journal; None for the folder that holds all outputs.
    """

    folder: Path
    jobs: Sequence[Job]
    outputs: Path | None

    def run(self, number: int, worker: Worker) -> BatchSummary:
        """Do the job of a unit, unless it is done. An output that was made otherwise is replaced.

        Raises
        ------
        ArgumentError
            If there is no such unit.
        SettingsFileError
            If the journal of the unit cannot be read.
        """
        if not 1 <= number <= len(self.jobs):
            raise ArgumentError(f"{self.folder} has the units 1 to {len(self.jobs)}, got {number}")
        return run_batch([self.jobs[number - 1]], worker, resume=True, replace=True, folder=self._done(number))

    def missing(self) -> list[tuple[int, Job]]:
        """Return the units that are not done, or whose files have changed since.

        Raises
        ------
        SettingsFileError
            If a journal cannot be read.
        """
        return [(number, job) for number, job in self._numbered() if not Journal(self._done(number)).has(job)]

    def join(self) -> None:
        """Write down in the journal of the batch that all jobs are done, so that the batch can go on from there.

        Raises
        ------
        SettingsFileError
            If a unit is missing, or the journal cannot be read or written.
        """
        missing = self.missing()
        if missing:
            named = ", ".join(f"{number} ({job.target})" for number, job in missing)
            raise SettingsFileError(f"{len(missing)} of {len(self.jobs)} units are missing: {named}")
        journal = Journal.of(self.jobs, self.outputs)
        try:
            for job in self.jobs:
                if not journal.has(job):
                    journal.note(job, made_of(job, file_states(job)))
        except OSError as error:
            raise SettingsFileError(f"cannot write the journal of the batch: {error}") from error

    def _numbered(self) -> list[tuple[int, Job]]:
        return list(enumerate(self.jobs, start=1))

    def _done(self, number: int) -> Path:
        return self.folder / _DONE / f"{number:06}"


def save_units(folder: Path, jobs: Sequence[Job], outputs: Path | None, *, replace: bool) -> list[Path]:
    """Write the jobs of a batch, which have the same mode and settings, and the settings. Return the files.

    All paths become whole paths.

    Raises
    ------
    SettingsFileError
        If a file exists and `replace` is False, or cannot be written.
    """
    first = jobs[0]
    weights = first.settings.features.weights
    settings = first.settings.replace(weights=_whole(weights)) if weights else first.settings
    content = {
        "huegraft": __version__,
        "outputs": outputs and _whole(outputs),
        "units": [
            {
                "target": _whole(job.target),
                "references": [_whole(path) for path in job.references],
                "output": _whole(job.output),
                "inputs": {name: value for name, value in vars(job.inputs.with_paths(_whole)).items() if value},
            }
            for job in jobs
        ],
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with written_whole(folder / _UNITS, replace=replace) as temporary:
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    except FileExistsError as error:
        raise SettingsFileError(f"{folder / _UNITS} exists; choose another folder, or --force to replace it") from error
    except OSError as error:
        raise SettingsFileError(f"cannot write {folder / _UNITS}: {error}") from error
    save_settings(folder / _SETTINGS, first.mode, settings, Inputs(), replace=replace)
    return [folder / _UNITS, folder / _SETTINGS]


def _whole(path: str | Path) -> str:
    return str(Path(path).absolute())


def load_units(folder: Path) -> Units:
    """Read the units of a batch.

    Raises
    ------
    SettingsFileError
        If a file is missing or holds something else, or another version of huegraft wrote it.
    """
    saved = load_settings(folder / _SETTINGS)
    try:
        content = json.loads((folder / _UNITS).read_text(encoding="utf-8"))
        version, outputs = content["huegraft"], content["outputs"]
        jobs = [
            Job(
                saved.mode,
                Path(unit["target"]),
                tuple(map(Path, unit["references"])),
                Path(unit["output"]),
                saved.settings,
                Inputs.of(unit["inputs"]),
            )
            for unit in content["units"]
        ]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SettingsFileError(f"cannot read the units in {folder}: {error}") from error
    if version != __version__:
        raise SettingsFileError(
            f"the units in {folder} are of huegraft {version}, and this is {__version__}: other versions may give "
            "other bytes; install the same one everywhere, or write the commands again"
        )
    return Units(folder, jobs, None if outputs is None else Path(outputs))
