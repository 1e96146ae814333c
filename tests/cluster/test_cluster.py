"""Real workers on loopback: two processes that do pictures and shots, and are killed at it."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import huegraft
from huegraft.batch.job import Job
from huegraft.batch.runner import run_batch
from huegraft.batch.worker import Worker
from huegraft.cli.main import app
from huegraft.cluster import connection
from huegraft.cluster.agreement import shared_token
from huegraft.cluster.options import ClusterOptions
from huegraft.cluster.pictures import PictureWorkers
from huegraft.cluster.shots import ShotWorkers
from huegraft.cluster.task import begun as begun_task
from huegraft.errors import ArgumentError, ClusterError, FilmError, PictureFileError
from huegraft.film.film import Film
from huegraft.film.shot_list import Shot
from huegraft.io.encoded_cache import EncodedCache

distributed = pytest.importorskip("distributed", reason="needs the extra cluster")
TLS = "--tls-ca c.pem --tls-cert c.pem --tls-key c.pem".split()  # noqa: SIM905
NAMES = tuple("01234567")
SETTINGS = huegraft.preset("best").replace(working_pixels=1000)
OF_ITS_OWN = "import distributed, time\nif __name__ == '__main__':\n" + (
    "    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address='127.0.0.1:0')\n"
    "    print(cluster.scheduler_address, flush=True)\n"
    "    time.sleep(100)\n"
)


@pytest.fixture(scope="module")
def two_workers():
    said = []
    with connection.connected(ClusterOptions(workers=2), None, said.append) as connected:
        assert "2 workers with 2 threads at tcp://127.0.0.1:" in said[0]
        yield connected


@pytest.fixture
def cluster(two_workers):
    """Two workers, also after a test that killed one."""
    two_workers._client.wait_for_workers(2, timeout=60)
    return two_workers


@pytest.fixture
def jobs(tmp_path, astronaut, coffee):
    """Eight small pictures, and a file that is no picture."""
    for number in range(8):
        Image.fromarray((astronaut[number:] * 255).astype(np.uint8)).save(tmp_path / f"{number}.png")
    Image.fromarray((coffee * 255).astype(np.uint8)).save(tmp_path / "reference.png")
    (tmp_path / "bad.png").write_text("no picture")
    reference = (tmp_path / "reference.png",)

    def made(folder, names=(*NAMES, "bad")):
        outputs = {name: tmp_path / folder / f"{name}.png" for name in names}
        return [Job("transfer", tmp_path / f"{name}.png", reference, outputs[name], SETTINGS) for name in names]

    return made


@pytest.fixture
def begun(monkeypatch):
    """The numbers of the tasks that began, in their order, and a function that is called with each of them."""
    numbers, calls = [], []
    hear = connection.Tasks._hear

    def heard(tasks, event):
        if event[1][1] == "begun":
            numbers.append(event[1][0])
            for call in calls:
                call(tasks)
        hear(tasks, event)

    monkeypatch.setattr(connection.Tasks, "_hear", heard)
    return numbers, calls


def contents(jobs):
    return {job.output.name: job.output.read_bytes() for job in jobs if job.output.exists()}


def test_pictures_are_those_of_one_process(cluster, jobs, tmp_path):
    with Worker("cpu", 1, None) as worker:
        run_batch(jobs("one"), worker, resume=False, replace=False)
    engine = PictureWorkers(cluster, "cpu", EncodedCache(tmp_path / "cache"))
    summary = run_batch(jobs("two"), engine, resume=False, replace=False)
    assert len(summary.done) == 8
    ((job, reason),) = summary.failed
    assert job.target.name == "bad.png"
    assert "bad.png is no PNG" in reason
    assert contents(jobs("one")) == contents(jobs("two"))
    assert len(contents(jobs("two"))) == 8
    assert not list((tmp_path / "two").glob(".*"))
    assert len(list((tmp_path / "cache").rglob("*.safetensors"))) >= 1
    again = run_batch(jobs("two", "01"), PictureWorkers(cluster, "cpu", None), resume=True, replace=False)
    assert len(again.skipped) == 2


def test_a_worker_that_is_killed_costs_its_picture_alone(cluster, jobs, begun):
    numbers, calls = begun
    pids = list(cluster._client.run(os.getpid).values())

    def kill_one(_tasks):
        if len(numbers) == 3:
            threading.Timer(0.05, os.kill, (pids[0], signal.SIGKILL)).start()

    calls.append(kill_one)
    summary = run_batch(jobs("killed", NAMES), PictureWorkers(cluster, "cpu", None), resume=False, replace=False)
    assert (len(summary.done), summary.failed) == (8, [])
    assert pids[0] not in cluster._client.run(os.getpid).values()
    assert len(numbers) <= 9
    with Worker("cpu", 1, None) as worker:
        run_batch(jobs("one", NAMES), worker, resume=False, replace=False)
    assert contents(jobs("one", NAMES)) == contents(jobs("killed", NAMES))


def kills_its_worker(run, number):
    begun_task(run, number)
    if number == 0:
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_unit_that_kills_its_workers_is_given_up(cluster, tmp_path, begun):
    import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    units = [connection.Unit(10 - number, ()) for number in range(5)]
    with cluster.run([("transfer", SETTINGS)], tmp_path, [], "cpu") as tasks:
        results = dict(tasks.results(kills_its_worker, units, lambda *_: None))
    assert {number: results[number] for number in range(1, 5)} == {1: 1, 2: 2, 3: 3, 4: 4}
    assert str(results[0]) == "the workers that worked on it died (3 times)"
    assert begun[0].count(0) == 3


def test_a_worker_of_another_version_is_refused(cluster, jobs):
    worker = next(iter(cluster._client.scheduler_info()["workers"]))
    change = lambda version: cluster._client.run(setattr, huegraft, "__version__", version, workers=[worker])  # noqa: E731
    change("9.9")
    try:
        expected = (
            rf"the worker {worker} has the version 9.9, and this machine {huegraft.__version__}; install the same"
        )
        with pytest.raises(ClusterError, match=expected):
            run_batch(jobs("other"), PictureWorkers(cluster, "cpu", None), resume=False, replace=False)
        assert contents(jobs("other")) == {}
    finally:
        change(huegraft.__version__)


@contextmanager
def scheduler_of_its_own():
    process = subprocess.Popen([sys.executable, "-c", OF_ITS_OWN], stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_a_dead_scheduler_leaves_is_gone_on_with(jobs):
    with scheduler_of_its_own() as (process, address):

        def kill(_number, _job, stage):
            if stage == "done":
                process.kill()

        with connection.connected(ClusterOptions(scheduler=address), None, print) as cluster:
            engine = PictureWorkers(cluster, "cpu", None)
            with pytest.raises(ClusterError, match=r"connection to the scheduler was lost; what is done is kept"):
                run_batch(jobs("out", NAMES), engine, resume=False, replace=False, progress=kill)
    with Worker("cpu", 1, None) as worker:
        run_batch(jobs("one", NAMES), worker, resume=False, replace=False)
        summary = run_batch(jobs("out", NAMES), worker, resume=True, replace=False)
    assert len(summary.skipped) >= 1
    assert (len(summary.skipped) + len(summary.done), summary.failed) == (8, [])
    assert contents(jobs("one", NAMES)) == contents(jobs("out", NAMES))


def test_units_stop_once_the_run_is_over(cluster, jobs, begun):
    _, calls = begun
    stopped = threading.Event()

    def stop(tasks):
        if not stopped.is_set():
            tasks._run.token.unlink()
            stopped.set()

    calls.append(stop)
    slow = [job.__class__(**{**vars(job), "settings": SETTINGS.replace(rounds=20)}) for job in jobs("out", ("0", "1"))]
    summary = run_batch(slow, PictureWorkers(cluster, "cpu", None), resume=False, replace=False)
    assert [reason for _, reason in summary.failed] == ["cancelled by the caller"] * len(summary.failed)
    assert summary.failed
    assert len(contents(slow)) == len(summary.done)


@pytest.fixture
def film(tmp_path, astronaut, coffee):
    """A grey film of four shots, and a picture that lends its colours."""
    huegraft.write_picture(tmp_path / "reference.png", coffee)
    with av.open(str(tmp_path / "film.mkv"), "w") as container:
        video = container.add_stream("ffv1", rate=24)
        video.height, video.width, video.pix_fmt = 24, 32, "gray"
        for number in range(16):
            source = (astronaut, coffee, astronaut[::-1], coffee[:, ::-1])[number // 4]
            grey = (source[:24, number % 4 : number % 4 + 32].mean(axis=2) * 255).astype(np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(grey, "gray").reformat(format="gray")))
        container.mux(video.encode())

    @contextmanager
    def opened(name):
        with Film.open(tmp_path / "film.mkv", tmp_path / name) as film:
            film.use("colorize", [tmp_path / "reference.png"], working_pixels=1000)
            if not film.listed.shots:
                shots = tuple(Shot(f"s000{at + 1}", 4 * at, 4 * at + 4) for at in range(4))
                film.listed = film.listed.__class__(**{**vars(film.listed), "shots": shots})
            yield film

    return opened


def tracks(project):
    """Return the whole tracks. A worker that was killed leaves a part, which the next run deletes."""
    return {path.name: path.read_bytes() for path in (project / "tracks").glob("*.mkv") if path.name[0] != "."}


def test_shots_are_those_of_one_process(cluster, film, begun, tmp_path):
    numbers, calls = begun
    with film("one") as opened:
        assert opened.compute() == 4
    pids = list(cluster._client.run(os.getpid).values())
    calls.append(lambda _: len(numbers) == 2 and os.kill(pids[1], signal.SIGKILL))
    with film("two") as opened:
        seen = []
        assert opened.compute(computing=ShotWorkers(cluster, tmp_path / "two"), progress=seen.append) == 4
        assert opened.compute(computing=ShotWorkers(cluster, tmp_path / "two")) == 0
    assert tracks(tmp_path / "one") == tracks(tmp_path / "two")
    assert len(numbers) <= 5
    assert {each.step for each in seen} >= {"colors"}
    assert not list((tmp_path / "two").glob(".huegraft-run*"))


def test_a_shot_that_fails_leaves_the_others(cluster, film, tmp_path):
    with film("two") as opened:
        workers = ShotWorkers(cluster, tmp_path / "two")

        def damaging(jobs, device, **calls):
            blocked = jobs[1].path
            blocked.mkdir()
            workers(jobs, device, **calls)

        with pytest.raises(FilmError, match=r"the shot s0002 failed, and the colours of the other 3 are kept"):
            opened.compute(computing=damaging)
        next(path for path in (tmp_path / "two" / "tracks").iterdir() if path.is_dir()).rmdir()
        assert opened.compute() == 1


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (lambda *_: {"tcp://there": "it is not there"}, "the worker tcp://there does not share .* it is not there"),
        (lambda *_: {"tcp://there": None}, "the worker tcp://there wrote into .* another folder under the same path"),
    ],
)
def test_workers_that_do_not_share_the_files_are_refused(tmp_path, answers, message):
    with pytest.raises(ClusterError, match=message), shared_token(answers, tmp_path / "out", []):
        pass
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scheduler", "tcp://localhost:1", "--workers", "2"], "exclude each other"),
        (["--workers", "2", "--tls-ca", "ca.pem"], "--tls-ca would change nothing without --scheduler"),
        (["--scheduler", "tls://localhost:1"], "--tls-ca, --tls-cert and --tls-key"),
        (["--scheduler", "tls://localhost:1", "--tls-ca", "ca.pem"], "TLS needs"),
        (
            ["--scheduler", "tls://a:1", *["--tls-ca", "c.pem", "--tls-cert", "c.pem", "--tls-key", "c.pem"]],
            "no certificate",
        ),
        (["--scheduler", "tcp://127.0.0.1:1"], "cannot reach the scheduler tcp://127.0.0.1:1"),
    ],
)
def test_what_cannot_be_is_said(jobs, tmp_path, monkeypatch, options, message):
    monkeypatch.setattr(connection, "_CONNECTING", 1)
    jobs("out")
    arguments = ["batch", str(tmp_path), "-r", str(tmp_path / "reference.png"), "-o", f"{tmp_path}/out/{{stem}}.png"]
    done = CliRunner().invoke(app, [*arguments, *options])
    assert isinstance(done.exception, ArgumentError | ClusterError)
    assert message in str(done.exception)
    assert not Path(tmp_path / "out").exists()


def test_a_single_picture_needs_no_cluster(tmp_path):
    arguments = ["transfer", "a.png", "b.png", "-o", str(tmp_path / "c.png"), "--workers", "2"]
    done = CliRunner().invoke(app, arguments)
    assert "--workers would change nothing for a single picture" in str(done.exception)
    assert not isinstance(done.exception, PictureFileError)
