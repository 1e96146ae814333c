"""Rankings by votes as tables: for terminals, for Markdown and as plain values."""

import dataclasses
import json
from collections.abc import Sequence

from rich.table import Table

from huegraft.evaluate.blind.strengths import Ranking, Standing
from huegraft.evaluate.table import plain

_COLUMNS = ("method", "strength (95 %)", "preferred", "votes")


def ranking_tables(found: Sequence[Ranking]) -> list[Table]:
    """Return one table for each mode."""
    tables = []
    for ranking in found:
        table = Table(title=f"{ranking.mode}: {_facts(ranking)}", title_justify="left", box=None, pad_edge=False)
        table.add_column(_COLUMNS[0], no_wrap=True)
        for column in _COLUMNS[1:]:
            table.add_column(column, justify="right")
        for row in ranking.standings:
            table.add_row(row.method, *_cells(row))
        tables.append(table)
    return tables


def ranking_markdown(study: str, found: Sequence[Ranking]) -> str:
    """Return all tables as a page of Markdown."""
    lines = [
        "# Blind study",
        "",
        f"Study {study}. People saw two results side by side, without names, and chose one or neither.",
        "*Strength* is that of the model of Bradley and Terry: the log odds of being preferred to a method of average",
        "strength. A vote without a preference is half a win of both. For the interval of 95 %, cases are drawn anew",
        "if there are five or more, and so are voters. *Preferred* is the share of its votes that a method won.",
    ]
    for ranking in found:
        lines += ["", f"## {ranking.mode}", "", f"{_facts(ranking)}.", *map("{}.".format, agreements([ranking])), ""]
        lines += ["| " + " | ".join(_COLUMNS) + " |", "|---" * len(_COLUMNS) + "|"]
        lines += [f"| {plain(row.method)} | " + " | ".join(_cells(row)) + " |" for row in ranking.standings]
    return "\n".join(lines) + "\n"


def ranking_json(study: str, found: Sequence[Ranking]) -> str:
    """Return the rankings as JSON."""
    content = {"study": study, "rankings": [dataclasses.asdict(ranking) for ranking in found]}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def agreements(found: Sequence[Ranking]) -> list[str]:
    """Return for each mode how often people answered a repeated question alike."""
    return [
        f"{ranking.mode}: {ranking.agreed} of {_count(ranking.repeated, 'repeated question')} answered alike"
        for ranking in found
        if ranking.repeated
    ]


def _facts(ranking: Ranking) -> str:
    return f"{_count(ranking.votes, 'vote')}, {_count(ranking.voters, 'voter')}, {_count(ranking.cases, 'case')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _cells(row: Standing) -> list[str]:
    interval = "" if row.low is None else f" ({row.low:+z.2f} to {row.high:+z.2f})"
    return [f"{row.strength:+z.2f}{interval}", f"{row.preferred:.0%}", str(row.votes)]
