"""``huegraft film``, and films in ``huegraft transfer`` and ``huegraft colorize``."""

import json
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from huegraft.cli.film_options import (
    CodecOption,
    FilmOptions,
    FpsOption,
    KeepOption,
    QualityOption,
    RangeOption,
    ReproducibleOption,
    ShotsOption,
    span_of,
)
from huegraft.cli.film_report import report_command
from huegraft.cli.options import given_settings, setting_options
from huegraft.cli.running import DeviceOption, ForceOption, JsonOption, Messages, ThreadsOption
from huegraft.errors import ArgumentError, FilmError, HuegraftError
from huegraft.extras import require
from huegraft.film.numbered import is_pattern
from huegraft.io.folder import pictures_in
from huegraft.io.image import check_readable
from huegraft.settings import Mode
from huegraft.threads import set_threads

if TYPE_CHECKING:
    from huegraft.film.film import Film, Progress
    from huegraft.film.project import Project

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

app = typer.Typer(
    add_completion=False,
    help="Work on a film step by step. Each step goes on from what the project holds.",
    no_args_is_help=True,
)


def recolor_film(
    mode: Mode,
    target: Path,
    references: Sequence[Path],
    output: Path,
    options: FilmOptions,
    settings: Mapping[str, Any],
    *,
    device: str,
    force: bool,
    as_json: bool,
) -> None:
    """Do all steps of a film, from its index to the finished file.

    Raises
    ------
    FilmError
        If a step fails, or a project is there and neither `resume` nor `force` is asked for.
    """
    film_room()
    from huegraft.film.film import Film, check_film_settings
    from huegraft.film.output import check_output
    from huegraft.film.project import Project
    from huegraft.film.shot_list import ShotList

    if options.shots is not None and options.range is not None:
        raise ArgumentError("--shots and --range exclude each other; leave out one")
    shots = None if options.shots is None else span_of(options.shots, "--shots")
    if mode == "transfer" and options.keep is not None:
        raise ArgumentError("--keep would change nothing in a transfer; leave it out")
    messages, wanted = Messages(), options.output(output, replace=force)
    check_output(wanted)
    check_film_settings(ShotList(mode, {}, settings=dict(settings)), settings)
    check_readable(references)
    folder, began = options.project or _beside(output), time.perf_counter()
    exists, is_new = (folder / "shots.json").exists(), not folder.exists()
    if exists and not options.resume and not force and not options.dry_run:
        raise FilmError(f"{folder} exists: --resume goes on with it, and --force makes it anew")
    with ExitStack() as stack:
        if options.dry_run and not (exists and options.resume):
            folder = Path(stack.enter_context(TemporaryDirectory())) / folder.name
        report = stack.enter_context(shown_film(messages))
        anew = exists and not options.resume and not options.dry_run
        with _discarded_if_refused(Project(folder), is_new=is_new):
            film = stack.enter_context(
                Film.open(target, folder, fps=options.fps, anew=anew, saving=not options.dry_run, progress=report)
            )
            check_output(wanted, film.source)
            if anew:
                film.begin_anew(references)
            film.use(mode, references, **settings)
            if not film.shots.shots:
                film.find_shots()
            chosen = film.chosen(shots, wanted.frames)
        for note in film.notes():
            messages.print(note)
        if options.dry_run:
            _print_facts(messages, film.facts(wanted, chosen), as_json=as_json)
            return
        made = film.compute(chosen, device=device)
        notes = (*film.notes_on_references(chosen), *film.render(wanted, chosen))
    for note in notes:
        messages.print(note)
    facts = {"output": str(output), "project": str(folder), "frames": film.source.index.frames, "shots": len(chosen)}
    facts |= {"computed": made, "seconds": round(time.perf_counter() - began, 2), "notes": list(notes)}
    text = f"{output} written in {facts['seconds']} s; the colours of {len(chosen)} shots are in {folder}"
    _print_facts(messages, facts, text, as_json=as_json)


@contextmanager
def _discarded_if_refused(project: "Project", *, is_new: bool) -> Generator[None]:
    """Leave no project behind that was made for a command that cannot be done."""
    try:
        yield
    except HuegraftError:
        if is_new:
            project.discard()
        raise


def film_room() -> None:
    """Raise MissingExtraError if what films need is not installed."""
    require("film", "a film", "av")


@contextmanager
def shown_film(messages: Messages) -> "Generator[Callable[[Progress], None]]":
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


@app.command("scan")
def scan_command(
    film: FilmArgument,
    project: OwnProjectOption = None,
    fps: FpsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a film once, and make its project: an index of all frames, and what their code values stand for."""
    messages = Messages()
    with _opened(film, project, fps) as opened:
        for note in opened.notes():
            messages.print(note)
        facts = {"project": str(opened.project.folder)} | opened.facts()
    _print_facts(messages, facts, as_json=as_json)


@app.command("shots")
def shots_command(
    film: FilmArgument,
    project: OwnProjectOption = None,
    fps: FpsOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find the shots of a film, and write them into shots.json, where people may edit them."""
    with _opened(film, project, fps) as opened:
        if opened.shots.shots and not force:
            raise FilmError(f"{opened.project.shot_list} lists shots: --force finds them anew")
        opened.find_shots()
        facts = {"shots": [[shot.id, shot.start, shot.stop] for shot in opened.shots.shots]}
        text = f"{len(opened.shots.shots)} shots are in {opened.project.shot_list}"
    _print_facts(Messages(), facts, text, as_json=as_json)


@app.command("color")
@setting_options
def color_command(
    project: ProjectArgument,
    references: Annotated[
        list[Path] | None,
        typer.Option("--reference", "-r", help="Picture that lends its colours. May be repeated.", show_default=False),
    ] = None,
    mode: Annotated[Mode | None, typer.Option("--mode", help="What to do with the film.", show_default=False)] = None,
    shots: ShotsOption = None,
    device: DeviceOption = "cpu",
    threads: ThreadsOption = None,
    as_json: JsonOption = False,
    **settings: Any,
) -> None:
    """Compute the colours of a film's shots. Colours that are there are not computed again."""
    film_room()
    from huegraft.film.film import Film

    set_threads(threads)
    changes, messages = given_settings(settings), Messages()
    with shown_film(messages) as report, Film.of_project(project, progress=report) as film:
        if references or mode or changes:
            film.use(mode or film.shots.mode, references or [], **changes)
        if not film.shots.shots:
            film.find_shots()
        for note in film.notes():
            messages.print(note)
        chosen = film.chosen(None if shots is None else span_of(shots, "--shots"), None)
        facts: dict[str, Any] = {"shots": len(chosen), "computed": film.compute(chosen, device=device)}
        facts["notes"] = list(film.notes_on_references(chosen))
    for note in facts["notes"]:
        messages.print(note)
    text = f"the colours of {facts['computed']} of {facts['shots']} shots were computed"
    _print_facts(messages, facts, text, as_json=as_json)


@app.command("suggest")
def suggest_command(
    project: ProjectArgument,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder of candidate references.", show_default=False)
    ],
    top: Annotated[int, typer.Option("--top", min=1, help="Number of pictures for each shot.")] = 3,
    shots: ShotsOption = None,
    device: DeviceOption = "cpu",
    threads: ThreadsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank the pictures of a folder for each shot, by how likely they show its scene."""
    film_room()
    from huegraft.film.film import Film

    set_threads(threads)
    if not folder.is_dir():
        raise FilmError(f"there is no folder {folder}; expected one that holds pictures")
    (paths, others), messages = pictures_in(folder), Messages()
    if others is not None:
        messages.print(others)
    if not paths:
        raise FilmError(f"{folder} holds no pictures that are read")
    with shown_film(messages) as report, Film.of_project(project, progress=report) as film:
        if not film.shots.shots:
            film.find_shots()
        chosen = film.chosen(None if shots is None else span_of(shots, "--shots"), None)
        found = film.suggest(paths, chosen, device=device)
    facts = {
        name: [{"picture": each.id, "fit": round(each.fit, 4)} for each in best[:top]] for name, best in found.items()
    }
    lines = (f"{name}  {each['fit']:.2f}  {each['picture']}" for name, best in facts.items() for each in best)
    _print_facts(messages, facts, "\n".join(lines), as_json=as_json)


@app.command("render")
def render_command(
    project: ProjectArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Film or numbered frames to write.", show_default=False)
    ],
    codec: CodecOption = None,
    quality: QualityOption = None,
    keep: KeepOption = None,
    reproducible: ReproducibleOption = False,
    frames: RangeOption = None,
    shots: ShotsOption = None,
    fps: FpsOption = None,
    force: ForceOption = False,
    threads: ThreadsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a film in its new colours. Segments that are there are not encoded again."""
    film_room()
    from huegraft.film.film import Film

    set_threads(threads)
    options = FilmOptions(None, False, None, codec, quality, keep, reproducible, frames, shots, False)
    messages, wanted = Messages(), options.output(output, replace=force)
    with shown_film(messages) as report, Film.of_project(project, fps=fps, progress=report) as film:
        chosen = film.chosen(None if shots is None else span_of(shots, "--shots"), wanted.frames)
        notes = film.render(wanted, chosen)
    for note in notes:
        messages.print(note)
    _print_facts(messages, {"output": str(output), "notes": list(notes)}, f"{output} written", as_json=as_json)


app.command("report")(report_command)


@contextmanager
def _opened(path: Path, project: Path | None, fps: str | None) -> "Generator[Film]":
    film_room()
    from huegraft.film.film import Film

    with shown_film(Messages()) as report, Film.open(path, project, fps=fps, progress=report) as film:
        yield film


def _beside(output: Path) -> Path:
    """Return the folder of the project beside an output. Frames out/a_%05d.tif have the project out/a.huegraft."""
    if is_pattern(output):
        folder, name = output.parent.resolve(), output.name.partition("%")[0].rstrip("_-.")
        return folder / f"{name}.huegraft" if name else folder.with_name(f"{folder.name}.huegraft")
    return output.with_suffix(".huegraft")


def _print_facts(messages: Messages, facts: Mapping[str, Any], text: str | None = None, *, as_json: bool) -> None:
    """Print facts as JSON, or else a text, by default one line for each fact."""
    if as_json:
        json.dump(facts, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        messages.print(text or "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items()))
