"""The figures of an evaluation of films: of each clip, and by how much designs differ from the baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from huegraft.evaluate.films.designs import BASELINE
from huegraft.evaluate.films.evaluation import FilmScore
from huegraft.evaluate.films.measures import MEASURES
from huegraft.evaluate.record import circumstances_line

RATIOS = ("ciede2000", "ciede2000_p90", "last_fifth", "flicker", "flicker_lightness", "cpu_ms")
"""The measures that are compared with those of the baseline, clip by clip."""

_LEAST = 0.05
"""A baseline's flicker below this says nothing about a ratio, as that of a still without grain."""

_IN_TABLE = tuple(name for name in MEASURES if name not in ("first_fifth", "cdc_truth"))


@dataclass(frozen=True)
class FilmSummary:
    """A design over the clips with one number of keyframes.

    Attributes
    ----------
    keyframes, design
        What was run.
    clips
        How many clips count.
    medians
        Of the ratios of measures to the baseline's, by the names of the measures.
    worst
        The greatest of the ratios, and the clip that has it.
    """

    keyframes: int
    design: str
    clips: int
    medians: dict[str, float]
    worst: dict[str, tuple[float, str]]


def summarize(scores: Sequence[FilmScore]) -> list[FilmSummary]:
    """Return a summary of each design with each number of keyframes."""
    summaries = list[FilmSummary]()
    for count in sorted({score.keyframes for score in scores if score.measures}):
        here = [score for score in scores if score.keyframes == count]
        base = {score.clip: score.measures for score in here if score.design == BASELINE}
        for design in dict.fromkeys(score.design for score in here):
            own = [score for score in here if score.design == design and score.measures]
            medians, worst = dict[str, float](), dict[str, tuple[float, str]]()
            for name in RATIOS:
                least = _LEAST if name.startswith("flicker") else 0
                ratios = [
                    (score.measures[name] / base[score.clip][name], score.clip)
                    for score in own
                    if name in score.measures and base.get(score.clip, {}).get(name, 0) > least
                ]
                if ratios:
                    medians[name] = float(np.median([ratio for ratio, _ in ratios]))
                    worst[name] = max(ratios)
            summaries.append(FilmSummary(count, design, len(own), medians, worst))
    return summaries


def tables(scores: Sequence[FilmScore], summaries: Sequence[FilmSummary]) -> list[tuple[str, list[list[str]]]]:
    """Return tables as their titles and their rows, the first of which is the heads: the summary, then each clip."""
    found = [(f"Ratios to {BASELINE}: median over clips (the worst clip)", _summary_rows(summaries))]
    for clip in dict.fromkeys(score.clip for score in scores):
        rows = [score for score in scores if score.clip == clip]
        half = f", to {rows[0].half}" if rows[0].half else ""
        found.append((f"{clip}{half}", _clip_rows(rows)))
    return found


def as_text(title: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a table for a terminal."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([title, *lines, ""])


def as_markdown(title: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a table of Markdown under a heading."""
    heads, *others = rows
    lines = [f"| {' | '.join(heads)} |", "|---" + "|--:" * (len(heads) - 1) + "|"]
    return "\n".join([f"## {title}", "", *lines, *(f"| {' | '.join(row)} |" for row in others)])


def page(scores: Sequence[FilmScore], summaries: Sequence[FilmSummary], facts: Mapping[str, object]) -> str:
    """Return a page of Markdown with all tables."""
    present = [name for name in MEASURES if any(name in score.measures for score in scores)]
    parts = [
        "# Films, measured",
        f"`huegraft film evaluate` wrote this page. {circumstances_line()}.",
        "\n".join(f"- {name}: {value}" for name, value in facts.items()),
        *(as_markdown(*table) for table in tables(scores, summaries)),
        "## Measures",
        "\n".join(f"- **{MEASURES[name].short}**: {MEASURES[name].text}" for name in present),
    ]
    return "\n\n".join(parts) + "\n"


def _summary_rows(summaries: Sequence[FilmSummary]) -> list[list[str]]:
    present = [name for name in RATIOS if any(name in each.medians for each in summaries)]
    rows = [["design", "keyframes", "clips", *(MEASURES[name].short for name in present)]]
    for each in summaries:
        if each.design == BASELINE:
            continue
        cells = [
            f"{each.medians[name]:.3f} ({each.worst[name][0]:.3f}, {each.worst[name][1]})"
            if name in each.medians
            else ""
            for name in present
        ]
        rows.append([each.design, str(each.keyframes), str(each.clips), *cells])
    return rows


def _clip_rows(scores: Sequence[FilmScore]) -> list[list[str]]:
    present = [name for name in _IN_TABLE if any(name in score.measures for score in scores)]
    rows = [["design", "keyframes", *(MEASURES[name].short for name in present)]]
    for score in scores:
        if score.error is not None:
            rows.append(
                [score.design, str(score.keyframes), f"wrong: {score.error}", *[""] * (len(present) - 1)][
                    : len(rows[0])
                ]
            )
            continue
        cells = [
            f"{score.measures[name]:.{MEASURES[name].digits}f}" if name in score.measures else "" for name in present
        ]
        rows.append([score.design, str(score.keyframes), *cells])
    return rows
