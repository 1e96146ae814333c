"""The pages that measurements are shown on, and the plans and pictures that they are made of."""

import re
import tomllib
from pathlib import Path

import pytest
from benchmarks.strips import file_stem

from huegraft.evaluate.plan import Words

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", ["full", "ablation"])
def test_the_strip_of_a_plan_is_there_and_small(name):
    words = Words(**tomllib.loads((ROOT / "benchmarks" / f"{name}.toml").read_text(encoding="utf-8"))["page"])
    (strip,) = re.findall(r"!\[[^]]*\]\(([^)]*)\)", words.pictures)
    assert (DOCS / strip).stat().st_size <= 150_000
    assert "python -m benchmarks.strips benchmarks/" + name in words.pictures
    assert f"-o docs/{strip}" in words.pictures


def test_every_pair_is_shown_and_judged():
    sets = tomllib.loads((ROOT / "benchmarks" / "pairs.toml").read_text(encoding="utf-8"))["sets"]
    named = [
        f"images/pairs/{file_stem(f'{name}/{target} like {reference}')}.jpg"
        for name, each in sets.items()
        for target, reference in each["pairs"]
    ]
    page = (DOCS / "pairs.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^]]+\]\(([^)]*)\)\n\n(.+)", page)
    assert [path for path, _ in shown] == named
    assert sum(sentence.startswith("**Failure.** ") for _, sentence in shown) >= 3
    assert sum((DOCS / path).stat().st_size for path in named) <= 1_200_000
    assert {path.name for path in (DOCS / "images" / "pairs").iterdir()} == {Path(path).name for path in named}


def test_the_page_of_speed_has_the_line_that_the_command_keeps():
    command = (ROOT / "benchmarks" / "speed" / "__main__.py").read_text(encoding="utf-8")
    (line,) = re.findall(r'^KEEP = "(.*)"$', command, re.MULTILINE)
    assert (DOCS / "speed.md").read_text(encoding="utf-8").count(line) == 1
