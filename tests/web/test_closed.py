import asyncio
import contextlib
import logging
import socket
import threading
import time

import httpx
import pytest

from huegraft.errors import ArgumentError
from huegraft.web.auth import Guard, Signer, checked_token
from huegraft.web.jobs import Job
from serving import TOKEN, photograph, png, serving

OPEN = ["/healthz", "/openapi.json"]
CLOSED = [
    "/v1/sessions",
    "/v1/settings-schema",
    "/v1/events",
    "/v1/folder",
    "/v1/none",
    "/none",
    "/healthz/",
    "/static",
]
HEADERS = {
    "content-security-policy": "default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def is_closed(answer):
    for name, value in HEADERS.items():
        assert answer.headers[name].startswith(value), name
    assert "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    if answer.request.url.path.startswith("/v1/"):
        assert answer.headers["content-disposition"]
        assert answer.headers["cache-control"]
    return True


@pytest.fixture
def bare(client):
    with httpx.Client(base_url=str(client.base_url)) as bare:
        yield bare


@pytest.mark.parametrize("path", OPEN)
def test_what_needs_no_token(bare, path):
    answer = bare.get(path)
    assert answer.status_code == 200
    assert is_closed(answer)


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer \xe9"],
)
def test_all_else_needs_the_token(bare, path, authorization):
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    answer = bare.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:huegraft:problem:no-token"
    assert is_closed(answer)
    assert bare.get(f"{path}?token={TOKEN}").status_code == 401


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect", "/v1", "/static/a.js"])
def test_there_are_no_other_pages(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert is_closed(answer)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods(client, bare, method):
    assert bare.request(method, "/v1/sessions").status_code == 401
    answer = client.request(method, "/v1/sessions")
    assert answer.status_code == 405
    assert answer.headers["allow"]
    assert is_closed(answer)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "", "127.0.0.1.evil.example", "localhost:a", "[::2]", "0.0.0.0"],  # noqa: S104
)
@pytest.mark.parametrize("path", ["/healthz", "/v1/sessions"])
def test_other_hosts(client, path, host):
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 421
    assert is_closed(answer)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:3000"}, 403),  # another server of this machine
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Host": "localhost:1", "Origin": "http://localhost:1"}, 200),
    ],
)
def test_other_sites(client, headers, status):
    answer = client.get("/v1/sessions", headers=headers)
    assert answer.status_code == status
    assert is_closed(answer)


def test_the_page_itself_has_its_origin(client):
    own = str(client.base_url).rstrip("/")
    assert client.get("/v1/sessions", headers={"Origin": own}).status_code == 200


def talk(client, text, wait=5.0):
    """Send bytes as they are, and return what comes until the server closes or rests."""
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=wait) as connection:
        connection.sendall(text)
        answer = b""
        try:
            while block := connection.recv(65536):
                answer += block
        except TimeoutError:
            pass
        return answer


@pytest.mark.parametrize(
    "path",
    [
        "//healthz",
        "/static/../v1/sessions",
        "/healthz%2f..%2fv1/sessions",
        "http://localhost/v1/sessions",
        "/v1/sessions#/healthz",
    ],
)
def test_odd_paths_open_nothing(client, path):
    answer = talk(client, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ")[1] in (b"400", b"401", b"404"), answer


def test_a_request_without_a_host(client):
    assert b" 400 " in talk(client, b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n").split(b"\r\n")[0]
    assert b" 421 " in talk(client, b"GET /healthz HTTP/1.0\r\n\r\n").split(b"\r\n")[0]


HEAD = (
    f"POST /v1/pictures HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    "Content-Type: application/octet-stream\r\n"
).encode()
JSON = HEAD.replace(b"/pictures", b"/sessions").replace(b"octet-stream", b"json")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A server with small limits."""
    root = tmp_path_factory.mktemp("small") / "kept"
    limits = {"upload": 30_000, "body": 1000, "idle_seconds": 0.4, "upload_seconds": 1.2, "uploads": 2, "queue": 2}
    with serving(root, streams=2, sessions=3, **limits) as both:
        yield both


def chunked(*parts):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


@pytest.mark.parametrize(
    ("head", "more", "status"),
    [
        (HEAD, b"Content-Length: 40000\r\n\r\n", 413),
        (HEAD, b"Transfer-Encoding: chunked\r\n\r\n" + chunked(*[bytes(5000)] * 7), 413),
        (HEAD, b"Content-Length: 20000\r\n\r\n" + bytes(100), 408),
        (HEAD, b"Transfer-Encoding: chunked\r\n\r\n" + chunked(bytes(100)), 408),
        (JSON, b"Content-Length: 2000\r\n\r\n", 413),
        (JSON, b"Transfer-Encoding: chunked\r\n\r\n" + chunked(*[b" " * 300] * 4), 413),
        (JSON, b"Content-Length: 500\r\n\r\n{", 408),
        (HEAD.replace(b"octet-stream", b"json"), b"Content-Length: 2000\r\n\r\n", 413),
        (HEAD.replace(b"/pictures", b"/projects"), b"Content-Length: 40000\r\n\r\n", 413),
        (HEAD.replace(b"POST /v1/pictures", b"GET /v1/sessions"), b"Content-Length: 2000\r\n\r\n", 413),
    ],
)  # fmt: skip
def test_bodies_that_are_too_long_or_too_slow(small, head, more, status):
    server, client = small
    answer = talk(client, head + more)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"application/problem+json" in answer
    assert b"nosniff" in answer
    assert b"connection: close" in answer.lower()
    assert list((server.storage.root / "incoming").iterdir()) == []


def test_a_body_that_trickles(small):
    _, client = small
    began = time.monotonic()
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as connection:
        connection.sendall(HEAD + b"Content-Length: 20000\r\n\r\n")
        connection.settimeout(0.2)
        answer = b""
        while not answer and time.monotonic() < began + 10:
            connection.sendall(b"x")
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < 5


def test_a_body_that_breaks_off(small):
    server, client = small
    for _ in range(3):
        with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
            connection.sendall(HEAD + b"Content-Length: 20000\r\n\r\n" + bytes(3000))
    until = time.monotonic() + 5
    while list((server.storage.root / "incoming").iterdir()):
        assert time.monotonic() < until
        time.sleep(0.01)
    client.upload(png(photograph("coffee", 5, 5)))


def test_uploads_at_a_time(small):
    _, client = small
    connections = []
    for _ in range(2):
        connection = socket.create_connection((client.base_url.host, client.base_url.port))
        connection.sendall(HEAD + b"Content-Length: 20000\r\n\r\n" + bytes(10))
        connections.append(connection)
    time.sleep(0.15)
    answer = client.post("/v1/pictures", content=b"x")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    for connection in connections:
        connection.close()


def test_deep_and_odd_json(client, session):
    for body in (
        "[" * 200_000,
        '{"target":' * 50_000,
        "1" * 10_000,
        '{"target": NaN}',
        "\xff",
        "null",
        '"a"',
        '{"target": "\\ud800"}',
    ):
        answer = client.post(
            "/v1/sessions", content=body.encode("latin-1"), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 422), body[:20]
        assert answer.headers["content-type"] == "application/problem+json"
    values = '{"references": ["%s"], "settings": {"tau": %s}}'
    for number in ("NaN", "Infinity", "1e400", "1" * 5000, "-1" + "0" * 400):
        body = values % ("0" * 32, number)
        headers = {"Content-Type": "application/json"}
        answer = client.put(f"/v1/sessions/{session}/request", content=body, headers=headers)
        assert answer.status_code in (400, 422), number


def test_too_many_of_anything(small):
    server, client = small
    picture = client.upload(png(photograph("coffee", 6, 6)))
    ids = [client.session(picture) for _ in range(3)]
    answer = client.post("/v1/sessions", json={"target": picture})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    with client.stream("GET", "/v1/events") as first, client.stream("GET", "/v1/events") as second:
        lines = [each.iter_lines() for each in (first, second)]
        assert [next(each) for each in lines] == [": connected"] * 2
        assert client.get("/v1/events").status_code == 429
    go = threading.Event()
    for _ in server.jobs._threads:
        server.jobs.submit(Job("none", "sweep", lambda _: {"done": go.wait(30)}, 0))
    time.sleep(0.2)
    asked = {"references": [picture]}
    for each in ids[:2]:
        assert client.put(f"/v1/sessions/{each}/request", json=asked).status_code == 202
    full = client.put(f"/v1/sessions/{ids[2]}/request", json=asked)
    assert full.status_code == 429
    assert int(full.headers["retry-after"]) >= 1
    assert client.made("GET", f"/v1/sessions/{ids[2]}")["revision"] == 0
    assert client.put(f"/v1/sessions/{ids[1]}/request", json=asked).status_code == 202  # in the place of its own
    go.set()
    assert client.state(ids[1], 2)["state"] == "ready"


def test_mistakes_of_the_server_are_closed_and_name_no_file(client, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("/home/somebody/" + "-".join(["secret", "name"]))

    monkeypatch.setattr("huegraft.web.storage.Storage.sessions", fail)
    with caplog.at_level(logging.DEBUG):
        answer = client.get("/v1/sessions")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:huegraft:problem:internal"
    assert is_closed(answer)
    assert "RuntimeError" in caplog.text
    assert "secret-name" not in caplog.text
    assert "secret-name" not in answer.text


def test_logs_name_no_file(client, caplog):
    with caplog.at_level(logging.INFO):
        client.upload(png(photograph("coffee", 5, 5)), "secret-name.png")
        client.post("/v1/pictures", params={"name": "secret-name.png"}, content=b"none")
        client.get("/v1/folder", params={"path": "secret-name"})
    assert "secret-name" not in "".join(each.getMessage() for each in caplog.records if "httpx" not in each.name)


def test_tokens():
    assert checked_token(None) != checked_token(None)
    assert len(checked_token(None)) >= 32
    assert checked_token("x" * 16) == "x" * 16
    for wrong in ("", "short", "a b" * 9, "é" * 20, "a\n" * 20):
        with pytest.raises(ArgumentError, match="HUEGRAFT_TOKEN"):
            checked_token(wrong)


def test_links_are_of_one_server():
    link, _ = Signer().link("/v1/downloads/a/b", 60)
    path, _, query = link.partition("?")
    assert not Signer().holds(path, query)


def test_an_error_after_the_answer_has_begun_is_told_to_nobody():
    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise OSError

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": "/healthz", "method": "GET", "query_string": b"", "headers": [(b"host", b"a")]}
    asyncio.run(Guard(app, TOKEN, Signer(), ["a"])(scope, None, send))  # pyright: ignore[reportArgumentType]
    assert [each["type"] for each in sent] == ["http.response.start"]


def test_ids_cannot_be_guessed(client, session, target, reference):
    for each in (session, target, reference):
        assert len(set(each)) > 8
        assert len(each) == 32
