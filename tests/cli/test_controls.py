import json

import numpy as np
import pytest
from PIL import Image

import huegraft
import picture_files
from huegraft import Pin, Region

BEST = huegraft.preset("best")


@pytest.fixture
def masks(folder):
    """A soft mask of the target, and a hard one of the reference at 16 bits."""
    ours = np.zeros((40, 36), np.uint8)
    ours[:, :12], ours[:, 12:18] = 255, 100
    theirs = np.zeros((30, 44), np.uint16)
    theirs[:, 22:] = 65535
    Image.fromarray(ours).save(folder / "ours.png")
    Image.fromarray(theirs).save(folder / "theirs.png")
    return ours, theirs


def pixels_of(folder, *names):
    return [huegraft.read_picture(folder / name).pixels for name in names]


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
@pytest.mark.parametrize(
    ("options", "controls"),
    [
        (["--strength", "0.4"], lambda ours, theirs: {"strength": 0.4}),
        (["--gamut", "compress"], lambda ours, theirs: {"gamut": "compress"}),
        (["--fallback", "neutral", "--min-confidence", "0.6"],
         lambda ours, theirs: {"fallback": "neutral", "min_confidence": 0.6}),
        (["--target-mask", "ours.png"], lambda ours, theirs: {"target_mask": ours}),
        (["--reference-mask", "theirs.png"], lambda ours, theirs: {"reference_masks": [theirs]}),
        (["--pin", "3,4:5,6", "--delta-s", "8"], lambda ours, theirs: {"pins": [Pin((3, 4), (5, 6))], "delta_s": 8.0}),
        (["--region", "ours.png:theirs.png"], lambda ours, theirs: {"regions": [Region(ours, theirs)]}),
        (["--pin", "5,5:20,20", "--pin", "30,30:40,5"],
         lambda ours, theirs: {"pins": [Pin((5, 5), (20, 20)), Pin((30, 30), (40, 5))]}),
    ],
)  # fmt: skip
def test_options_are_those_of_the_library(run, folder, masks, mode, options, controls):
    code, _, err = run(mode, "target.png", "reference.png", "-o", "out.png", *options)
    assert code == 0, err
    target, reference, out = pixels_of(folder, "target.png", "reference.png", "out.png")
    expected = getattr(huegraft, mode)(target, reference, BEST, **controls(*masks)).image
    np.testing.assert_array_equal(out, expected)
    assert (out != target).any()


def test_several_references_and_what_they_gave(run, folder):
    code, out, err = run("transfer", "target.png", "reference.png", "target.png", "-o", "out.png", "--json")
    assert (code, err) == (0, "")
    references = json.loads(out)["references"]
    assert [each["file"] for each in references] == ["reference.png", "target.png"]
    assert sum(each["contribution"] for each in references) == pytest.approx(1, abs=1e-3)
    code, _, err = run("transfer", "target.png", "reference.png", "target.png", "-o", "out.png", "--force")
    assert f"reference.png {references[0]['contribution']:.0%}, target.png {references[1]['contribution']:.0%}" in err


def test_saved_settings_give_the_same_bytes_elsewhere(run, folder, masks, monkeypatch):
    controls = ["--region", "ours.png:theirs.png:1", "--pin", "5,5:30,20", "--target-mask", "ours.png"]
    looks = ["--tau", "0.05", "--strength", "0.7", "--context", "0.1,0.2", "--save-settings", "look.json"]
    assert run("colorize", "target.png", "reference.png", "-o", "out.png", *controls, *looks)[0] == 0
    (folder / "deeper").mkdir()
    monkeypatch.chdir(folder / "deeper")
    again = ["../target.png", "../reference.png", "--settings", "../look.json", "-o"]
    assert run("colorize", *again, "again.png")[0] == 0
    assert (folder / "deeper" / "again.png").read_bytes() == (folder / "out.png").read_bytes()
    assert run("colorize", *again, "other.png", "--strength", "0.6")[0] == 0
    assert (folder / "deeper" / "other.png").read_bytes() != (folder / "out.png").read_bytes()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--settings", "look.json", "--preset", "paper"], 2, "--settings and --preset exclude each other"),
        (["--settings", "colorize.json"], 2, "was saved by colorize, but this is transfer"),
        (["--settings", "none.json"], 1, "cannot read none.json: there is no such file"),
        (
            ["--settings", "target.png"],
            1,
            "target.png is no valid settings file: it is no JSON file as --save-settings",
        ),
        (["--save-settings", "look.json"], 1, "look.json exists"),
        (["--save-settings", "no/look.json"], 1, "there is no folder"),
        (["--min-confidence", "0.5"], 2, "min_confidence would change nothing"),
        (["--target-mask", "none.png"], 1, "no picture file at none.png"),
        (["--target-mask", "theirs.png"], 2, "target mask must be of its picture's size (40, 36), got (30, 44)"),
        (["--target-mask", "black.png"], 2, "target mask is 0 everywhere"),
        (["--target-mask", "target.png"], 1, "has colours; a mask is a grey picture"),
        (["--reference-mask", "theirs.png", "--reference-mask", "theirs.png"], 2, "2 reference masks are too many"),
        (
            ["--region", "ours.png:theirs.png:2"],
            2,
            "the region 'ours.png:theirs.png:2' names reference 2, and there is 1",
        ),
        (["--pin", "1,1:1,1:3"], 2, "the pin '1,1:1,1:3' names reference 3, and there is 1 reference, counted from 1"),
        (["--pin", "99,5:1,1"], 2, "99,5 lies outside the target of 36×40 pixels"),
        (["--pin", "1,1"], 2, "pin must be"),
    ],
)
def test_errors_are_one_clear_message_and_nothing_written(run, folder, masks, options, code, message):
    from huegraft.batch.inputs import Inputs
    from huegraft.batch.settings_file import save_settings

    save_settings(folder / "look.json", "transfer", BEST, Inputs())
    save_settings(folder / "colorize.json", "colorize", BEST, Inputs())
    Image.new("L", (36, 40)).save(folder / "black.png")
    before = sorted(folder.iterdir())
    returned, out, err = run("transfer", "target.png", "reference.png", "-o", "out.png", *options)
    assert (returned, out) == (code, "")
    assert message in err
    assert "Traceback" not in err
    assert sorted(folder.iterdir()) == before


def test_another_version_is_said(run, folder):
    (folder / "old.json").write_text('{"huegraft": "0.0.1", "mode": "transfer", "settings": {}}')
    code, _, err = run("transfer", "target.png", "reference.png", "-o", "out.png", "--settings", "old.json")
    assert code == 0
    assert "was saved by huegraft 0.0.1" in err


CONTROLS = {
    "strength 0": ["--strength", "0"],
    "strength": ["--strength", "0.5"],
    "lightness": ["--lightness", "0"],
    "gamut": ["--gamut", "compress"],
    "masks": ["--target-mask", "ours.png", "--reference-mask", "theirs.png"],
    "region": ["--region", "ours.png:theirs.png"],
    "pin": ["--pin", "5,5:20,20"],
    "keep": ["--fallback", "keep", "--min-confidence", "0.7"],
    "neutral": ["--fallback", "neutral", "--min-confidence", "0.7"],
    "global": ["--fallback", "global", "--min-confidence", "0.7"],
    "references": ["target.png"],
}


@pytest.mark.parametrize("control", CONTROLS)
def test_a_deep_wide_tiff_with_alpha_goes_through_every_control(run, folder, masks, rng, astronaut, control):
    """16 bits, Adobe RGB, alpha: each control keeps all of that, and pixels where nothing is to change."""
    profile = picture_files.PROFILES["adobe"]
    pixels = np.rint(astronaut * 65000 + rng.uniform(0, 200, astronaut.shape)).astype(np.uint16)
    alpha = rng.integers(0, 65536, (40, 36)).astype(np.uint16)
    source = huegraft.Picture(pixels, huegraft.read_picture(folder / "target.png").encoding, alpha, profile=profile)
    huegraft.write_picture(folder / "deep.tif", source)
    target = huegraft.read_picture(folder / "deep.tif")
    assert target.encoding.key != "srgb"
    code, _, err = run("transfer", "deep.tif", "reference.png", *CONTROLS[control], "-o", "out.tif")
    assert code == 0, err
    result = huegraft.read_picture(folder / "out.tif")
    assert result.pixels.dtype == np.uint16
    np.testing.assert_array_equal(result.alpha, alpha)
    assert (result.profile, result.encoding.key) == (profile, target.encoding.key)
    if control == "strength 0":
        np.testing.assert_array_equal(result.pixels, pixels)
    else:
        assert (result.pixels != pixels).mean() > 0.1
        assert len(np.unique(result.pixels)) > 1000
    if control in ("masks", "region"):
        np.testing.assert_array_equal(result.pixels[:, 18:], pixels[:, 18:])
