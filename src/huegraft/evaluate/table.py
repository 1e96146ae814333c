"""The figures of an evaluation as tables: for terminals and for Markdown."""

import re
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from huegraft.evaluate.metrics import MEASURES
from huegraft.evaluate.record import circumstances_line
from huegraft.evaluate.statistics import Spread, Summary, leading_measure

_FILE_WIDTH = 160  # of tables that go into a file or a pipe
_FEWEST = 5  # cases from which an interval says anything
_BRIEF = (
    "ciede2000_median",
    "chroma_error",
    "superpixel_chroma_error",
    "psnr",
    "ssim",
    "lightness_ssim",
    "sliced_wasserstein",
    "colorfulness_ratio",
    "warped_difference",
    "seconds",
)


def sets_of(summaries: Sequence[Summary]) -> Mapping[str, list[Summary]]:
    """Return the summaries by their sets."""
    names = dict.fromkeys(summary.set for summary in summaries)
    return {name: [summary for summary in summaries if summary.set == name] for name in names}


def measures_of(rows: Sequence[Summary]) -> list[str]:
    """Return the measures that any of the rows has, in the order of the measures."""
    return [name for name in MEASURES if any(name in row.spreads for row in rows)]


def terminal_tables(summaries: Sequence[Summary], baseline: str) -> list[Table]:
    """Return one table for each set: medians, and wins and losses against the baseline."""
    tables = []
    for name, rows in sets_of(summaries).items():
        present = measures_of(rows)
        shown = [measure for measure in _BRIEF if measure in present]
        table = Table(title=f"{name}, {_cases(rows)} cases: medians", title_justify="left", box=None, pad_edge=False)
        table.add_column("method", no_wrap=True)
        for measure in shown:
            table.add_column(MEASURES[measure].short, justify="right")
        table.add_column(f"wins, losses against {baseline}", justify="right")
        for row in rows:
            cells = [median(measure, row.spreads.get(measure)) for measure in shown]
            table.add_row(row.method, *cells, _wins(row, leading_measure(present)))
        tables.append(table)
    return tables


def markdown(summaries: Sequence[Summary], baseline: str, half: str) -> str:
    """Return all tables as a page of Markdown."""
    lines = [
        "# Measured quality",
        "",
        f"Written by `huegraft evaluate`. {circumstances_line()}.",
        "",
        f"Cases: {half}. Each cell is the median over the cases, with the quartiles in brackets. The last column",
        f"counts the cases in which the method is better and worse than *{plain(baseline)}* by the first measure. It",
        "also gives the median difference with its bootstrap interval of 95 %. The methods are ordered by the first",
        "measure of each table. If no truth is known, the first measure is the sliced Wasserstein distance.",
        "",
        *(f"- **{measure.short}**: {measure.text}" for measure in MEASURES.values()),
    ]
    for name, rows in sets_of(summaries).items():
        present = measures_of(rows)
        lead = leading_measure(present)
        columns = [lead, *(measure for measure in present if measure != lead)]
        lines += ["", f"## {plain(name)}, {_cases(rows)} cases", ""]
        lines.append(
            "| method | " + " | ".join(MEASURES[column].short for column in columns) + f" | against {plain(baseline)} |"
        )
        lines.append("|---" * (len(columns) + 2) + "|")
        for row in rows:
            cells = [quartiles(column, row.spreads.get(column)) for column in columns]
            lines.append(f"| {plain(row.method)} | " + " | ".join(cells) + f" | {against(row, lead)} |")
    return "\n".join(lines) + "\n"


def median(measure: str, spread: Spread | None) -> str:
    """Return the median as text."""
    return "" if spread is None else f"{spread.median:.{MEASURES[measure].digits}f}"


def quartiles(measure: str, spread: Spread | None) -> str:
    """Return the median and the quartiles as text."""
    if spread is None:
        return ""
    digits = MEASURES[measure].digits
    return f"{spread.median:.{digits}f} ({spread.low:.{digits}f}–{spread.high:.{digits}f})"


def against(row: Summary, measure: str) -> str:
    """Return wins, losses and the difference to the baseline as text."""
    found = row.comparisons.get(measure)
    if found is None or not found.wins + found.losses:
        return _wins(row, measure)
    if found.wins + found.losses + found.ties < _FEWEST:
        return f"{_wins(row, measure)}, {found.difference:+.{MEASURES[measure].digits}f}"
    digits = MEASURES[measure].digits
    interval = f"{found.low:+.{digits}f} to {found.high:+.{digits}f}"
    return f"{_wins(row, measure)}, {found.difference:+.{digits}f} ({interval})"


def plain(name: str) -> str:
    """Return a name that Markdown shows as it is."""
    return re.sub(r"([\\|<>*_`\[\]])", r"\\\1", " ".join(name.split()))


def print_tables(tables: Sequence[Table]) -> None:
    """Print tables to standard output. The tables are wide if standard output is no terminal."""
    console = Console(markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        console.width = _FILE_WIDTH
    for table in tables:
        console.print(table, "")


def _wins(row: Summary, measure: str) -> str:
    found = row.comparisons.get(measure)
    counts = f"{found.wins} : {found.losses}" if found is not None and found.wins + found.losses else ""
    failed = f"{row.failed} failed" if row.failed else ""
    return ", ".join(filter(None, [counts, failed]))


def _cases(rows: Sequence[Summary]) -> int:
    return max(spread.count for row in rows for spread in row.spreads.values()) if any(r.spreads for r in rows) else 0
