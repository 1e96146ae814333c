"""``huegraft transfer`` and ``huegraft colorize``."""

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

import huegraft
from huegraft.cli.options import given_settings, setting_options
from huegraft.io.image import Picture, check_writable, read_picture, write_picture
from huegraft.settings import Mode, Settings, preset
from huegraft.types import Result


def recolor_command(mode: Mode) -> Callable[..., None]:
    """Return the command that runs one mode of the method on files."""

    @setting_options
    def command(
        target: Annotated[Path, typer.Argument(help="The picture to change.", show_default=False)],
        reference: Annotated[Path, typer.Argument(help="The picture whose colours it takes.", show_default=False)],
        output: Annotated[
            Path, typer.Option("--output", "-o", help="Picture to write: .png .jpg .webp .tif", show_default=False)
        ],
        force: Annotated[bool, typer.Option("--force", "-f", help="Replace an existing output.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print settings, sizes, seconds as JSON.")] = False,
        preset_name: Annotated[str | None, typer.Option("--preset", help="Settings to start from: paper.")] = None,
        device: Annotated[str, typer.Option("--device", help="cpu or cuda.")] = "cpu",
        threads: Annotated[int | None, typer.Option("--threads", min=1, help="CPU threads; all cores.")] = None,
        **settings: Any,
    ) -> None:
        start = Settings() if preset_name is None else preset(preset_name)
        chosen = start.replace(**given_settings(settings))
        check_writable(output, replace=force)
        say = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
        pictures = [read_picture(path) for path in (target, reference)]
        for picture in pictures:
            for note in picture.notes:
                say.print(note)
        with _progress(say) as progress:
            progress("starting")
            run = _pipeline(mode, threads)
            arrays = [picture.as_float() for picture in pictures]
            result = run(*arrays, chosen, device=device, progress=progress)
        for note in write_picture(output, result.image, like=pictures[0], replace=force):
            say.print(note)
        if as_json:
            json.dump(_report(mode, output, pictures, result), sys.stdout, indent=2, ensure_ascii=False)
            sys.stdout.write("\n")
        else:
            say.print(f"{output} written in {sum(result.seconds.values()):.1f} s")

    return command


def _pipeline(mode: Mode, threads: int | None) -> Callable[..., Result]:
    if threads is not None:
        import torch  # torch takes a second to load, which --help and bad usage need not wait for

        torch.set_num_threads(threads)
    return huegraft.transfer if mode == "transfer" else huegraft.colorize


@contextmanager
def _progress(console: Console) -> Generator[Callable[[str], None]]:
    """Show the running stage and the time on a terminal; nothing elsewhere."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("")
        yield lambda stage: progress.update(task, description=stage)


def _report(mode: Mode, output: Path, pictures: list[Picture], result: Result) -> dict[str, Any]:
    target, reference = pictures
    superpixels_target, superpixels_reference = result.attention.shape
    return {
        "version": huegraft.__version__,
        "mode": mode,
        "output": str(output),
        "settings": result.settings.to_dict(),
        "target": {"size": target.pixels.shape[:2], "superpixels": superpixels_target},
        "reference": {"size": reference.pixels.shape[:2], "superpixels": superpixels_reference},
        "working_size": result.working_image.shape[:2],
        "clipped_share": result.clipped_share,
        "seconds": {stage: round(seconds, 4) for stage, seconds in result.seconds.items()},
    }
