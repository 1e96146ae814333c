"""The benchmark's tables, in Markdown."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.speed import asked
from benchmarks.speed.arithmetic import WINOGRAD, vgg_multiply_adds
from benchmarks.speed.comparisons import COMPARISONS
from benchmarks.speed.plan import PEERS, RUNS, WAYS
from benchmarks.speed.record import Record, found, memory_ratio, one, ratios

_INTRODUCTION = """\
Seconds and ratios are medians, quartiles in brackets{first}. Everything was run in a process of its own. Threads:
{threads}. The pictures are photographs from packages, brought to each size by Lanczos with a little seeded noise. A
picture of 0.26 MP has 2¹⁸ pixels, the working size. Peaks are of the whole process; in comparisons they are what a side
takes above the process with its input made. MB and GB are 10⁶ and 10⁹ bytes."""

_LEAD = """\
Median seconds of a call on pictures in memory, by megapixels of the target and of the reference. Histogram matching is
scikit-image's. Optimal transport is POT's, on a thousand colours. color-matcher is the package of that name. Other work
on the machine makes the seconds longer."""


def report(header: Mapping[str, Any], records: Sequence[Record], chart: str | None = None) -> str:
    """Return all tables that the records can fill, the small one and the chart first, and who measured what where.

    Parameters
    ----------
    header
        Who measured, and with which options.
    records
        What was measured.
    chart
        Address of the chart, where there is one.
    """
    options = header["options"]
    first = "; here of single calls, not warmed up: no figures to quote" if options["quick"] else ""
    versions = ", ".join(f"{name} {version}" for name, version in header["versions"].items())
    small = _small(records, options["sizes"])
    parts = [
        "# Speed and memory",
        *([_LEAD, "\n".join(small)] if small else []),
        *([f"![seconds by megapixels, a line for each program]({chart})"] if chart else []),
        f"{_days(header, records)}; {header['machine']}; {versions}.",
        _INTRODUCTION.format(first=first, threads=options["threads"]),
    ]
    sections = {
        "Asked for and reached": _asked(records),
        "Whole calls, without codecs": _whole(records),
        "Stages": _stages(records),
        "Optimised ÷ plain": _comparisons(records),
        "Arithmetic floor of VGG-19 to relu3_4": _floor(records),
        "As a command": _command(records),
        "Growth above the working size": _growth(records),
        "Codecs": _codecs(records),
        "Peers, on the same pair": _peers(records, options["sizes"]),
        "Failed": [f"- {each.job} {each.labels}:\n\n```\n{each.error}\n```" for each in records if each.error],
    }
    parts += [f"## {title}\n\n" + "\n".join(lines) for title, lines in sections.items() if lines]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table, none without rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *lines] if lines else []


def spread(values: Sequence[float]) -> str:
    """Return the median, and of several values the quartiles."""
    if len(values) == 1:
        return f"{values[0]:.3g}"
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{middle:.3g} ({low:.3g}–{high:.3g})"


def _days(header: Mapping[str, Any], records: Sequence[Record]) -> str:
    """Return when the records were made: a run that went on has several days."""
    days = sorted({record.date for record in records} - {""}) or [header["date"]]
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _mega(count: float) -> str:
    return f"{count / 1e6:.0f}"


def _size(record: Record) -> str:
    return f"{record.labels['size']:g}"


def _asked(records: Sequence[Record]) -> list[str]:
    rows = asked.rows(records)
    head = ("figure", "asked", "reached", "met", "floor")
    return table(head, ((row.what, row.asked, row.reached, "yes" if row.met else "**no**", row.floor) for row in rows))


def _whole(records: Sequence[Record]) -> list[str]:
    head = ("run", "MP", "seconds", "peak MB", "of it imports", "pictures and result")
    return table(
        head,
        (
            [
                record.labels["run"],
                _size(record),
                spread(record.result["seconds"]),
                *(_mega(record.result[f"{part}_bytes"]) for part in ("peak", "imports", "arrays")),
            ]
            for record in found(records, "whole")
        ),
    )


def _stages(records: Sequence[Record]) -> list[str]:
    lines: list[str] = []
    for run in RUNS:
        sizes = found(records, "whole", run=run)
        names = list(dict.fromkeys(name for record in sizes for stages in record.result["stages"] for name in stages))
        rows = [
            [name, *(spread([stages.get(name, 0.0) for stages in record.result["stages"]]) for record in sizes)]
            for name in names
        ]
        if rows:
            lines += [f"{run[0].upper()}{run[1:]}, seconds:", ""]
            lines += [*table(["stage", *(f"{_size(record)} MP" for record in sizes)], rows), ""]
    return lines[:-1]


def _comparisons(records: Sequence[Record]) -> list[str]:
    machine = one(records, "machine")
    rows = []
    for record in found(records, "comparison"):
        name, pixels = record.labels["name"], record.arguments["pixels"]
        comparison, of_memory = COMPARISONS[name], memory_ratio(records, name)
        floor = ""
        if comparison.flop_per_pixel is not None and machine is not None:
            floor = f"{comparison.flop_per_pixel * pixels / machine.result['gemm_flop_per_second']:.3g}"
        times = [spread(record.result[f"{side}_seconds"]) for side in ("plain", "optimised")]
        memory = "" if of_memory is None else f"{of_memory:.2f}"
        difference = f"{record.result['difference']:.2g} ({comparison.difference})"
        photograph = record.labels["source"].rsplit("/", 1)[-1]
        size = f"{pixels / 1e6:.2g}"
        rows.append([name, photograph, size, *times, spread(ratios(record)), memory, difference, floor])
    head = ("stage", "photograph", "MP", "plain s", "optimised s", "time ÷", "peak memory ÷", "difference", "floor s")
    return table(head, rows)


def _floor(records: Sequence[Record]) -> list[str]:
    if (machine := one(records, "machine")) is None:
        return []
    rate, pixels = machine.result["gemm_flop_per_second"], 2**18
    rows = []
    for name, pooling in (("max-pooling removed", False), ("max-pooling kept", True)):
        count = vgg_multiply_adds(pooling=pooling)
        seconds = 2 * count * pixels / rate
        rows.append([name, f"{count:,.0f}", f"{2 * count * pixels / 1e9:.0f}", f"{seconds:.3g}"])
        rows.append([f"{name}, Winograd F(4×4, 3×3)", f"{count * WINOGRAD:,.0f}", "", f"{seconds * WINOGRAD:.3g}"])
    head = ("network", "multiply-adds a pixel", "GFLOP at 2¹⁸ pixels", f"seconds at {rate / 1e9:.0f} GFLOP/s (GEMM)")
    return table(head, rows)


def _command(records: Sequence[Record]) -> list[str]:
    head = ("MP", "`huegraft transfer`, s", "`import numpy` alone, s")
    names = ("seconds", "import_numpy_seconds")
    return table(
        head, ([_size(each), *(spread(each.result[name]) for name in names)] for each in found(records, "command"))
    )


def _growth(records: Sequence[Record]) -> list[str]:
    fits = {run: fit for run in RUNS if (fit := asked.growth(records, run)) is not None}
    rows = []
    for run, fit in fits.items():
        rows += [
            [
                run,
                unit,
                f"{line.start:.3g} + {line.slope:.3g} · MP",
                f"{line.r_squared:.4f}",
                f"{line.largest:.2g}",
                held,
            ]
            for unit, line, held in (("s", fit.seconds, ""), ("MB", fit.memory, f"{fit.held:.3g}"))
        ]
    return table(("run", "unit", "line", "R²", "largest deviation", "slope of pictures and result"), rows)


def _codecs(records: Sequence[Record]) -> list[str]:
    rows = [
        [
            _size(record),
            ending,
            *(spread(times[f"{way}_seconds"]) for way in ("write", "read")),
            f"{times['bytes'] / 1e6:.2f}",
        ]
        for record in found(records, "codecs")
        for ending, times in record.result.items()
    ]
    return table(("MP", "format", "write s", "read s", "MB"), rows)


def _peers(records: Sequence[Record], sizes: Sequence[float]) -> list[str]:
    ours = ("transfer, best", "transfer, the paper's way")
    rows = [["huegraft " + run, *(_cell(records, "whole", run=run, size=size) for size in sizes)] for run in ours]
    rows += [[name, *(_cell(records, "peer", name=name, size=size) for size in sizes)] for name in PEERS]
    return table(["seconds", *(f"{size:g} MP" for size in sizes)], [row for row in rows if any(row[1:])])


def _small(records: Sequence[Record], sizes: Sequence[float]) -> list[str]:
    rows = [
        [title, *(_cell(records, job, brief=True, **labels, size=size) for size in sizes)]
        for title, (job, labels) in WAYS.items()
    ]
    return table(["seconds", *(f"{size:g} MP" for size in sizes)], [row for row in rows if any(row[1:])])


def _cell(records: Sequence[Record], job: str, *, brief: bool = False, **labels: Any) -> str:
    fitting = [each for each in records if each.job == job and labels.items() <= each.labels.items()]
    if not fitting:
        return ""
    record = fitting[0]
    if record.error:
        return "failed"
    told = record.skipped or record.result.get("missing")
    return told or (_brief(record.median) if brief else spread(record.result["seconds"]))


def _brief(seconds: float) -> str:
    """Return seconds by two digits, whole from ten on."""
    return f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.2g}"
