import json

import numpy as np
import pytest

import huegraft


def test_explain_writes_a_page_and_its_pictures(run, folder):
    code, out, err = run("explain", "target.png", "reference.png", "-o", "why", "--mode", "colorize", "--point", "3,4")
    assert (code, out) == (0, "")
    assert "index.html written" in err
    assert sorted(path.name for path in (folder / "why").iterdir()) == [
        "confidence.png", "entropy.png", "fused.png", "index.html", "matched.png", "reference.png",
        "reference_superpixels.png", "result.png", "target.png", "target_superpixels.png",
    ]  # fmt: skip
    run("colorize", "target.png", "reference.png", "-o", "result.png")
    pixels = [huegraft.read_picture(folder / name).pixels for name in ("why/result.png", "result.png")]
    np.testing.assert_array_equal(*pixels)


def test_explain_and_sweep_share_a_cache_with_colorize(run, folder):
    pictures = ["target.png", "reference.png", "--mode", "colorize", "--cache", "kept"]
    kept = folder / "kept" / "huegraft-encoded"
    assert run("explain", *pictures, "-o", "why")[0] == 0
    before = {path: path.read_bytes() for path in kept.iterdir()}
    assert len(before) == 2
    assert run("sweep", *pictures, "-o", "sheet.png", "--tau", "0.1,0.01")[0] == 0
    code, _, _ = run("colorize", *pictures[:2], "-o", "out.png", "--cache", "kept")
    assert code == 0
    assert {path: path.read_bytes() for path in kept.iterdir()} == before
    assert run("sweep", *pictures, "-o", "sheet.png", "--superpixels", "30,40", "--force")[0] == 0
    assert len(list(kept.iterdir())) == 6


def test_explain_keeps_what_is_there(run, folder):
    (folder / "why").mkdir()
    (folder / "why" / "mine.txt").write_text("mine")
    code, _, err = run("explain", "target.png", "reference.png", "-o", "why")
    assert code == 1
    assert "why exists; choose another name, or --force" in err
    assert run("explain", "target.png", "reference.png", "-o", "why", "--force")[0] == 0
    assert (folder / "why" / "mine.txt").read_text() == "mine"
    assert (folder / "why" / "index.html").is_file()


def test_explain_into_this_folder(run, folder):
    (folder / "why").mkdir()
    assert run("explain", "target.png", "reference.png", "-o", ".", "--force")[0] == 0
    assert (folder / "index.html").is_file()
    (folder / "entropy.png").unlink()
    (folder / "index.html").unlink()
    (folder / "index.html").mkdir()
    code, _, err = run("explain", "target.png", "reference.png", "-o", ".", "--force")
    assert code == 1
    assert "it is a folder" in err
    assert not (folder / "entropy.png").exists()


def test_explain_names_that_are_no_text(run, folder):
    name = b"t\xff.png".decode(errors="surrogateescape")
    (folder / "target.png").rename(folder / name)
    assert run("explain", name, "reference.png", "-o", "why")[0] == 0
    assert "in the colours of reference.png" in (folder / "why" / "index.html").read_text()


def test_sweep_takes_defaults_and_drops_doubles(run):
    _, out, _ = run(
        "sweep", "target.png", "reference.png", "-o", "s.png", "--sigma-g", "default,1,1", "--base", "none",
        "--json", "--force",
    )  # fmt: skip
    assert [row["sigma_g"] for row in json.loads(out)] == [None, 1.0]


def test_sweep_prints_a_table_and_draws_a_sheet(run, folder):
    code, out, err = run(
        "sweep", "target.png", "reference.png", "-o", "sheet.png", "--tau", "0.1,0.01", "--mode", "colorize"
    )
    assert code == 0
    assert err.splitlines()[-1] == "sheet.png written"
    assert "the target target.png is in colour" in err
    lines = out.splitlines()
    assert lines[0].split() == ["tau", "colorfulness", "clipped_share", "seconds"]
    assert [line.split()[0] for line in lines[1:]] == ["0.1", "0.01"]
    assert huegraft.read_picture(folder / "sheet.png").pixels.shape[0] > 500


def test_sweeping_what_changes_nothing_is_refused(run):
    code, _, err = run("sweep", "target.png", "reference.png", "-o", "s.png", "--delta-s", "1,2")
    assert code == 2
    assert "delta_s would change nothing" in err


def test_sweep_compares_any_setting(run):
    code, out, _ = run(
        "sweep", "target.png", "reference.png", "-o", "sheet.png", "--json",
        "--base", "none", "--compare", "finish=rgb,lab", "--compare", "delta-s=1,10",
        "--layer-weights", "1,1,1,1,1;2,1,1,1,1", "--median", "false",
    )  # fmt: skip
    rows = json.loads(out)
    assert code == 0
    assert len(rows) == 8
    assert rows[0]["layer_weights"] == [1, 1, 1, 1, 1]
    assert {row["delta_s"] for row in rows} == {1.0, 10.0}
    assert all(row["median"] is False for row in rows)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["sweep", "-o", "s.png", "--tau", "0.1,x"], 2, "tau must be of kind float, got 'x'"),
        (["sweep", "-o", "s.png", "--tau", "0.1,0"], 2, "tau must be a number from 1e-09"),
        (["sweep", "-o", "s.png", "--pooling", "yes"], 2, "pooling must be true or false"),
        (["sweep", "-o", "s.png", "--compare", "finish"], 2, "--compare takes NAME=VALUE"),
        (["sweep", "-o", "s.png", "--compare", "paint=oil"], 2, "unknown setting 'paint'; known are"),
        (
            ["sweep", "-o", "s.png", "--compare", "lightnes=0,1"],
            2,
            "unknown setting 'lightnes'; did you mean lightness?",
        ),
        (["sweep", "-o", "s.png", "--compare", "finish=oil"], 2, "finish must be 'lab' or 'rgb'"),
        (["sweep", "-o", "s.png"], 2, "name a setting and its values"),
        (["sweep", "-o", "s.png", "--tau", "1", "--compare", "tau=2"], 2, "tau is named twice"),
        (["sweep", "-o", "s.png", "--backbone", "builtin,vgg19"], 1, "huegraft weights pull vgg19"),
        (["sweep", "-o", "s.png", "--superpixels", ",".join(map(str, range(1, 60)))], 2, "1 to 48 combinations"),
        (["explain", "-o", "/"], 1, "name a folder"),
        (["explain", "-o", "why", "--point", "3"], 2, "point must be X,Y"),
        (["explain", "-o", "why", "--point", "99,1"], 2, "point 99,1 lies outside the target of 36×40"),
        (["explain", "-o", "reference.png"], 1, "it is a file"),
        (["explain", "-o", "no/why"], 1, "there is no folder"),
    ],
)
def test_errors_are_one_clear_message_and_nothing_written(run, folder, arguments, code, message):
    command, *options = arguments
    before = sorted(folder.iterdir())
    exit_code, out, err = run(command, "target.png", "reference.png", *options)
    assert exit_code == code
    assert message in err
    assert "Traceback" not in err
    assert out == ""
    assert sorted(folder.iterdir()) == before
