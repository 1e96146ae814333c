"""``huegraft film report``."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from huegraft.cli.film_options import ShotsOption, span_of
from huegraft.cli.film_running import ProjectArgument, film_room, shown_film
from huegraft.cli.running import ForceOption, Messages

_PAGE = Path("report.html")


def report_command(
    project: ProjectArgument,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help=r"HTML page to write. \[default: report.html; with --json none]",
            show_default=False,
        ),
    ] = None,
    shots: ShotsOption = None,
    force: ForceOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what the page says as JSON.")] = False,
) -> None:
    """Tell of a film's shots on one page: colours, references, confidence, and where a reference would help most."""
    film_room()
    from huegraft.errors import FilmError
    from huegraft.film.film import Film, Progress
    from huegraft.film.report import film_report
    from huegraft.film.report_page import Thumbnails, report_page
    from huegraft.io.atomic import check_file_writable, written_whole

    page = None if as_json and output is None else output or _PAGE
    if page is not None:
        check_file_writable(page, replace=force, error=FilmError)
    messages = Messages()
    with shown_film(messages, project) as told, Film.of_project(project, progress=told) as film:
        chosen = film.chosen(None if shots is None else span_of(shots, "--shots"), None)
        source = film.source
        drawn = Thumbnails(getattr(source, "pixel_aspect", 1), getattr(source, "rotation", 0)) if page else None
        report = film_report(
            film, chosen, drawn=drawn, told=lambda done, count, shot: told(Progress("report", done, count, shot))
        )
    if page is not None:
        with written_whole(page, replace=force) as temporary:
            temporary.write_text(report_page(report), encoding="utf-8", errors="replace")
        messages.print(f"{page} written")
    if as_json:
        json.dump(report.content, sys.stdout, indent=2)
        sys.stdout.write("\n")
