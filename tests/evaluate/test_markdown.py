import pytest

from huegraft.evaluate.lead import lead
from huegraft.evaluate.markdown import markdown
from huegraft.evaluate.methods import PEERS
from huegraft.evaluate.methods.ours import OwnMethod
from huegraft.evaluate.plan import Plan, Words
from huegraft.evaluate.statistics import Comparison, Spread, Summary

FIGURES = {
    "grades": {"ours": 1.5, "paper": 2.5, "Reinhard 2001": 2.0, "Pitie 2007": 3.0, "do nothing": 9.0, "noise": 30.0},
    "greys": {"ours": 4.001, "paper": 4.002, "Welsh 2002": 5.0, "do nothing": 9.0, "truth": 0.0},
}


def summary(set_name, method, median, measure="ciede2000_median", count=3):
    comparison = Comparison(1, 0, 0, -1.0, -1.0, -1.0)
    return Summary(set_name, method, {measure: Spread(median, median, median, count)}, {measure: comparison}, 0)


@pytest.fixture
def plan():
    own = {name: OwnMethod.from_settings({}) for name in ("ours", "paper")}
    return Plan({}, own | dict(PEERS), "paper", Words("A title", "What the sets ask.", "![a strip](images/strip.jpg)"))


@pytest.fixture
def summaries():
    known = [summary(name, *row) for name, rows in FIGURES.items() for row in rows.items()]
    return [*known, summary("unknown | pairs", "ours", 2.0, "sliced_wasserstein", count=1)]


def test_methods_of_the_lead(plan, summaries):
    first = lead(plan, summaries)
    assert list(first.figures) == ["ours", "Reinhard 2001", "paper", "Welsh 2002", "do nothing"]
    assert first.figures["Reinhard 2001"] == {"grades": 2.0}
    assert first.cases == {"grades": 3, "greys": 3}
    assert first.own == {"ours", "paper"}
    assert first.without_truth == ["unknown | pairs"]


def test_the_best_is_what_prints_lowest(plan, summaries):
    first = lead(plan, summaries)
    assert first.is_best("ours", "grades")
    assert not first.is_best("Reinhard 2001", "grades")
    assert first.is_best("ours", "greys")
    assert first.is_best("paper", "greys")


def test_the_page_leads_with_the_small_table(plan, summaries):
    page = markdown(plan, summaries, "all", "images/page.svg")
    assert page.startswith("# A title\n\nWhat the sets ask.\n\n")
    assert "| method | grades, 3 cases | greys, 3 cases |\n|---|--:|--:|\n| ours | **1.50** | **4.00** |\n" in page
    assert "| paper | 2.50 | **4.00** |\n| Welsh 2002 |  | 5.00 |\n| do nothing | 9.00 | 9.00 |\n\n" in page
    assert r"wide tables alone: *unknown \| pairs*." in page
    order = [
        "| do nothing",
        "](images/page.svg)",
        "Orange is paper",
        "![a strip]",
        "## The wide tables",
        "### grades, 3",
    ]
    assert [page.index(part) for part in order] == sorted(page.index(part) for part in order)
    assert r"### unknown \| pairs, 1 case" in page
    assert "30.00" not in page[: page.index("## The wide tables")]


def test_the_page_says_where_seconds_come_from(plan, summaries):
    assert "wall-clock time of one call" in markdown(plan, summaries, "all")


def test_without_a_truth_the_wide_tables_lead(plan, summaries):
    page = markdown(plan, summaries[-1:], "all")
    assert page.startswith("# A title\n\nWhat the sets ask.\n\n![a strip](images/strip.jpg)\n\n## The wide tables")


def test_names_do_not_break_the_page(summaries):
    name = "a | b <i>*x*"
    plan = Plan({}, {name: PEERS["noise"]}, name)
    page = markdown(plan, [summary("set <i> | c", name, 1.0, count=1)], "all", "images/page.svg")
    assert page.count(r"| a \| b \<i\>\*x\* |") == 2
    assert r"### set \<i\> \| c, 1 case" in page
    assert r"| against a \| b \<i\>\*x\* |" in page
    assert r"Orange is a \| b" in page
    assert "to" not in page.splitlines()[-1]  # no interval of one case
