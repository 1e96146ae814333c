"""``huegraft evaluate``."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from huegraft.cli.running import Messages, ThreadsOption
from huegraft.errors import ArgumentError, FileError
from huegraft.extras import require
from huegraft.threads import set_threads

_FILE_WIDTH = 160  # of tables that go into a file or a pipe


def evaluate_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write into.", show_default=False)],
    plan_file: Annotated[
        Path | None,
        typer.Argument(metavar="[PLAN]", help="TOML file of sets and methods; by default a demo.", show_default=False),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the sets' files; by default the plan's own.", show_default=False)
    ] = None,
    half: Annotated[
        Literal["tune", "report", "all"], typer.Option(help="Cases to tune on, those to report, or all.")
    ] = "all",
    sets: Annotated[list[str] | None, typer.Option("--set", help="Measure only this set. May be repeated.")] = None,
    methods: Annotated[
        list[str] | None, typer.Option("--method", help="Measure only this method. May be repeated.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Measure at most this many cases of each set.")] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", help="Write the tables to this file as well.", show_default=False)
    ] = None,
    threads: ThreadsOption = None,
) -> None:
    """Measure methods on sets of pictures: a table, report.json and index.html.

    A run that was stopped goes on where it was: results are kept in OUTPUT/cache.
    """
    require("bench", "huegraft evaluate", "scipy", "skimage", "sklearn", "ot")
    messages = Messages()
    _check_output(output)
    if markdown_file is not None:
        _check_folder_of(markdown_file)
    from huegraft.evaluate.evaluation import evaluate
    from huegraft.evaluate.page import evaluation_page
    from huegraft.evaluate.plan import DEMO, chosen, read_plan
    from huegraft.evaluate.record import write_record
    from huegraft.evaluate.statistics import complaints, summarize
    from huegraft.evaluate.table import markdown, terminal_tables
    from huegraft.io.atomic import written_whole

    set_threads(threads)
    data = data or (plan_file or Path()).parent
    plan = chosen(read_plan(plan_file or DEMO, data), sets, methods)
    output.mkdir(parents=True, exist_ok=True)
    only = None if half == "all" else half
    scores = evaluate(plan, data, output / "cache", half=only, limit=limit, progress=messages.print)
    summaries = summarize(scores, plan.baseline)
    write_record(output / "report.json", plan, scores, summaries)
    with written_whole(output / "index.html", replace=True) as temporary:
        temporary.write_text(evaluation_page(plan, data, scores, summaries), encoding="utf-8")
    if markdown_file is not None:
        with written_whole(markdown_file, replace=True) as temporary:
            cases = {"tune": "the half to tune on", "report": "the half to report", "all": "all"}[half]
            temporary.write_text(markdown(summaries, plan.baseline, cases), encoding="utf-8")
    from rich.console import Console

    table_console = Console(markup=False, emoji=False, highlight=False)
    if not table_console.is_terminal:
        table_console.width = _FILE_WIDTH
    for table in terminal_tables(summaries, plan.baseline):
        table_console.print(table, "")
    table_console.print(f"pictures, worst first: {output / 'index.html'}", soft_wrap=True)
    wrong = [f"{score.set}/{score.case}: {score.method}: {score.error}" for score in scores if score.error is not None]
    wrong += complaints(scores)
    for line in wrong:
        messages.print(f"wrong: {line}")
    if wrong:
        raise typer.Exit(1)


def _check_folder_of(file: Path) -> None:
    """Raise now if a file could not be written after the work is done."""
    if file.is_dir() or not os.access(file.parent, os.W_OK | os.X_OK):
        raise FileError(f"cannot write {file}: it is a folder, or its own folder is missing or not writable")


def _check_output(output: Path) -> None:
    """Raise for a folder that holds something else than an evaluation."""
    if output.exists() and not output.is_dir():
        raise ArgumentError(f"cannot write into {output}: it is a file")
    if output.is_dir() and any(output.iterdir()) and not (output / "cache" / "results").is_dir():
        raise ArgumentError(f"{output} holds other files; name a new folder, or the folder of an earlier evaluation")
