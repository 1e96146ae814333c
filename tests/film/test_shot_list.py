import json
from dataclasses import replace

import pytest

from huegraft.errors import FilmError
from huegraft.film.shot_list import Keyframe, Ranking, Reference, ShotList
from huegraft.film.shot_list_file import load_shot_list, save_shot_list
from huegraft.settings import preset

CONTENT = {
    "schema": 1,
    "mode": "colorize",
    "source": {"path": "film.mov", "stream": 0, "frames": 2000, "index": "abc", "timecode": "01:00:00:00"},
    "reading": {"matrix": "bt709", "range": "tv", "bars": [0, 140, 1920, 800]},
    "palette": {"uniform": "#3a4a6b"},
    "references": [
        {"id": "a", "path": "refs/ref_000040.png", "frame": 40, "by": "Ann"},
        {"id": "b", "path": "b.png", "scope": "shots"},
    ],
    "settings": {"preset": "best", "working_pixels": 65536},
    "shots": [
        {"id": "s0001", "in": 0, "out": 1000, "kind": "picture", "settings": {"tau": 0.02}},
        {
            "id": "s0012",
            "in": 1040,
            "out": 1163,
            "into": {"dissolve": 24},
            "keyframes": [{"frame": 1040, "reference": "a", "weight": 2}],
            "same_as": None,
            "tint": "strip",
            "pins": [],
            "settings": {},
            "status": "approved",
            "note": "dusk",
            "track": "key",
            "mine": {"deep": [1, 2]},
        },
    ],
}


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "shots.json"
    file.write_text(json.dumps(CONTENT))
    return file


def changed(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return path


def test_what_people_wrote_comes_back(path):
    shots = load_shot_list(path)
    assert shots.shots[1].keyframes == (Keyframe(1040, "a", {"weight": 2}),)
    assert shots.shots[1].rest["mine"] == {"deep": [1, 2]}
    assert shots.references[0] == Reference("a", "refs/ref_000040.png", 40, "film", {"by": "Ann"})
    save_shot_list(path, shots)
    assert load_shot_list(path) == shots
    kept = json.loads(path.read_text())
    for name, value in CONTENT["shots"][1].items():
        assert kept["shots"][1][name] == value
    assert kept["palette"] == CONTENT["palette"]
    assert kept["source"] == CONTENT["source"]


def test_settings_and_references_of_a_shot(path):
    shots = load_shot_list(path)
    first, second = shots.shots
    assert shots.settings_of(first) == preset("best").replace(working_pixels=65536, tau=0.02)
    assert [(each.frame, each.reference) for each in shots.keyframes_of(second)] == [(1040, "a")]
    assert [(each.frame, each.reference) for each in shots.keyframes_of(first)] == [(40, "a")]  # the picture shows it
    assert [each.id for each in shots.candidates()] == ["a"]


def test_the_last_reference_of_a_frame_counts(path):
    again = {"id": "c", "path": "refs/ref_000040_1234.png", "frame": 40}
    shots = load_shot_list(changed(path, lambda content: content["references"].append(again)))
    assert [(each.frame, each.reference) for each in shots.keyframes_of(shots.shots[0])] == [(40, "c")]


def test_a_shot_that_is_the_same_as_another_takes_its_settings(path):
    changed(path, lambda content: content["shots"][1].update(same_as="s0001", settings={"vividness": 0.5}))
    shots = load_shot_list(path)
    assert [shot.id for shot in shots.likes_of(shots.shots[1])] == ["s0012", "s0001"]
    settings = shots.settings_of(shots.shots[1])
    assert (settings.match.tau, settings.fuse.vividness) == (0.02, 0.5)


def test_colours_are_averaged_unless_the_film_or_a_shot_says_otherwise(path):
    assert load_shot_list(path).steady_of() == "motion"
    changed(path, lambda content: content["settings"].update(steady="none"))
    changed(path, lambda content: content["shots"][1]["settings"].update(steady="motion"))
    shots = load_shot_list(path)
    assert [shots.steady_of(each) for each in shots.shots] == ["none", "motion"]
    assert shots.settings_of(shots.shots[0]) == preset("best").replace(working_pixels=65536, tau=0.02)


def test_rankings_come_back(path):
    shots = load_shot_list(path)
    ranking = Ranking("key", {"a": 0.5}, ("a",), rest={"mine": 1})
    ranked = replace(shots, shots=(replace(shots.shots[0], ranking=ranking), shots.shots[1]))
    save_shot_list(path, ranked)
    assert load_shot_list(path) == ranked


def test_a_key_that_is_nearly_known_is_named(path):
    changed(path, lambda content: content["shots"][0].update(sameas="s0012"))
    assert (
        "shot s0001: 'sameas' is kept and means nothing; did you mean 'same_as'?" in load_shot_list(path).not_used_yet()
    )


def test_values_of_later_versions_are_named(path):
    assert list(load_shot_list(path).not_used_yet()) == [
        "the film: 'palette' is kept and not used yet",
        "shot s0012: 'tint' is kept and not used yet",
        "shot s0012: 'status' is kept and not used yet",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.update(schema=2), "expected a shot list of schema 1, got 2"),
        (lambda content: content.update(mode="paint"), '"mode" must be "transfer" or "colorize", got \'paint\''),
        (lambda content: content["shots"][1].update({"in": 999}), 'shot s0012: expected 1000 <= "in" < "out" <= 2000'),
        (lambda content: content["shots"][1].update(out=2001), "got 1040 and 2001"),
        (lambda content: content["shots"][1].update(out="end"), "got 1040 and end"),
        (lambda content: content["shots"][1].update(id="s0001"), "shot s0001 is there twice"),
        (lambda content: content["shots"][1].pop("id"), "a shot lacks id"),
        (lambda content: content["shots"].append(7), "expected a shot as an object, got 7"),
        (lambda content: content.update(reading=None), 'expected an object as "reading", got None'),
        (lambda content: content.update(settings=[]), r'expected an object as "settings", got \[\]'),
        (lambda content: content["shots"][0].update(settings=None), 'expected an object as "settings", got None'),
        (lambda content: content["shots"][0]["settings"].update(tau=-1), "settings of shot s0001 are wrong: tau must"),
        (lambda content: content["shots"][0]["settings"].update(colour=1), "unknown setting 'colour'"),
        (lambda content: content["settings"].update(steady="yes"), "settings of the film are wrong: steady must be"),
        (lambda content: content["settings"].update(preset="dull"), "settings of the film are wrong: unknown preset"),
        (lambda content: content["source"].pop("path"), '"source" must hold the "path" of the film'),
        (
            lambda content: content["shots"][1]["keyframes"][0].update(reference="c"),
            "shot s0012 names reference 'c'; there are a, b",
        ),
        (
            lambda content: content["shots"][1]["keyframes"].append({"frame": 1040, "reference": "a"}),
            "shot s0012 has two keyframes at one frame",
        ),
        (lambda content: content["shots"][1].update(into={"dissolve": 400}), 'shot s0012: "into" must be such as'),
        (lambda content: content["shots"][1].update(into=7), 'shot s0012: "into" must be such as'),
        (lambda content: content.update(shots=None), 'expected a list as "shots", got None'),
        (lambda content: content["shots"][1].update(same_as="s1"), "there is no shot s1; there are s0001, s0012"),
        (lambda content: content["shots"][1].update(same_as="s0012"), "leads from s0012 back to s0012"),
        (
            lambda content: content["shots"][1]["keyframes"][0].update(frame=1163),
            "shot s0012 has frames 1040 to 1162, and a keyframe at 1163",
        ),
        (lambda content: content["shots"][1]["keyframes"][0].update(frame="first"), "a keyframe at 'first'"),
        (
            lambda content: content["shots"][0].update(kind="titel"),
            "shot s0001: \"kind\" must be one of picture, title, leader, black, got 'titel'",
        ),
    ],
)
def test_what_cannot_be_followed_is_named(path, change, message):
    with pytest.raises(FilmError, match=message) as raised:
        load_shot_list(changed(path, change))
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"shots"'])
def test_a_file_that_is_no_shot_list(tmp_path, text):
    (tmp_path / "shots.json").write_text(text)
    with pytest.raises(FilmError, match=r"shots\.json"):
        load_shot_list(tmp_path / "shots.json")


def test_a_shot_that_there_is_none(path):
    shots = load_shot_list(path)
    with pytest.raises(FilmError, match="there is no shot s0002; there are s0001, s0012"):
        shots.shot("s0002")
    assert ShotList("transfer", {}).settings_of() == preset("best")
