import json

import pytest

import huegraft
from huegraft.batch.inputs import Inputs
from huegraft.batch.settings_file import load_settings, save_settings
from huegraft.errors import SettingsFileError

BEST = huegraft.preset("best")


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
@pytest.mark.parametrize("changes", [{}, {"layers": ("a", "b"), "context": (), "sigma_g": 0.1}, {"weights": "w.pth"}])
def test_what_is_saved_is_loaded(tmp_path, mode, changes):
    settings = BEST.replace(**changes)
    inputs = Inputs(str(tmp_path / "m.png"), ("",), (f"{tmp_path / 'a.png'}::2",), ("1,2:3,4",))
    save_settings(tmp_path / "s.json", mode, settings, inputs)
    saved = load_settings(tmp_path / "s.json")
    assert (saved.mode, saved.settings, saved.version) == (mode, settings, huegraft.__version__)
    assert saved.inputs == inputs


def test_masks_move_with_the_file(tmp_path, monkeypatch):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    monkeypatch.chdir(first)
    save_settings("s.json", "transfer", BEST, Inputs("masks/m.png"))
    assert json.loads((first / "s.json").read_text())["target_mask"] == "masks/m.png"
    first.rename(second)
    monkeypatch.chdir(tmp_path)
    assert load_settings("second/s.json").inputs.target_mask == "second/masks/m.png"


def test_settings_that_are_not_named_have_their_defaults(tmp_path):
    (tmp_path / "s.json").write_text('{"huegraft": "9", "mode": "colorize", "settings": {"match": {"tau": 0.5}}}')
    saved = load_settings(tmp_path / "s.json")
    assert saved.settings == huegraft.Settings().replace(tau=0.5)
    assert (saved.inputs, saved.version) == (Inputs(), "9")


def whole(**changes):
    return json.dumps({"huegraft": "1", "mode": "transfer", "settings": {}} | changes)


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "3", "null", '{"mode": "transfer"}', "[" * 100_000, b"\xff\xfe\x00",
        whole(mode="repaint"), whole(mode=["transfer"]), whole(settings=[]), whole(settings={"match": 3}),
        whole(settings={"match": {"tau": "warm"}}), whole(settings={"match": {"tau": -1}}),
        whole(settings={"match": {"tau": float("nan")}}), whole(settings={"match": {"taus": 1}}),
        whole(settings={"match": {"context": {"a": 1}}}), whole(settings={"match": {"layer_weights": [[1]]}}),
        whole(pins=["1,2"]), whole(pins="1,2:3,4"), whole(regions=[3]), whole(target_mask=["a"]), whole(target_mask=1),
    ],
)  # fmt: skip
def test_damaged_files(tmp_path, content):
    path = tmp_path / "s.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SettingsFileError, match=r"s\.json") as caught:
        load_settings(path)
    assert "\n" not in str(caught.value)


def test_files_that_are_missing_huge_or_there(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(SettingsFileError, match="cannot read"):
            load_settings(path)
    (tmp_path / "huge.json").write_bytes(b" " * (2**20 + 1))
    with pytest.raises(SettingsFileError, match="too large"):
        load_settings(tmp_path / "huge.json")
    save_settings(tmp_path / "s.json", "transfer", BEST, Inputs())
    with pytest.raises(SettingsFileError, match="exists"):
        save_settings(tmp_path / "s.json", "transfer", BEST, Inputs())
    save_settings(tmp_path / "s.json", "colorize", BEST, Inputs(), replace=True)
    assert load_settings(tmp_path / "s.json").mode == "colorize"
