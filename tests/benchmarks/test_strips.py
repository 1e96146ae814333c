import sys

import numpy as np
import pytest
from PIL import Image

from benchmarks import strips
from huegraft.evaluate.package import photograph
from huegraft.evaluate.plan import read_plan

PLAN = """
baseline = "best"
peers = ["Reinhard 2001", "lightness regression"]
[methods.best]
preset = "best"
working_pixels = 4096
[sets.pairs]
mode = "transfer"
pairs = [["chelsea", "coffee"], ["coffee", "chelsea"]]
pixels = 4096
[sets.grey]
make = "colorize"
photographs = "photos/*.png"
pixels = 4096
[sets.folders]
mode = "transfer"
folders = "pairs/*"
target = "target.png"
reference = "reference.png"
"""


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Write strips by the command, and return their paths."""
    (tmp_path / "plan.toml").write_text(PLAN)

    def make(output, *arguments):
        monkeypatch.setattr(
            sys, "argv", ["strips", str(tmp_path / "plan.toml"), "-o", str(tmp_path / output), *arguments]
        )
        strips.main()
        return sorted((tmp_path / output).glob("*.jpg")) if (tmp_path / output).is_dir() else [tmp_path / output]

    make.plan = lambda: read_plan(tmp_path / "plan.toml", tmp_path)
    return make


def labels(row):
    return [label for label, _ in row]


def test_a_strip_shows_others_first_and_ours_last(made):
    plan = made.plan()
    titles = strips.ordered(plan)
    (pair,) = dict(strips.package_pairs(plan, strips.Path(), ["pairs/chelsea like coffee"])).values()
    row = strips.strip(plan, titles, pair)
    assert labels(row) == ["target", "reference", "Reinhard 2001", "best"]
    assert np.array_equal(row[0][1], pair.target)
    assert len({picture.tobytes() for _, picture in row}) == 4


def test_made_sets_take_the_photographs_of_packages(made):
    plan = made.plan()
    (pair,) = dict(strips.package_pairs(plan, strips.Path(), ["grey/chelsea"])).values()
    assert labels(strips.strip(plan, strips.ordered(plan), pair))[2:] == ["lightness regression", "best", "truth"]
    height, width, _ = photograph("chelsea").shape
    assert pair.truth.shape[1] / pair.truth.shape[0] == pytest.approx(width / height, rel=0.03)


def test_one_file_for_each_case(made):
    paths = made(
        "strips", "--case", "pairs/chelsea like coffee", "--case", "pairs/coffee like chelsea", "--height", "40"
    )
    assert [path.name for path in paths] == ["pairs_chelsea_like_coffee.jpg", "pairs_coffee_like_chelsea.jpg"]


def test_one_file_of_all_rows(made):
    (path,) = made("strip.jpg", "--case", "pairs/chelsea like coffee", "--case", "grey/coffee", "--height", "40")
    with Image.open(path) as image:
        assert image.height == 2 * (40 + 20 + 4 + 8) + 8


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("pairs/chelsea", "pairs has no case 'chelsea'; known are chelsea like coffee, coffee like chelsea"),
        ("folders/one", "no set 'folders' that photographs of packages can show"),
        ("none/one", "no set 'none'"),
    ],
)
def test_cases_that_are_not_there(made, case, message):
    with pytest.raises(SystemExit, match=message):
        made("strips", "--case", case)
