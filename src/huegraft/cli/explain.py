"""``huegraft explain``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from huegraft.batch.inputs import Inputs
from huegraft.batch.job import named_notes
from huegraft.cli.options import given_settings, setting_options
from huegraft.cli.running import (
    CacheOption,
    CacheSizeOption,
    DeviceOption,
    FloatRangeOption,
    ForceOption,
    LayerOption,
    Messages,
    ModeOption,
    PresetOption,
    ReferenceArgument,
    TargetArgument,
    ThreadsOption,
    opened_session,
    started_run,
    starting_settings,
)
from huegraft.errors import SettingsError
from huegraft.io.folder import check_folder_writable, folder_written_whole
from huegraft.io.image import write_picture
from huegraft.runnable import check_runnable


@setting_options
def explain_command(
    target: TargetArgument,
    reference: ReferenceArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write.", show_default=False)],
    mode: ModeOption = "transfer",
    point: Annotated[
        list[str] | None,
        typer.Option("--point", help="Place X,Y of the target, in pixels, to explain. May be repeated."),
    ] = None,
    force: ForceOption = False,
    preset_name: PresetOption = "best",
    float_range: FloatRangeOption = None,
    layer: LayerOption = None,
    device: DeviceOption = "cpu",
    threads: ThreadsOption = None,
    cache: CacheOption = None,
    cache_size: CacheSizeOption = None,
    **settings: Any,
) -> None:
    """Show every step of the method on a pair of pictures as pictures and one HTML page."""
    chosen = starting_settings(mode, preset_name, given_settings(settings))
    check_runnable(chosen, device)
    points = [_point(text) for text in point or ()]
    check_folder_writable(output, replace=force)
    messages, reading = Messages(), Inputs(float_range=float_range, layer=layer)
    with (
        opened_session(messages, device, cache, cache_size) as session,
        started_run(messages, [target, reference], reading, threads) as (
            pictures,
            progress,
        ),
    ):
        from huegraft.report.explain import explain
        from huegraft.report.page import explanation_page

        floats = [picture.in_floats() for picture in pictures]
        explanation = explain(mode, floats[0], floats[1], chosen, points, session=session, progress=progress)
    with folder_written_whole(output, replace=force) as folder:
        for name, (_, picture) in explanation.pictures.items():
            write_picture(folder / f"{name}.png", picture)
        page = explanation_page(explanation, f"{mode}: {target.name} in the colours of {reference.name}")
        (folder / "index.html").write_text(page, encoding="utf-8", errors="replace")
    for note in named_notes(explanation.result, mode, target, [reference]):
        messages.print(note)
    messages.print(f"{output / 'index.html'} written")


def _point(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise SettingsError(f"point must be X,Y in pixels, got {text!r}") from error
    return x, y
