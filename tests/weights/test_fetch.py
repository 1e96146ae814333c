"""Fetching against a small HTTP server on loopback that misbehaves in every way that a path names."""

import hashlib
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from huegraft.errors import ArgumentError, WeightsError
from huegraft.weights import fetch
from huegraft.weights.catalogue import Source
from huegraft.weights.fetch import pull

CONTENT = np.random.default_rng(3).bytes(300_000)
HASH = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves `server.files`; the first folder of the path says how."""

    def do_GET(self):
        self.server.requests.append((self.path, self.headers["Range"]))
        way, name = self.path.strip("/").split("/", 1)
        if way == "redirect":
            self.send_response(302)
            self.send_header("Location", f"/good/{name}")
            self.end_headers()
            return
        if way == "missing":
            self.send_error(404)
            return
        content = self.server.files[name]
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers["Range"] or "")
        if asked and way not in ("no-ranges", "cut-no-ranges"):
            begin, end = int(asked[1]), int(asked[2] or len(content) - 1)
            if begin >= len(content):
                self.send_error(416)
                return
            part = content[begin : end + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{begin + len(part) - 1}/{len(content)}")
        else:
            part = content
            self.send_response(200)
        if way != "no-length":
            self.send_header("Content-Length", str(10**11 if way == "huge" else len(part)))
        self.end_headers()
        if way == "slow":
            self.wfile.write(part[:1000])
            self.wfile.flush()
            time.sleep(1)
        elif way.startswith("cut") and not self.server.mended:
            self.wfile.write(part[: len(part) // 3])
        else:
            self.wfile.write(part)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.files, running.requests, running.mended = {"weights.pth": CONTENT}, [], False
        running.address = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def source(server, way="good", sha256=HASH, **entries):
    return Source("vgg19_bn", "test", f"{server.address}/{way}/weights.pth", "none", 1, sha256, **entries)


def leftovers(wanted):
    return sorted(path.name for path in wanted.path.parent.iterdir() if not path.name.endswith(".lock"))


@pytest.mark.parametrize("way", ["good", "redirect", "no-ranges", "no-length"])
@pytest.mark.parametrize("digits", [64, 8])
def test_a_good_file_is_checked_and_moved_into_place(server, way, digits):
    seen = []
    wanted = source(server, way, HASH[:digits])
    assert pull(wanted, progress=lambda done, total: seen.append((done, total))) == wanted.path
    assert wanted.path.read_bytes() == CONTENT
    assert leftovers(wanted) == ["weights.pth"]
    assert seen[-1] == (300_000, None if way == "no-length" else 300_000)


def test_a_file_that_is_there_is_not_fetched_again(server):
    pull(source(server))
    pull(source(server))
    assert len(server.requests) == 1


def test_a_damaged_file_is_fetched_anew(server):
    wanted = source(server)
    wanted.path.parent.mkdir(parents=True)
    wanted.path.write_bytes(CONTENT[:1000])
    pull(wanted)
    assert wanted.path.read_bytes() == CONTENT


def test_a_folder_that_cannot_be_written(server, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv("HUEGRAFT_WEIGHTS", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="cannot write the folder of weights"):
        pull(source(server))


def test_a_wrong_hash_leaves_nothing(server):
    wanted = source(server, sha256="0" * 64)
    with pytest.raises(WeightsError, match=rf"expected a sha256 beginning with 0+, got {HASH}"):
        pull(wanted)
    assert leftovers(wanted) == []


def test_a_cut_off_transfer_is_resumed(server):
    wanted = source(server, "cut")
    with pytest.raises(WeightsError, match="cut off after 100000 of 300000 bytes; the same command goes on"):
        pull(wanted)
    assert leftovers(wanted) == ["weights.pth.part"]
    server.mended = True
    pull(wanted)
    assert wanted.path.read_bytes() == CONTENT
    assert [byte_range for _, byte_range in server.requests] == [None, "bytes=100000-"]


def test_a_cut_off_transfer_begins_anew_where_the_server_has_no_ranges(server):
    wanted = source(server, "cut-no-ranges")
    with pytest.raises(WeightsError, match="cut off"):
        pull(wanted)
    server.mended = True
    pull(wanted)
    assert wanted.path.read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"of another file", CONTENT + b"too long", CONTENT])
def test_any_part_that_lies_there_ends_in_the_right_file(server, part):
    wanted = source(server)
    wanted.path.parent.mkdir(parents=True)
    wanted.path.with_name("weights.pth.part").write_bytes(part)
    pull(wanted)
    assert wanted.path.read_bytes() == CONTENT
    assert leftovers(wanted) == ["weights.pth"]


def test_a_missing_file(server):
    with pytest.raises(WeightsError, match=r"cannot fetch .*404"):
        pull(source(server, "missing"))


def test_a_slow_server(server, monkeypatch):
    monkeypatch.setattr(fetch, "_TIMEOUT", 0.2)
    with pytest.raises(WeightsError, match="timed out"):
        pull(source(server, "slow"))


def test_a_claim_of_too_many_bytes(server):
    with pytest.raises(WeightsError, match="claims 100000000000 bytes"):
        pull(source(server, "huge"))


def test_an_endless_stream(server, monkeypatch):
    monkeypatch.setattr(fetch, "_LARGEST", 1000)
    with pytest.raises(WeightsError, match="sends more than 1000 bytes"):
        pull(source(server, "no-length"))


def test_no_server_at_all(server):
    server.server_close()
    server.shutdown()
    with pytest.raises(WeightsError, match="cannot fetch"):
        pull(source(server))


def test_redirects_do_not_leave_https():
    request = fetch.urllib.request.Request("https://example.org/w.pth")
    with pytest.raises(WeightsError, match="insecure"):
        fetch._SecureRedirects().redirect_request(request, None, 302, "", {}, "http://example.org/w.pth")


def test_offline_mode(server, monkeypatch):
    monkeypatch.setenv("HUEGRAFT_OFFLINE", "1")
    with pytest.raises(WeightsError, match="HUEGRAFT_OFFLINE forbids"):
        pull(source(server))
    assert server.requests == []
    monkeypatch.setenv("HUEGRAFT_OFFLINE", "no")
    pull(source(server))
    monkeypatch.setenv("HUEGRAFT_OFFLINE", "1")
    pull(source(server))


def test_an_unverified_source_is_taken_only_when_asked(server):
    wanted = source(server, sha256="")
    with pytest.raises(ArgumentError, match=r"no hash is published .* --allow-unverified"):
        pull(wanted)
    assert server.requests == []
    pull(wanted, allow_unverified=True)
    assert wanted.path.read_bytes() == CONTENT


def test_concurrent_pulls_fetch_once(server):
    wanted = source(server)
    with ThreadPoolExecutor(6) as pool:
        paths = set(pool.map(lambda _: pull(wanted), range(6)))
    assert paths == {wanted.path}
    assert len(server.requests) == 1
    assert wanted.path.read_bytes() == CONTENT
