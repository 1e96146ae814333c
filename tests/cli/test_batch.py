import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

SECONDS = 60


@pytest.fixture
def scans(folder, astronaut):
    (folder / "scans").mkdir()
    for number in range(3):
        picture = np.kron((astronaut[number:] * 255).astype(np.uint8), np.ones((4, 4, 1), np.uint8))
        Image.fromarray(picture).save(folder / "scans" / f"{number} é.png")
    return folder


def is_gone(group):
    """Tell whether a group of processes ends; multiprocessing's own helper does so a moment later."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def options(*more):
    return ["scans", "-r", "reference.png", "-o", "out/{stem}.png", "--threads", "1", *more]


def test_a_folder(run, scans):
    (scans / "scans" / "bad.png").write_text("no picture")
    code, out, err = run("batch", *options())
    assert (code, out) == (1, "")
    assert "failed: scans/bad.png: scans/bad.png is no PNG" in err
    assert err.endswith("3 written, 0 done before, 1 failed\n")
    assert run("transfer", "scans/1 é.png", "reference.png", "-o", "one.png", "--threads", "1")[0] == 0
    assert (scans / "out" / "1 é.png").read_bytes() == (scans / "one.png").read_bytes()
    (scans / "scans" / "bad.png").unlink()
    code, out, err = run("batch", *options("--resume", "--json"))
    assert (code, err) == (0, "0 written, 3 done before, 0 failed\n")
    report = json.loads(out)
    assert [each["target"] for each in report["skipped"]] == [f"scans/{number} é.png" for number in range(3)]
    assert (report["done"], report["failed"]) == ([], [])


def test_folders_below_and_a_run_that_goes_on(run, scans):
    for name in ("reel 1", "reel 2"):
        (scans / "scans" / name).mkdir()
        (scans / "scans" / name / "0.png").write_bytes((scans / "scans" / "0 é.png").read_bytes())
        arguments = ["scans", "-r", "reference.png", "-o", "scans/warm/{parent}/{name}.png", "--threads", "1"]
        code, _, err = run("batch", *arguments, "--recursive", "--resume")
        assert code == 0
    assert err.startswith("scans/warm is left out, because the outputs go there\n")
    assert err.endswith("\n1 written, 4 done before, 0 failed\n")
    made = sorted(str(path.relative_to(scans / "scans" / "warm")) for path in scans.glob("scans/warm/**/*.png"))
    assert made == ["0 é.png.png", "1 é.png.png", "2 é.png.png", "reel 1/0.png.png", "reel 2/0.png.png"]


def test_a_table_with_settings_and_masks(run, scans):
    Image.new("L", (144, 160), 255).save(scans / "mask.png")
    (scans / "jobs.csv").write_text(
        "Target;Output;Target_Mask;Note\nscans/0 é.png;a.png;mask.png;x\nscans/1 é.png;b.png;;\n"
    )
    one = ["--threads", "1"]
    assert run("batch", "jobs.csv", "-r", "reference.png", "--tau", "0.1", "--save-settings", "look.json", *one)[0] == 0
    again = run("batch", "jobs.csv", "-r", "reference.png", "--settings", "look.json", "--resume", *one)
    assert again[2].startswith("columns not used: Note\n0 written, 2 done before")
    arguments = ["scans/1 é.png", "reference.png", "--settings", "look.json", "-o", "one.png", *one]
    assert run("transfer", *arguments)[0] == 0
    assert (scans / "b.png").read_bytes() == (scans / "one.png").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["scans", "-o", "out/{stem}.png"], 2, "no reference: give --reference"),
        (["scans", "-r", "reference.png"], 2, "no output: give --output"),
        (["scans", "-r", "reference.png", "-o", "out/x.png"], 2, "-o 'out/{stem}.png' keeps all outputs apart"),
        (
            ["scans", "-r", "reference.png", "-o", "out/{x}.png"],
            2,
            "known words are {stem}, {name}, {ending}, {parent}",
        ),
        (["jobs.csv", "-r", "reference.png", "-o", "out/{stem}.png", "--recursive"], 2, "--recursive needs a folder"),
        (["scans", "-r", "reference.png", "-o", "out"], 2, "got 'out'; 'out/{stem}.png' writes into a folder"),
        (["scans", "-r", "reference.png", "-o", "out/"], 2, "got 'out/'; 'out/{stem}.png' writes into a folder"),
        (["scans", "-r", "reference.png", "-o", "out/{stem}.gif"], 2, "the output must end in"),
        (["scans", "-r", "reference.png", "-o", "scans/{stem}.png", "--force"], 2, "would replace a file"),
        (
            ["none", "-r", "reference.png", "-o", "out/{stem}.png"],
            1,
            "cannot read none: there is no folder and no CSV file of that name",
        ),
        (["scans", "-r", "reference.png", "-o", "out/{stem}.png", "--delta-s", "3"], 2, "would change nothing"),
    ],
)
def test_errors_before_the_work_begins(run, scans, arguments, code, message):
    returned, _, err = run("batch", *arguments)
    assert returned == code
    assert message in err
    assert not (scans / "out").exists()


def test_a_folder_that_cannot_be_made_is_a_failure_of_each(run, scans):
    (scans / "out").write_text("a file")
    code, _, err = run("batch", *options())
    assert code == 1
    assert err.endswith("0 written, 0 done before, 3 failed\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_all_and_the_next_run_goes_on(run, scans, number, code):
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "huegraft", "batch", *options()],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + SECONDS
    while not (scans / "out" / "0 é.png").exists() and time.monotonic() < end:
        time.sleep(0.005)
    os.killpg(process.pid, number)  # as a terminal does: to the worker as well
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == code
    assert "Traceback" not in err
    assert is_gone(process.pid), "a process of the batch lives on"
    assert not list((scans / "out").glob("*.part"))
    whole = (scans / "out" / "0 é.png").read_bytes()
    returned, _, err = run("batch", *options("--resume", "--force"))
    assert returned == 0
    assert "0 failed" in err
    assert (scans / "out" / "0 é.png").read_bytes() == whole
    assert len(list((scans / "out").glob("*.png"))) == 3
