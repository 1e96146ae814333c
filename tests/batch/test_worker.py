import atexit
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
        process, _ = worker._start()
        assert process.is_alive()
    assert not process.is_alive()


class EmptyStore:
    def find(self, *_):
        pass

    def keep(self, *_):
        pass


class LeavingStore(EmptyStore):
    """A store whose process says when its interpreter ends, and takes a second for it."""

    def __init__(self, file):
        self.file = file

    def __setstate__(self, state):
        self.file = state["file"]
        atexit.register(self.leave)

    def leave(self):
        self.file.touch()
        time.sleep(1)


def test_an_end_while_the_interpreter_ends_says_nothing(tmp_path, capfd):
    with Worker("cpu", THREADS, LeavingStore(tmp_path / "leaving")) as worker:
        _, connection = worker._start()
        connection.close()
        end = time.monotonic() + 60
        while not (tmp_path / "leaving").exists() and time.monotonic() < end:
            time.sleep(0.01)
    assert (tmp_path / "leaving").exists()
    assert capfd.readouterr().err == ""


class EndsOnDeletion:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)


class EndingStore(EmptyStore):
    """A store that lets SIGTERM come where the interpreter loses errors: while an object is taken down."""

    def find(self, *_):
        EndsOnDeletion()


def test_an_end_that_is_lost_in_a_job_says_nothing(job_of, capfd):
    with Worker("cpu", THREADS, EndingStore()) as worker:
        assert worker.run(job_of("0"), replace=True, progress=lambda _: None).error is None
    assert capfd.readouterr().err == ""


def test_a_batch_that_goes_away_in_a_job_is_not_complained_of(job_of, capfd):
    with Worker("cpu", THREADS, None) as worker:
        process, connection = worker._start()
        connection.send((job_of("0"), True))
        connection.close()
        process.join(60)
    assert process.exitcode == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("seconds", [0, 0.3])
def test_signals_while_it_starts_are_not_complained_of(seconds, capfd):
    with Worker("cpu", THREADS, None) as worker:
        process, _ = worker._start()
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGINT)
    assert process.exitcode in (0, -signal.SIGTERM)
    assert capfd.readouterr().err == ""
