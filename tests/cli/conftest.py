import sys

import numpy as np
import pytest
from PIL import Image

from huegraft.cli.main import main
from huegraft.threads import set_threads


@pytest.fixture
def folder(tmp_path, astronaut, coffee):
    for name, picture in (("target.png", astronaut), ("reference.png", coffee)):
        Image.fromarray((picture * 255).astype(np.uint8)).save(tmp_path / name)
    return tmp_path


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """Run the command as the installed script does; return exit code, standard output, standard error."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "250")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["huegraft", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    yield call
    set_threads(None)
