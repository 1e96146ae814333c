from pathlib import Path

import pytest

import huegraft
from huegraft.batch.inputs import Inputs
from huegraft.batch.manifest import Pattern, jobs_of
from huegraft.errors import ArgumentError, SettingsFileError

BEST = huegraft.preset("best")


def pattern(*references, output="out/{stem}.png", **inputs):
    return Pattern("transfer", BEST, references, output, Inputs(**inputs))


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.JPG", "notes.txt", "c d;é.tif"):
        (tmp_path / name).touch()
    (tmp_path / "deeper").mkdir()
    return tmp_path


def test_a_folder_is_its_pictures_by_name(folder):
    said = []
    common = pattern("refs/{stem}.jpg", "all.jpg", target_mask="m/{stem}.png", regions=("{stem}.png:r.png",))
    (folder / "._b.png").touch()
    jobs = jobs_of(folder, common, said.append)
    assert said == ["left out: deeper/, notes.txt"]
    assert [job.target.name for job in jobs] == ["a.JPG", "b.png", "c d;é.tif"]
    assert [job.output for job in jobs] == [Path("out/a.png"), Path("out/b.png"), Path("out/c d;é.png")]
    assert jobs[1].references == (Path("refs/b.jpg"), Path("all.jpg"))
    assert jobs[1].inputs == Inputs("m/b.png", regions=("b.png:r.png",))


def table(folder, text, encoding="utf-8"):
    path = folder / "jobs.csv"
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_says_what_differs(folder, encoding):
    text = (
        'target,reference,output,target_mask,reference_mask\n"x, y.png",r.jpg; s.jpg,o/1.tif,m.png,;n.png\nz.png,,,,\n'
    )
    jobs = jobs_of(table(folder, text, encoding), pattern("other.jpg", target_mask="k.png"))
    assert jobs[0].target == folder / "x, y.png"
    assert jobs[0].references == (folder / "r.jpg", folder / "s.jpg")
    assert jobs[0].output == folder / "o/1.tif"
    assert jobs[0].inputs == Inputs(str(folder / "m.png"), ("", str(folder / "n.png")))
    assert (jobs[1].references, jobs[1].output) == ((Path("other.jpg"),), Path("out/z.png"))
    assert jobs[1].inputs == Inputs("k.png")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must begin with a line of column names"),
        ("picture\na.png\n", "must begin with a line of column names"),
        ("target,colour\na.png,b\n", "must begin with a line of column names"),
        ("target\n", "must name a target in each line"),
        ("target,reference\n,b.png\n", "must name a target in each line"),
        ("target\na.png,b.png\n", "no table of files"),
        ('target\n"a.png\n', "no table of files"),
    ],
)
def test_tables_that_are_none(folder, text, message):
    with pytest.raises(SettingsFileError, match=message):
        jobs_of(table(folder, text), pattern("r.jpg"))


def test_tables_that_cannot_be_read(folder):
    with pytest.raises(SettingsFileError, match="cannot read"):
        jobs_of(folder / "none.csv", pattern("r.jpg"))
    (folder / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsFileError, match="no table of files"):
        jobs_of(folder / "binary.csv", pattern("r.jpg"))


def test_what_is_missing_or_collides(folder):
    with pytest.raises(ArgumentError, match="no reference: give --reference"):
        jobs_of(folder, pattern())
    with pytest.raises(ArgumentError, match="no output: give --output"):
        jobs_of(folder, pattern("r.jpg", output=None))
    with pytest.raises(ArgumentError, match="would both become"):
        jobs_of(folder, pattern("r.jpg", output="out/x.png"))
    for output in (str(folder / "{stem}.png"), "r.jpg", "m.png"):
        source = table(folder, f"target,output\n{folder / 'b.png'},{Path(output.replace('{stem}', 'b')).absolute()}\n")
        with pytest.raises(ArgumentError, match="would replace a file that the batch reads"):
            jobs_of(source, pattern("r.jpg", target_mask="m.png"))
    with pytest.raises(ArgumentError, match="there is no picture in"):
        jobs_of(folder / "deeper", pattern("r.jpg"))
