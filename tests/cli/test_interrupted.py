"""Signals to a real run. It is watched through a pseudo-terminal, where it shows the running stage."""

import os
import pty
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image
from skimage import data

SECONDS = 60
ON_ONE_THREAD = ["--threads", "1", "--working-pixels", str(2**22)]
RUN_SLOW_TO_WRITE = """
import io, pathlib, time
from huegraft.cli.main import main
class Slow(io.FileIO):
    def writelines(self, parts):
        content = b"".join(parts)
        self.write(content[: len(content) // 2])
        print("half is there", flush=True)
        time.sleep(60)
quick = pathlib.Path.open
def open_slowly(path, mode="r", *rest, **options):
    return Slow(path, mode) if path.suffix == ".part" else quick(path, mode, *rest, **options)
pathlib.Path.open = open_slowly
main()
"""


@pytest.fixture
def folder(tmp_path):
    photograph = data.astronaut()
    Image.fromarray(np.tile(photograph, (3, 3, 1))).save(tmp_path / "target.png")
    Image.fromarray(photograph[:64, :64]).save(tmp_path / "reference.png")
    return tmp_path


def interrupted(folder, number, command, settings, begun):
    """Start a run, send the signal once it has shown `begun`; return exit code and all it has shown."""
    leader, terminal = pty.openpty()
    os.set_blocking(leader, False)
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, *command, "transfer", "target.png", "reference.png", "-o", "out.png", *settings],
        cwd=folder,
        stdout=terminal,
        stderr=terminal,
        env=os.environ | {"TERM": "xterm"},
    )
    os.close(terminal)
    shown, end = "", time.monotonic() + SECONDS
    try:
        while process.poll() is None and time.monotonic() < end:
            if number is not None and begun in shown:
                process.send_signal(number)
                number = None
            shown += read(leader)
            time.sleep(0.005)
        assert number is None, f"ended before the signal: {shown}"
        assert process.poll() is not None, f"still running {SECONDS} s after its start: {shown}"
        return process.returncode, shown + read(leader)
    finally:
        process.kill()
        process.wait()
        os.close(leader)


def read(leader):
    try:
        return os.read(leader, 2**16).decode()
    except OSError:  # nothing to read now, or the other end is closed
        return ""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(
    ("command", "settings", "begun"),
    [
        # the fusion takes some seconds
        pytest.param(["-m", "huegraft"], [*ON_ONE_THREAD, "--base", "none"], "fuse", id="computing"),
        pytest.param(["-c", RUN_SLOW_TO_WRITE], ["--working-pixels", "1000"], "half is there", id="writing"),
    ],
)
def test_a_signal_leaves_no_file_and_no_traceback(folder, number, code, command, settings, begun):
    before = sorted(path.name for path in folder.iterdir())
    returned, shown = interrupted(folder, number, command, settings, begun)
    assert returned == code, shown
    assert "Traceback" not in shown
    assert "written" not in shown
    assert sorted(path.name for path in folder.iterdir()) == before
