"""``huegraft evaluate``."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from huegraft.cli.running import ForceOption, Messages, ThreadsOption
from huegraft.errors import ArgumentError, FileError
from huegraft.extras import require
from huegraft.threads import set_threads

if TYPE_CHECKING:
    from huegraft.evaluate.evaluation import Score
    from huegraft.evaluate.plan import Plan
    from huegraft.evaluate.statistics import Summary

_QUESTIONS = 64  # ten minutes for most people


def evaluate_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write into.", show_default=False)],
    plan_file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PLAN]", help="A TOML file of sets and methods. The default is a demo.", show_default=False
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="The folder of the sets' files. The default is the folder of PLAN.", show_default=False),
    ] = None,
    half: Annotated[
        Literal["tune", "report", "all"],
        typer.Option(help="Measure the cases for tuning, the cases for reporting, or all cases."),
    ] = "all",
    sets: Annotated[list[str] | None, typer.Option("--set", help="Measure only this set. May be repeated.")] = None,
    methods: Annotated[
        list[str] | None, typer.Option("--method", help="Measure only this method. May be repeated.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Measure at most this many cases of each set.")] = None,
    markdown_file: Annotated[
        Path | None,
        typer.Option(
            "--markdown",
            help="Write the tables to this Markdown file, too, and a chart into the folder images beside it.",
            show_default=False,
        ),
    ] = None,
    blind: Annotated[
        bool,
        typer.Option("--blind", help="Make the page blind.html in place of tables. On it people pick better results."),
    ] = False,
    questions: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=rf"Ask at most this many new questions with --blind. \[default: {_QUESTIONS}]",
            show_default=False,
        ),
    ] = None,
    votes: Annotated[
        list[Path] | None,
        typer.Option(
            "--votes", help="Count the votes of this file, which OUTPUT/blind.html has saved. May be repeated."
        ),
    ] = None,
    force: ForceOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON instead of tables.")] = False,
    threads: ThreadsOption = None,
) -> None:
    """Measure methods on sets of pictures, and write a table, report.json and index.html.

    Results are kept in OUTPUT/cache, so a run that was stopped goes on where it was. With --blind people judge the
    results: OUTPUT/blind.html shows two results at a time, and --votes makes a table of the files that it saves.
    """
    require("bench", "huegraft evaluate", "scipy", "skimage", "sklearn", "ot")
    messages = Messages()
    if markdown_file is not None:
        check_folder_of(markdown_file)
    if votes:
        _check_unused(
            "--votes",
            {"PLAN": plan_file, "--data": data, "--set": sets, "--method": methods, "--limit": limit}
            | {"--half": half != "all", "--blind": blind, "--questions": questions, "--force": force},
        )
        from huegraft.cli.blind import count_votes

        count_votes(votes, output, markdown_file, as_json=as_json)
        return
    if markdown_file is not None:
        require("bench", "huegraft evaluate --markdown", "matplotlib")
    if blind:
        _check_unused("--blind", {"--markdown": markdown_file})
    else:
        _check_unused("an evaluation without --blind", {"--questions": questions, "--force": force})
    check_output(output)
    from huegraft.evaluate.blind import PACKAGE_PLAN
    from huegraft.evaluate.evaluation import evaluate
    from huegraft.evaluate.plan import DEMO, chosen, read_plan

    set_threads(threads)
    data = data or (plan_file or Path()).parent
    plan = chosen(read_plan(plan_file or (PACKAGE_PLAN if blind else DEMO), data), sets, methods)
    output.mkdir(parents=True, exist_ok=True)
    only = None if half == "all" else half
    scores = evaluate(plan, data, output / "cache", half=only, limit=limit, progress=messages.print)
    if blind:
        from huegraft.cli.blind import write_study

        write_study(plan, data, scores, questions or _QUESTIONS, output, force=force, as_json=as_json)
        complaints: list[str] = []
    else:
        cases = {"tune": "the half to tune on", "report": "the half to report", "all": "all"}[half]
        complaints = _write_report(plan, data, scores, output, markdown_file, cases, as_json=as_json)
    wrong = [f"{score.set}/{score.case}: {score.method}: {score.error}" for score in scores if score.error is not None]
    for line in wrong + complaints:
        messages.print(f"wrong: {line}")
    if wrong or complaints:
        raise typer.Exit(1)


def _write_report(
    plan: "Plan",
    data: Path,
    scores: "Sequence[Score]",
    output: Path,
    markdown_file: Path | None,
    cases: str,
    *,
    as_json: bool,
) -> list[str]:
    """Write and print the figures, and return what is wrong with the evaluation itself."""
    from huegraft.evaluate.page import evaluation_page
    from huegraft.evaluate.record import write_record
    from huegraft.evaluate.statistics import complaints, summarize
    from huegraft.evaluate.table import print_tables, terminal_tables
    from huegraft.io.atomic import written_whole

    summaries = summarize(scores, plan.baseline)
    write_record(output / "report.json", plan, scores, summaries)
    with written_whole(output / "index.html", replace=True) as temporary:
        temporary.write_text(evaluation_page(plan, data, scores, summaries), encoding="utf-8")
    if markdown_file is not None:
        _write_markdown(plan, summaries, cases, markdown_file)
    if as_json:
        sys.stdout.write((output / "report.json").read_text(encoding="utf-8"))
    else:
        print_tables(terminal_tables(summaries, plan.baseline))
        typer.echo(f"the pictures, worst cases first: {output / 'index.html'}")
    return complaints(scores)


def _write_markdown(plan: "Plan", summaries: "Sequence[Summary]", cases: str, file: Path) -> None:
    """Write the page, and its chart into the folder images beside it."""
    from huegraft.evaluate.chart import error_chart, write_chart
    from huegraft.evaluate.lead import lead
    from huegraft.evaluate.markdown import markdown
    from huegraft.io.atomic import written_whole

    first = lead(plan, summaries)
    chart = Path("images") / f"{file.stem}.svg" if first.figures else None
    if chart is not None:
        write_chart(error_chart(first), file.parent / chart)
    with written_whole(file, replace=True) as temporary:
        temporary.write_text(
            markdown(plan, summaries, cases, None if chart is None else chart.as_posix()), encoding="utf-8"
        )


def _check_unused(role: str, options: Mapping[str, object]) -> None:
    """Raise for an option that would change nothing."""
    for name, value in options.items():
        if value:
            raise ArgumentError(f"{name} would change nothing with {role}; leave it out")


def check_folder_of(file: Path) -> None:
    """Raise now if a file could not be written after the work is done."""
    if file.is_dir() or not os.access(file.parent, os.W_OK | os.X_OK):
        raise FileError(f"cannot write {file}: it is a folder, or its own folder is missing or not writable")


def check_output(output: Path) -> None:
    """Raise if a folder holds something other than an evaluation, or cannot be made."""
    if output.exists() and not output.is_dir():
        raise ArgumentError(f"cannot write into {output}: it is a file")
    nearest = next(each for each in (output, *output.absolute().parents) if each.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise FileError(f"cannot write into {output}: {nearest} must be a folder that may be written to")
    if output.is_dir() and any(output.iterdir()) and not (output / "cache" / "results").is_dir():
        raise ArgumentError(f"{output} holds other files; name a new folder, or the folder of an earlier evaluation")
