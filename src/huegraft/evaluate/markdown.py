"""An evaluation as a page of Markdown: a small table, a chart and pictures lead, and the wide tables follow."""

from collections.abc import Sequence

from huegraft.evaluate.lead import MEASURE, NOTHING, Lead, lead, text
from huegraft.evaluate.metrics import MEASURES
from huegraft.evaluate.plan import Plan
from huegraft.evaluate.record import circumstances_line
from huegraft.evaluate.statistics import Summary, leading_measure
from huegraft.evaluate.table import against, cases_of, measures_of, plain, quartiles, sets_of


def markdown(plan: Plan, summaries: Sequence[Summary], half: str, chart: str | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    plan
        The methods, the baseline and the words.
    summaries
        The figures.
    half
        Which cases were measured, in words.
    chart
        Address of the chart, where there is one.
    """
    words, first = plan.words, lead(plan, summaries)
    parts = [
        f"# {plain(words.title)}",
        words.introduction.strip(),
        *(_leading(first, half, chart) if first.figures else ()),
        words.pictures.strip(),
        _explained(plan.baseline, half),
        *(_wide(name, rows, plan.baseline) for name, rows in sets_of(summaries).items()),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _leading(first: Lead, half: str, chart: str | None) -> list[str]:
    """Return the small table and the chart, with what they show."""
    by_others = set(first.figures) - first.own - {NOTHING, first.baseline}
    others = " Of the methods by others only those are here that are the best of them on some set." if by_others else ""
    measure, missing = MEASURES[MEASURE], ", ".join(f"*{plain(name)}*" for name in first.without_truth)
    lines = [
        f"Each figure is the median of **{measure.short}** over the cases of a set. {measure.short} is",
        f"{measure.text}. A lower figure is better. The best figure of each set is bold.",
        f"Cases: {half}.{others}",
        *(
            [f"The truth of these sets is not known, so they stand in the wide tables alone: {missing}."]
            if missing
            else []
        ),
    ]
    parts = ["\n".join(lines), _small(first)]
    if chart is not None:
        parts += [
            f"![bars of the median error: one panel for each set, one bar for each method]({chart})",
            f"*The chart shows the same figures. Orange is {plain(first.baseline)}, which the others are compared\n"
            "with. Blue is huegraft. Grey is a method by others. The best method of each set has a bold number.*",
        ]
    return parts


def _small(first: Lead) -> str:
    heads = [f"{plain(name)}, {_counted(count)}" for name, count in first.cases.items()]
    lines = [f"| method | {' | '.join(heads)} |", "|---" + "|--:" * len(heads) + "|"]
    for method, figures in first.figures.items():
        cells = [_cell(first, method, name) if name in figures else "" for name in first.cases]
        lines.append(f"| {plain(method)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(first: Lead, method: str, name: str) -> str:
    printed = text(first.figures[method][name])
    return f"**{printed}**" if first.is_best(method, name) else printed


def _explained(baseline: str, half: str) -> str:
    lines = [
        "## The wide tables",
        "",
        f"`huegraft evaluate` wrote this page. {circumstances_line()}.",
        "",
        f"Cases: {half}. Each cell is the median over the cases, quartiles in brackets. The last column counts the",
        f"cases in which the method is better and worse than *{plain(baseline)}* by the first measure, and gives the",
        "median difference with its bootstrap interval of 95 %. Methods are ordered by the first measure of each",
        "table: by the sliced Wasserstein distance where no truth is known.",
        "",
        "The column of seconds is the wall-clock time of one call for each case, divided by the frames of the case. It",
        "was taken when the result was first made. The cache keeps it with the result, so it can be older than this",
        "page. A program that runs on its own counts its start and its files. Other work on the machine makes the",
        "seconds longer, so they compare methods roughly. `python -m benchmarks.speed` measures time with care.",
        "",
        *(f"- **{measure.short}**: {measure.text}" for measure in MEASURES.values()),
    ]
    return "\n".join(lines)


def _wide(name: str, rows: Sequence[Summary], baseline: str) -> str:
    present = measures_of(rows)
    first = leading_measure(present)
    columns = [first, *(measure for measure in present if measure != first)]
    heads = [MEASURES[column].short for column in columns]
    lines = [
        f"### {plain(name)}, {_counted(cases_of(rows))}",
        "",
        f"| method | {' | '.join(heads)} | against {plain(baseline)} |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for row in rows:
        cells = [quartiles(column, row.spreads.get(column)) for column in columns]
        lines.append(f"| {plain(row.method)} | {' | '.join(cells)} | {against(row, first)} |")
    return "\n".join(lines)


def _counted(cases: int) -> str:
    return f"{cases} case" if cases == 1 else f"{cases} cases"
