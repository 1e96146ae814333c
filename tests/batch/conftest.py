import numpy as np
import pytest
from PIL import Image

import huegraft
from huegraft.batch.inputs import Inputs
from huegraft.batch.job import Job


@pytest.fixture
def folder(tmp_path, astronaut, coffee):
    """Three small targets, a reference, a mask, and a file that is no picture."""
    for number in range(3):
        Image.fromarray((astronaut[number:] * 255).astype(np.uint8)).save(tmp_path / f"{number}.png")
    Image.fromarray((coffee * 255).astype(np.uint8)).save(tmp_path / "reference.png")
    Image.fromarray(np.full(astronaut.shape[:2], 255, np.uint8)).save(tmp_path / "mask.png")
    (tmp_path / "bad.png").write_text("no picture")
    return tmp_path


@pytest.fixture
def job_of(folder):
    def made(name, inputs=None, **changes):
        output = folder / "out" / f"{name}.png"
        settings = huegraft.preset("best").replace(**changes)
        return Job(
            "transfer", folder / f"{name}.png", (folder / "reference.png",), output, settings, inputs or Inputs()
        )

    return made
