import dataclasses
import os

import pytest
from PIL import Image

from huegraft.batch.inputs import Inputs
from huegraft.batch.journal import NAME, Journal, file_states, made_of
from huegraft.batch.runner import run_batch
from huegraft.batch.worker import Outcome
from huegraft.errors import SettingsFileError


class Changing:
    """Stands in for a worker: writes the output, and while at it changes a file."""

    def __init__(self, path=None):
        self.path = path

    def outcomes(self, jobs, *, replace, progress):
        for job in jobs:
            before = file_states(job)
            job.output.parent.mkdir(exist_ok=True)
            job.output.write_bytes(b"made")
            if self.path is not None:
                self.path.write_bytes(self.path.read_bytes() + b"more")
            yield job, Outcome(None, ("a note",), made=made_of(job, before))


@pytest.fixture
def noted(folder, job_of):
    """A job that is done and written down."""
    job = job_of("0", Inputs(str(folder / "mask.png")))
    job.output.parent.mkdir()
    job.output.touch()
    Journal(job.output.parent).note(job, made_of(job, file_states(job)))
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
        path = folder / name
        content, status = path.read_bytes(), path.stat()
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))
        assert Journal(noted.output.parent).has(noted)
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert not Journal(noted.output.parent).has(noted)
        path.write_bytes(content)
        assert Journal(noted.output.parent).has(noted)
    Image.new("L", (36, 40)).save(folder / "mask.png")
    assert not Journal(noted.output.parent).has(noted)


def test_an_output_that_was_changed_is_made_again(noted):
    with noted.output.open("ab") as file:
        file.write(b"junk")
    assert not Journal(noted.output.parent).has(noted)


def test_a_line_cut_off_costs_itself_alone(noted, job_of):
    path = noted.output.parent / NAME
    path.write_text(path.read_text() + '{"output": "1.png", "ke')
    journal = Journal(noted.output.parent)
    assert journal.has(noted)
    other = job_of("1")
    other.output.touch()
    journal.note(other, made_of(other, file_states(other)))
    again = Journal(noted.output.parent)
    assert again.has(noted)
    assert again.has(other)


def test_a_journal_that_cannot_be_read(noted):
    (noted.output.parent / NAME).write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsFileError, match="cannot read"):
        Journal(noted.output.parent)


@pytest.mark.parametrize("name", ["0.png", "reference.png", "mask.png"])
def test_what_changed_while_it_was_read_is_not_done(folder, job_of, name):
    job = job_of("0", Inputs(str(folder / "mask.png")))
    ((_, outcome),) = run_batch([job], Changing(folder / name), resume=False, replace=False).done
    expected = f"{folder / name} changed while 0.png was recoloured; --resume --force will make it again"
    assert outcome.notes == ("a note", expected)
    ((_, outcome),) = run_batch([job], Changing(), resume=True, replace=True).done
    assert outcome.notes == ("a note",)
    assert run_batch([job], Changing(), resume=True, replace=True).skipped == [job]


def test_an_earlier_line_does_not_stand_for_what_changed(noted, folder):
    path = folder / "0.png"
    content, status = path.read_bytes(), path.stat()
    run_batch([noted], Changing(path), resume=False, replace=True)
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not Journal(noted.output.parent).has(noted)


def test_an_output_of_a_run_that_was_stopped_is_made_again(folder, job_of):
    job = job_of("0")
    Journal(job.output.parent).begin([job])
    job.output.write_bytes(b"whole, and nobody wrote it down")
    assert len(run_batch([job], Changing(), resume=False, replace=False).failed) == 1
    assert len(run_batch([job], Changing(), resume=True, replace=False).done) == 1
    assert run_batch([job], Changing(), resume=True, replace=False).skipped == [job]


def test_a_file_in_the_place_of_a_failed_output_is_kept(folder, job_of):
    job = job_of("0")
    journal = Journal(job.output.parent)
    journal.begin([job])
    journal.fail(job)
    job.output.write_bytes(b"made by hand")
    ((_, reason),) = run_batch([job], Changing(), resume=True, replace=False).failed
    assert "was not made from these files" in reason
    assert job.output.read_bytes() == b"made by hand"
