import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import huegraft
from huegraft.windows import Bars


def test_writes_what_the_library_gives(run, folder):
    code, out, err = run("lut", "target.png", "reference.png", "-o", "look.cube", "--size", "9", "--tau", "0.02")
    assert (code, out) == (0, "")
    target, reference = (huegraft.read_picture(folder / name).pixels for name in ("target.png", "reference.png"))
    result = huegraft.transfer(target, reference, huegraft.preset("best"), tau=0.02)
    expected = huegraft.fit_lut(target, result.image, 9)
    assert (
        f"look.cube written: it explains {100 * expected.explained:.1f} % of the transfer, mean difference "
        f"{expected.mean_difference:.1f} CIEDE2000, 95 % of the pixels below {expected.difference_95:.1f}\n"
    ) in err
    read = huegraft.read_lut(folder / "look.cube")
    np.testing.assert_allclose(read.table, expected.table, atol=1e-6)
    assert read.title == "target in the colours of reference"


def test_json(run):
    code, out, err = run("lut", "target.png", "reference.png", "-o", "look.cube", "--json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert (report["output"], report["size"]) == ("look.cube", 33)
    assert 0.5 < report["explained"] <= 1
    assert 0 < report["mean_difference"] < report["difference_95"]
    assert report["settings"]["match"]["tau"] == 0.03
    assert report["seconds"]["fit"] > 0


def test_a_transfer_that_no_lut_holds_is_said(run, monkeypatch, rng):
    def by_chance(_session, request, **_options):
        coins = rng.choice([-60, 60], request.target.size)[..., None]
        image = np.clip(request.target.pixels + coins, 0, 255).astype(np.uint8)
        look = SimpleNamespace(bars=Bars(), tones=("color", "color"))
        return SimpleNamespace(image=huegraft.Picture(image), seconds={}, look=look, notes=(), fit=1.0)

    monkeypatch.setattr(huegraft.Session, "run", by_chance)
    code, _, err = run("lut", "target.png", "reference.png", "-o", "look.cube", "--size", "9")
    assert code == 0
    assert "note: most of this transfer" in err
    assert "No LUT can do this" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-o", "look.3dl"], 2, "a LUT is written as .cube, got 'look.3dl'"),
        (["-o", "no/look.cube"], 1, "there is no folder"),
        (["-o", "here.cube"], 1, "here.cube exists; choose another name, or --force"),
        (["-o", "look.cube", "--size", "66"], 2, "--size"),
        (["-o", "look.cube", "--delta-s", "2"], 2, "delta_s would change nothing"),
        (["-o", "look.cube", "--device", "x"], 2, "device must be 'cpu' or 'cuda', got 'x'"),
    ],
)
def test_errors_are_one_clear_message_and_nothing_written(run, folder, arguments, code, message):
    (folder / "here.cube").write_text("mine")
    exit_code, out, err = run("lut", "target.png", "reference.png", *arguments)
    assert (exit_code, out) == (code, "")
    assert message in err
    assert "Traceback" not in err
    assert (folder / "here.cube").read_text() == "mine"
    assert not (folder / "look.cube").exists()


def test_colours_that_alpha_hides_make_no_lut(run, folder):
    tables = []
    for number, hidden in enumerate((0, 255)):
        pixels = np.zeros((40, 36, 4), np.uint8)
        pixels[..., :3] = np.linspace(0, 255, 36)[:, None] * [1, 0.7, 0.4]
        pixels[:20, :, :3], pixels[20:, :, 3] = hidden, 255
        Image.fromarray(pixels).save(folder / f"cut{number}.png")
        code, _, err = run("lut", f"cut{number}.png", "reference.png", "-o", f"{number}.cube", "--size", "5")
        assert code == 0, err
        tables.append(huegraft.read_lut(folder / f"{number}.cube").table)
    np.testing.assert_array_equal(*tables)
