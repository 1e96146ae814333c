"""Options for masks, regions, pins and settings files."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from huegraft import __version__
from huegraft.batch.inputs import Inputs
from huegraft.batch.settings_file import load_settings, save_settings
from huegraft.cli.running import Messages, check_effective, starting_settings
from huegraft.errors import SettingsError, SettingsFileError
from huegraft.io.atomic import check_file_writable
from huegraft.settings import Mode, Settings

PANEL = "Where colours go and come from"
TargetMaskOption = Annotated[
    str | None,
    typer.Option(
        "--target-mask",
        help="Grey picture that is white where the target takes new colours.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
ReferenceMaskOption = Annotated[
    list[str] | None,
    typer.Option(
        "--reference-mask",
        help="Grey picture that is white where the reference lends its colours. Repeat the option for further "
        "references.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
RegionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        help="TARGET_MASK:REFERENCE_MASK[:NUMBER]: the part of the target in the first mask takes its colours from the "
        "part of the reference in the second mask. NUMBER names the reference. May be repeated.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
PinOption = Annotated[
    list[str] | None,
    typer.Option(
        "--pin",
        help="X,Y:X,Y[:NUMBER]: the first place, in the target, takes the colour of the second place, in the "
        "reference. NUMBER names the reference. May be repeated.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
PresetNameOption = Annotated[
    str | None, typer.Option("--preset", help=r"Settings to start from: paper or best. \[default: best]")
]
SettingsFileOption = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        help="Start from the settings, masks, regions, pins and reading options in this file.",
        show_default=False,
    ),
]
SaveSettingsOption = Annotated[
    Path | None,
    typer.Option(
        "--save-settings",
        help="Write the settings, masks, regions, pins and reading options of this run to this file.",
        show_default=False,
    ),
]


@dataclass(frozen=True)
class Start:
    """The settings and inputs that a run starts with."""

    settings: Settings
    inputs: Inputs


def started_with(
    messages: Messages,
    mode: Mode,
    preset_name: str | None,
    file: Path | None,
    changes: dict[str, Any],
    inputs: dict[str, Any],
) -> Start:
    """Return the settings and inputs of a file or of a preset, with those of the command line in their place.

    If another version saved the file, a message says so.

    Raises
    ------
    SettingsError
        If both a file and a preset are named, or the file is of another mode, and as `starting_settings` does.
    SettingsFileError
        If the file cannot be read.
    """
    given = Inputs.of(inputs)
    if file is None:
        return Start(starting_settings(mode, preset_name or "best", changes, pinned=bool(given.pins)), given)
    if preset_name is not None:
        raise SettingsError("--settings and --preset exclude each other: the file holds all settings")
    saved = load_settings(file)
    if saved.mode != mode:
        raise SettingsError(f"{file} was saved by {saved.mode}, but this is {mode}")
    settings = saved.settings.replace(**changes)
    inputs_of_both = given.or_else(saved.inputs)
    check_effective(mode, [settings], changes, pinned=bool(inputs_of_both.pins))
    if saved.version != __version__:
        messages.print(f"{file} was saved by huegraft {saved.version}; this is {__version__}, so results may differ")
    return Start(settings, inputs_of_both)


@contextmanager
def saved_settings(path: Path | None, mode: Mode, start: Start, *, replace: bool) -> Generator[None]:
    """Write a settings file after the work inside went well. If it could not be written, this raises before the work.

    Raises
    ------
    SettingsFileError
        As `save_settings`.
    """
    if path is not None:
        check_file_writable(path, replace=replace, error=SettingsFileError)
    yield
    if path is not None:
        save_settings(path, mode, start.settings, start.inputs, replace=replace)
