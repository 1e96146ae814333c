import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import huegraft
from huegraft.cli.main import app


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
def test_writes_what_the_library_gives(run, folder, mode):
    code, out, err = run(mode, "target.png", "reference.png", "-o", "out.png", "--tau", "0.02", "--threads", "1")
    assert (code, out) == (0, "")
    assert "out.png written in" in err
    pictures = [huegraft.read_picture(folder / name).as_float() for name in ("target.png", "reference.png")]
    expected = getattr(huegraft, mode)(*pictures, huegraft.preset("best"), tau=0.02).image
    np.testing.assert_array_equal(huegraft.read_picture(folder / "out.png").pixels, np.rint(expected * 255))


def test_json(run):
    code, out, _ = run(
        "transfer", "target.png", "reference.png", "-o", "out.png", "--json", "--layer-weights", "2,1,1,1,1"
    )
    report = json.loads(out)
    assert code == 0
    assert report["settings"]["match"]["layer_weights"] == [2, 1, 1, 1, 1]
    assert report["settings"]["match"]["merge"] == "before"
    assert report["target"]["size"] == [40, 36]
    (reference,) = report["references"]
    assert (reference["file"], reference["size"], reference["contribution"]) == ("reference.png", [30, 44], 1)
    assert report["working_size"] == [40, 36]
    assert set(report["seconds"]) == {"prepare", "segment", "features", "grade", "match", "confidence", "finish"}


@pytest.mark.parametrize(("mode", "again"), [("colorize", set()), ("transfer", {"segment", "features"})])
def test_a_cache_spares_the_next_run_the_encoding(run, folder, mode, again):
    def seconds(output, *options):
        code, out, err = run(mode, "target.png", "reference.png", "-o", output, "--json", *options)
        said = [line for line in err.splitlines() if "contrast" not in line]
        assert (code, len(said)) == (0, mode == "colorize")  # which says that the target is in colour
        return json.loads(out)["seconds"]

    encoding = {"segment", "features"}
    plain = seconds("plain.png")
    first = seconds("first.png", "--cache", "kept", "--cache-size", "5")
    other = seconds("other.png", "--cache", "kept", "--tau", "0.5")
    second = seconds("second.png", "--cache", "kept")
    assert "cache" not in plain
    assert encoding | {"cache"} <= set(first)
    assert encoding & set(second) == encoding & set(other) == again  # the target's own, which a map recolours first
    assert len(list((folder / "kept" / "huegraft-encoded").iterdir())) == (2 if mode == "colorize" else 1)
    contents = [(folder / f"{name}.png").read_bytes() for name in ("plain", "first", "second", "other")]
    assert contents[0] == contents[1] == contents[2] != contents[3]


def test_what_the_cache_could_not_keep_is_said(run, folder, monkeypatch):
    monkeypatch.setattr("huegraft.io.encoded_cache.as_bytes", lambda *_arguments: bytes(2**20 + 1))
    code, _, err = run(
        "transfer", "target.png", "reference.png", "-o", "out.png", "--cache", "kept", "--cache-size", "1"
    )
    assert code == 0
    assert "a picture of 1048577 bytes is not kept, because all pictures may take 1048576 bytes" in err
    assert (folder / "out.png").is_file()


@pytest.mark.parametrize(
    ("mode", "option", "message"),
    [
        (
            "transfer",
            ["--delta-s", "2"],
            "delta_s would change nothing: this is transfer by maps of colour",
        ),
        ("transfer", ["--base", "none", "--degree", "1"], "degree would change nothing: this is transfer by a fusion"),
        ("transfer", ["--context", "", "--context-layers", "fine"], "would change nothing: there is no context"),
        ("colorize", ["--lightness", "0"], "lightness would change nothing: this is colorize by a fusion"),
    ],
)
def test_settings_without_effect_are_refused(run, folder, mode, option, message):
    code, _, err = run(mode, "target.png", "reference.png", "-o", "out.png", *option)
    assert code == 2
    assert message in err
    assert not (folder / "out.png").exists()


def test_the_paper_s_way_is_an_option_away(run, folder):
    run("transfer", "target.png", "reference.png", "-o", "out.png", "--preset", "paper", "--backbone", "builtin")
    pictures = [huegraft.read_picture(folder / name).as_float() for name in ("target.png", "reference.png")]
    expected = huegraft.transfer(*pictures, huegraft.preset("paper"), backbone="builtin").image
    np.testing.assert_array_equal(huegraft.read_picture(folder / "out.png").pixels, np.rint(expected * 255))


def test_every_setting_is_an_option(run):
    _, out, _ = run("colorize", "--help")
    for group in huegraft.Settings().to_dict().values():
        for name in group:
            assert f"--{name.replace('_', '-')}" in out
    assert "[default: 0.03]" in out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["transfer", "target.png", "reference.png"], 2, "Missing option"),
        (["transfer", "target.png", "-o", "out.png"], 2, "Missing argument"),
        (["repaint"], 2, "No such command"),
        (["transfer", "target.png", "reference.png", "-o", "out.png", "--tau", "0"], 2, "tau must be"),
        (["transfer", "target.png", "reference.png", "-o", "out.png", "--tau", "warm"], 2, "--tau"),
        (["transfer", "target.png", "reference.png", "-o", "out.png", "--fusion", "eq6"], 2, "eq6"),
        (
            ["transfer", "target.png", "reference.png", "-o", "out.png", "--layer-weights", "a"],
            2,
            "layer_weights must be of kind float",
        ),
        (["transfer", "target.png", "reference.png", "-o", "out.png", "--backbone", "x"], 2, "unknown backbone 'x'"),
        (["transfer", "target.png", "reference.png", "-o", "out.png", "--layers", "x,y"], 2, "has no layer 'x'"),
        (["transfer", "target.png", "reference.png", "-o", "out.png", "--preset", "x"], 2, "unknown preset 'x'"),
        (
            ["transfer", "target.png", "reference.png", "-o", "out.png", "--device", "x"],
            2,
            "device must be 'cpu' or 'cuda', got 'x'",
        ),
        (["transfer", "target.png", "reference.png", "-o", "out.png", "--threads", "0"], 2, "--threads"),
        (
            ["transfer", "target.png", "reference.png", "-o", "out.png", "--cache-size", "5"],
            2,
            "give --cache, too",
        ),
        (
            ["transfer", "target.png", "reference.png", "-o", "out.png", "--cache", "c", "--cache-size", "0"],
            2,
            "--cache-size",
        ),
        (
            ["transfer", "missing.png", "reference.png", "-o", "out.png", "--cache", "text.png"],
            1,
            "cannot keep encoded pictures in text.png",
        ),
        (["transfer", "target.png", "reference.png", "-o", "out.gif"], 2, "must end in .png"),
        (["transfer", "target.png", "reference.png", "-o", "no/out.png"], 1, "there is no folder"),
        (["transfer", "target.png", "missing.png", "-o", "out.png"], 1, "no picture file at missing.png"),
        (["transfer", ".", "reference.png", "-o", "out.png"], 1, ". is a folder; name a picture in it"),
        (
            ["transfer", "target.png", "reference.png", "-o", "."],
            2,
            "must end in .png, .jpg, .jpeg, .webp, .tif, .tiff,",
        ),
        (["transfer", "target.png", "reference.png"], 2, "Missing option '--output'"),
        (["transfer", "-o", "out.png"], 2, "Missing argument 'TARGET'"),
        (
            ["--strength=0.5", "transfer", "target.png", "reference.png", "-o", "out.png"],
            2,
            "the option --strength stands before the command; options follow it: huegraft transfer …",
        ),
        (["transfer", "text.png", "reference.png", "-o", "out.png"], 1, "no PNG, JPEG, WebP"),
        (
            ["transfer", "target.png", "reference.png", "-o", "out.png", "--backbone", "vgg19"],
            1,
            "huegraft weights pull vgg19",
        ),
        (["transfer", "target.png", "reference.png", "-o", "reference.png"], 1, "exists; choose another name"),
    ],
)
def test_errors_are_one_clear_message_and_no_file(run, folder, arguments, code, message):
    (folder / "text.png").write_text("hello")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    exit_code, out, err = run(*arguments)
    assert exit_code == code
    assert message in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err
    assert out == ""
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_machines_limits_are_errors_too(run, monkeypatch):
    for error, message in ((MemoryError(), "error: MemoryError"), (RuntimeError("no room"), "error: no room")):

        def fail(*_arguments, error=error, **_settings):
            raise error

        monkeypatch.setattr("huegraft.batch.job.write_picture", fail)
        code, _, err = run("transfer", "target.png", "reference.png", "-o", "out.png")
        assert code == 1
        assert message in err


def test_force_replaces(run, folder):
    (folder / "out.png").write_text("old")
    code, _, _ = run("transfer", "target.png", "reference.png", "-o", "out.png", "--force")
    assert code == 0
    assert huegraft.read_picture(folder / "out.png").pixels.shape == (40, 36, 3)


def test_notes_are_said(run, folder, astronaut):
    rgba = np.dstack([(astronaut * 255).astype(np.uint8), np.full((40, 36), 7, np.uint8)])
    Image.fromarray(rgba).save(folder / "rgba.png")
    _, _, err = run("transfer", "rgba.png", "reference.png", "-o", "out.jpg")
    assert "JPEG holds no alpha" in err
    run("transfer", "rgba.png", "reference.png", "-o", "out.png")
    assert (huegraft.read_picture(folder / "out.png").alpha == 7).all()


def test_version_and_help():
    runner = CliRunner()
    assert runner.invoke(app, ["--version"]).output == f"huegraft {huegraft.__version__}\n"
    assert "colorize" in runner.invoke(app, ["--help"]).output


def test_the_installed_script_runs(folder):
    done = subprocess.run(
        [sys.executable, "-m", "huegraft", "transfer", "target.png", "reference.png", "-o", "out.png"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "out.png").is_file()


def test_a_mistyped_command_is_met_with_the_right_one(run):
    code, _, message = run("transfre")
    assert code == 2
    assert "Did you mean 'transfer'?" in message
