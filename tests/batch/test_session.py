from dataclasses import replace

from huegraft import EncodedCache
from huegraft.batch.job import Job, run_job
from huegraft.batch.worker import Worker
from huegraft.io.image import write_picture
from huegraft.session import Session
from huegraft.settings import Settings


def test_a_reference_is_encoded_once_for_many_jobs(astronaut, coffee, tmp_path):
    for name, picture in (("one", astronaut), ("two", astronaut[::-1]), ("reference", coffee)):
        write_picture(tmp_path / f"{name}.png", picture)
    job = Job("transfer", tmp_path / "one.png", (tmp_path / "reference.png",), tmp_path / "out.png", Settings())
    stages = []
    with Session() as session:
        for name in ("one", "two"):
            each = replace(job, target=tmp_path / f"{name}.png", output=tmp_path / f"{name}-out.png")
            run_job(each, session, progress=stages.append)
    assert stages.count("features") == 1 + 2 * 3  # the reference once, each target in three rounds


def test_what_the_cache_could_not_keep_is_said_once(astronaut, coffee, tmp_path):
    for name, picture in (("one", astronaut), ("two", astronaut[::-1]), ("reference", coffee)):
        write_picture(tmp_path / f"{name}.png", picture)
    store = EncodedCache(tmp_path / "cache", max_bytes=10)
    notes = []
    with Worker("cpu", 1, store) as worker:
        for name in ("one", "two"):
            job = Job(
                "colorize",
                tmp_path / f"{name}.png",
                (tmp_path / "reference.png",),
                tmp_path / f"{name}.webp",
                Settings(),
            )
            outcome = worker.run(job, replace=False, progress=lambda _: None)
            assert outcome.error is None
            notes += [note for note in outcome.notes if "is in colour" not in note]
    assert len(notes) == len(set(notes)) > 0
    assert all("is not kept, because all pictures may take 10 bytes" in note for note in notes)
