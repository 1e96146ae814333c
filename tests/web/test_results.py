import dataclasses
import io
import struct
import threading
import time

import numpy as np
import pytest
from PIL import Image

import huegraft
import picture_files
from huegraft import Picture, Pin, Request, Session
from huegraft.encodings import SceneLinearEncoding
from huegraft.types import at_depth
from huegraft.web.jobs import Job
from huegraft.web.tiles import Levels
from serving import WAIT_SECONDS, photograph, pixels_of, png


def test_a_result_is_what_the_package_makes(client, session, target, reference):
    result = client.ready(session, [reference], settings={"strength": 0.6})
    made = huegraft.transfer(photograph("coffee", 60, 80), photograph("astronaut", 72, 66), strength=0.6).image
    content, link = client.download(result)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(content))), made)
    assert link["name"] == "cup_recolored.png"
    assert link["bytes"] == len(content)
    told = client.made("GET", result)
    assert told["size"] == {"height": 60, "width": 80}
    assert told["levels"] == 7
    assert 0 < told["result"]["fit"] <= 1
    assert told["result"]["working_size"] == [60, 80]
    kept = client.get(f"/v1/sessions/{session}")
    assert kept.headers["etag"] == '"1"'
    assert kept.json() == {
        "id": session, "target": target, "revision": 1, "ready": 1,
        "request": {"references": [reference], "settings": {"strength": 0.6}},
    }  # fmt: skip
    assert session in [each["id"] for each in client.made("GET", "/v1/sessions")]


def barred(pixels):
    pixels = pixels.copy()
    pixels[:14] = pixels[-14:] = 0
    return pixels


def deep(pixels):
    return pixels.astype(np.uint16) * 257 + np.random.default_rng(1).integers(0, 100, pixels.shape, np.uint16)


def with_profile(pixels):
    return dataclasses.replace(picture_files.picture("u1", profile="adobe"), pixels=pixels)


COFFEE = photograph("coffee", 90, 141)
ALPHA = np.tile(np.linspace(0, 255, 141).astype(np.uint8), (90, 1))
LIGHT = Picture((COFFEE / 100).astype(np.float32) ** 2, SceneLinearEncoding())


@pytest.mark.parametrize(
    ("image", "mode", "ending"),
    [
        pytest.param(COFFEE, "transfer", "png", id="8 bits"),
        pytest.param(deep(COFFEE), "transfer", "png", id="16 bits"),
        pytest.param(with_profile(COFFEE), "transfer", "png", id="profile"),
        pytest.param(with_profile(deep(COFFEE)), "colorize", "tif", id="16 bits with a profile"),
        pytest.param(np.repeat(COFFEE[..., 1:2], 3, axis=2), "colorize", "png", id="grey"),
        pytest.param(Picture(COFFEE, alpha=ALPHA), "transfer", "png", id="alpha"),
        pytest.param(barred(photograph("coffee", 120, 131)), "transfer", "png", id="bars"),
        pytest.param(photograph("coffee", 7, 651), "transfer", "png", id="odd"),
        pytest.param(COFFEE[:1, :1], "transfer", "png", id="one pixel"),
        pytest.param(LIGHT, "transfer", "exr", id="light"),
    ],
)
def test_the_deepest_tiles_are_crops_of_the_download(client, reference, tmp_path, image, mode, ending):
    huegraft.write_picture(tmp_path / f"target.{ending}", image)
    target = client.upload((tmp_path / f"target.{ending}").read_bytes(), f"target.{ending}")
    result = client.ready(client.session(target), [reference], mode=mode)
    told = client.made("GET", result)
    height, width = told["size"]["height"], told["size"]["width"]
    content, _ = client.download(result, format=ending)
    (tmp_path / f"download.{ending}").write_bytes(content)
    picture = huegraft.read_picture(tmp_path / f"download.{ending}")
    expected = at_depth(picture.as_float(), np.dtype(np.uint8))
    assert expected.shape == (height, width, 3)
    for address in (result, f"/v1/pictures/{target}"):
        shown = np.zeros_like(expected)
        for row in range(-(-height // 512)):
            for column in range(-(-width // 512)):
                tile = pixels_of(client.get(f"{address}/tiles/{told['levels']}/{column}_{row}.webp"))
                shown[row * 512 : row * 512 + 512, column * 512 : column * 512 + 512] = tile
        if address == result:
            assert np.array_equal(shown, expected)
        for level in range(told["levels"]):
            tile = pixels_of(client.get(f"{address}/tiles/{level}/0_0.webp"))
            assert tile.shape[:2] == tuple(min(512, side) for side in Levels((height, width)).size(level))
    assert told["levels"] == (max(height, width) - 1).bit_length()


def test_levels_halve():
    levels = Levels((5, 9))
    assert [levels.size(level) for level in range(levels.last + 1)] == [(1, 1), (1, 2), (2, 3), (3, 5), (5, 9)]


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/0/0_0.webp", "/maps/labels.u16", "/maps/attention.bin", "/maps/confidence", "/maps/matched",
        "/maps/clipped", "/lut.cube", "/settings.json", "/recipe.zip", "/downloads",
    ],
)  # fmt: skip
def test_what_is_not_there_yet_or_no_more(client, server, session, reference, path):
    def status(revision):
        method = "POST" if path == "/downloads" else "GET"
        address = f"/v1/sessions/{session}/revisions/{revision}{path}"
        return client.request(method, address, json={} if method == "POST" else None).status_code

    assert status(1) == 404
    result = client.ready(session, [reference])
    assert status(1) in (200, 201)
    assert client.get(f"/v1/sessions/{'0' * 32}/revisions/1{path}").status_code in (404, 405)
    with blocked(server):
        client.ask(session, [reference], settings={"tau": 0.05})
        if path not in ("/downloads", "/lut.cube"):  # which wait for a job
            assert status(1) == 200  # until another result takes its place
        assert status(2) == 409
    assert client.state(session, 2)["state"] == "ready"
    assert status(1) == 410
    assert client.made("GET", result)["state"] == "superseded"
    assert status(3) == 404


class blocked:  # noqa: N801
    """Hold all threads of the jobs of a server."""

    def __init__(self, server):
        self._server, self._go = server, threading.Event()

    def __enter__(self):
        def work(_):
            assert self._go.wait(WAIT_SECONDS)
            return {}

        held = [self._server.jobs.submit(Job("none", "sweep", work, 0)) for _ in self._server.jobs._threads]
        until = time.monotonic() + WAIT_SECONDS
        while any(each.state == "queued" for each in held):
            assert time.monotonic() < until
            time.sleep(0.005)

    def __exit__(self, *_):
        self._go.set()


def test_the_last_request_wins(client, server, session, reference):
    with blocked(server):
        for number in range(1, 5):
            assert client.ask(session, [reference], settings={"tau": 0.01 * number}) == number
        states = [client.made("GET", f"/v1/sessions/{session}/revisions/{number}")["state"] for number in range(1, 5)]
        assert states == ["superseded"] * 3 + ["queued"]
    assert client.state(session, 4)["state"] == "ready"
    assert client.made("GET", f"/v1/sessions/{session}")["ready"] == 4


def test_a_request_ends_the_one_that_runs(client, server, session, reference, monkeypatch):
    begun, solve = threading.Event(), server.method.solve

    def slow(request, *, cancel=None, **options):
        if request.settings.match.tau == 0.5:
            begun.set()
            assert cancel.wait(WAIT_SECONDS)
        return solve(request, cancel=cancel, **options)

    monkeypatch.setattr(type(server.method), "solve", lambda _, *arguments, **options: slow(*arguments, **options))
    client.ask(session, [reference], settings={"tau": 0.5})
    assert begun.wait(WAIT_SECONDS)
    assert client.state(session, client.ask(session, [reference]))["state"] == "ready"
    assert client.made("GET", f"/v1/sessions/{session}/revisions/1")["state"] == "superseded"


def test_a_request_follows_a_revision(client, session, reference):
    def put(tag):
        return client.put(
            f"/v1/sessions/{session}/request", json={"references": [reference]}, headers={"If-Match": tag}
        )

    assert put('"0"').status_code == 202
    wrong = put('"0"')
    assert wrong.status_code == 412
    assert wrong.json()["type"] == "urn:huegraft:problem:other-revision"
    right = put(client.get(f"/v1/sessions/{session}").headers["etag"])
    assert (right.status_code, right.headers["etag"]) == (202, '"2"')
    assert put("*").json()["revision"] == 3
    assert put('"1", "3"').json()["revision"] == 4


def test_settings_that_change_nothing_are_told(client, session, reference):
    body = {"references": [reference], "settings": {"min_confidence": 0.2, "tau": 0.02}}
    told = client.made("PUT", f"/v1/sessions/{session}/request", json=body)
    assert list(told["unused_settings"]) == ["min_confidence"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"settings": {"tau": -1}},
        {"settings": {"weights": "/etc/passwd"}},
        {"settings": {"backbone": "vgg19"}},
        {"settings": {"working_pixels": 2**22}},
        {"settings": {"superpixels": 8001}},
        {"settings": {"iterations": 1000}},
        {"settings": {"context": [[1]]}},
        {"references": []},
        {"references": ["0" * 32] * 9},
        {"references": ["../../etc"]},
        {"mode": "other"},
        {"pins": [{"target": [1, 1], "reference": [1, 1]}] * 201},
        {"pins": [{"target": [80, 1], "reference": [1, 1]}]},
        {"pins": [{"target": [1, 1], "reference": [1, 1], "of": 1}]},
        {"regions": [{}] * 17},
        {"regions": [{"reference": 3}]},
        {"reference_masks": [None, None]},
        {"device": "cuda"},
    ],
)
def test_what_a_request_may_not_ask_for(client, session, reference, wrong):
    answer = client.put(f"/v1/sessions/{session}/request", json={"references": [reference]} | wrong)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.made("GET", f"/v1/sessions/{session}")["revision"] == 0


def test_maps_are_those_of_a_session(client, session, target, reference):
    pin = {"target": [10, 12], "reference": [30, 20]}
    result = client.ready(session, [reference, target], pins=[pin], settings={"superpixels": 60})
    pictures = Picture(photograph("coffee", 60, 80)), Picture(photograph("astronaut", 72, 66))
    request = Request("transfer", pictures[0], (pictures[1], pictures[0]), pins=(Pin((10, 12), (30, 20)),))
    request = dataclasses.replace(request, settings=huegraft.preset("best").replace(superpixels=60))
    own = Session().run(request)
    labels = client.get(f"{result}/maps/labels.u16")
    assert labels.headers["huegraft-size"] == "60x80"
    assert np.array_equal(np.frombuffer(labels.content, "<u2").reshape(60, 80), own.labels)
    other = client.get(f"{result}/maps/labels.u16?reference=0")
    encoded = Session().encode(pictures[1], request.settings)
    assert np.array_equal(np.frombuffer(other.content, "<u2").reshape(72, 66), encoded.labels)
    assert client.get(f"{result}/maps/labels.u16?reference=2").status_code == 404

    content = client.get(f"{result}/maps/attention.bin").content
    rows, each, references, *counts = struct.unpack_from("<5I", content)
    assert (rows, references) == (own.attention.shape[0], 2)
    assert sum(counts) == own.attention.shape[1]
    assert len(content) == 4 * (3 + 2 + 2 * rows * each)
    columns, weights = np.frombuffer(content, "<u4", 2 * rows * each, 20).reshape(2, rows, each)
    weights = weights.view("<f4")
    assert np.array_equal(np.take_along_axis(own.attention, columns, axis=1).astype(np.float32), weights)
    assert (np.diff(weights, axis=1) <= 0).all()
    assert (weights.min(axis=1) >= np.sort(own.attention, axis=1)[:, -each].astype(np.float32)).all()

    confidence = pixels_of(client.get(f"{result}/maps/confidence"))[..., 0]
    assert np.array_equal(confidence, np.rint(own.confidence * 255))
    colors = np.concatenate([encoded.color_mean, Session().encode(pictures[0], request.settings).color_mean])
    matched = np.rint((own.attention @ colors).clip(0, 1) * 255)[own.labels]
    assert np.array_equal(pixels_of(client.get(f"{result}/maps/matched")), matched)
    clipped = Session().render(own.look, pictures[0]).clipped
    assert np.array_equal(pixels_of(client.get(f"{result}/maps/clipped"))[..., 0], np.where(clipped, 255, 0))


def test_maps_of_a_result_while_another_request_runs(client, server, session, target, reference):
    result = client.ready(session, [reference])
    before = {name: client.get(f"{result}/{name}").content for name in ("maps/attention.bin", "settings.json")}
    with blocked(server):
        client.ask(session, [target], settings={"tau": 0.2})
        assert {name: client.get(f"{result}/{name}").content for name in before} == before


def test_maps_of_a_picture_with_bars(client, reference):
    target = client.upload(png(barred(photograph("coffee", 120, 90))))
    result = client.ready(client.session(target), [reference])
    labels = np.frombuffer(client.get(f"{result}/maps/labels.u16").content, "<u2").reshape(120, 90)
    assert (labels[:14] == 65535).all()
    assert (labels[14:-14] < 65535).all()
    for name in ("confidence", "matched", "clipped"):
        assert pixels_of(client.get(f"{result}/maps/{name}")).shape == (120, 90, 3)


def test_a_sweep(client, session, reference):
    client.ready(session, [reference], settings={"strength": 0.5})
    job = client.job(f"/v1/sessions/{session}/sweeps", values={"tau": [0.01, 0.1], "lightness": [0, 1]}, side=64)
    assert job["state"] == "ready"
    changes = [each["changes"] for each in job["result"]["studies"]]
    assert changes[:2] == [{"tau": 0.01, "lightness": 0}, {"tau": 0.01, "lightness": 1}]
    picture = pixels_of(client.get(f"/v1/jobs/{job['id']}/pictures/3.webp"))
    assert picture.shape == (48, 64, 3)
    assert client.get(f"/v1/jobs/{job['id']}/pictures/4.webp").status_code == 404
    for wrong in ({"weights": ["a"]}, {"tau": [-1]}, {"tau": [0.1] * 10, "strength": [0.1] * 10}):
        assert client.post(f"/v1/sessions/{session}/sweeps", json={"values": wrong}).status_code == 422


def test_suggestions(client, session, target, reference):
    job = client.job(f"/v1/sessions/{session}/suggestions", candidates=[reference, target])
    assert [each["picture"] for each in job["result"]["suggestions"]] == [target, reference]
    wrong = client.post(f"/v1/sessions/{session}/suggestions", json={"candidates": ["0" * 32]})
    assert wrong.status_code == 404


def test_explanations(client, session, reference):
    asked = {"points": [[10, 20]]}
    assert client.post(f"/v1/sessions/{session}/explanations", json=asked).status_code == 409
    client.ready(session, [reference])
    (point,) = client.job(f"/v1/sessions/{session}/explanations", **asked)["result"]["points"]
    assert point["place"] == [10, 20]
    assert sum(weight for _, weight in point["attention"]) <= 1.001
    outside = client.post(f"/v1/sessions/{session}/explanations", json={"points": [[80, 2]]})
    assert outside.status_code == 422


def test_jobs_are_told_and_ended(client, server, session, reference):
    client.ready(session, [reference])
    with blocked(server):
        job = client.made("POST", f"/v1/sessions/{session}/sweeps", json={"values": {"tau": [0.1]}})
        assert (job["state"], job["place"]) == ("queued", 1)
        assert client.delete(f"/v1/jobs/{job['id']}").status_code == 204
        assert client.made("GET", f"/v1/jobs/{job['id']}")["state"] == "cancelled"
    assert client.get("/v1/jobs/none").status_code == 404


def test_a_request_that_fails_says_why(client, session, reference):
    black = client.upload(png(np.zeros((60, 80), np.uint8)))
    state = client.state(session, client.ask(session, [reference], target_mask={"picture": black}))
    assert state["state"] == "failed"
    assert state["problem"]["status"] == 422
    assert "0 everywhere" in state["problem"]["detail"]


def test_deleted_sessions(client, server, session, reference):
    with blocked(server):
        client.ask(session, [reference])
        assert client.delete(f"/v1/sessions/{session}").status_code == 204
    assert client.get(f"/v1/sessions/{session}").status_code == 404
    assert not (server.storage.root / "sessions" / session).exists()


def test_the_schema_of_settings(client):
    schema = client.made("GET", "/v1/settings-schema")
    assert schema["properties"]["tau"]["default"] == 0.03
    assert schema["properties"]["tau"]["x-stage"] == "match"
    assert schema["properties"]["superpixels"]["anyOf"][0]["maximum"] == 8000
    assert "weights" not in schema["properties"]
