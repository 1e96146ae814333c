"""The real command, as a process that is stopped and killed."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time

import httpx
import pytest
from typer.testing import CliRunner

from huegraft.cli.main import app
from serving import Client, photograph, png

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stops processes by signals")


class Process:
    """``huegraft serve``."""

    def __init__(self, *arguments, **environment):
        command = [sys.executable, "-m", "huegraft", "serve", "--port", "0", *map(str, arguments)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | environment)  # noqa: S603
        self.first = self.process.stderr.readline()
        self.base, self.token = re.search(r"(http://[^/]+)/#(\S+)", self.first).groups()
        self.rest = []
        self._reader = threading.Thread(target=lambda: self.rest.extend(self.process.stderr))
        self._reader.start()

    def end(self, number=signal.SIGTERM):
        """Return the exit code, and how long the end took."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(20)
        took = time.monotonic() - began
        self._reader.join()
        self.process.stderr.close()
        return code, took


@pytest.fixture
def start():
    started = []

    def call(*arguments, **environment):
        started.append(Process(*arguments, **environment))
        return started[-1]

    yield call
    for each in started:
        if each.process.poll() is None:
            each.end(signal.SIGKILL)


def prepared(client):
    target = client.upload(png(photograph("coffee", 60, 80)), "cup.png")
    reference = client.upload(png(photograph("astronaut", 72, 66)))
    session = client.session(target)
    client.ready(session, [reference], settings={"tau": 0.02})
    return target, reference, session


def test_a_restart_brings_everything_back(start, tmp_path):
    first = start("--storage", tmp_path / "kept")
    with Client(first.base, first.token) as client:
        target, reference, session = prepared(client)
        result = f"/v1/sessions/{session}/revisions/1"
        tile = client.get(f"{result}/tiles/7/0_0.webp").content
        told = client.made("GET", result)
    assert first.end()[0] == 128 + signal.SIGTERM
    second = start("--storage", tmp_path / "kept")
    assert second.token != first.token
    with Client(second.base, second.token) as client:
        assert client.made("GET", "/v1/sessions")[0]["id"] == session
        assert client.made("GET", result) == told | {"job": None}
        assert client.get(f"{result}/tiles/7/0_0.webp").content == tile
        assert client.get(f"{result}/maps/attention.bin").status_code == 200
        assert client.made("GET", f"/v1/pictures/{target}")["name"] == "cup.png"
        assert client.ask(session, [reference]) == 2
    assert "secret" not in "".join(second.rest)
    assert second.end(signal.SIGINT)[0] == 128 + signal.SIGINT


def test_what_was_finished_outlives_a_kill(start, tmp_path):
    first = start("--storage", tmp_path / "kept")
    with Client(first.base, first.token) as client:
        target, reference, session = prepared(client)
        large = client.upload(png(photograph("coffee", 900, 1200)))
        busy = client.session(large)
        client.ask(busy, [large, reference])
        client.ask(session, [reference, target], settings={"tau": 0.5})
        first.end(signal.SIGKILL)
    second = start("--storage", tmp_path / "kept")
    with Client(second.base, second.token) as client:
        assert {each["id"] for each in client.made("GET", "/v1/sessions")} == {session, busy}
        assert client.get(f"/v1/sessions/{session}/revisions/1/tiles/7/0_0.webp").status_code in (200, 410)
        kept = client.made("GET", f"/v1/sessions/{session}")
        result = f"/v1/sessions/{session}/revisions/{kept['ready']}"
        assert client.get(f"{result}/tiles/7/0_0.webp").status_code == 200
        state = client.made("GET", f"/v1/sessions/{busy}/revisions/1")
        assert (state["state"], state["problem"]["type"]) == ("cancelled", "urn:huegraft:problem:stopped")
        assert client.get(f"/v1/sessions/{busy}/revisions/1/tiles/7/0_0.webp").status_code == 409
        assert client.state(busy, client.ask(busy, [reference], settings={"working_pixels": 5000}))["state"] == "ready"
    assert second.end()[0] == 128 + signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_soon_whatever_it_does(start, tmp_path, number):
    process = start("--storage", tmp_path / "kept", "--threads", "1")
    with Client(process.base, process.token) as client:
        large = client.upload(png(photograph("coffee", 900, 1200)))
        session = client.session(large)
        client.ready(session, [large], settings={"working_pixels": 20000})
        values = {"working_pixels": [30000 + n for n in range(16)]}
        client.made("POST", f"/v1/sessions/{session}/sweeps", json={"values": values})
        waits = [
            threading.Thread(target=lambda path=path: quietly(client, path))
            for path in (
                f"/v1/sessions/{session}/revisions/1/downloads",
                f"/v1/sessions/{session}/revisions/1/downloads",
            )
        ]
        for each in waits:
            each.start()
        with client.stream("GET", "/v1/events") as events:
            lines = events.iter_lines()
            next(lines)
            ends = []
            stopping = threading.Thread(target=lambda: ends.append(process.end(number)))
            stopping.start()
            assert "event: shutdown" in list(lines)
            stopping.join()
        for each in waits:
            each.join()
    ((code, took),) = ends
    assert code == 128 + number
    assert took <= 5
    assert "".join(process.rest) == "keep this address to yourself; Ctrl-C stops the server\n"


def quietly(client, path):
    with contextlib.suppress(httpx.HTTPError):
        client.post(path, json={})


def test_the_token_can_be_given(start, tmp_path):
    process = start("--storage", tmp_path / "kept", "--folder", tmp_path, HUEGRAFT_TOKEN="x" * 20)
    assert process.token == "x" * 20
    with Client(process.base, "x" * 20) as client:
        assert client.made("GET", "/v1/folder") == {"served": True, "folders": ["kept"], "pictures": []}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "0.0.0.0"], "--allowed-host"),  # noqa: S104
        (["--folder", "none"], "is no folder"),
        (["--port", "70000"], "65535"),
        (["--memory", "1"], "256"),
    ],
)
def test_what_it_does_not_take(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUEGRAFT_TOKEN", "x" * 20)
    result = CliRunner().invoke(app, ["serve", "--port", "0", "--storage", str(tmp_path / "kept"), *arguments])
    assert result.exit_code != 0
    assert message in result.output + str(result.exception)


def test_a_taken_port_is_told(tmp_path, start):
    process = start("--storage", tmp_path / "kept")
    port = process.base.rpartition(":")[2]
    result = CliRunner().invoke(app, ["serve", "--port", port, "--storage", str(tmp_path / "other")])
    assert "choose another --port" in str(result.exception)
