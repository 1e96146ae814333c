"""What the commands of films share: how far a film is, how a run is stopped, and facts."""

import json
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from huegraft.cli.running import Messages, check_options
from huegraft.extras import require
from huegraft.film.numbered import is_pattern, numbered_files

if TYPE_CHECKING:
    from huegraft.film.film import Progress


OwnProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        "-p",
        help="Folder of the film's project. By default it lies in the current folder.",
        show_default=False,
    ),
]
FilmArgument = Annotated[
    Path,
    typer.Argument(
        help="Film file, folder of numbered frames, or pattern such as frames/%05d.png.", show_default=False
    ),
]
ProjectArgument = Annotated[Path, typer.Argument(help="Folder of the film's project.", show_default=False)]


def film_room() -> None:
    """Raise MissingExtraError if what films need is not installed."""
    require("film", "a film", "av")


@contextmanager
def shown_film(
    messages: Messages, project: Path, again: str = "the same command"
) -> "Generator[Callable[[Progress], None]]":
    """Show how far a film is, and once the user stops the run, what is kept in the project and how to go on."""
    step = ""
    try:
        with _bars(messages) as show:

            def report(progress: "Progress") -> None:
                nonlocal step
                step = progress.step
                show(progress)

            yield report
    except SystemExit as stop:
        if stop.code == _STOPPED_BY_USER:
            step = step if (project / "shots.json").is_file() else "index"
            messages.print(f"stopped: {_KEPT[step].format(project=project, again=again)}")
        raise


_STOPPED_BY_USER = 130  # Ctrl-C
_KEPT = {
    "": "{project} is as it was; {again} goes on",
    "index": "the film was being read for the first time, and nothing is kept yet; the same command begins again",
    "shots": "the index of the film is kept in {project}; {again} goes on",
    "references": "the index and the shots are kept in {project}; {again} goes on",
    "colors": "the index, the shots and the colours of finished shots are kept in {project}; {again} goes on",
    "render": "the colours and what was written of the film are kept; {again} goes on",
    "report": "{project} is as it was; {again} begins again",
}


@contextmanager
def _bars(messages: Messages) -> "Generator[Callable[[Progress], None]]":
    """Show on a terminal how far a film is, frames a second and the time left; nothing elsewhere."""
    if not messages.is_terminal:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[speed]}"), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def report(progress: "Progress") -> None:
            if progress.step not in tasks:
                tasks[progress.step] = bars.add_task(_STEPS[progress.step], total=None, speed="")
            task = tasks[progress.step]
            speed = bars.tasks[task].speed
            bars.update(
                task,
                completed=progress.done,
                total=progress.frames or None,
                description=f"{_STEPS[progress.step]} {progress.shot}",
                speed="" if speed is None else f"{progress.done}/{progress.frames} frames, {speed:.1f} a second",
            )

        yield report


_STEPS = {
    "index": "reading",
    "shots": "finding shots",
    "references": "comparing references",
    "colors": "colours",
    "render": "writing",
    "report": "looking at shots",
}


def print_facts(messages: Messages, facts: Mapping[str, Any], text: str | None = None, *, as_json: bool) -> None:
    """Print facts as JSON, or else a text, by default one line for each fact."""
    if as_json:
        json.dump(facts, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        messages.print(text or "\n".join(line for name, value in facts.items() for line in _lines(name, value)))


def _lines(name: str, value: Any) -> list[str]:
    """Return a fact as lines: one for each text of a list, else a single one."""
    texts = value if isinstance(value, list) and value else [value]
    return [f"{name.replace('_', ' ')}: {_said(each)}" for each in texts]


def _said(value: Any) -> str:
    """Return a value of a fact in words."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {_said(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return " ".join(map(_said, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def check_reading(film: Path, reading: Mapping[str, Any]) -> None:
    """Raise ArgumentError for an option of reading that changes nothing for the frames of a film."""
    if is_pattern(film) or film.is_dir():
        check_options(numbered_files(film).values(), **reading)
