import pytest

from huegraft.errors import EvaluationError, SettingsError
from huegraft.evaluate.made import MadeSet
from huegraft.evaluate.methods import PEERS
from huegraft.evaluate.plan import DEMO, Words, chosen, read_plan
from huegraft.evaluate.sets import PairedSet

GOOD = """
baseline = "ours"
peers = ["truth", "noise"]
[methods.ours]
tau = 0.05
[methods.program]
command = ["run", "{target}"]
folder = "tool"
[sets.photos]
make = "regrade"
photographs = "*.png"
pixels = 200
[sets.pairs]
mode = "transfer"
folders = "*"
reference = "r.png"
target = "t.png"
"""


@pytest.fixture
def plan_from(tmp_path):
    def read(text):
        path = tmp_path / "plan.toml"
        path.write_text(text)
        return read_plan(path, tmp_path)

    return read


def test_plan(plan_from, tmp_path):
    plan = plan_from(GOOD)
    assert list(plan.methods) == ["ours", "program", "truth", "noise"]
    assert plan.sets["photos"] == MadeSet("regrade", "*.png", pixels=200)
    assert plan.sets["pairs"].target == "t.png"
    assert plan.methods["ours"].settings["match"]["tau"] == 0.05
    assert plan.methods["program"].folder == str(tmp_path / "tool")
    assert plan.baseline == "ours"


def test_paired_sets(plan_from):
    plan = plan_from(GOOD + '[sets.paired]\nmode = "transfer"\npairs = [["a", "b"]]\n')
    assert plan.sets["paired"] == PairedSet("transfer", [["a", "b"]])
    with pytest.raises(EvaluationError, match="'paired': pairs must be"):
        plan_from(GOOD + '[sets.paired]\nmode = "transfer"\npairs = [["a", 1]]\n')


def test_words_of_the_page(plan_from):
    assert plan_from(GOOD).words == Words("Measured quality")
    plan = plan_from(GOOD + '[page]\ntitle = "Mine"\npictures = "![x](x.jpg)"\n')
    assert plan.words == Words("Mine", "", "![x](x.jpg)")
    assert chosen(plan, ["pairs"], None).words == plan.words
    with pytest.raises(EvaluationError, match="the page has an unknown field 'subtitle'"):
        plan_from(GOOD + '[page]\nsubtitle = "x"\n')


def test_demo_plan_has_all_kinds_and_peers(tmp_path):
    plan = read_plan(DEMO, tmp_path)
    assert {each.make for each in plan.sets.values()} == {"colorize", "distractor", "regrade", "relight", "clip"}
    assert set(PEERS) < set(plan.methods)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("baseline", "basline", "plan plan.toml has an unknown field 'basline'"),
        ('baseline = "ours"', "", "lacks the field 'baseline'"),
        ('baseline = "ours"', 'baseline = "theirs"', "the baseline 'theirs' is no method; known are ours, program"),
        ('"noise"', '"nois"', "unknown peer 'nois'; known are truth"),
        ('make = "regrade"', 'make = "upgrade"', "'photos': make must be one of 'colorize', 'distractor'"),
        ("pixels = 200", "pixels = 0", "pixels must be at least 121, got 0"),
        ("pixels = 200", 'pixels = "many"', "pixels must be a number from 0"),
        ('photographs = "*.png"', "", "the set 'photos' lacks the field 'photographs'"),
        ('target = "t.png"', "target = 3", "'pairs': target must be"),
        ('target = "t.png"', 'leave_out = "t"', "leave_out must be"),
        ('mode = "transfer"', 'mode = "paint"', "mode must be one of 'transfer', 'colorize'"),
        ('folder = "tool"', 'folder = "tool"\ntimeout = 3', "the method 'program' has an unknown field 'timeout'"),
        ('folder = "tool"', "", "the method 'program' needs a command and the folder"),
        ("tau = 0.05", "weights = 3", "no file of weights 3"),
        ("tau = 0.05", "modes = 3", "modes must be a list"),
        ("[methods.ours]", "[methods.noise]\n[methods.ours]", "'noise' is named like a built-in peer"),
        ("[sets.photos]", "[sets.photos", "cannot read the plan"),
        ("tau = 0.05", "tau = -1", "tau must be"),
        ("tau = 0.05", "tua = 1", "unknown setting 'tua'"),
        ("tau = 0.05", 'preset = "none"', "unknown preset"),
    ],
)
def test_plans_that_are_wrong(plan_from, old, new, message):
    assert old in GOOD
    with pytest.raises((EvaluationError, SettingsError), match=message):
        plan_from(GOOD.replace(old, new, 1))


def test_missing_plan(tmp_path):
    with pytest.raises(EvaluationError, match="cannot read the plan"):
        read_plan(tmp_path / "none.toml", tmp_path)


def test_chosen_keeps_the_baseline(plan_from):
    plan = chosen(plan_from(GOOD), ["pairs"], ["noise"])
    assert list(plan.sets) == ["pairs"]
    assert list(plan.methods) == ["ours", "noise"]
    assert chosen(plan, None, None) == plan
    with pytest.raises(EvaluationError, match="no set 'none'"):
        chosen(plan, ["none"], None)
    with pytest.raises(EvaluationError, match="no method 'none'"):
        chosen(plan, None, ["none"])
