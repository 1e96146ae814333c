"""An evaluation as one HTML page that needs no other file: tables, and all pictures, worst first."""

import html
from collections.abc import Sequence
from pathlib import Path
from string import Template

import numpy as np

from huegraft.evaluate.evaluation import Score
from huegraft.evaluate.metrics import MEASURES
from huegraft.evaluate.pairs import Pair
from huegraft.evaluate.plan import Plan
from huegraft.evaluate.record import circumstances_line
from huegraft.evaluate.sets import set_cases
from huegraft.evaluate.statistics import Summary, leading_measure
from huegraft.evaluate.table import against, measures_of, quartiles, sets_of
from huegraft.io.image import read_picture
from huegraft.report.drawing import as_data_address, as_image
from huegraft.types import AnyPicture

_QUALITY = 88


def evaluation_page(plan: Plan, data: Path, scores: Sequence[Score], summaries: Sequence[Summary]) -> str:
    """Return the page. Of a clip its last frame is shown."""
    sections = [
        f'<h2 id="{html.escape(name)}">{html.escape(name)}</h2>{_table(rows, plan.baseline)}'
        + "".join(_cases(name, rows, plan, data, [score for score in scores if score.set == name]))
        for name, rows in sets_of(summaries).items()
    ]
    template = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    return template.substitute(
        facts=html.escape(circumstances_line()),
        baseline=html.escape(plan.baseline),
        links="".join(f'<a href="#{html.escape(name)}">{html.escape(name)}</a>' for name in sets_of(summaries)),
        measures="".join(f"<li><b>{each.short}</b>: {html.escape(each.text)}</li>" for each in MEASURES.values()),
        sections="".join(sections),
    )


def _table(rows: Sequence[Summary], baseline: str) -> str:
    present = measures_of(rows)
    head = "".join(f"<th>{MEASURES[measure].short}</th>" for measure in present)
    body = "".join(
        f"<tr><td>{html.escape(row.method)}</td>"
        + "".join(f"<td>{quartiles(measure, row.spreads.get(measure))}</td>" for measure in present)
        + f"<td>{against(row, leading_measure(present))}</td></tr>"
        for row in rows
    )
    head = f"<tr><th>method</th>{head}<th>against {html.escape(baseline)}</th></tr>"
    return f'<div class="scroll"><table>{head}{body}</table></div>'


def _cases(name: str, rows: Sequence[Summary], plan: Plan, data: Path, scores: Sequence[Score]) -> list[str]:
    """Return a row of pictures for each case, the baseline's worst first; methods in the order of the table."""
    measure = leading_measure(measures_of(rows))
    badness = {
        score.case: MEASURES[measure].badness(score.measures[measure])
        for score in scores
        if score.method == plan.baseline and measure in score.measures
    }
    order = [row.method for row in rows if row.method not in ("truth", "noise", "do nothing")]
    loaders = {case.name: case.load for case in set_cases(plan.sets[name], data)}
    sections = []
    for case in sorted(dict.fromkeys(score.case for score in scores), key=lambda each: -badness.get(each, np.inf)):
        own = {score.method: score for score in scores if score.case == case}
        readable = any(score.images for score in own.values())
        figures = [_figure(role, role, picture) for role, picture in _given(loaders[case]()[-1])] if readable else []
        figures += [_result(own[method], measure) for method in order if method in own]
        half = next(iter(own.values())).half
        sections.append(
            f'<h3>{html.escape(case)} <small>({half} half)</small></h3><div class="case">{"".join(figures)}</div>'
        )
    return sections


def _given(pair: Pair) -> list[tuple[str, AnyPicture]]:
    given = [("target", pair.target), ("reference", pair.reference)]
    return given if pair.truth is None else [*given, ("truth", pair.truth)]


def _result(score: Score, measure: str) -> str:
    if score.error is not None:
        return f"<figure>{html.escape(score.method)}: failed: {html.escape(score.error)}</figure>"
    caption = f"{score.method}: {MEASURES[measure].short} {score.measures[measure]:.2f}"
    return _figure(score.method, caption, read_picture(score.images[-1]).as_float())


def _figure(name: str, caption: str, picture: AnyPicture) -> str:
    address = as_data_address(as_image(picture), "WEBP", quality=_QUALITY)
    return (
        f'<figure><img src="{address}" alt="{html.escape(name)}" decoding="async">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )
