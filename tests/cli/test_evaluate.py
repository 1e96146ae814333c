import json

import pytest

from huegraft.io.image import write_picture

PLAN = """
baseline = "do nothing"
peers = ["truth", "do nothing", "noise", "Reinhard 2001"]
[sets.graded]
make = "regrade"
photographs = "photos/*.png"
pixels = 700
"""


@pytest.fixture
def planned(folder, astronaut, coffee):
    (folder / "photos").mkdir()
    write_picture(folder / "photos" / "one.png", astronaut)
    write_picture(folder / "photos" / "two.png", coffee)
    (folder / "plan.toml").write_text(PLAN)
    return folder


def test_evaluate(run, planned):
    code, out, err = run("evaluate", "plan.toml", "-o", "quality", "--markdown", "table.md")
    assert code == 0, err
    assert "graded, 2 cases: medians" in out
    assert "Reinhard 2001" in out
    assert out.rstrip().endswith("quality/index.html")
    assert "graded/one: Reinhard 2001" in err
    content = json.loads((planned / "quality" / "report.json").read_text())
    assert {score["method"] for score in content["scores"]} == {"truth", "do nothing", "noise", "Reinhard 2001"}
    assert (planned / "table.md").read_text().startswith("# Measured quality")
    assert "Reinhard" in (planned / "quality" / "index.html").read_text()
    _, _, again = run("evaluate", "plan.toml", "-o", "quality")
    assert "Reinhard" not in again


def test_evaluate_some(run, planned):
    code, out, _ = run("evaluate", "plan.toml", "-o", "quality", "--method", "truth", "--half", "report", "--limit", 1)
    assert code == 0
    assert "graded, 1 cases" in out
    assert "noise" not in out
    code, _, err = run("evaluate", "plan.toml", "-o", "quality", "--set", "none")
    assert code == 2
    assert "no set 'none'; known are graded" in err


def test_evaluate_elsewhere(run, planned):
    (planned / "plans").mkdir()
    (planned / "plan.toml").rename(planned / "plans" / "plan.toml")
    assert run("evaluate", "plans/plan.toml", "-o", "quality")[0] == 2
    assert run("evaluate", "plans/plan.toml", "--data", ".", "-o", "quality")[0] == 0


def test_a_failed_method_is_told(run, planned):
    plan = PLAN + '[methods.broken]\ncommand = ["no-such-program"]\nfolder = "."\n'
    (planned / "plan.toml").write_text(plan)
    code, out, err = run("evaluate", "plan.toml", "-o", "quality")
    assert code == 1
    assert "wrong: graded/one: broken: cannot run no-such-program" in err
    assert "2 failed" in out


def test_output_that_is_something_else(run, planned):
    code, _, err = run("evaluate", "plan.toml", "-o", "photos")
    assert code == 2
    assert "photos holds other files" in err
    (planned / "mine" / "cache").mkdir(parents=True)
    assert run("evaluate", "plan.toml", "-o", "mine")[0] == 2
    code, _, err = run("evaluate", "plan.toml", "-o", "quality", "--markdown", "nowhere/table.md")
    assert code == 1
    assert "cannot write nowhere/table.md" in err
    code, _, err = run("evaluate", "plan.toml", "-o", "plan.toml")
    assert code == 2
    assert "it is a file" in err
