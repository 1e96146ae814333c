"""``huegraft lut``."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

import huegraft
from huegraft.batch.inputs import Inputs
from huegraft.batch.job import named_notes
from huegraft.cli.options import given_settings, setting_options
from huegraft.cli.running import (
    CacheOption,
    CacheSizeOption,
    DeviceOption,
    FloatRangeOption,
    ForceOption,
    JsonOption,
    LayerOption,
    Messages,
    PresetOption,
    ReferenceArgument,
    TargetArgument,
    ThreadsOption,
    opened_session,
    started_run,
    starting_settings,
)
from huegraft.extras import require
from huegraft.io.lut import check_lut_writable, write_lut
from huegraft.lut.fit import seen_pixels
from huegraft.lut.table import as_title
from huegraft.request import Request
from huegraft.runnable import check_runnable

_LITTLE = 0.5  # of the transfer explained: below, the user is told that a LUT is not the way


@setting_options
def lut_command(
    target: TargetArgument,
    reference: ReferenceArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="LUT to write: .cube", show_default=False)],
    size: Annotated[int, typer.Option("--size", min=2, max=65, help="Number of nodes along each axis.")] = 33,
    force: ForceOption = False,
    as_json: JsonOption = False,
    preset_name: PresetOption = "best",
    float_range: FloatRangeOption = None,
    layer: LayerOption = None,
    device: DeviceOption = "cpu",
    threads: ThreadsOption = None,
    cache: CacheOption = None,
    cache_size: CacheSizeOption = None,
    **settings: Any,
) -> None:
    """Write the 3-D LUT that best reproduces a transfer, for grading programs.

    A LUT maps a colour alike wherever the colour is. The command says how much of the transfer the LUT explains.
    """
    chosen = starting_settings("transfer", preset_name, given_settings(settings))
    check_runnable(chosen, device)
    require("lut", "huegraft lut", "scipy")
    check_lut_writable(output, replace=force)
    messages, reading = Messages(), Inputs(float_range=float_range, layer=layer)
    with (
        opened_session(messages, device, cache, cache_size) as session,
        started_run(messages, [target, reference], reading, threads) as (
            pictures,
            progress,
        ),
    ):
        result = session.run(Request("transfer", pictures[0], (pictures[1],), chosen), progress=progress)
        before, after = (seen_pixels(each, result.look.bars) for each in (pictures[0], result.image))
        progress("fitting")
        start = time.perf_counter()
        title = as_title(f"{target.stem} in the colours of {reference.stem}")
        lut = huegraft.fit_lut(before, after, size, title=title)
        seconds = {**result.seconds, "fit": time.perf_counter() - start}
        progress("writing")
        write_lut(output, lut, replace=force)
    notes = named_notes(result, "transfer", target, [reference])
    for note in notes:
        messages.print(note)
    if lut.explained < _LITTLE:
        messages.print(
            f"note: most of this transfer ({1 - lut.explained:.0%}) gives the same colour different new colours in "
            "different places. No LUT can do this; huegraft transfer does"
        )
    if as_json:
        report = {
            "version": huegraft.__version__,
            "output": str(output),
            "settings": chosen.to_dict(),
            "size": size,
            "explained": lut.explained,
            "mean_difference": lut.mean_difference,
            "difference_95": lut.difference_95,
            "seconds": {stage: round(taken, 4) for stage, taken in seconds.items()},
            "notes": notes,
        }
        json.dump(report, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        messages.print(
            f"{output} written: it explains {100 * lut.explained:.1f} % of the transfer, mean difference "
            f"{lut.mean_difference:.1f} CIEDE2000, 95 % of the pixels below {lut.difference_95:.1f}"
        )
