import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import huegraft
from huegraft.batch.inputs import Inputs
from huegraft.batch.journal import Journal, file_states, made_of
from huegraft.batch.manifest import Pattern, jobs_of, outputs_folder
from huegraft.errors import ArgumentError

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
    assert said == ["these are no pictures and are left out: deeper/, notes.txt"]
    assert [job.target.name for job in jobs] == ["a.JPG", "b.png", "c d;é.tif"]
    assert [job.output for job in jobs] == [Path("out/a.png"), Path("out/b.png"), Path("out/c d;é.png")]
    assert jobs[1].references == (Path("refs/b.jpg"), Path("all.jpg"))
    assert jobs[1].inputs == Inputs("m/b.png", regions=("b.png:r.png",))


def test_what_is_no_regular_file_is_left_out_and_named(folder):
    os.mkfifo(folder / "pipe.png")
    (folder / "link.png").symlink_to(folder / "nowhere.png")
    said = []
    jobs = jobs_of(folder, pattern("r.jpg"), said.append)
    assert said == ["these are no pictures and are left out: deeper/, link.png, notes.txt, pipe.png"]
    assert [job.target.name for job in jobs] == ["a.JPG", "b.png", "c d;é.tif"]
    assert file_states(replace(jobs[0], references=(folder / "pipe.png",)))[folder / "pipe.png"] == ""


def test_what_is_missing_or_collides(folder):
    with pytest.raises(ArgumentError, match="no reference: give --reference"):
        jobs_of(folder, pattern())
    with pytest.raises(ArgumentError, match="no output: give --output"):
        jobs_of(folder, pattern("r.jpg", output=None))
    with pytest.raises(ArgumentError, match="would both become"):
        jobs_of(folder, pattern("r.jpg", output="out/x.png"))
    for output in (str(folder / "{stem}.png"), "r.jpg", "m.png"):
        source = folder / "jobs.csv"
        source.write_text(f"target,output\n{folder / 'b.png'},{Path(output.replace('{stem}', 'b')).absolute()}\n")
        with pytest.raises(ArgumentError, match="would replace a file that the batch reads"):
            jobs_of(source, pattern("r.jpg", target_mask="m.png"))
    with pytest.raises(ArgumentError, match="there is no picture in"):
        jobs_of(folder / "deeper", pattern("r.jpg"))


def test_words_of_a_folder_below(folder):
    (folder / "deeper" / "a.png").touch()
    jobs = jobs_of(
        folder,
        pattern("{parent}/r.jpg", output="o/{parent}/{name}.png", target_mask="{parent}/{stem}.png"),
        recursive=True,
    )
    assert [(job.target.name, str(job.output)) for job in jobs] == [
        ("a.JPG", "o/a.JPG.png"),
        ("b.png", "o/b.png.png"),
        ("c d;é.tif", "o/c d;é.tif.png"),
        ("a.png", "o/deeper/a.png.png"),
    ]
    assert jobs[3].references == (Path("deeper/r.jpg"),)
    assert jobs[3].inputs == Inputs("deeper/a.png")
    with pytest.raises(ArgumentError, match=r"holds \{Stem\}; the known words are"):
        jobs_of(folder, pattern("r.jpg", output="o/{Stem}.png"))


def test_folders_below_are_taken_when_asked_for(folder):
    for name in ("deeper/z/1.png", "deeper/2.png", ".hidden/3.png", "deeper/._2.png", "graded/4.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    (folder / "deeper" / "loop").symlink_to(folder, target_is_directory=True)
    said = []
    jobs = jobs_of(
        folder, pattern("r.jpg", output=f"{folder}/graded/{{parent}}/{{name}}.png"), said.append, recursive=True
    )
    assert [str(job.target.relative_to(folder)) for job in jobs] == [
        "a.JPG",
        "b.png",
        "c d;é.tif",
        "deeper/2.png",
        "deeper/z/1.png",
    ]
    assert said[:2] == [
        f"{folder / 'graded'} is left out, because the outputs go there",
        f"{folder / 'deeper' / 'loop'} is left out, because it is a link to a folder",
    ]
    assert len(jobs_of(folder, pattern("r.jpg"))) == 3
    with pytest.raises(ArgumentError, match="--recursive needs a folder"):
        jobs_of(folder / "b.png", pattern("r.jpg"), recursive=True)


@pytest.mark.parametrize("output", ["{parent}/{stem}_warm.png", "{parent}/warm/{stem}.png"])
def test_outputs_beside_their_targets_are_no_targets(folder, output):
    (folder / "deeper" / "a.png").touch()
    warm = pattern("r.jpg", output=f"{folder}/{output}")
    jobs = jobs_of(folder, warm, recursive=True)
    journal = Journal.of(jobs, outputs_folder(folder, warm))
    for job in jobs:
        job.output.parent.mkdir(exist_ok=True)
        job.output.touch()
        journal.note(job, made_of(job, file_states(job)))
    said = []
    assert jobs_of(folder, warm, said.append, recursive=True) == jobs
    assert said[-1] == "outputs of an earlier run are left out (4)"
    jobs[0].output.write_text("changed by hand")
    with pytest.raises(ArgumentError, match="would replace a file that the batch reads"):
        jobs_of(folder, warm, recursive=True)


def test_outputs_of_another_batch_in_a_folder_below_are_no_targets(folder):
    first = pattern("r.jpg", output=f"{folder}/deeper/{{name}}.png")
    jobs = jobs_of(folder, first)
    journal = Journal.of(jobs, outputs_folder(folder, first))
    for job in jobs:
        job.output.write_text(job.target.name)
        journal.note(job, made_of(job, file_states(job)))
    (folder / "deeper" / "new.png").touch()
    said, second = [], pattern("r.jpg", output="out/{parent}/{name}.png")
    found = jobs_of(folder, second, said.append, recursive=True)
    assert [job.target.name for job in found] == ["a.JPG", "b.png", "c d;é.tif", "new.png"]
    assert said[-1] == f"outputs of an earlier run in {folder / 'deeper'} are left out (3)"
    assert len(jobs_of(folder / "deeper", second)) == 4  # who names their folder wants them
    (folder / "above").mkdir()
    (folder / "deeper" / "new.png").unlink()
    (folder / "deeper").rename(folder / "above" / "deeper")
    with pytest.raises(ArgumentError, match=r"no picture in .*above apart from outputs of earlier runs"):
        jobs_of(folder / "above", second, recursive=True)


def test_a_picture_in_place_of_a_table(folder):
    Image.new("RGB", (4, 4)).save(folder / "b.png")
    with pytest.raises(ArgumentError, match=r"b\.png is a picture and not a table; use transfer or colorize"):
        jobs_of(folder / "b.png", pattern("r.jpg"))


def test_two_targets_of_one_output_are_named_with_a_pattern_that_separates(folder):
    (folder / "b.jpg").touch()
    with pytest.raises(ArgumentError) as caught:
        jobs_of(folder, pattern("r.jpg"))
    assert str(caught.value) == (
        f"{folder / 'b.jpg'} and {folder / 'b.png'} would both become out/b.png; "
        "-o 'out/{stem}_{ending}.png' keeps all outputs apart"
    )
    (folder / "jobs.csv").write_text("target,output\na.png,x.png\nb.png,x.png\n")
    with pytest.raises(ArgumentError, match=r"x\.png; name another output for one of them in a table"):
        jobs_of(folder / "jobs.csv", pattern("r.jpg"))
