"""What the commands that run the method share: their arguments, reading, progress, threads."""

import gc
import os
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from huegraft.errors import SettingsError
from huegraft.io.image import Picture, read_picture
from huegraft.settings import Mode, Settings, preset

if TYPE_CHECKING:
    from huegraft.io.encoded_cache import EncodedCache

TargetArgument = Annotated[Path, typer.Argument(help="The picture to change.", show_default=False)]
ReferenceArgument = Annotated[Path, typer.Argument(help="The picture whose colours it takes.", show_default=False)]
ForceOption = Annotated[bool, typer.Option("--force", "-f", help="Replace an existing output.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print settings, sizes, seconds as JSON.")]
PresetOption = Annotated[str, typer.Option("--preset", help="Settings to start from: paper or best.")]
DeviceOption = Annotated[str, typer.Option("--device", help="cpu or cuda.")]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, max=1024, help="CPU threads; by default all cores.")
]
CacheOption = Annotated[
    Path | None,
    typer.Option("--cache", help="Folder that keeps encoded pictures for later runs.", show_default=False),
]
CacheSizeOption = Annotated[
    int | None,
    typer.Option("--cache-size", min=1, help=r"MiB that --cache may take. \[default: 1024]", show_default=False),
]
ModeOption = Annotated[Mode, typer.Option("--mode", help="What to do with the target.")]

_NEEDS = {
    "context_layers": "there is no context",
    "min_confidence": "there is no fallback",
    "standardize": "what is whitened is not standardized",
}
"""Why settings have no effect in either mode."""


def message_console() -> Console:
    """Return the console of messages: standard error, as plain text."""
    return Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)


def starting_settings(mode: Mode, preset_name: str, changes: dict[str, Any]) -> Settings:
    """Return a preset's settings with the changes given on the command line.

    Raises
    ------
    SettingsError
        If the preset is unknown, a value out of range, or a change without effect in this mode.
    """
    settings = preset(preset_name).replace(**changes)
    check_effective(mode, [settings], changes)
    return settings


def check_effective(mode: Mode, runs: Sequence[Settings], names: Iterable[str]) -> None:
    """Raise SettingsError if one of the named settings has no effect in any of the runs."""
    idle = sorted(set(names).intersection(*(settings.idle(mode) for settings in runs)))
    if idle:
        by = "maps of colour (--base none fuses as the paper does)"
        if mode == "colorize" or runs[0].grade.base == "none":
            by = "a fusion"
        reasons = [_NEEDS[name] for name in idle if name in _NEEDS] or [f"this is {mode} by {by}"]
        raise SettingsError(f"{', '.join(idle)} would change nothing: {', '.join(reasons)}")


@contextmanager
def opened_cache(console: Console, folder: Path | None, mebibytes: int | None) -> "Generator[EncodedCache | None]":
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
            raise SettingsError("--cache-size would change nothing: give the folder, --cache")
        yield None
        return
    from huegraft.io.encoded_cache import EncodedCache

    cache = EncodedCache(folder, (mebibytes or 1024) * 2**20)
    yield cache
    for note in cache.notes:
        console.print(note)


@contextmanager
def started_run(
    console: Console, target: Path, reference: Path, threads: int | None
) -> Generator[tuple[list[Picture], Callable[[str], None]]]:
    """Read both pictures, set the threads, and show the running stage; give the pictures and what names the stage."""
    with shown_progress(console) as progress:
        progress("reading")
        pictures = [read_picture(path) for path in (target, reference)]
        for picture in pictures:
            for note in picture.notes:
                console.print(note)
        load_torch(threads)
        yield pictures, progress


def load_torch(threads: int | None) -> None:
    """Load Torch last, which takes most of a short run, and keep the garbage collector from walking over it.

    It would do so again and again while Torch loads, and once more at the end of the process: together half a second.
    Torch's idle threads are told to sleep: by default they keep the cores busy that our own threads, or others, want.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    gc.disable()
    try:
        import torch
    finally:
        gc.freeze()
        gc.enable()
    if threads is not None:
        torch.set_num_threads(threads)


@contextmanager
def shown_progress(console: Console) -> Generator[Callable[[str], None]]:
    """Show the running stage and the time on a terminal; nothing elsewhere."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("starting")
        yield lambda stage: progress.update(task, description=stage)
