import json

import numpy as np
import pytest
from PIL import Image

import huegraft
from huegraft.color import grey_from_srgb
from huegraft.evaluate.grades import RandomGrade, view
from huegraft.evaluate.package import photograph
from huegraft.notes import picture_notes
from huegraft.stages.fit import HARDLY
from huegraft.stages.prepare import shrink

MODES = ("transfer", "colorize")
SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]], np.float32)


def run(mode, target, *references, **changes):
    return getattr(huegraft, mode)(target, list(references), **changes)


@pytest.fixture(scope="module")
def pictures():
    found = {name: photograph(name) for name in ("chelsea", "china", "coffee", "rocket")}
    return {name: shrink(each, (120, 120 * each.shape[1] // each.shape[0])) for name, each in found.items()}


@pytest.mark.parametrize("mode", MODES)
def test_pairs_of_one_scene_fit_better_than_strangers(pictures, rng, mode):
    grade = RandomGrade.drawn(rng) if mode == "transfer" else lambda picture: picture
    for name, target in pictures.items():
        own = run(mode, target, grade(view(target, rng)).clip(0, 1)).fit
        others = [run(mode, target, other).fit for each, other in pictures.items() if each != name]
        assert own > 0.8
        assert max(others) < 0.7


def test_several_references_fit_as_well_as_the_best(pictures):
    target, stranger = pictures["chelsea"], pictures["china"]
    for mode in MODES:
        assert run(mode, target, stranger, target[:, ::-1]).fit > 0.8


@pytest.mark.parametrize("mode", MODES)
def test_a_session_finds_the_same_fit_and_pins_do_not_change_it(pictures, mode):
    target, reference = pictures["chelsea"], pictures["coffee"]
    request = huegraft.Request(mode, target, (reference,))
    pinned = huegraft.Request(mode, target, (reference,), pins=(huegraft.Pin((5, 5), (9, 9)),))
    once = run(mode, target, reference)
    with huegraft.Session() as session:
        fits = [session.solve(each).fit for each in (request, request, pinned)]
        warm = session.solve(request, warm=session.solve(request).warm).fit
    assert fits == [once.fit] * 3
    assert once.look.fit == once.fit
    assert warm == pytest.approx(once.fit, abs=0.15)  # as the last round of the frame before shows it


def test_a_look_file_keeps_fit_and_tones(pictures, tmp_path):
    look = run("colorize", pictures["chelsea"], pictures["coffee"]).look
    huegraft.save_look(look, tmp_path / "look.safetensors")
    found = huegraft.load_look(tmp_path / "look.safetensors")
    assert (found.fit, found.tones, found.notes) == (look.fit, look.tones, look.notes)
    assert look.tones == ("color", "color")


def test_regions_count_by_what_they_recolor(pictures):
    target, stranger = pictures["chelsea"], pictures["china"]
    left = np.zeros(target.shape[:2], np.float32)
    left[:, : target.shape[1] // 2] = 1
    regions = [huegraft.Region(left, reference=0), huegraft.Region(1 - left, reference=1)]
    own, mixed, strange = (
        huegraft.transfer(target, [target, stranger], regions=each).fit
        for each in (
            [huegraft.Region(left, reference=0)],
            regions,
            [huegraft.Region(1 - left, reference=1)],
        )
    )
    assert strange < mixed < own
    assert mixed == pytest.approx((own + strange) / 2, abs=0.02)


def test_colors_and_greys_in_the_wrong_place_are_said(pictures):
    color, other = pictures["chelsea"], pictures["chelsea"][:, ::-1]
    grey, sepia = grey_from_srgb(color), (color @ SEPIA.T).clip(0, 1)
    assert run("transfer", color, other).notes == run("colorize", grey, other).notes == ()
    advice = "take colorize, since transfer gives it hardly any colours"
    assert run("transfer", grey, other).notes == (f"the target is grey: {advice}",)
    assert run("transfer", sepia, other).notes == (f"the target is grey with a cast (sepia): {advice}",)
    assert run("transfer", sepia, other, base="none").notes == run("transfer", sepia, other).notes
    assert run("colorize", color, other).notes == ("the target is in colour: only its lightness is used",)
    only = "the target is grey with a cast (sepia): only its lightness is used"
    assert run("colorize", sepia, other).notes == (only,)
    grey_reference = "the reference is grey: it has no colours to give"
    assert run("colorize", grey, grey).notes == run("transfer", color, grey).notes == (grey_reference,)
    toned = "reference 2 is grey with a cast (sepia): it gives only this one tone"
    assert run("colorize", grey, other, sepia).notes == (toned,)


def test_nothing_of_a_cast_is_kept(pictures):
    """A toned print is colourised as its grey Y is, to the bytes of a file of 8 bits."""
    sepia = np.rint(255 * (pictures["coffee"] @ SEPIA.T).clip(0, 1)).astype(np.uint8)
    grey = np.rint(255 * grey_from_srgb(sepia.astype(np.float32) / 255)).astype(np.uint8)
    results = [run("colorize", each, pictures["chelsea"]).image.astype(int) for each in (sepia, grey)]
    assert np.abs(results[0] - results[1]).mean() < 1
    none = run("colorize", sepia, np.full((20, 20, 3), 0.5, np.float32)).image
    assert np.ptp(none.astype(int), axis=2).max() <= 1


def test_hidden_colors_have_no_tone(pictures):
    color, other = pictures["chelsea"], pictures["chelsea"][:, ::-1]
    half = grey_from_srgb(color)
    half[:, 80:] = color[:, 80:]
    alpha = np.ones(color.shape[:2], np.float32)
    alpha[:, 75:] = 0
    for mode in MODES:
        tones = run(mode, huegraft.Picture(half, alpha=alpha), huegraft.Picture(half, alpha=alpha)).look.tones
        assert tones == ("grey", "grey")
        assert run(mode, half, other).look.tones == ("color", "color")


def test_a_hopeless_reference_is_said():
    assert picture_notes("transfer", ["color", "color"], HARDLY) == []
    (note,) = picture_notes("transfer", ["color", "color"], HARDLY - 0.01)
    assert note.startswith("the reference hardly fits the target (fit 0.09): ")
    (note,) = picture_notes("transfer", ["color"] * 3, 0.04, ["the target a.png", "the reference b.png", "c.png"])
    assert note.startswith("the reference b.png and c.png hardly fit the target a.png (fit 0.04): ")


def test_the_command_line_names_the_files(pictures, tmp_path, monkeypatch, capsys):
    from huegraft.cli.main import main

    monkeypatch.chdir(tmp_path)
    for name, picture in (("scan", pictures["chelsea"] @ SEPIA.T), ("still", pictures["chelsea"])):
        Image.fromarray(np.rint(255 * picture.clip(0, 1)).astype(np.uint8)).save(f"{name}.png")
    monkeypatch.setattr("sys.argv", ["huegraft", "colorize", "scan.png", "still.png", "-o", "out.png", "--json"])
    with pytest.raises(SystemExit):
        main()
    captured = capsys.readouterr()
    said = "the target scan.png is grey with a cast (sepia): only its lightness is used"
    report = json.loads(captured.out)
    assert captured.err.splitlines() == report["notes"] == [said]
    assert report["fit"] > 0.8
    assert (report["target"]["tone"], report["references"][0]["tone"]) == ("sepia", "color")


def test_a_batch_reports_the_fit(pictures, tmp_path, monkeypatch, capsys):
    from huegraft.cli.main import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    for path in ("scans/scan.png", "still.png"):
        Image.fromarray(np.rint(255 * pictures["chelsea"]).astype(np.uint8)).save(path)
    arguments = ["batch", "scans", "-r", "still.png", "-o", "o/{stem}.png", "--json", "--mode", "colorize"]
    monkeypatch.setattr("sys.argv", ["huegraft", *arguments])
    with pytest.raises(SystemExit):
        main()
    (row,) = json.loads(capsys.readouterr().out)["done"]
    assert row["fit"] > 0.8
    assert row["notes"] == ["the target scans/scan.png is in colour: only its lightness is used"]
