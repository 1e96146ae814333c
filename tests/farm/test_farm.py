"""Commands for farms are run as farms run them: the results have the bytes of one process."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import huegraft
from huegraft.cli.main import main
from huegraft.color import grey_from_srgb
from huegraft.errors import ArgumentError, FileError
from huegraft.evaluate.package import photograph
from huegraft.farm.folder import write_commands
from huegraft.farm.openjd import openjd_files
from huegraft.farm.shell import shell_files
from huegraft.farm.slurm import slurm_files
from huegraft.farm.work import Step, Work, spans_of

NAMES = ['it\'s "a" $b;{brace}', "-leading ünïcödé"]
SBATCH = """#!/usr/bin/env bash
# Runs jobs at once, as Slurm would: from a copy of the script, and not after a job that failed.
set -eu
array="" after=""
while [[ "$1" == --* ]]; do
    case "$1" in
        --array=*) array="${1#*=}" ;;
        --dependency=afterok:*) after="${1#*:}" ;;
    esac
    shift
done
mkdir -p "$SLURM_STATE"
id="$(find "$SLURM_STATE" -name 'job*' | wc -l)"
copy="$SLURM_STATE/copy" failed=0
cp "$1" "$copy"
shift
for each in ${after//:/ }; do
    [[ "$(cat "$SLURM_STATE/job$each")" == 0 ]] || failed=1
done
if [[ "$failed" == 0 && -n "$array" ]]; then
    for task in $(seq "${array%-*}" "${array#*-}"); do
        SLURM_ARRAY_TASK_ID="$task" bash "$copy" "$@" >"slurm-${id}_$task.out" 2>&1 || failed=1
    done
elif [[ "$failed" == 0 ]]; then
    bash "$copy" "$@" >"slurm-$id.out" 2>&1 || failed=1
fi
echo "$failed" >"$SLURM_STATE/job$id"
echo "$id;cluster"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to work in, with huegraft and a stand-in of Slurm in reach."""
    programs, work = tmp_path / "programs", tmp_path / "my work's"
    programs.mkdir()
    work.mkdir()
    call = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m huegraft "$@"\n'
    for name, text in {"huegraft": call, "sbatch": SBATCH}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(huegraft.__file__).parents[1]))
    monkeypatch.setenv("SLURM_STATE", str(tmp_path / "slurm"))
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def call(monkeypatch, capsys):
    """Run huegraft in this process, and return its exit code and what it printed."""

    def called(*words):
        monkeypatch.setattr(sys, "argv", ["huegraft", *map(str, words)])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return called


def picture(name, size=(48, 64), at=0):
    return np.ascontiguousarray(photograph(name)[::6, ::6][: size[0], at : at + size[1]])


def program(name):
    """Return a program, or skip the test where it is absent."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}")
    return found


def run(*words, stdin=None):
    done = subprocess.run(  # noqa: S603
        list(map(str, words)), stdin=stdin, capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout + done.stderr


def scans(names):
    Path("scans").mkdir()
    for number, name in enumerate(names):
        huegraft.write_picture(f"scans/{name}.png", grey_from_srgb(picture("coffee", at=8 * number)))
    huegraft.write_picture("ref.png", picture("coffee", (60, 90)))


def batch(*more, output="one"):
    pattern = f"{output}/{{stem}}.png"
    return ["batch", "scans", "-r", "ref.png", "--mode", "colorize", "-o", pattern, "--threads", "1", *more]


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).glob("*.png")}


def test_a_batch_on_slurm_and_gnu_parallel(folder, call):
    scans(NAMES)
    assert call(*batch())[0] == 0
    code, out, _ = call(*batch("--commands", "slurm", "--commands-folder", "the cmds", "--json", output="two"))
    assert (code, json.loads(out)["units"]) == (0, {"pictures": 2})
    code, _, err = call("units", "join", "the cmds")
    assert code == 1
    assert "2 of 2 units are missing: 1 (" in err
    code, said = run("bash", "the cmds/submit.sh", "--partition=long")
    assert code == 0, said
    assert contents("two") == contents("one")
    assert "all 2 pictures are made" in Path("the cmds/logs/slurm-1.out").read_text()
    assert "0 written, 2 done before" in call(*batch("--resume", output="two"))[2]
    before = Path("two", f"{NAMES[0]}.png").stat().st_mtime_ns
    with Path("the cmds/units_pictures.txt").open() as units:
        code, said = run(program("parallel"), "--jobs", 2, stdin=units)
    assert (code, said.count("done before")) == (0, 2), said
    assert Path("two", f"{NAMES[0]}.png").stat().st_mtime_ns == before


def test_a_unit_that_fails_is_seen(folder, call):
    scans(["good"])
    Path("scans/bad.png").write_text("no picture")
    assert call(*batch("--commands", "shell", "--commands-folder", "cmds"))[0] == 0
    code, said = run("bash", "cmds/run.sh", 2)
    assert code != 0
    assert "bad.png is no PNG" in said
    assert list(contents("one")) == ["good.png"]
    code, _, err = call("units", "join", "cmds")
    assert (code, "1 of 2 units are missing: 1 (" in err, "bad.png" in err) == (1, True, True)
    assert call("units", "run", "cmds", 3)[0] == 2
    assert "exists" in call(*batch("--commands", "shell", "--commands-folder", "other"))[2]
    code, _, err = call(*batch("--commands", "shell", "--commands-folder", "cmds", "--resume", "--force"))
    assert (code, "2 units" in err) == (0, True)  # the batch's own journal knows none before they are joined


def test_a_batch_by_open_job_description(folder, call):
    openjd = program("openjd")
    scans(NAMES)
    assert call(*batch())[0] == 0
    assert call(*batch("--commands", "openjd", "--commands-folder", "cmds", output="two"))[0] == 0
    for step in ("check", "run"):
        code, said = run(openjd, step, "cmds/job.json")
        assert code == 0, said
    assert contents("two") == contents("one")


def test_a_film_in_a_shell(folder, call):
    pytest.importorskip("av")
    Path("capture").mkdir()
    for number in range(10):
        name, at = ("coffee", number) if number < 5 else ("chelsea", number - 5)
        huegraft.write_picture(f"capture/{number:03}.png", grey_from_srgb(picture(name, at=at)))
        if number % 5 == 0:
            huegraft.write_picture(f"ref_{number:06}.png", picture(name, at=at))
    assert call("film", "shots", "capture", "-p", "a film.huegraft", "--fps", "24")[0] == 0
    references = [word for number in (0, 5) for word in ("-r", f"ref_{number:06}.png")]
    given = ["--mode", "colorize", "--working-pixels", 1000, *references]
    assert call("film", "color", "a film.huegraft", *given, "--shots", 1)[0] == 0
    for path in Path("a film.huegraft/tracks").iterdir():
        path.unlink()
    shutil.copytree("a film.huegraft", "b.huegraft")
    assert call("film", "color", "b.huegraft")[0] == 0
    assert call("film", "render", "b.huegraft", "-o", "b.mkv", "--codec", "ffv1")[0] == 0
    words = ["film", "commands", "a film.huegraft", "-o", "cmds", "--codec", "ffv1", "--threads", 1]
    code, out, err = call(*words, "--json")
    assert code == 0, err
    assert json.loads(out)["units"] == {"colors": 2, "segments": 2}
    assert "exists" in call(*words)[2]
    joining = ["film", "render", "a film.huegraft", "-o", "a film.mkv", "--codec", "ffv1", "--only", "join"]
    assert "shots s0001, s0002 are not computed as they stand" in call(*joining)[2]
    code, said = run("bash", "cmds/run.sh", 2)
    assert code == 0, said
    assert Path("a film.mkv").read_bytes() == Path("b.mkv").read_bytes()
    assert contents_of_project("a film.huegraft") == contents_of_project("b.huegraft")
    next(Path("a film.huegraft/segments").iterdir()).unlink()
    code, _, err = call(*joining, "--force")
    assert (code, ": segments are missing" in err) == (1, True)
    numbered = ["film", "render", "a film.huegraft", "-o", "still_%03d.png"]
    assert call(*numbered, "--only", "encode", "--shots", 2)[0] == 0
    assert "shot s0001: pictures are missing" in call(*numbered, "--only", "join")[2]
    assert call(*numbered, "--only", "encode", "--shots", 1)[0] == 0
    assert call(*numbered, "--only", "join")[0] == 0
    assert len(contents(".")) == 12
    assert "--only goes with whole shots" in call(*numbered, "--only", "encode", "--range", "0-3")[2]


def contents_of_project(folder):
    return {path.name: path.read_bytes() for name in ("tracks", "segments") for path in Path(folder, name).iterdir()}


WORK = Work("film", (Step("colors", ("a b", "it's"), tuple(range(1, 2502))),), ("join me",), 2)


@pytest.mark.parametrize("files", [shell_files, slurm_files])
def test_scripts_are_scripts(files, tmp_path):
    for name, text in files(WORK).items():
        if text.startswith("#!"):
            (tmp_path / name).write_text(text)
            assert run("bash", "-n", tmp_path / name) == (0, "")


def test_an_array_of_slurm_has_at_most_a_thousand_tasks():
    submit = slurm_files(WORK)["submit.sh"]
    assert [f"--array=1-{count} " in submit for count in (1000, 501, 2501)] == [True, True, False]
    assert '"$folder/units_colors.txt" 2000' in submit


def test_spans():
    assert spans_of([4]) == "4"
    job = json.loads(openjd_files(Work("film", (Step("colors", ("a",), (1, 3, 4)),), ("b",)))["job.json"])
    assert job["steps"][0]["parameterSpace"]["taskParameterDefinitions"][0]["range"] == "1,3-4"


def test_paths_that_cannot_be_said(tmp_path):
    def named(word):
        return Work("batch", (Step("pictures", (word,), (1,)),), ("join",))

    with pytest.raises(ArgumentError, match="line break"):
        shell_files(named("a\nb"))
    for word in ("a{{b", "a\tb", "a\udcffb"):
        with pytest.raises(ArgumentError, match="job template"):
            openjd_files(named(word))
    write_commands(tmp_path, WORK, "shell", replace=False)
    with pytest.raises(FileError, match="--force"):
        write_commands(tmp_path, WORK, "shell", replace=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--commands", "shell"], "--commands and --commands-folder go together"),
        (["--commands-folder", "x"], "--commands and --commands-folder go together"),
        (["--program", "x"], "--program would change nothing"),
        (["--commands", "shell", "--commands-folder", "x", "--program", "'"], "--program must be words"),
    ],
)
def test_options_that_do_not_go_together(folder, call, words, said):
    scans(["one"])
    code, _, err = call(*batch(*words))
    assert code == 2
    assert said in err
    assert not Path("x").exists()


def test_another_version_is_refused(folder, call):
    scans(["one"])
    assert call(*batch("--commands", "shell", "--commands-folder", "x", "--program", "env A=1 huegraft"))[0] == 0
    assert Path("x/units_pictures.txt").read_text().startswith("env A=1 huegraft units run --threads 1 ")
    path = Path("x/units.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"huegraft": "0.0.1"}))
    assert "the units in x are of huegraft 0.0.1" in call("units", "run", "x", 1)[2]
