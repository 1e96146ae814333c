import json

import pytest

from huegraft.evaluate.blind.votes import check_sum
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
    page = (planned / "table.md").read_text()
    assert page.startswith("# Measured quality")
    assert "](images/table.svg)" in page
    drawn = (planned / "images" / "table.svg").read_text()
    figure = page[page.index("| Reinhard 2001 | ") :].split(" | ")[1].split(" ")[0].strip("*")
    assert f">{figure}<" in drawn
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


def vote(folder, study, voter, choices):
    content = {"schema": 1, "study": study, "voter": voter, "votes": choices, "sum": check_sum(study, voter, choices)}
    (folder / f"votes-{voter}.json").write_text(json.dumps(content))
    return f"votes-{voter}.json"


@pytest.fixture
def studied(run, planned):
    """The name of a study of two cases and four methods."""
    code, out, err = run("evaluate", "plan.toml", "--blind", "-o", "study", "--json")
    assert code == 0, err
    facts = json.loads(out)
    assert facts["questions"] == 13
    assert (planned / facts["page"]).is_file()
    return facts["study"]


def test_blind_study(run, planned, studied):
    files = [vote(planned, studied, "ann", ["left", "none"] * 5), vote(planned, studied, "bob", ["right"])]
    given = [part for file in files for part in ("--votes", file)]
    code, out, err = run("evaluate", *given, "-o", "study", "--markdown", "table.md")
    assert code == 0, err
    assert "transfer: 11 votes, 2 voters, 2 cases" in out
    assert "Reinhard 2001" in out
    assert (planned / "table.md").read_text().startswith("# Blind study")
    _, out, _ = run("evaluate", *given, "-o", "study", "--json")
    assert json.loads(out) == json.loads((planned / "study" / "blind.json").read_text())
    assert {row["method"] for row in json.loads(out)["rankings"][0]["standings"]} >= {"truth", "do nothing"}


def test_another_study_is_not_replaced(run, planned, studied):
    assert run("evaluate", "plan.toml", "--blind", "-o", "study")[0] == 0
    code, _, err = run("evaluate", "plan.toml", "--blind", "-o", "study", "--questions", 4)
    assert code == 1
    assert "belongs to a study of other pictures" in err
    code, out, _ = run("evaluate", "plan.toml", "--blind", "-o", "study", "--questions", 4, "--force")
    assert (code, out.split()[0]) == (0, "4")
    code, _, err = run("evaluate", "--votes", vote(planned, studied, "ann", ["left"]), "-o", "study")
    assert code == 1
    assert "holds votes of another study" in err


def test_blind_options_that_change_nothing(run, planned):
    for arguments, message in {
        ("plan.toml", "--votes", "a.json"): "PLAN would change nothing with --votes",
        ("--votes", "a.json", "--blind"): "--blind would change nothing with --votes",
        ("--votes", "a.json", "--half", "tune"): "--half would change nothing",
        ("plan.toml", "--blind", "--markdown", "t.md"): "--markdown would change nothing with --blind",
        ("plan.toml", "--questions", 3): "--questions would change nothing with an evaluation without --blind",
    }.items():
        code, _, err = run("evaluate", *arguments, "-o", "study")
        assert code == 2
        assert message in err
    code, _, err = run("evaluate", "--votes", "a.json", "-o", "study")
    assert code == 1
    assert "make the study first, with --blind" in err


def test_evaluation_as_json(run, planned):
    code, out, _ = run("evaluate", "plan.toml", "-o", "quality", "--json", "--method", "truth")
    assert code == 0
    assert out == (planned / "quality" / "report.json").read_text()
