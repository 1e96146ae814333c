import dataclasses
import os

import pytest
from PIL import Image

from huegraft.batch.inputs import Inputs
from huegraft.batch.journal import NAME, Journal
from huegraft.errors import SettingsFileError


@pytest.fixture
def noted(folder, job_of):
    """A job that is done and written down."""
    job = job_of("0", Inputs(str(folder / "mask.png")))
    job.output.parent.mkdir()
    job.output.touch()
    Journal(job.output.parent).note(job)
    return job


def test_what_is_noted_is_known_again(noted, job_of):
    journal = Journal(noted.output.parent)
    assert journal.has(noted)
    assert not journal.has(job_of("1"))
    noted.output.unlink()
    assert not journal.has(noted)


def test_what_was_made_otherwise_is_not(noted, folder):
    journal = Journal(noted.output.parent)
    others = [
        {"mode": "colorize"},
        {"references": (folder / "1.png",)},
        {"settings": noted.settings.replace(strength=0.5)},
        {"inputs": Inputs()},
        {"inputs": Inputs(noted.inputs.target_mask, pins=("1,1:1,1",))},
    ]
    for changes in others:
        assert not journal.has(dataclasses.replace(noted, **changes))
    for name in ("0.png", "reference.png", "mask.png"):
        status = (folder / name).stat()
        os.utime(folder / name, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))
        assert not Journal(noted.output.parent).has(noted)
        os.utime(folder / name, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert Journal(noted.output.parent).has(noted)
    Image.new("L", (36, 40)).save(folder / "mask.png")
    assert not Journal(noted.output.parent).has(noted)


def test_a_line_cut_off_costs_itself_alone(noted, job_of):
    path = noted.output.parent / NAME
    path.write_text(path.read_text() + '{"output": "1.png", "ke')
    journal = Journal(noted.output.parent)
    assert journal.has(noted)
    other = job_of("1")
    other.output.touch()
    journal.note(other)
    again = Journal(noted.output.parent)
    assert again.has(noted)
    assert again.has(other)


def test_a_journal_that_cannot_be_read(noted):
    (noted.output.parent / NAME).write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsFileError, match="cannot read"):
        Journal(noted.output.parent)
