import os
import signal
import threading
import time

import pytest

import huegraft
from huegraft.batch.runner import run_batch
from huegraft.batch.worker import Worker

THREADS = 1


@pytest.fixture(scope="module")
def worker():
    """One process for most tests: each would load the package anew."""
    with Worker("cpu", THREADS, None) as started:
        yield started


def test_results_are_those_of_the_library(worker, folder, job_of, threads):
    stages = []
    outcome = worker.run(job_of("0"), replace=False, progress=stages.append)
    assert outcome.error is None
    assert (stages[0], stages[-1]) == ("reading", "writing")
    pictures = [huegraft.read_picture(folder / name) for name in ("0.png", "reference.png")]
    with threads(THREADS + 1):
        expected = huegraft.transfer(*pictures, huegraft.preset("best")).image
    huegraft.write_picture(folder / "expected.png", expected)
    assert (folder / "out" / "0.png").read_bytes() == (folder / "expected.png").read_bytes()


def test_one_bad_file_never_stops_the_rest(worker, folder, job_of):
    jobs = [job_of(name) for name in ("0", "bad", "none", "1")]
    seen = []
    summary = run_batch(
        jobs, worker, resume=False, replace=False, progress=lambda n, job, _: seen.append((n, job.target))
    )
    assert [job.target.stem for job, _ in summary.done] == ["0", "1"]
    reasons = {job.target.stem: reason for job, reason in summary.failed}
    assert "bad.png is no PNG" in reasons["bad"]
    assert "no picture file at" in reasons["none"]
    assert seen[0] == (0, folder / "0.png")
    assert seen[-1] == (3, folder / "1.png")


def test_going_on_leaves_out_what_is_done(worker, folder, job_of):
    run_batch([job_of("0")], worker, resume=False, replace=False)
    made = (folder / "out" / "0.png").stat().st_mtime_ns
    summary = run_batch([job_of("0"), job_of("1")], worker, resume=True, replace=False)
    assert ([job.target.stem for job in summary.skipped], len(summary.done), summary.failed) == (["0"], 1, [])
    assert (folder / "out" / "0.png").stat().st_mtime_ns == made
    ((_, reason),) = run_batch([job_of("0", strength=0.5)], worker, resume=True, replace=False).failed
    assert "was not made from these files with these settings; --force replaces it" in reason
    ((_, reason),) = run_batch([job_of("0")], worker, resume=False, replace=False).failed
    assert "--resume leaves out what is done" in reason
    assert len(run_batch([job_of("0", strength=0.5)], worker, resume=True, replace=True).done) == 1
    assert (folder / "out" / "0.png").stat().st_mtime_ns != made


def test_a_death_is_one_failure_and_the_next_job_runs(job_of):
    def kill(when):
        while when() is None:
            time.sleep(0.01)
        os.kill(when(), signal.SIGKILL)

    with Worker("cpu", THREADS, None) as worker:
        stages = []
        working = lambda: worker._started[0].pid if stages else None  # noqa: E731
        killer = threading.Thread(target=kill, args=(working,))
        killer.start()
        outcome = worker.run(job_of("0", rounds=20, working_pixels=2**18), replace=True, progress=stages.append)
        killer.join()
        if outcome.error is not None:  # else it was done before the signal came
            assert outcome.error == "the process that worked on it died (SIGKILL)"
        assert worker.run(job_of("1"), replace=True, progress=stages.append).error is None
        os.kill(worker._started[0].pid, signal.SIGKILL)  # while it has nothing to do
        worker._started[0].join()
        assert "died (SIGKILL)" in worker.run(job_of("2"), replace=True, progress=stages.append).error
        assert worker.run(job_of("2"), replace=True, progress=stages.append).error is None


def test_an_end_leaves_no_process():
    worker = Worker("cpu", THREADS, None)
    worker.stop()
    with worker:
        worker._started = worker._start()
        process = worker._started[0]
        assert process.is_alive()
    assert not process.is_alive()
