from pathlib import Path

import pytest

import huegraft
from huegraft.batch.inputs import Inputs
from huegraft.batch.manifest import Pattern, jobs_of
from huegraft.batch.table import rows_of
from huegraft.errors import SettingsFileError

BEST = huegraft.preset("best")


def pattern(*references, **inputs):
    return Pattern("transfer", BEST, references, "out/{stem}.png", Inputs(**inputs))


@pytest.fixture
def folder(tmp_path):
    return tmp_path


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
        ("picture;note\na.png;b\n", "must begin with a line of column names, target and any of .*, got picture, note$"),
        ("target,Target\na.png,b\n", "has the column target 2 times"),
        ("target\n", "must name a target in each line"),
        ("target,reference\n,b.png\n", "must name a target in each line"),
        ("target\na.png,b.png\n", "no table of files: line 2 has more columns than the first: b.png"),
        ("target;reference\na.png;b.jpg;c.jpg\n", "needs quotes around it"),
        ("target\na\0.png\n", "a character of code 0"),
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


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_separates_columns_is_seen_in_the_first_line(folder, separator, end, encoding):
    lines = [
        ["Target ", '"REFERENCE"', " shot, take" if separator != "," else "shot", "Target Mask", ""],
        ["é.png", '"a.jpg;b.jpg"', "7", '"m, 1;2.png"', ""],
        ["", " ", "", "", ""],
        ["z.png"],
        ["y.png", "c.jpg", "", "", "", ""],
    ]
    said = []
    (folder / "jobs.csv").write_bytes(end.join(map(separator.join, lines)).encode(encoding))
    rows = rows_of(folder / "jobs.csv", said.append)
    assert rows[0] == {
        "target": str(folder / "é.png"),
        "reference": f"{folder / 'a.jpg'};{folder / 'b.jpg'}",
        "target_mask": str(folder / "m, 1;2.png"),
    }
    assert rows[1] == {"target": str(folder / "z.png"), "reference": "", "target_mask": ""}
    assert rows[2] == {"target": str(folder / "y.png"), "reference": str(folder / "c.jpg"), "target_mask": ""}
    assert said == [f"columns not used: {lines[0][2].strip()}"]


def test_columns_that_are_not_used_are_named_once(folder):
    said = []
    rows_of(table(folder, "note,target,Shot No\nx,a.png,1\ny,b.png,2\n"), said.append)
    assert said == ["columns not used: note, Shot No"]


def test_another_encoding_is_refused_with_the_line(folder):
    with pytest.raises(SettingsFileError, match="line 3 has other bytes; save it as CSV in UTF-8"):
        jobs_of(table(folder, "target\na.png\né.png\n", "cp1252"), pattern("r.jpg"))
