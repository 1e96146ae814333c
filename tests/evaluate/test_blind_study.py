import dataclasses
import json
import re

import pytest

from huegraft.errors import EvaluationError, FileError
from huegraft.evaluate.blind import PACKAGE_PLAN
from huegraft.evaluate.blind.design import Shown, designed
from huegraft.evaluate.blind.study import Key, made_study, read_key
from huegraft.evaluate.blind.votes import check_sum, read_votes
from huegraft.evaluate.evaluation import evaluate
from huegraft.evaluate.methods import PEERS
from huegraft.evaluate.plan import Plan, read_plan
from huegraft.evaluate.sets import PairedSet, set_cases

METHODS = ("Reinhard 2001", "Monge-Kantorovitch Lab", "histogram matching")
PAIRS = [["one", "two"], ["two", "one"], ["three", "two"], ["four", "one"]]


@pytest.fixture
def made(photographs, tmp_path):
    """The study of three methods on four pairs."""
    sets = {"secret": PairedSet("transfer", PAIRS, "photos/*.png", pixels=400)}
    plan = Plan(sets, {name: PEERS[name] for name in METHODS}, METHODS[0])
    scores = evaluate(plan, photographs, tmp_path / "cache", progress=lambda _: None)
    return plan, scores, made_study(plan, photographs, scores, 8)


@pytest.fixture
def key():
    cases = {Shown("transfer", "set", str(number)): METHODS for number in range(3)}
    return Key("0f" * 16, tuple(designed(cases, 8)))


@pytest.fixture
def write(key, tmp_path):
    """Write a file of votes as the page does, some of it changed, and return its path."""

    def call(choices, voter="ann", **changes):
        content = {"schema": 1, "study": key.study, "voter": voter, "votes": choices}
        content["sum"] = check_sum(key.study, voter, choices) if isinstance(choices, list) else 0
        path = tmp_path / f"votes-{voter}.json"
        path.write_text(json.dumps(content | changes))
        return path

    return call


def shown_on(page):
    return json.loads(re.search(r'<script type="application/json" id="content">(.*?)</script>', page, re.DOTALL)[1])


def test_page_has_no_names_and_no_network(made):
    page = re.sub(r"data:image/webp;base64,[\w+/=]+", "", made[2].page).lower()
    plan = read_plan(PACKAGE_PLAN, PACKAGE_PLAN.parent)
    names = {*METHODS, *PEERS, *plan.methods} - {"grey"}  # a grey target is called so
    words = {word for name in names for word in (name, *re.findall(r"[^\W\d]{4,}", name))} - {"features", "nothing"}
    words |= {"huegraft", "paper", "secret", "one like two"}
    assert not [word for word in words if re.search(rf"\b{re.escape(word.lower())}\b", page)]
    assert not [part for part in ("http:", "https:", "src=", "href=") if part in page]
    assert "default-src 'none'" in page


def test_page_shows_what_the_key_says(made):
    _, _, study = made
    shown = shown_on(study.page)
    assert shown["study"] == study.key["study"]
    assert len(shown["questions"]) == len(study.key["questions"]) == 9
    assert list(shown["pictures"]) == sorted(shown["pictures"]) == list(study.key["pictures"])
    for asked, question in zip(shown["questions"], study.key["questions"], strict=True):
        for side in ("left", "right"):
            picture = study.key["pictures"][asked[side]]
            assert picture["role"] == f"result of {question[side]}"
            assert picture["case"] == question["shown"]["case"]
        assert study.key["pictures"][asked["target"]]["role"] == "target"
    assert set(study.key["methods"]) == set(METHODS)


def test_a_study_is_the_same_again(made, photographs):
    plan, scores, study = made
    assert made_study(plan, photographs, scores, 8).page == study.page
    other = made_study(plan, photographs, scores, 7)
    assert other.key["study"] != study.key["study"]


def test_a_study_needs_two_results(made, photographs):
    plan, scores, _ = made
    alone = [score for score in scores if score.method == METHODS[0]]
    with pytest.raises(EvaluationError, match="results of two methods"):
        made_study(plan, photographs, alone, 8)


def test_key(made, tmp_path):
    path = tmp_path / "key.json"
    with pytest.raises(FileError, match="make the study first"):
        read_key(path)
    path.write_text(json.dumps(made[2].key))
    assert read_key(path).study == made[2].key["study"]
    assert [dataclasses.asdict(each) for each in read_key(path).questions] == made[2].key["questions"]
    changed = json.loads(path.read_text())
    changed["questions"][0]["left"] = "another"
    for text in (json.dumps(changed), "{}", "[]", "[" * 100_000, "no JSON"):
        path.write_text(text)
        with pytest.raises(FileError, match="is no key of a study"):
            read_key(path)


def test_votes(write, key):
    votes = read_votes([write(["left", "none", "right"]), write(["right"], "bob")], key)
    assert [(vote.voter, vote.left) for vote in votes] == [("ann", 1), ("ann", 0.5), ("ann", 0), ("bob", 0)]
    assert [vote.question for vote in votes[:3]] == list(key.questions[:3])


@pytest.mark.parametrize(
    ("choices", "changes", "message"),
    [
        (["left"], {"study": "f" * 32}, "holds votes of another study, ffff"),
        (["left"], {"votes": ["right"]}, "was changed after the page wrote it"),
        (["left"], {"sum": "1"}, "was changed"),
        (["left"] * 10, {}, "was changed"),
        (["up"], {}, "was changed"),
        ([], {}, "holds no vote"),
        (["left"], {"schema": 2}, "is no file of votes"),
        (["left"], {"votes": [{}]}, "is no file of votes"),
        (3, {}, "is no file of votes"),
    ],
)
def test_votes_that_are_refused(write, key, choices, changes, message):
    with pytest.raises(FileError, match=message):
        read_votes([write(choices, **changes)], key)


@pytest.mark.parametrize(("voter", "message"), [("bob", "was changed"), (None, "is no file of votes")])
def test_votes_of_another_person(write, key, voter, message):
    path = write(["left"])
    path.write_text(json.dumps(json.loads(path.read_text()) | {"voter": voter}))
    with pytest.raises(FileError, match=message):
        read_votes([path], key)


def test_votes_that_are_no_votes(write, key, tmp_path):
    path = write(["left"])
    with pytest.raises(FileError, match="both hold the votes of 'ann'"):
        read_votes([path, path], key)
    with pytest.raises(FileError, match="cannot read the votes"):
        read_votes([tmp_path / "none.json"], key)
    for text in (b"[]", b"\xff", b"[" * 100_000):
        path.write_bytes(text)
        with pytest.raises(FileError, match="is no file of votes"):
            read_votes([path], key)


def test_sum_is_that_of_the_page():
    assert check_sum("8ec9a5df56216ff999ceb0068c8bcb75", "b", ["left"]) == 2696958460  # as Chromium wrote it
    assert check_sum("", "\ud800", []) >= 0


def test_package_plan():
    plan = read_plan(PACKAGE_PLAN, PACKAGE_PLAN.parent)
    for description in plan.sets.values():
        cases = set_cases(description, PACKAGE_PLAN.parent)
        assert len(cases) == 8
        modes = [method for method in plan.methods.values() if description.mode in method.modes]
        assert len(modes) == 4
        assert cases[0].load()[0].truth is None
