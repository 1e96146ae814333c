"""The options of films, which the commands of stills take too."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from huegraft.errors import ArgumentError
from huegraft.film.numbered import is_pattern

if TYPE_CHECKING:
    from huegraft.film.output import Output

PANEL = "Films"
Fields = Literal["progressive"]
_ENDINGS = (
    *(".avi", ".dv", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".nut", ".ogv"),
    *(".ts", ".vob", ".webm", ".wmv", ".y4m"),
)

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
InputLutOption = Annotated[
    Path | None,
    typer.Option(
        "--input-lut",
        metavar="FILE.cube",
        help="LUT that brings a film in PQ, HLG or a camera's log to BT.709. The project remembers it; none takes it "
        "off.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
FieldsOption = Annotated[
    Fields | None,
    typer.Option(
        "--fields",
        help="progressive: take the frames as they are, even if they are flagged or look interlaced.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
CodecOption = Annotated[
    str | None,
    typer.Option(
        "--codec",
        help="x264, x265, prores_hq, prores_4444, dnxhr_hq, dnxhr_hqx, ffv1 or svtav1. "
        "By default x264 for 8 bits and for .mp4 and .mov, and ffv1 for more bits in .mkv.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
QualityOption = Annotated[
    float | None,
    typer.Option(
        "--quality",
        help="CRF of x264 and x265 (0 to 51) and of svtav1 (1 to 63): lower is better. By default 16.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
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
SteadyOption = Annotated[
    Literal["motion", "none"] | None,
    typer.Option(
        "--steady",
        help=r"motion averages the colours of a colourised shot along its motion, and gives a shot of a transfer one "
        r"grade. none solves each frame alone. "
        r"\[default: motion]",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
SiblingsOption = Annotated[
    Literal["agree", "none"] | None,
    typer.Option(
        "--siblings",
        help="Let shots that show one scene from one place take their colours from the same references, or find the "
        r"references of each shot on its own. \[default: agree]",
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
ShareOption = Annotated[
    bool,
    typer.Option(
        "--share",
        help="Let other processes that share compute other shots of the project at the same time. No two of them "
        "compute one shot.",
    ),
]
OnlyOption = Annotated[
    Literal["encode", "join"] | None,
    typer.Option(
        "--only",
        help="encode: make the segments or the pictures of the shots, while other processes may make others. join: "
        "make the film of segments that are all there, or check that all pictures are.",
        show_default=False,
    ),
]
DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", help="Say what would be done, and do nothing.", rich_help_panel=PANEL),
]


@dataclass(frozen=True)
class FilmOptions:
    """The options that only films have."""

    project: Path | None
    resume: bool
    fps: str | None
    input_lut: Path | None
    fields: Fields | None
    codec: str | None
    quality: float | None
    keep: str | None
    steady: str | None
    siblings: str | None
    reproducible: bool
    range: str | None
    shots: str | None
    dry_run: bool

    def refuse_for_stills(self) -> None:
        """Raise ArgumentError if an option is given, which would change nothing for a still picture."""
        given = [f"--{name.replace('_', '-')}" for name, value in vars(self).items() if value not in (None, False)]
        if given:
            raise ArgumentError(f"{', '.join(given)} would change nothing for a still picture; leave it out")

    def output(self, path: Path, *, replace: bool) -> "Output":
        """Return what is to be written."""
        from huegraft.film.output import Output

        if self.keep not in (None, "luma", "lightness"):
            raise ArgumentError(f"--keep must be luma or lightness, got {self.keep!r}")
        return Output(
            path,
            codec=self.codec,
            quality=self.quality,
            keep="luma" if self.keep is None else self.keep,
            reproducible=self.reproducible,
            frames=None if self.range is None else span_of(self.range, "--range"),
            replace=replace,
        )


def is_film(target: Path, output: Path) -> bool:
    """Tell whether a target is a film: a file of such an ending, numbered frames, or a folder that becomes a film."""
    becomes_film = output.suffix.lower() in _ENDINGS or is_pattern(output)
    return target.suffix.lower() in _ENDINGS or is_pattern(target) or (becomes_film and not target.is_file())


def refuse_for_films(options: Mapping[str, Any]) -> None:
    """Raise ArgumentError if an option is given that only stills have."""
    given = [_STILL_FLAGS.get(name, f"--{name.replace('_', '-')}") for name, value in options.items() if value]
    if given:
        raise ArgumentError(f"{', '.join(given)} is for still pictures and not for films; leave it out")


_STILL_FLAGS = {"reference_masks": "--reference-mask", "regions": "--region", "pins": "--pin"}


def film_settings(steady: str | None, siblings: str | None) -> dict[str, str]:
    """Return the settings of films alone that are given, by their names."""
    given = {"steady": steady, "siblings": siblings}
    return {name: value for name, value in given.items() if value is not None}


def span_of(text: str, option: str) -> tuple[int, int]:
    """Return the first number, and the number after the last one, of a text such as 3-5 or 7.

    Raises
    ------
    ArgumentError
        If the text is none.
    """
    first, dash, last = text.partition("-")
    if not (first.isdecimal() and (last.isdecimal() if dash else not last) and int(last or first) >= int(first)):
        raise ArgumentError(f"{option} must be two numbers such as 3-5, got {text!r}")
    return int(first), int(last or first) + 1
