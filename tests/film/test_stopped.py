"""Ctrl-C in a film's command: one line says what is kept, and the run can be gone on with."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import film_clips
import huegraft
from huegraft.evaluate.package import photograph

WORDS = ["-m", "huegraft", "colorize", "film.mkv", "ref.png", "-o", "out.mkv", "--threads", "2"]
PATIENCE = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopped")
    options = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"
    film_clips.clip(folder, "film.mkv", size="640x360", frames=400, options=options)
    huegraft.write_picture(folder / "ref.png", np.ascontiguousarray(photograph("coffee")[::4, ::4]))
    return folder


def stopped(folder, begun, *options):
    """Run the command until `begun` tells that it is under way, press Ctrl-C, and return what it said."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, *WORDS, *options], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    end = time.monotonic() + PATIENCE
    while process.poll() is None and not begun() and time.monotonic() < end:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 130, said
    return said.splitlines()


def holds(folder: Path, name: str):
    return lambda: (folder / name).is_dir() and any((folder / name).iterdir())


def test_each_step_can_be_stopped_and_gone_on_with(folder):
    project = folder / "out.huegraft"
    (said,) = stopped(folder, (project / "lock").is_file, "--working-pixels", "1000")
    assert said.startswith("stopped: the film was being read for the first time, and nothing is kept yet")
    assert not (project / "shots.json").exists()
    said = stopped(folder, holds(project, "tracks"), "--working-pixels", "30000")
    assert said[-1].startswith(
        "stopped: the index, the shots and the colours of finished shots are kept in out.huegraft"
    )
    assert not any("Traceback" in each for each in said)
    said = stopped(folder, holds(project, "segments"), "--working-pixels", "1000", "--resume")
    assert "colours and what was written of the film are kept; the same command with --resume goes on" in said[-1]
    assert not any("Traceback" in each for each in said)
    done = subprocess.run(  # noqa: S603
        [sys.executable, *WORDS, "--working-pixels", "1000", "--resume", "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert '"computed": 0' in done.stdout
