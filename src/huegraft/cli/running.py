"""What the commands that run the method share: their arguments, reading, progress, threads."""

import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from huegraft.batch.inputs import Inputs
from huegraft.errors import ArgumentError, SettingsError
from huegraft.graph import check_used, unused_settings
from huegraft.io.formats import format_of
from huegraft.io.image import Picture, check_readable, read_picture
from huegraft.io.interpretation import FloatRange
from huegraft.request import Pin, Request
from huegraft.session import Session
from huegraft.settings import Mode, Settings, preset
from huegraft.threads import set_threads

if TYPE_CHECKING:
    from huegraft.io.encoded_cache import EncodedCache

TargetArgument = Annotated[
    Path, typer.Argument(metavar="TARGET", help="The target: the picture to change.", show_default=False)
]
ReferenceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="REFERENCE", help="The reference: the picture whose colours the target takes.", show_default=False
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", "-f", help="Replace an existing output.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print settings, sizes and seconds as JSON.")]
PresetOption = Annotated[str, typer.Option("--preset", help="Settings to start from: paper or best.")]
DeviceOption = Annotated[str, typer.Option("--device", help="Device that runs a backbone of Torch: cpu or cuda.")]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, max=1024, help="Number of CPU threads. By default one for each core.")
]
CacheOption = Annotated[
    Path | None,
    typer.Option("--cache", help="Folder that keeps encoded pictures for later runs.", show_default=False),
]
CacheSizeOption = Annotated[
    int | None,
    typer.Option(
        "--cache-size",
        min=1,
        help=r"Size in MiB that the folder of --cache may take. \[default: 1024]",
        show_default=False,
    ),
]
FloatRangeOption = Annotated[
    str | None,
    typer.Option(
        "--float-range",
        metavar="NUMBER|light",
        help="What the floats of a TIFF, or the whole numbers of an OpenEXR, stand for: colours from 0 to "
        "NUMBER, or light.",
        show_default=False,
    ),
]
LayerOption = Annotated[
    str | None,
    typer.Option("--layer", help="Layer to take of an OpenEXR file that has several layers.", show_default=False),
]
ModeOption = Annotated[Mode, typer.Option("--mode", help="What to do with the target.")]


class Messages:
    """Messages to standard error, as plain text. Rich is loaded only if something moves or is laid out."""

    def print(self, text: str) -> None:
        """Write a line."""
        typer.echo(text, err=True)

    @property
    def is_terminal(self) -> bool:
        """Whether standard error is a terminal."""
        return sys.stderr.isatty()


def starting_settings(mode: Mode, preset_name: str, changes: dict[str, Any], *, pinned: bool = False) -> Settings:
    """Return a preset's settings with the changes given on the command line.

    Raises
    ------
    SettingsError
        If the preset is unknown, a value out of range, or a change without effect in this mode.
    """
    settings = preset(preset_name).replace(**changes)
    check_effective(mode, [settings], changes, pinned=pinned)
    return settings


def check_effective(mode: Mode, runs: Sequence[Settings], names: Iterable[str], *, pinned: bool = False) -> None:
    """Raise SettingsError if one of the named settings has no effect in any of the runs, with pins or without."""
    pins = (Pin((0, 0), (0, 0)),) if pinned else ()
    unused = [unused_settings(Request(mode, None, (None,), settings, pins=pins)) for settings in runs]
    check_used(set(names).intersection(*unused), unused[0])


def check_options(paths: Iterable[Path], float_range: FloatRange, layer: str | None) -> None:
    """Raise ArgumentError for an option of reading that changes nothing for any of these files."""
    formats = [found for path in paths if path.is_file() and (found := format_of(path))]
    if float_range is not None and not any(each.floats for each in formats):
        raise ArgumentError("--float-range would change nothing: none of the pictures is a TIFF or OpenEXR file")
    if layer is not None and not any(each.layers for each in formats):
        raise ArgumentError("--layer would change nothing: none of the pictures is an OpenEXR file")


@contextmanager
def opened_session(
    messages: Messages, device: str, folder: Path | None, mebibytes: int | None, *, max_bytes: int = 0
) -> Generator[Session]:
    """Give a session with the cache that is asked for, if any, and say at the end what the cache could not keep."""
    with (
        opened_cache(messages, folder, mebibytes) as store,
        Session(max_bytes=max_bytes, device=device, store=store) as session,
    ):
        yield session


@contextmanager
def opened_cache(messages: Messages, folder: Path | None, mebibytes: int | None) -> "Generator[EncodedCache | None]":
    """Give the cache of encoded pictures that is asked for, if any, and say at the end what it could not keep.

    Raises
    ------
    SettingsError
        If a size is given but no folder.
    FileError
        If the folder cannot be made or written.
    """
    if folder is None:
        if mebibytes is not None:
            raise SettingsError("--cache-size would change nothing without a folder: give --cache, too")
        yield None
        return
    from huegraft.io.encoded_cache import EncodedCache

    cache = EncodedCache(folder, (mebibytes or 1024) * 2**20)
    yield cache
    for note in cache.notes:
        messages.print(note)


@contextmanager
def started_run(
    messages: Messages, paths: Sequence[Path], reading: Inputs, threads: int | None
) -> Generator[tuple[list[Picture], Callable[[str], None]]]:
    """Read pictures, set the threads, and show the running stage. Give the pictures and the function of progress."""
    with shown_progress(messages) as progress:
        options = reading.reading()
        check_readable(paths)
        check_options(paths, **options)
        progress("reading")
        pictures = [read_picture(path, **options) for path in paths]
        for picture in pictures:
            for note in picture.notes:
                messages.print(note)
        set_threads(threads)
        yield pictures, progress


@contextmanager
def shown_progress(messages: Messages) -> Generator[Callable[[str], None]]:
    """Show the running stage and the time on a terminal. Without a terminal nothing is shown."""
    if not messages.is_terminal:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting")
        yield lambda stage: progress.update(task, description=stage)
