"""What was asked for, and what was reached."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.speed.comparisons import COMPARISONS
from benchmarks.speed.growth import Line, fitted
from benchmarks.speed.plan import RUNS, WORKING_SIZE
from benchmarks.speed.record import Record, found, memory_ratio, one, ratios

_MEGA, _GIGA = 1e6, 1e9
_LARGE = 24.0
_WARM, _COLD, _MORE, _PEAK = 1.0, 1.5, 2.0, 1.5
_LINEAR = 0.99
_FLAT = 1.5


@dataclass(frozen=True)
class Row:
    """One figure: what is measured, the most that is asked for, what was reached, and what it cannot fall below."""

    what: str
    asked: str
    reached: str
    met: bool
    floor: str = ""


@dataclass(frozen=True)
class Growth:
    """How a run grows above the working size: seconds and bytes of peak memory over millions of pixels.

    Attributes
    ----------
    held
        Bytes a pixel of the caller's own arrays: the pictures and the result.
    """

    seconds: Line
    memory: Line
    held: float


def growth(records: Sequence[Record], run: str) -> Growth | None:
    """Fit the growth of a run; None with fewer than three sizes above the working size."""
    above = [record for record in found(records, "whole", run=run) if record.labels["size"] > WORKING_SIZE]
    if len(above) < 3:
        return None
    pixels = [record.result["target_pixels"] / _MEGA for record in above]
    seconds = fitted(pixels, [record.median for record in above])
    memory = fitted(pixels, [record.result["peak_bytes"] / _MEGA for record in above])
    return Growth(seconds, memory, fitted(pixels, [record.result["arrays_bytes"] / _MEGA for record in above]).slope)


def rows(records: Sequence[Record]) -> list[Row]:
    """Return the figures that the records can tell."""
    return [*_comparisons(records), *_whole(records), *_growths(records)]


def _comparisons(records: Sequence[Record]) -> Iterator[Row]:
    for name, comparison in COMPARISONS.items():
        pairs = found(records, "comparison", name=name)
        if not pairs:
            continue
        medians = [statistics.median(ratios(pair)) for pair in pairs]
        reached = {"time": statistics.median(medians), "worst time": max(medians)}
        if (of_memory := memory_ratio(records, name)) is not None:
            reached["peak memory"] = of_memory
        wanted = {"time": comparison.time, "worst time": comparison.worst, "peak memory": comparison.memory}
        for figure, most in wanted.items():
            if most is not None and figure in reached:
                what = f"{name}, optimised ÷ plain, {figure}"
                yield Row(what, f"≤ {most:g}", f"{reached[figure]:.3f}", reached[figure] <= most)
        if comparison.seconds is not None:
            seconds = statistics.median(second for pair in pairs for second in pair.result["optimised_seconds"])
            yield Row(name, f"≤ {comparison.seconds:g} s", f"{seconds:.3f} s", seconds <= comparison.seconds)


def _whole(records: Sequence[Record]) -> Iterator[Row]:
    default = one(records, "whole", run="transfer, best", size=WORKING_SIZE)
    if default is not None:
        what = "transfer, best, default size, warm"
        yield Row(what, f"≤ {_WARM} s", f"{default.median:.2f} s", default.median <= _WARM)
    if (command := one(records, "command", size=WORKING_SIZE)) is not None:
        floor = f"{statistics.median(command.result['import_numpy_seconds']):.2f} s: python -c 'import numpy'"
        what = "transfer, best, default size, as a cold command"
        yield Row(what, f"≤ {_COLD} s", f"{command.median:.2f} s", command.median <= _COLD, floor)
    for run in (run for run in RUNS if RUNS[run].mode == "transfer"):
        large = one(records, "whole", run=run, size=_LARGE)
        if large is None or default is None:
            continue
        most, peak = default.median + _MORE, large.result["peak_bytes"] / _GIGA
        yield Row(
            f"{run}, {_LARGE:g} MP, without codecs", f"≤ {most:.2f} s", f"{large.median:.2f} s", large.median <= most
        )
        least = (large.result["imports_bytes"] + large.result["arrays_bytes"]) / _GIGA
        floor = f"{least:.2f} GB: imports, both pictures, the result"
        yield Row(f"{run}, {_LARGE:g} MP, peak", f"≤ {_PEAK} GB", f"{peak:.2f} GB", peak <= _PEAK, floor)


def _growths(records: Sequence[Record]) -> Iterator[Row]:
    for run in RUNS:
        if (fit := growth(records, run)) is None:
            continue
        time, memory = fit.seconds, fit.memory
        reached = f"{time.start:.2f} s + {time.slope:.3f} s/MP, R² {time.r_squared:.4f}"
        yield Row(f"{run}, growth in time", f"linear: R² ≥ {_LINEAR}", reached, time.r_squared >= _LINEAR)
        beyond = memory.slope - fit.held
        yield Row(
            f"{run}, growth of memory beyond the pictures and the result",
            f"flat: ≤ {_FLAT} bytes a pixel",
            f"{beyond:.2f} bytes a pixel",
            beyond <= _FLAT,
            "1 byte a pixel: which colours were clipped",
        )
