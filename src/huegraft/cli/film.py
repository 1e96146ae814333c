"""``huegraft film``, and films in ``huegraft transfer`` and ``huegraft colorize``."""

import json
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from huegraft.cli.options import given_settings, setting_options
from huegraft.cli.running import DeviceOption, ForceOption, JsonOption, Messages, ModeOption, ThreadsOption
from huegraft.errors import ArgumentError, FilmError
from huegraft.extras import imports
from huegraft.settings import Mode
from huegraft.threads import set_threads

if TYPE_CHECKING:
    from huegraft.film.film import Film, Progress

PANEL = "Films"
ENDINGS = (
    ".avi", ".dv", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".nut", ".ogv", ".ts",
    ".vob", ".webm", ".wmv", ".y4m",
)  # fmt: skip
"""Of names that are films."""

ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        "-p",
        help="Folder of the film's project. By default it lies beside the output.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on with an existing project of the film.", rich_help_panel=PANEL)
]
FpsOption = Annotated[
    str | None,
    typer.Option(
        "--fps",
        help="Frames a second of numbered frames, such as 24 or 24000/1001.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
CodecOption = Annotated[
    str | None,
    typer.Option(
        "--codec",
        help="x264, prores_hq or ffv1. By default x264 for 8 bits and ffv1 for more.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
QualityOption = Annotated[
    int | None,
    typer.Option("--quality", help="CRF of x264: lower is better.", rich_help_panel=PANEL, show_default=False),
]
KeepOption = Annotated[
    str | None,
    typer.Option(
        "--keep",
        help=r"What a colourised frame keeps: its luma, or its lightness. \[default: luma]",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
ReproducibleOption = Annotated[
    bool,
    typer.Option("--reproducible", help="Let the encoder give the same bytes on each run.", rich_help_panel=PANEL),
]
RangeOption = Annotated[
    str | None,
    typer.Option(
        "--range",
        help="Frames to render, such as 100-200, the last one included.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
ShotsOption = Annotated[
    str | None,
    typer.Option(
        "--shots",
        help="Numbers of the shots to compute and render, such as 3-5.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", help="Say what would be done, and do nothing.", rich_help_panel=PANEL),
]

app = typer.Typer(
    help="Work on a film step by step. Each step goes on from what the project holds.", no_args_is_help=True
)


@dataclass(frozen=True)
class FilmOptions:
    """The options that only films have, as the commands of stills take them."""

    project: Path | None
    resume: bool
    fps: str | None
    codec: str | None
    quality: int | None
    keep: str | None
    reproducible: bool
    frames: str | None
    shots: str | None
    dry_run: bool

    def refuse_for_stills(self) -> None:
        """Raise ArgumentError if an option was given, which would change nothing for a still picture."""
        given = [name for name, value in vars(self).items() if value not in (None, False)]
        if given:
            flags = ", ".join(_FLAGS.get(name, f"--{name.replace('_', '-')}") for name in given)
            raise ArgumentError(f"{flags} would change nothing for a still picture; leave it out, or give a film")

    def output(self, path: Path, *, replace: bool) -> "Output":
        """Return what is to be written."""
        from huegraft.film.output import Output

        return Output(
            path,
            codec=self.codec,
            quality=self.quality,
            keep=self.keep or "luma",
            reproducible=self.reproducible,
            fps=self.fps,
            frames=self.frames and _numbers(self.frames, "--range"),
            replace=replace,
        )


_FLAGS = {"frames": "--range"}


def is_film(path: Path) -> bool:
    """Tell whether a target is a film: a file of such an ending, a pattern of numbered frames, or a folder."""
    return path.suffix.lower() in ENDINGS or "%" in path.name or path.is_dir()


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
    with imports("film", f"the film {target}"):
        from huegraft.film.film import Film
        from huegraft.film.output import check_output, planned
    messages = Messages()
    wanted = options.output(output, replace=force)
    folder = options.project or _beside(output)
    if (folder / "shots.json").exists() and not options.resume:
        if not force:
            raise FilmError(f"{folder} exists: --resume goes on with it, and --force makes it anew")
        shutil.rmtree(folder)
    check_output(wanted)
    began = time.perf_counter()
    with shown_film(messages) as report, Film.open(target, folder, fps=options.fps, progress=report) as film:
        film.use(mode, references, **settings)
        if not film.shots.shots:
            film.find_shots()
        for note in [*film.notes, *planned(film.source, wanted)]:
            messages.print(note)
        if options.dry_run:
            _print_plan(messages, film, as_json=as_json)
            return
        made = film.compute(film.chosen(options.shots and _numbers(options.shots, "--shots")), device=device)
        notes = film.render(wanted)
    for note in notes:
        messages.print(note)
    _print_summary(messages, film, output, made, time.perf_counter() - began, as_json=as_json)
