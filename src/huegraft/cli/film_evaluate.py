"""``huegraft film evaluate``."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from huegraft.cli.film_running import film_room
from huegraft.cli.running import Messages, ThreadsOption
from huegraft.errors import ArgumentError, FileError
from huegraft.extras import require
from huegraft.settings import Mode
from huegraft.threads import set_threads


def evaluate_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write into.", show_default=False)],
    clips: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CLIP]...",
            help="Clips to measure: films in colour, folders of numbered frames, or names of the list. The default is "
            "all clips of the list that are installed.",
            show_default=False,
        ),
    ] = None,
    half: Annotated[
        Literal["tune", "report", "all"],
        typer.Option(help="Measure the clips for tuning, the clips for reporting, or all clips of the list."),
    ] = "all",
    data: Annotated[
        Path | None,
        typer.Option(help="Folder in which clips of the list lie that no package brings.", show_default=False),
    ] = None,
    mode: Annotated[Mode, typer.Option(help="What is done with the clips.")] = "colorize",
    designs: Annotated[
        list[str] | None,
        typer.Option(
            "--design",
            help="Measure only this design, beside frame by frame. May be repeated.",
            show_default=False,
        ),
    ] = None,
    keyframes: Annotated[
        str,
        typer.Option(help="How many frames of a scene are references in a colourisation: 1, 3 or 1,3."),
    ] = "1,3",
    frames: Annotated[int, typer.Option(min=3, help="Frames of a clip at most.")] = 40,
    pixels: Annotated[int, typer.Option(min=4096, help="Pixels of a frame at most.")] = 2**16,
    sheets: Annotated[
        bool, typer.Option("--sheets", help="Write frames of each clip as a PNG into OUTPUT/sheets, to look at.")
    ] = False,
    markdown_file: Annotated[
        Path | None,
        typer.Option("--markdown", help="Write the tables to this Markdown file, too.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON instead of tables.")] = False,
    threads: ThreadsOption = None,
) -> None:
    """Measure how near to the truth, and how steady, the colours of films come out by several designs.

    Films in colour become grey, and some of their own frames are the references. The command prints a table for each
    clip and a summary, and writes report.json. Figures are kept in OUTPUT/cache, so a run that was stopped goes on
    where it was.
    """
    film_room()
    require("bench", "huegraft film evaluate", "scipy", "skimage", "sklearn", "cv2")
    from huegraft.cli.evaluate import check_folder_of, check_output
    from huegraft.evaluate.films.clips import Library
    from huegraft.evaluate.films.designs import BASELINES
    from huegraft.evaluate.films.evaluation import FilmEvaluation
    from huegraft.evaluate.films.page import page
    from huegraft.evaluate.films.record import write_record
    from huegraft.evaluate.films.table import summarize, tables
    from huegraft.io.atomic import written_whole

    messages = Messages()
    if markdown_file is not None:
        check_folder_of(markdown_file)
    if clips and half != "all":
        raise ArgumentError("--half would change nothing where clips are named; leave it out")
    if mode == "transfer" and keyframes != "1,3":
        raise ArgumentError("--keyframes would change nothing in a transfer; leave it out")
    if data is not None and not data.is_dir():
        raise FileError(f"cannot read {data}: --data names a folder in which clips lie")
    check_output(output)
    counts = _counts(keyframes)
    set_threads(threads)
    library = Library(data, pixels, frames)
    chosen = library.chosen(clips or [], None if half == "all" else half)
    evaluation = FilmEvaluation(library, chosen, mode, tuple(designs or ()), counts, threads)
    scores = evaluation.run(output, sheets=sheets, progress=messages.print)
    summaries = summarize(scores, BASELINES[mode])
    write_record(output / "report.json", evaluation, scores, summaries)
    if markdown_file is not None:
        facts = {
            "clips": "as named" if clips else half,
            "frames": frames,
            "pixels": pixels,
            "threads": threads or "all",
        }
        with written_whole(markdown_file, replace=True) as temporary:
            temporary.write_text(page(mode, scores, summaries, facts), encoding="utf-8")
    if as_json:
        sys.stdout.write((output / "report.json").read_text(encoding="utf-8"))
    else:
        for table in reversed(tables(scores, summaries)):
            typer.echo(table.text())
    wrong = [f"{score.clip}, {score.design}: {score.error}" for score in scores if score.error is not None]
    for line in wrong:
        messages.print(f"wrong: {line}")
    if wrong:
        raise typer.Exit(1)


def _counts(text: str) -> tuple[int, ...]:
    counts = {"1": (1,), "3": (3,), "1,3": (1, 3), "3,1": (1, 3)}
    if text not in counts:
        raise ArgumentError(f"--keyframes must be 1, 3 or 1,3, got {text!r}")
    return counts[text]
