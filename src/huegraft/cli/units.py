"""``huegraft units``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from huegraft.batch.units import load_units
from huegraft.batch.worker import Worker
from huegraft.cli.film_running import print_facts
from huegraft.cli.running import (
    CacheOption,
    CacheSizeOption,
    DeviceOption,
    JsonOption,
    Messages,
    ThreadsOption,
    opened_cache,
)
from huegraft.runnable import check_runnable

FolderArgument = Annotated[
    Path, typer.Argument(help="Folder that huegraft batch --commands wrote.", show_default=False)
]
app = typer.Typer(
    add_completion=False,
    help="Recolour the pictures of a batch one by one, on several machines.",
    no_args_is_help=True,
)


@app.command("run")
def run_command(
    folder: FolderArgument,
    number: Annotated[int, typer.Argument(help="Number of the picture, from 1.", show_default=False)],
    device: DeviceOption = "cpu",
    threads: ThreadsOption = None,
    cache: CacheOption = None,
    cache_size: CacheSizeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recolour one picture of a batch, unless that is done."""
    messages, units = Messages(), load_units(folder)
    check_runnable(units.jobs[0].settings, device)
    with opened_cache(messages, cache, cache_size) as store, Worker(device, threads, store) as worker:
        summary = units.run(number, worker)
    for note in (note for _, outcome in summary.done for note in outcome.notes):
        messages.print(note)
    job = units.jobs[number - 1]
    for _, reason in summary.failed:
        messages.print(f"failed: {job.target}: {reason}")
    state = "failed" if summary.failed else "written" if summary.done else "done before"
    facts: dict[str, Any] = {"unit": number, "target": str(job.target), "output": str(job.output), "state": state}
    if as_json or not summary.failed:
        print_facts(messages, facts, f"{job.output}: {state}", as_json=as_json)
    if summary.failed:
        raise typer.Exit(1)


@app.command("join")
def join_command(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """Check that all pictures of a batch are made, and note them in the journal of the batch.

    If one is missing, the command names it and fails.
    """
    messages, units = Messages(), load_units(folder)
    units.join()
    count = len(units.jobs)
    print_facts(messages, {"units": count}, f"all {count} pictures are made", as_json=as_json)
