import re

import pytest

from huegraft.evaluate.chart import BLUE, GREY, ORANGE, error_chart, write_chart
from huegraft.evaluate.lead import Lead


def lead_of(sets=2):
    names = [f"set {number}" for number in range(sets)]
    figures = {
        "ours": dict.fromkeys(names, 1.25),
        "theirs": {names[0]: 2.5},
        "paper": dict.fromkeys(names, 3.75),
        "do nothing": dict.fromkeys(names, 60.0),
    }
    return Lead(dict.fromkeys(names, 3), figures, frozenset({"ours", "paper"}), "paper", [])


def test_bars_carry_the_figures():
    first, second = error_chart(lead_of()).axes
    assert [bar.get_width() for bar in first.patches] == [1.25, 2.5, 3.75]
    assert [bar.get_width() for bar in second.patches] == [1.25, 3.75]
    assert [bar.get_y() + bar.get_height() / 2 for bar in second.patches] == [0, 2]
    assert [text.get_text() for text in first.texts] == ["1.25", "2.50", "3.75"]
    assert [text.get_fontweight() for text in first.texts] == ["bold", "normal", "normal"]
    assert [text.get_text() for text in first.get_yticklabels()] == ["ours", "theirs", "paper"]
    assert first.get_title(loc="left") == "set 0"


def test_colours_tell_who_a_method_is_by():
    first = error_chart(lead_of()).axes[0]
    named = dict(zip(("ours", "theirs", "paper"), first.patches, strict=True))
    for method, color in {"ours": BLUE, "theirs": GREY, "paper": ORANGE}.items():
        assert named[method].get_facecolor()[:3] == pytest.approx([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def test_no_bar_leaves_its_panel():
    for panel in error_chart(lead_of()).axes:
        assert panel.get_xlim()[1] > 1.2 * 3.75  # to do nothing, 60, sets no scale


@pytest.mark.parametrize(("sets", "grid"), [(1, (1, 1)), (4, (1, 4)), (5, (2, 3)), (8, (2, 4))])
def test_panels_fill_the_width(sets, grid):
    figure = error_chart(lead_of(sets))
    assert figure.axes[0].get_gridspec().get_geometry() == grid
    assert figure.get_figwidth() == 8


def test_the_file_has_text_and_no_date(tmp_path):
    paths = [tmp_path / "images" / name for name in ("one.svg", "two.svg")]
    for path in paths:
        write_chart(error_chart(lead_of()), path)
    drawn = paths[0].read_text()
    assert paths[1].read_text() == drawn
    assert re.search(r">1\.25<", drawn)
    assert "font-family: 'DejaVu Sans', sans-serif" in drawn
    assert "<dc:date>" not in drawn
    assert len(drawn) < 100_000
