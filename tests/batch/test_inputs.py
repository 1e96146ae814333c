from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from huegraft.batch.inputs import Inputs
from huegraft.errors import ArgumentError, PictureFileError


def saved_mask(path, value=255):
    Image.fromarray(np.full((4, 5), value, np.uint8)).save(path)
    return str(path)


def test_texts_become_controls(tmp_path):
    ours, theirs = saved_mask(tmp_path / "a.png"), saved_mask(tmp_path / "b c.png", 100)
    inputs = Inputs.of(
        {
            "target_mask": ours,
            "reference_masks": ["", theirs],
            "regions": [f"{ours}:{theirs}", f":{theirs}:2", f"{ours}", "::1"],
            "pins": ["1,2:3.5,4", "5,6:7,8:2"],
        }
    )
    controls = SimpleNamespace(**inputs.controls())
    assert (controls.target_mask == 255).all()
    assert controls.reference_masks[0] is None
    assert (controls.reference_masks[1] == 100).all()
    kinds = [(r.target_mask is None, r.reference_mask is None, r.reference) for r in controls.regions]
    assert kinds == [(False, False, None), (True, False, 1), (False, True, None), (True, True, 0)]
    assert [(p.target, p.reference, p.of) for p in controls.pins] == [((1, 2), (3.5, 4), 0), ((5, 6), (7, 8), 1)]
    assert sorted(set(inputs.paths)) == [Path(ours), Path(theirs)]


def test_nothing_is_nothing():
    assert Inputs.of({}) == Inputs.of({"target_mask": None, "regions": None, "pins": []}) == Inputs()
    assert Inputs().paths == []
    assert not any(Inputs().controls().values())


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("regions", "", "region must be"),
        ("regions", "::", "region must be"),
        ("regions", "a:b:c", "region must be"),
        ("regions", "a:b:1:2", "region must be"),
        ("regions", "a:b:0", "counted from 1"),
        ("pins", "1,2", "pin must be"),
        ("pins", "1,2:3", "pin must be"),
        ("pins", "1,2:3,x", "pin must be"),
        ("pins", "1,2:3,4:5:6", "pin must be"),
        ("pins", "1,2:3,4:0", "counted from 1"),
        ("pins", "nan,2:3,4", "pin must be"),
    ],
)
def test_texts_that_cannot_be_one(kind, text, message):
    with pytest.raises(ArgumentError, match=message):
        Inputs.of({kind: [text]})


@pytest.mark.parametrize("wrong", [{"target_mask": 3}, {"regions": "a:b"}, {"pins": [5]}, {"reference_masks": [b"a"]}])
def test_values_of_another_kind(wrong):
    with pytest.raises(ArgumentError, match="must be"):
        Inputs.of(wrong)


def test_paths_are_changed_and_nothing_else(tmp_path):
    inputs = Inputs("m/{stem}.png", ("", "r.png"), ("a.png::2", ":b.png"), ("1,2:3,4",))
    moved = inputs.with_paths(lambda path: path.replace("{stem}", "x"))
    assert moved == Inputs("m/x.png", ("", "r.png"), ("a.png::2", ":b.png"), ("1,2:3,4",))
    folder = tmp_path / "deep"
    assert inputs.below(folder).relative_to(folder) == inputs
    assert inputs.or_else(Inputs("other", pins=("9,9:9,9",))) == inputs
    assert Inputs().or_else(inputs) == inputs


def test_a_mask_that_is_missing(tmp_path):
    with pytest.raises(PictureFileError, match="no picture file at"):
        Inputs(str(tmp_path / "none.png")).controls()
