"""``huegraft batch``."""

import json
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from huegraft.batch import runner as batch
from huegraft.batch.job import Job
from huegraft.batch.journal import Journal
from huegraft.batch.manifest import Pattern, jobs_of, outputs_folder
from huegraft.batch.units import save_units
from huegraft.batch.worker import JobProgress
from huegraft.cli.cluster_options import (
    SchedulerOption,
    TlsCaOption,
    TlsCertOption,
    TlsKeyOption,
    WorkersOption,
    picture_engine,
    wants_cluster,
)
from huegraft.cli.farm_options import ProgramOption, print_commands, program_of, whole
from huegraft.cli.inputs import (
    PinOption,
    PresetNameOption,
    ReferenceMaskOption,
    RegionOption,
    SaveSettingsOption,
    SettingsFileOption,
    TargetMaskOption,
    saved_settings,
    started_with,
)
from huegraft.cli.options import given_settings, setting_options
from huegraft.cli.running import (
    CacheOption,
    CacheSizeOption,
    DeviceOption,
    FloatRangeOption,
    ForceOption,
    LayerOption,
    Messages,
    ModeOption,
    ThreadsOption,
    check_options,
    opened_cache,
)
from huegraft.cluster.options import ClusterOptions
from huegraft.errors import ArgumentError
from huegraft.farm.folder import Engine, write_commands
from huegraft.farm.work import Step, Work
from huegraft.io.image import check_ending
from huegraft.runnable import check_runnable


@setting_options
def batch_command(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST|DIR",
            help="Folder that holds the targets, or CSV file that lists them.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="Pattern of the outputs, such as out/{stem}.png.", show_default=False),
    ] = None,
    references: Annotated[
        list[str] | None,
        typer.Option(
            "--reference",
            "-r",
            help="Reference, or pattern of it such as stills/{stem}.jpg. May be repeated.",
            show_default=False,
        ),
    ] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", help="Take the pictures of folders in the folder, too.")
    ] = False,
    mode: ModeOption = "transfer",
    resume: Annotated[
        bool, typer.Option("--resume", help="Leave out the pictures that an earlier run has made.")
    ] = False,
    target_mask: TargetMaskOption = None,
    reference_masks: ReferenceMaskOption = None,
    regions: RegionOption = None,
    pins: PinOption = None,
    float_range: FloatRangeOption = None,
    layer: LayerOption = None,
    force: ForceOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what became of each picture as JSON.")] = False,
    engine: Annotated[
        Engine | None,
        typer.Option(
            "--commands",
            help="Recolour nothing, and write commands for the machines of a farm: one for each picture, and one that "
            "checks that all are made.",
            show_default=False,
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--commands-folder", help="Folder that the commands are written into.", show_default=False),
    ] = None,
    program: ProgramOption = None,
    preset_name: PresetNameOption = None,
    settings_file: SettingsFileOption = None,
    save_settings_file: SaveSettingsOption = None,
    device: DeviceOption = "cpu",
    threads: ThreadsOption = None,
    cache: CacheOption = None,
    cache_size: CacheSizeOption = None,
    scheduler: SchedulerOption = None,
    workers: WorkersOption = None,
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    **settings: Any,
) -> None:
    """Recolour many pictures. A bad file never stops the other files.

    In outputs, references and masks, {name} is the target's name, {stem} the name without its ending, {ending} the
    ending, and {parent} the target's folder below the folder of the batch.

    A CSV file has a header that names the columns. The column target is needed. The columns reference, output,
    target_mask and reference_mask are needed if they differ from line to line; the options stand for missing columns.
    Paths are relative to the folder of the file. Semicolons separate several references. Commas, semicolons or tabs
    separate the columns.
    """
    messages = Messages()
    inputs = {"target_mask": target_mask, "reference_masks": reference_masks, "regions": regions, "pins": pins}
    inputs |= {"float_range": float_range, "layer": layer}
    cluster = ClusterOptions(scheduler, workers, tls_ca, tls_cert, tls_key)
    cache = cache.absolute() if cache and wants_cluster(cluster) else cache  # workers begin in folders of their own
    start = started_with(messages, mode, preset_name, settings_file, given_settings(settings), inputs)
    check_runnable(start.settings, device)
    _check_names_files(output)
    _check_commands(engine, folder, program)
    pattern = Pattern(mode, start.settings, tuple(references or ()), output, start.inputs)
    jobs = jobs_of(source, pattern, messages.print, recursive=recursive)
    for job in jobs:
        check_ending(job.output)
    check_options((path for job in jobs for path in (job.target, *job.references)), **start.inputs.reading())
    outputs = outputs_folder(source, pattern)
    if engine is not None and folder is not None:
        todo = _still_to_do(jobs, outputs, resume=resume, replace=force)
        words = [*program_of(program), "units"]
        options = {"--threads": threads, "--cache": cache and whole(cache), "--cache-size": cache_size}
        options |= {} if device == "cpu" else {"--device": device}
        given = [word for name, value in options.items() if value is not None for word in (name, str(value))]
        run = Step("pictures", (*words, "run", *given, whole(folder)), tuple(range(1, len(todo) + 1)))
        work = Work("batch", (run,), (*words, "join", whole(folder)), threads)
        with saved_settings(save_settings_file, mode, start, replace=force):
            files = write_commands(folder, work, engine, replace=force)
            files += save_units(folder, todo, outputs, replace=force)
        print_commands(messages, folder, work, engine, files, as_json=as_json)
        return
    with (
        saved_settings(save_settings_file, mode, start, replace=force),
        opened_cache(messages, cache, cache_size) as store,
        picture_engine(cluster, messages, device, threads, store) as running,
        _shown_progress(messages, len(jobs)) as progress,
    ):
        summary = batch.run_batch(jobs, running, resume=resume, replace=force, folder=outputs, progress=progress)
    for note in (note for _, outcome in summary.done for note in outcome.notes):
        messages.print(note)
    if as_json:
        json.dump(_report(summary), sys.stdout, indent=2)
        sys.stdout.write("\n")
    for job, reason in summary.failed:
        messages.print(f"failed: {job.target}: {reason}")
    messages.print(f"{len(summary.done)} written, {len(summary.skipped)} done before, {len(summary.failed)} failed")
    if summary.failed:
        raise typer.Exit(1)


def _check_names_files(output: str | None) -> None:
    """Raise ArgumentError if a pattern of outputs looks like a folder: its last part has no ending and no word."""
    if output and (output.endswith("/") or not ("{" in Path(output).name or Path(output).suffix)):
        better = f"{output.rstrip('/')}/{{stem}}.png"
        raise ArgumentError(f"--output must be a pattern of files, got {output!r}; {better!r} writes into a folder")


def _check_commands(engine: Engine | None, folder: Path | None, program: str | None) -> None:
    """Raise ArgumentError if the options of commands do not go together."""
    if (engine is None) != (folder is None):
        raise ArgumentError("--commands and --commands-folder go together: what runs the commands, and where they go")
    if engine is None and program is not None:
        raise ArgumentError("--program would change nothing without --commands; leave it out")


def _still_to_do(jobs: Sequence[Job], folder: Path | None, *, resume: bool, replace: bool) -> list[Job]:
    """Return the jobs that commands are written for.

    Raises
    ------
    ArgumentError
        If there are none, or an output exists that may not be replaced.
    """
    journal = Journal.of(jobs, folder)
    todo = [job for job in jobs if not (resume and journal.has(job))]
    if not todo:
        raise ArgumentError("all pictures are done, and there is nothing to write commands for")
    there = [job.output for job in todo if job.output.exists()]
    if there and not replace:
        raise ArgumentError(f"{there[0]} exists; --resume leaves out what is done, --force replaces it")
    return todo


def _report(summary: batch.BatchSummary) -> dict[str, Any]:
    return {
        "done": [
            {
                "target": str(job.target),
                "output": str(job.output),
                "fit": None if outcome.fit is None else round(outcome.fit, 4),
                "notes": outcome.notes,
            }
            for job, outcome in summary.done
        ],
        "skipped": [{"target": str(job.target), "output": str(job.output)} for job in summary.skipped],
        "failed": [{"target": str(job.target), "reason": reason} for job, reason in summary.failed],
    }


@contextmanager
def _shown_progress(messages: Messages, total: int) -> Generator[JobProgress]:
    if not messages.is_terminal:
        yield lambda _number, _job, _stage: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("starting", total=total)

        def progress(number: int, job: Job, stage: str) -> None:
            shown.update(task, completed=number, description=f"{job.target.name}: {stage}")

        yield progress
