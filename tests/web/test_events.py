import json
import threading

import pytest

from huegraft.errors import Cancelled
from huegraft.threads import check_cancelled
from huegraft.web.events import Events
from huegraft.web.jobs import Job, Jobs
from huegraft.web.kept import Kept
from serving import photograph, png, serving


def events_of(lines):
    """Yield (id, name, data) of a stream of events, and ("", comment, None) of comments."""
    event = {}
    for line in lines:
        if line.startswith(": "):
            yield "", line[2:], None
        elif line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif event:
            yield event["id"], event["event"], json.loads(event["data"])
            event = {}


def test_a_stream_tells_a_request_from_queue_to_result(client, session, reference):
    with client.stream("GET", "/v1/events", params={"session": session}) as answer:
        assert answer.headers["content-disposition"] == "inline"
        events = events_of(answer.iter_lines())
        assert next(events)[1] == "connected"
        other = client.session(reference)
        client.ready(other, [reference])
        revision = client.ask(session, [reference])
        told = []
        while not told or told[-1][1] != "ready":
            told.append(next(events))
    names = [name for _, name, _ in told]
    assert names[:2] == ["queued", "started"]
    assert set(names[2:-1]) == {"progress"}
    assert {data["revision"] for _, _, data in told} == {revision}
    assert next(data["node"] for _, name, data in told if name == "progress") == "prepare"
    assert told[0][2]["place"] == 1

    def again(last):
        with client.stream("GET", f"/v1/events?session={session}", headers={"Last-Event-ID": last}) as answer:
            events = events_of(answer.iter_lines())
            assert next(events)[1] == "connected"
            return next(events)

    assert again(told[0][0]) == told[1]
    assert again("other-5") == told[0]  # of another run of the server
    assert again("x") == told[0]


def test_a_silent_stream_has_a_heartbeat(client, session, monkeypatch):
    monkeypatch.setattr("huegraft.web.events._HEARTBEAT_SECONDS", 0.05)
    with client.stream("GET", "/v1/events", params={"session": session}) as answer:
        events = events_of(answer.iter_lines())
        assert [next(events)[1] for _ in range(3)] == ["connected", "heartbeat", "heartbeat"]


def test_streams_end_by_an_event_and_are_let_go(tmp_path):
    with serving(tmp_path / "kept") as (server, client):
        with client.stream("GET", "/v1/events") as answer:
            lines = answer.iter_lines()
            assert next(lines) == ": connected"
            assert server.events.streams == 1
            server.events.close()
            assert list(lines)[-3].startswith("event: shutdown")
        assert server.events.streams == 0


def test_superseded_and_failed_are_told(client, session, reference):
    black = client.upload(png(photograph("coffee", 60, 80)[..., 0] * 0))
    with client.stream("GET", "/v1/events", params={"session": session}) as answer:
        events = events_of(answer.iter_lines())
        next(events)
        for _ in range(3):
            client.ask(session, [reference], target_mask={"picture": black})
        told = []
        while not told or (told[-1][1], told[-1][2]["revision"]) != ("failed", 3):
            told.append(next(events))
    assert told[-1][2]["problem"]["status"] == 422
    assert sum(name in ("superseded", "failed") for _, name, _ in told) == 3


@pytest.fixture
def jobs():
    jobs = Jobs(1, 3, 100, Events())
    yield jobs
    jobs.close(5)


def test_a_job_that_is_cancelled_ends_at_its_next_block(jobs):
    begun, ended = threading.Event(), []

    def work(_):
        begun.set()
        try:
            while True:
                check_cancelled()
        except Cancelled:
            ended.append(True)
            raise

    job = jobs.submit(Job("a", "sweep", work, 1))
    assert begun.wait(10)
    jobs.cancel(job)
    after = jobs.submit(Job("b", "sweep", lambda _: {}, 1))
    assert after.end.wait(10)
    assert (job.state, ended, after.state) == ("cancelled", [True], "ready")


def test_files_of_old_jobs_are_forgotten(jobs):
    def work(job):
        job.made.append(bytes(60))
        return {}

    for _ in range(4):
        last = jobs.submit(Job("a", "sweep", work, 1))
        assert last.end.wait(10)
    blocker = jobs.submit(Job("b", "sweep", lambda _: {}, 1))
    assert blocker.end.wait(10)
    assert last.work is None
    assert sum(each.bytes for each in jobs._known.values()) <= 120


def test_a_job_that_makes_a_mistake_fails_alone(jobs, caplog):
    job = jobs.submit(Job("a", "sweep", lambda _: {}["missing"], 1))
    assert job.end.wait(10)
    assert (job.state, job.problem.status_code) == ("failed", 500)
    assert jobs.submit(Job("a", "sweep", lambda _: {}, 1)).end.wait(10)


def test_kept_values_have_a_bound():
    kept, made = Kept(100), []
    for key in (1, 2, 3, 1, 2, 1, 3, 3):
        kept.find(key, lambda key=key: made.append(key) or key, lambda _: 50)
    assert made == [1, 2, 3, 1, 2, 3]
    assert kept.find("large", lambda: "large", lambda _: 101) == "large"
    assert "large" not in kept
