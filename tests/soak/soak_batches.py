"""Runs many short batches, of which none may say more than what became of its pictures: part of `make soak`."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

BATCHES = int(os.environ.get("SOAK_BATCHES", "200"))
ARGUMENTS = ["batch", "two.csv", "-r", "reference.png", "--working-pixels", "8000", "--force"]


@pytest.fixture
def folder(tmp_path, astronaut, coffee):
    for name, picture in (("target.png", astronaut), ("reference.png", coffee)):
        Image.fromarray((picture * 255).astype(np.uint8)).save(tmp_path / name)
    (tmp_path / "two.csv").write_text("target,output\nmissing.png,a.png\ntarget.png,b.png\n")
    return tmp_path


def test_the_end_of_a_worker_says_nothing(folder):
    for _ in range(BATCHES):
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "huegraft", *ARGUMENTS], cwd=folder, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert done.stderr.splitlines() == [
            "failed: missing.png: there is no picture file at missing.png",
            "1 written, 0 done before, 1 failed",
        ]
