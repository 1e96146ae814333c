"""The figures of an evaluation as text, and as tables for terminals."""

import re
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from huegraft.evaluate.metrics import MEASURES
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


def cases_of(rows: Sequence[Summary]) -> int:
    """Return how many cases the rows of a set count."""
    return max(spread.count for row in rows for spread in row.spreads.values()) if any(r.spreads for r in rows) else 0


def terminal_tables(summaries: Sequence[Summary], baseline: str) -> list[Table]:
    """Return one table for each set: medians, and wins and losses against the baseline."""
    tables = []
    for name, rows in sets_of(summaries).items():
        present = measures_of(rows)
        shown = [measure for measure in _BRIEF if measure in present]
        table = Table(title=f"{name}, {cases_of(rows)} cases: medians", title_justify="left", box=None, pad_edge=False)
        table.add_column("method", no_wrap=True)
        for measure in shown:
            table.add_column(MEASURES[measure].short, justify="right")
        table.add_column(f"wins, losses against {baseline}", justify="right")
        for row in rows:
            cells = [median(measure, row.spreads.get(measure)) for measure in shown]
            table.add_row(row.method, *cells, _wins(row, leading_measure(present)))
        tables.append(table)
    return tables


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
