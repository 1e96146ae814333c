"""``huegraft transfer`` and ``huegraft colorize``."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

import huegraft
from huegraft.cli.options import given_settings, setting_options
from huegraft.cli.running import (
    CacheOption,
    CacheSizeOption,
    DeviceOption,
    ForceOption,
    JsonOption,
    PresetOption,
    ReferenceArgument,
    TargetArgument,
    ThreadsOption,
    message_console,
    opened_cache,
    started_run,
    starting_settings,
)
from huegraft.io.image import Picture, check_writable, write_picture
from huegraft.settings import Mode
from huegraft.types import Result


def recolor_command(mode: Mode) -> Callable[..., None]:
    """Return the command that runs one mode of the method on files."""

    @setting_options
    def command(
        target: TargetArgument,
        reference: ReferenceArgument,
        output: Annotated[
            Path, typer.Option("--output", "-o", help="Picture to write: .png .jpg .webp .tif", show_default=False)
        ],
        force: ForceOption = False,
        as_json: JsonOption = False,
        preset_name: PresetOption = "best",
        device: DeviceOption = "cpu",
        threads: ThreadsOption = None,
        cache: CacheOption = None,
        cache_size: CacheSizeOption = None,
        **settings: Any,
    ) -> None:
        chosen = starting_settings(mode, preset_name, given_settings(settings))
        check_writable(output, replace=force)
        console = message_console()
        with (
            opened_cache(console, cache, cache_size) as encoded_cache,
            started_run(console, target, reference, threads) as (pictures, progress),
        ):
            run = huegraft.transfer if mode == "transfer" else huegraft.colorize
            arrays = [picture.pixels for picture in pictures]
            result = run(arrays[0], arrays[1], chosen, device=device, progress=progress, encoded_cache=encoded_cache)
            progress("writing")
            notes = write_picture(output, result.image, like=pictures[0], replace=force)
        for note in notes:
            console.print(note)
        if as_json:
            json.dump(_report(mode, output, pictures, result), sys.stdout, indent=2)
            sys.stdout.write("\n")
        else:
            console.print(f"{output} written in {sum(result.seconds.values()):.1f} s")

    return command


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
