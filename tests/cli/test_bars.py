"""Every command leaves black bars out, and says so in one line."""

import json

import numpy as np
import pytest
from PIL import Image
from skimage import data

import huegraft

LINES = 9
NOTE = "black bars are cut off (9 lines at the top, 9 at the bottom)"
FEW = ("--working-pixels", "1600")


def pixels_of(path):
    return huegraft.read_picture(path).pixels


@pytest.fixture(autouse=True)
def pictures(folder):
    (folder / "scans").mkdir()
    (folder / "cut").mkdir()
    for name, pixels in (
        ("t.png", data.chelsea()[40:240:4, 100:340:4]),
        ("r.png", data.coffee()[100:340:4, 100:460:4]),
    ):
        Image.fromarray(pixels).save(folder / "cut" / name)
        Image.fromarray(np.pad(pixels, [(LINES, LINES), (0, 0), (0, 0)])).save(folder / "scans" / name)


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
def test_recolouring(run, folder, mode):
    code, out, err = run(mode, "scans/t.png", "scans/r.png", "-o", "out.png", "--json", *FEW)
    assert (code, err.splitlines()) == (0, json.loads(out)["notes"])
    assert err.startswith(f"scans/t.png: {NOTE} and stay as they are; --no-bars")
    assert f"\nscans/r.png: {NOTE}; --no-bars" in err
    assert run(mode, "cut/t.png", "cut/r.png", "-o", "plain.png", *FEW)[0] == 0
    made = pixels_of(folder / "out.png")
    np.testing.assert_array_equal(made[LINES:-LINES], pixels_of(folder / "plain.png"))
    assert not made[:LINES].any()
    code, _, err = run(mode, "scans/t.png", "scans/r.png", "-o", "kept.png", "--no-bars", *FEW)
    assert (code, "bars" in err) == (0, False)


def test_a_settings_file_holds_the_choice(run, folder):
    saved = ("--save-settings", "kept.json")
    assert run("transfer", "scans/t.png", "scans/r.png", "-o", "one.png", "--no-bars", *saved, *FEW)[0] == 0
    assert run("transfer", "scans/t.png", "scans/r.png", "-o", "two.png", "--settings", "kept.json")[0] == 0
    np.testing.assert_array_equal(pixels_of(folder / "one.png"), pixels_of(folder / "two.png"))


def test_a_batch(run, folder):
    code, out, err = run("batch", "scans", "-r", "scans/r.png", "-o", "made/{stem}.png", "--json", *FEW)
    assert code == 0
    assert NOTE in err + out
    assert run("batch", "cut", "-r", "cut/r.png", "-o", "plain/{stem}.png", *FEW)[0] == 0
    for name in ("t.png", "r.png"):
        made = pixels_of(folder / "made" / name)
        np.testing.assert_array_equal(made[LINES:-LINES], pixels_of(folder / "plain" / name))


def test_suggestions(run):
    code, out, err = run("suggest", "scans/t.png", "scans", "--json", *FEW)
    assert (code, err.count(NOTE)) == (0, 2)
    assert "scans/t.png: black bars" in err
    assert "scans/r.png: black bars" in err
    plain = json.loads(run("suggest", "cut/t.png", "cut", "--json", *FEW)[1])
    assert [row["fit"] for row in json.loads(out)] == [row["fit"] for row in plain]
    assert NOTE not in run("suggest", "scans/t.png", "scans", "--no-bars", *FEW)[2]


def test_a_lut_is_made_of_the_content(run, folder):
    code, out, err = run("lut", "scans/t.png", "scans/r.png", "-o", "a.cube", "--size", "9", "--json", *FEW)
    assert (code, err.count(NOTE), len(json.loads(out)["notes"])) == (0, 2, 2)
    assert run("lut", "cut/t.png", "cut/r.png", "-o", "b.cube", "--size", "9", *FEW)[0] == 0
    assert (folder / "a.cube").read_text() == (folder / "b.cube").read_text()


def test_an_explanation_and_a_sweep(run, folder):
    code, _, err = run("explain", "scans/t.png", "scans/r.png", "-o", "why", "--point", "30,20", *FEW)
    assert (code, err.count(NOTE)) == (0, 2)
    assert pixels_of(folder / "why" / "confidence.png").shape[:2] == (36 + 2 * 6, 43)  # at the working size
    code, _, err = run("explain", "scans/t.png", "scans/r.png", "-o", "why", "--force", "--point", "30,2", *FEW)
    assert (code, "the point 30,2 lies in a black bar of the target" in err) == (2, True)
    code, out, err = run("sweep", "scans/t.png", "scans/r.png", "-o", "sheet.png", "--bars", "true,false", "--json")
    assert (code, err.count(NOTE), len(json.loads(out))) == (0, 2, 2)
