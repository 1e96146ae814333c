"""``huegraft sweep``."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from huegraft.batch.inputs import Inputs
from huegraft.batch.job import named_notes
from huegraft.cli.options import sweeping_options, swept_values
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
    check_effective,
    opened_session,
    started_run,
)
from huegraft.errors import SettingsError
from huegraft.io.image import check_writable, write_picture
from huegraft.runnable import check_runnable
from huegraft.session import SESSION_BYTES
from huegraft.settings import preset


@sweeping_options
def sweep_command(
    target: TargetArgument,
    reference: ReferenceArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Contact sheet to write.", show_default=False)],
    mode: ModeOption = "transfer",
    compare: Annotated[
        list[str] | None,
        typer.Option("--compare", help="NAME=VALUE,VALUE,…: values of any setting. May be repeated."),
    ] = None,
    force: ForceOption = False,
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
    """Run a pair of pictures under several values of any settings and show all results on one sheet."""
    texts = [*((name, text) for name, text in settings.items() if text is not None), *map(_comparison, compare or ())]
    values = swept_values(texts)
    start = preset(preset_name)
    singly = [start.replace(**{name: value}) for name, each in values.items() for value in each]
    check_effective(mode, [start, *singly], values)
    for each in [start, *singly]:
        check_runnable(each, device)
    check_writable(output, replace=force)
    messages, reading = Messages(), Inputs(float_range=float_range, layer=layer)
    with (
        opened_session(messages, device, cache, cache_size, max_bytes=SESSION_BYTES) as session,
        started_run(messages, [target, reference], reading, threads) as (
            pictures,
            progress,
        ),
    ):
        from huegraft.report.sweep import sweep, sweep_sheet, varied_settings

        floats = [picture.in_floats() for picture in pictures]
        studies = sweep(mode, floats[0], floats[1], values, start, session=session, progress=progress)
        sheet = sweep_sheet(studies, floats[0].pixels, floats[1].pixels)
    write_picture(output, sheet, replace=force)
    notes = (note for study in studies for note in named_notes(study.result, mode, target, [reference]))
    for note in dict.fromkeys(notes):
        messages.print(note)
    rows = [
        {
            **study.changes,
            "colorfulness": round(study.colorfulness, 2),
            "clipped_share": round(study.result.clipped_share, 4),
            "seconds": round(sum(study.result.seconds.values()), 2),
        }
        for study in studies
    ]
    if as_json:
        json.dump(rows, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        from rich.console import Console
        from rich.table import Column, Table

        columns = [*varied_settings(studies), "colorfulness", "clipped_share", "seconds"]
        table = Table(*(Column(name, overflow="fold") for name in columns), box=None)
        for row in rows:
            table.add_row(*(str(row[column]) for column in columns))
        Console(markup=False, emoji=False, highlight=False).print(table)
        messages.print(f"{output} written")


def _comparison(text: str) -> tuple[str, str]:
    name, equals, values = text.partition("=")
    if not equals:
        raise SettingsError(f"--compare takes NAME=VALUE,VALUE,…, got {text!r}")
    return name.strip().replace("-", "_"), values
