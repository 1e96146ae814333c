"""``huegraft suggest``."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from huegraft.batch.inputs import Inputs
from huegraft.cli.options import given_settings, matching_options
from huegraft.cli.running import (
    CacheOption,
    CacheSizeOption,
    DeviceOption,
    FloatRangeOption,
    LayerOption,
    Messages,
    ModeOption,
    PresetOption,
    TargetArgument,
    ThreadsOption,
    opened_session,
    shown_progress,
)
from huegraft.errors import ArgumentError, FileError, PictureFileError
from huegraft.graph import check_used, unused_in_matching
from huegraft.io.folder import pictures_in
from huegraft.io.formats import FORMATS, names_of
from huegraft.io.image import read_picture
from huegraft.picture import Picture
from huegraft.runnable import check_runnable
from huegraft.settings import preset
from huegraft.stages.bars import bars_note, bars_of
from huegraft.stages.fit import HARDLY
from huegraft.suggestion import FEW_PICTURES, Suggestion, suggest
from huegraft.threads import set_threads


@matching_options
def suggest_command(
    target: TargetArgument,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder of candidate references.", show_default=False)
    ],
    mode: ModeOption = "transfer",
    top: Annotated[
        int | None,
        typer.Option("--top", min=1, help="Number of pictures to print. By default all.", show_default=False),
    ] = None,
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Look into folders in the folder, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
    preset_name: PresetOption = "best",
    float_range: FloatRangeOption = None,
    layer: LayerOption = None,
    device: DeviceOption = "cpu",
    threads: ThreadsOption = None,
    cache: CacheOption = None,
    cache_size: CacheSizeOption = None,
    **settings: Any,
) -> None:
    """Rank the pictures of a folder by how likely they show a scene like the target's."""
    changes = given_settings(settings)
    chosen = preset(preset_name).replace(**changes)
    check_used(changes, unused_in_matching(mode, chosen))
    check_runnable(chosen, device)
    messages = Messages()
    reading = Inputs(float_range=float_range, layer=layer).reading()
    with (
        opened_session(messages, device, cache, cache_size, max_bytes=FEW_PICTURES) as session,
        shown_progress(messages) as progress,
    ):
        progress("reading")
        picture = read_picture(target, **reading)
        note = bars_note(str(target), bars_of(picture)) if chosen.prepare.bars else None
        for each in [*picture.notes, *([] if note is None else [note])]:
            messages.print(each)
        paths = _picture_files(folder, target, messages, recursive=recursive)
        candidates = _Candidates(paths, reading, progress, messages)
        set_threads(threads)
        found = suggest(picture, candidates, chosen, mode=mode, session=session, progress=candidates.announce)
    if not found:
        raise FileError(f"none of the pictures in {folder} can be read")
    for each in found[:top]:
        for note in each.notes:
            messages.print(f"{candidates.read[each.index]}{note.removeprefix('reference')}")
    if found[0].fit < HARDLY:
        messages.print(
            f"even the best picture hardly fits the target (fit {found[0].fit:.2f}): look for another folder"
        )
    _print(found[:top], candidates.read, as_json=as_json)


class _Candidates:
    """The pictures of some files, one in memory at a time. A file that cannot be read is named and left out.

    Attributes
    ----------
    read : list of paths
        The files of the pictures that were given so far.
    """

    def __init__(
        self, paths: list[Path], reading: Mapping[str, Any], progress: Callable[[str], None], messages: Messages
    ) -> None:
        self.read: list[Path] = []
        self._reading = reading
        self._paths, self._progress, self._messages = paths, progress, messages
        self._place = "target"

    def __iter__(self) -> Iterator[Picture]:
        for number, path in enumerate(self._paths, 1):
            self._place = f"{number} of {len(self._paths)}, {path.name}"
            self.announce("reading")
            try:
                picture = read_picture(path, **self._reading)
            except (PictureFileError, ArgumentError) as error:
                self._messages.print(f"this picture is left out: {error}")
                continue
            self.read.append(path)
            yield picture

    def announce(self, stage: str) -> None:
        """Show the stage that runs, and on which picture."""
        self._progress(f"{self._place}: {stage}")


def _picture_files(folder: Path, target: Path, messages: Messages, *, recursive: bool) -> list[Path]:
    """Return the picture files in a folder, by name, without the target. Say what other files the folder holds."""
    if not folder.is_dir():
        raise FileError(f"{folder} is no folder; name one that holds candidate references")
    pictures, left_out = pictures_in(folder, recursive=recursive)
    if left_out:
        messages.print(left_out)
    others = [path for path in pictures if not (path.exists() and path.samefile(target))]
    if not others:
        beside = " but the target" if pictures else ""
        raise FileError(f"{folder} holds no picture{beside}: expected {names_of(FORMATS)} files")
    return others


def _print(found: list[Suggestion], paths: list[Path], *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {"reference": str(paths[each.index]), "fit": round(each.fit, 3)}
        | {name: round(figure, 3) for name, figure in each.figures.items()}
        for each in found
    ]
    if as_json:
        json.dump(rows, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    from rich.console import Console
    from rich.table import Column, Table

    table = Table(*(Column(name, overflow="fold") for name in rows[0]), box=None)
    for row in rows:
        table.add_row(*(f"{value:.2f}" if isinstance(value, float) else value for value in row.values()))
    Console(markup=False, emoji=False, highlight=False).print(table)
