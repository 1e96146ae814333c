import json
import shutil

import numpy as np
import pytest
from PIL import Image

import huegraft


@pytest.fixture
def pictures(folder, astronaut, coffee):
    """A folder of candidates: the target mirrored, a stranger, the target itself, and what is no picture."""
    found = folder / "pictures"
    (found / "more").mkdir(parents=True)
    pixels = (astronaut * 255).astype(np.uint8)
    Image.fromarray(np.ascontiguousarray(pixels[:, ::-1])).save(found / "mirrored.png")
    Image.fromarray((coffee * 255).astype(np.uint8)).save(found / "coffee.JPG")
    Image.fromarray(pixels[::-1]).save(found / "more" / "turned.webp")
    shutil.copy(folder / "target.png", found / "the same.png")
    (found / "notes.txt").write_text("no picture")
    (found / "folder.png").mkdir()
    return found


def test_the_best_comes_first(run, pictures):
    code, out, err = run("suggest", "target.png", "pictures", "--mode", "colorize")
    assert (code, err) == (0, "these are no pictures and are left out: folder.png/, more/, notes.txt\n")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["reference", "fit", "similarity", "layout"]
    assert {line[0] for line in lines[1:3]} == {"pictures/mirrored.png", "pictures/the"}
    assert lines[3][0] == "pictures/coffee.JPG"


def test_the_target_is_no_candidate(run, folder, pictures):
    (pictures / "link.png").symlink_to(folder / "target.png")
    code, out, _ = run("suggest", "pictures/the same.png", "pictures", "--json")
    assert code == 0
    assert {row["reference"] for row in json.loads(out)} == {
        "pictures/mirrored.png", "pictures/coffee.JPG", "pictures/link.png",
    }  # fmt: skip


def test_json_holds_what_the_library_says(run, pictures):
    code, out, _ = run("suggest", "target.png", "pictures", "--json", "--tau", "0.05", "--superpixels", "60")
    rows = json.loads(out)
    assert code == 0
    assert [set(row) for row in rows] == [{"reference", "fit", "similarity", "layout"}] * 3
    target, reference = (huegraft.read_picture(path).pixels for path in ("target.png", "pictures/coffee.JPG"))
    (alone,) = huegraft.suggest(target, [reference], huegraft.preset("best"), tau=0.05, superpixels=60)
    row = next(row for row in rows if row["reference"] == "pictures/coffee.JPG")
    assert row["fit"] == pytest.approx(alone.fit, abs=1e-3)
    assert row["similarity"] == pytest.approx(alone.figures["similarity"], abs=1e-3)
    assert [row["fit"] for row in rows] == sorted((row["fit"] for row in rows), reverse=True)


def test_so_many_of_all_folders(run, pictures):
    everything = json.loads(run("suggest", "target.png", "pictures", "--recursive", "--json")[1])
    assert "pictures/more/turned.webp" in {row["reference"] for row in everything}
    assert len(everything) == 4
    assert json.loads(run("suggest", "target.png", "pictures", "-r", "--json", "--top", "2")[1]) == everything[:2]


def test_what_cannot_be_read_is_named_and_left_out(run, pictures):
    (pictures / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (pictures / "gone.tif").symlink_to(pictures / "nowhere.tif")
    code, out, err = run("suggest", "target.png", "pictures", "--json")
    assert code == 0
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "these are no pictures and are left out",
        "this picture is left out",
    ]
    assert "damaged.png" in err
    assert "gone.tif" in err.splitlines()[0]
    assert len(json.loads(out)) == 3
    with_damaged = {row["reference"]: row["fit"] for row in json.loads(out)}
    (pictures / "damaged.png").unlink()
    again = json.loads(run("suggest", "target.png", "pictures", "--json")[1])
    assert {row["reference"]: row["fit"] for row in again} == with_damaged


def test_a_cache_changes_nothing(run, folder, pictures):
    first, second, plain = (
        run("suggest", "target.png", "pictures", "--json", *cache)[1]
        for cache in (["--cache", "kept"], ["--cache", "kept"], [])
    )
    assert first == second == plain
    assert len(list((folder / "kept" / "huegraft-encoded").iterdir())) == 3  # the target is one of them, twice


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["target.png", "nowhere"], 1, "nowhere is no folder; name one that holds candidate references"),
        (["target.png", "reference.png"], 1, "reference.png is no folder"),
        (["target.png", "pictures/folder.png"], 1, "holds no picture: expected PNG, JPEG, WebP"),
        (["target.png", "only"], 1, "only holds no picture but the target"),
        (["target.png", "damaged"], 1, "none of the pictures in damaged can be read"),
        (["nothing.png", "pictures"], 1, "no picture file at nothing.png"),
        (["target.png", "pictures", "--tau", "0"], 2, "tau must be a number"),
        (["target.png", "pictures", "--lightness-prior", "5"], 2, "lightness_prior would change nothing"),
        (["target.png", "pictures", "--cache-size", "5"], 2, "--cache-size would change nothing"),
        (["target.png", "pictures", "--finish", "rgb"], 2, "No such option"),
        (["target.png", "pictures", "--top", "0"], 2, "0 is not in the range x>=1"),
    ],
)
def test_errors_are_one_clear_message(run, folder, pictures, arguments, code, message):
    for name in ("only", "damaged"):
        (folder / name).mkdir()
    (folder / "only" / "target.png").symlink_to(folder / "target.png")
    (folder / "damaged" / "one.png").write_text("nothing")
    exit_code, out, err = run("suggest", *arguments)
    assert exit_code == code
    assert message in " ".join(err.split())
    assert "Traceback" not in err
    assert out == ""
