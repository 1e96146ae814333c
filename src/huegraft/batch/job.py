"""Job: a picture file is recoloured into another file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import huegraft
from huegraft.batch.inputs import Inputs
from huegraft.io.image import check_readable, read_picture, write_picture
from huegraft.notes import picture_notes
from huegraft.picture import Picture
from huegraft.records import Result
from huegraft.request import Request
from huegraft.runnable import check_runnable
from huegraft.session import Session
from huegraft.settings import Mode, Settings


@dataclass(frozen=True)
class Job:
    """One picture to recolour.

    Attributes
    ----------
    target, output
        The two files.
    references
        The files of the references, one at least.
    inputs
        Masks, regions, pins and options of reading.
    """

    mode: Mode
    target: Path
    references: tuple[Path, ...]
    output: Path
    settings: Settings
    inputs: Inputs = field(default_factory=Inputs)

    def absolute(self) -> "Job":
        """Return the job with whole paths, which name the same files in every process."""
        weights = self.settings.features.weights
        return replace(
            self,
            target=self.target.absolute(),
            references=tuple(path.absolute() for path in self.references),
            output=self.output.absolute(),
            settings=self.settings.replace(weights=str(Path(weights).absolute())) if weights else self.settings,
            inputs=self.inputs.below(Path.cwd()),
        )


@dataclass(frozen=True, eq=False)
class Done:
    """A job that is done: the pictures, the result, and the notes, one line for each thing."""

    target: Picture
    references: list[Picture]
    result: Result
    notes: tuple[str, ...]


def run_job(
    job: Job, session: Session, *, replace: bool = False, progress: Callable[[str], None] = lambda _: None
) -> Done:
    """Read, recolour and write.

    Parameters
    ----------
    job, session
        The job, and the session that runs it.
    replace
        Whether an existing output may be replaced.
    progress
        A function that is called with each stage.

    Raises
    ------
    HuegraftError
        As `Session.run`, `read_picture` and `write_picture`.
    """
    check_runnable(job.settings, session.device)
    pictures = [job.target, *job.references]
    check_readable([*pictures, *job.inputs.paths])
    reading = job.inputs.reading()
    job.inputs.check_numbers(len(job.references))
    progress("reading")
    target, *references = [read_picture(path, **reading) for path in pictures]
    request = Request(job.mode, target, tuple(references), job.settings, **job.inputs.controls())
    result = session.run(request, progress=progress)
    progress("writing")
    named = named_notes(result, job.mode, job.target, job.references)
    notes = [*(note for picture in (target, *references) for note in picture.notes), *named]
    notes += write_picture(job.output, result.image, replace=replace)
    return Done(target, references, result, tuple(notes))


def named_notes(result: Result, mode: Mode, target: Path, references: Sequence[Path]) -> list[str]:
    """Return the notes of a result. Notes on pictures name the pictures' files."""
    about = mode, result.look.tones, result.fit
    names = [f"the target {target}", *(f"the reference {path}" for path in references)]
    said = dict(zip(picture_notes(*about), picture_notes(*about, names), strict=True))
    numbered = {f"reference {number}": path for number, path in enumerate(references, start=1)}
    files = {"target": target, "reference": references[0], **numbered}

    def named(note: str) -> str:
        role, colon, text = note.partition(": ")
        return f"{files[role]}: {text}" if colon and role in files else note

    return [said.get(note) or named(note) for note in result.notes]


def report(job: Job, done: Done) -> dict[str, Any]:
    """Return what was done, as plain values for JSON."""
    tone, *tones = done.result.look.tones
    superpixels = [int((done.result.attention_origin == index).sum()) for index in range(len(done.references))]
    return {
        "version": huegraft.__version__,
        "mode": job.mode,
        "output": str(job.output),
        "settings": done.result.settings.to_dict(),
        "inputs": {name: value for name, value in vars(job.inputs).items() if value},
        "target": {"size": done.target.size, "tone": tone, "superpixels": done.result.attention.shape[0]},
        "references": [
            {
                "file": str(path),
                "size": picture.size,
                "tone": tone,
                "superpixels": count,
                "contribution": round(float(share), 4),
            }
            for path, picture, tone, count, share in zip(
                job.references, done.references, tones, superpixels, done.result.contributions, strict=True
            )
        ],
        "fit": round(done.result.fit, 4),
        "notes": done.notes,
        "working_size": done.result.working_image.shape[:2],
        "clipped_share": done.result.clipped_share,
        "seconds": {stage: round(seconds, 4) for stage, seconds in done.result.seconds.items()},
    }
