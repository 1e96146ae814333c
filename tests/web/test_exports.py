import io
import json
import shlex
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import quote

import httpx
import numpy as np
import pytest
from PIL import Image

import huegraft
import picture_files
from huegraft import Picture
from huegraft.encodings import SceneLinearEncoding
from serving import photograph, pixels_of, png


@pytest.fixture
def result(client, session, reference):
    return client.ready(session, [reference])


@pytest.mark.parametrize("depth", ["source", "8", "16"])
@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tif", "exr", "jp2"])
def test_formats_and_depths(client, result, tmp_path, ending, depth):
    content, link = client.download(result, format=ending, depth=depth)
    (tmp_path / link["name"]).write_bytes(content)
    picture = huegraft.read_picture(tmp_path / link["name"])
    assert picture.size == (60, 80)
    if ending in ("png", "tif", "jp2"):
        assert picture.pixels.dtype == (np.uint16 if depth == "16" else np.uint8)
    if depth == "16" and ending in ("jpg", "webp"):
        assert any("16 bits" in note for note in link["notes"])


@pytest.mark.parametrize(
    "image",
    [
        picture_files.picture("u2", profile="adobe", alpha=True, size=(40, 50)),
        Picture((photograph("coffee", 40, 50) / 50).astype(np.float32), SceneLinearEncoding()),
    ],
)
def test_fewer_bits_keep_the_colours(client, reference, tmp_path, image):
    ending = "exr" if image.encoding.unbounded else "tif"
    huegraft.write_picture(tmp_path / f"deep.{ending}", image)
    target = client.upload((tmp_path / f"deep.{ending}").read_bytes(), f"deep.{ending}")
    result = client.ready(client.session(target), [reference])
    content, _ = client.download(result, format="tif", depth="8")
    (tmp_path / "shallow.tif").write_bytes(content)
    shallow = huegraft.read_picture(tmp_path / "shallow.tif")
    assert shallow.pixels.dtype == np.uint8
    level = client.made("GET", result)["levels"]
    shown = pixels_of(client.get(f"{result}/tiles/{level}/0_0.webp"))
    assert np.abs(np.rint(shallow.as_float() * 255) - shown).max() <= 3


def test_results_are_saved_below_the_folder(client, result, folder):
    (folder / "results").mkdir(exist_ok=True)
    told = client.made("POST", f"{result}/downloads", json={"save_as": "results/new.png"})
    assert (told["link"], told["name"]) == (None, "new.png")
    assert (folder / "results" / "new.png").read_bytes() == client.download(result)[0]
    before = (folder / "results" / "new.png").stat().st_mtime_ns
    for path, status in (
        ("results/new.png", 409), ("results/new.jpg", 422), ("none/new.png", 404), ("../new.png", 403),
        ("/new.png", 403), ("results\\new.png", 403), ("C:new.png", 403), ("a\0.png", 403), (".", 403),
        ("x" * 300 + ".png", 422),
    ):  # fmt: skip
        answer = client.post(f"{result}/downloads", json={"save_as": path})
        assert answer.status_code == status, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    assert (folder / "results" / "new.png").stat().st_mtime_ns == before
    assert [path.name for path in (folder / "results").iterdir()] == ["new.png"]


def test_a_lut_and_the_settings(client, result, tmp_path):
    answer = client.get(f"{result}/lut.cube", params={"size": 9})
    (tmp_path / "look.cube").write_bytes(answer.content)
    assert huegraft.read_lut(tmp_path / "look.cube").table.shape == (9, 9, 9, 3)
    assert 0 < float(answer.headers["huegraft-explained"]) <= 1
    settings = client.get(f"{result}/settings.json").json()
    assert settings["mode"] == "transfer"
    assert settings["settings"]["match"]["tau"] == 0.03


def test_there_is_no_lut_of_a_colourisation(client, session, reference):
    result = client.ready(session, [reference], mode="colorize")
    assert client.get(f"{result}/lut.cube").json()["type"] == "urn:huegraft:problem:no-lut"


def run_recipe(content, folder):
    """Unzip a recipe, run its command, and return what it made."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
        names = archive.namelist()
    command = shlex.split((folder / "command.txt").read_text(encoding="utf-8"))
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return (folder / command[command.index("-o") + 1]).read_bytes(), names


def full_request(client):
    """Return a request with everything: masks of strokes and of files, regions and pins."""
    soft = np.tile(np.linspace(0, 65535, 66).astype(np.uint16), (72, 1))
    stroke = {"points": [[10, 10], [50, 40]], "radius": 14, "softness": 0.7}
    return {
        "mode": "transfer",
        "settings": {"tau": 0.02, "context": [0.1], "superpixels": 80},
        "reference_masks": [{"picture": client.upload(png(soft), "soft mask.png")}, None],
        "target_mask": {"strokes": [stroke, {"points": [[60, 20], [70, 20], [70, 50]], "fill": True, "radius": 2}]},
        "pins": [{"target": [12.5, 14], "reference": [30, 20.25]}, {"target": [60, 30], "reference": [5, 5], "of": 1}],
    }


@pytest.mark.parametrize(
    ("names", "ending"),
    [
        (("cup of coffee.png", "-eileen.PNG", "été 日本.png"), "png"),
        (("recipe.json", "picture_recolored.tif", "recipe.json"), "tif"),
        (("..", "a/../b'\"$(x).png", "x.sh\n"), "webp"),
        (("same.png", "SAME.png", "same.png"), "png"),
    ],
)
def test_a_recipe_gives_the_same_bytes(client, tmp_path, names, ending):
    photographs = photograph("coffee", 60, 80), photograph("astronaut", 72, 66), photograph("chelsea", 50, 60)
    ids = [client.upload(png(image), name) for image, name in zip(photographs, names, strict=True)]
    result = client.ready(client.session(ids[0]), ids[1:], **full_request(client))
    content, _ = client.download(result, format=ending)
    recipe = client.get(f"{result}/recipe.zip", params={"format": ending})
    assert recipe.status_code == 200, recipe.text
    made, entries = run_recipe(recipe.content, tmp_path)
    assert made == content
    assert len(set(entries)) == len(entries)


def test_a_recipe_with_regions_gives_the_same_bytes(client, session, reference, tmp_path):
    left = {"strokes": [{"points": [[0, 0], [40, 0], [40, 60], [0, 60]], "fill": True, "radius": 3}]}
    face = {"strokes": [{"points": [[30, 20]], "radius": 15, "softness": 0}]}
    regions = [{"target_mask": left, "reference_mask": face, "reference": 0}, {"reference": 0}]
    result = client.ready(session, [reference], regions=regions)
    content, _ = client.download(result)
    assert run_recipe(client.get(f"{result}/recipe.zip").content, tmp_path)[0] == content


def test_a_recipe_is_imported_again(client, both, tmp_path):
    ids = [client.upload(png(photograph(name, 40, 50) // 2)) for name in ("coffee", "astronaut", "chelsea")]
    request = full_request(client) | {"reference_masks": [], "pins": []}
    request["target_mask"]["picture"] = client.upload(png(np.full((40, 50), 9, np.uint8)))
    session = client.session(ids[0])
    result = client.ready(session, ids[1:], **request)
    tile = client.get(f"{result}/tiles/6/0_0.webp").content
    whole, bare = (client.get(f"{result}/recipe.zip", params={"pictures": each}).content for each in (True, False))
    assert len(bare) < len(whole)

    def imported(content):
        answer = client.post("/v1/projects", content=content, headers={"Content-Type": "application/zip"})
        assert answer.status_code == 201, answer.text
        new = answer.json()
        assert answer.headers["location"] == f"/v1/sessions/{new['id']}"
        assert client.state(new["id"], 1)["state"] == "ready"
        return new, client.get(f"/v1/sessions/{new['id']}/revisions/1/tiles/6/0_0.webp").content

    new, shown = imported(bare)  # the pictures are still there
    assert new["target"] == ids[0]
    assert shown == tile
    for each in (session, new["id"]):
        client.delete(f"/v1/sessions/{each}")
    for each in (*ids, request["target_mask"]["picture"]):
        client.delete(f"/v1/pictures/{each}")
    missing = client.post("/v1/projects", content=bare)
    assert missing.json()["type"] == "urn:huegraft:problem:missing-picture"
    assert imported(whole)[1] == tile


def archive(entries, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as file:
        for name, content in entries:
            file.writestr(name, content)
    return buffer.getvalue()


RECIPE = {
    "schema": 1, "huegraft": "0", "command": [], "target": {"name": "a.png", "sha256": "0" * 64},
    "references": [{"name": "a.png", "sha256": "0" * 64}], "request": {},
}  # fmt: skip


def link_entry():
    entry = zipfile.ZipInfo("link")
    entry.external_attr = 0o120777 << 16
    return entry


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("make", "status"),
    [
        (lambda: b"", 422),
        (lambda: b"PK no zip", 422),
        (lambda: archive([]), 422),
        (lambda: archive([("recipe.json", "{")]), 422),
        (lambda: archive([("recipe.json", "[" * 100_000)]), 422),
        (lambda: archive([("recipe.json", json.dumps(RECIPE | {"schema": 2}))]), 422),
        (lambda: archive([("recipe.json", json.dumps(RECIPE))]), 422),
        (lambda: archive([("recipe.json", json.dumps(RECIPE)), ("a.png", b"none")]), 422),
        (lambda: archive([("recipe.json", json.dumps(RECIPE)), ("../../a.png", b"none")]), 422),
        (lambda: archive([("recipe.json", json.dumps(RECIPE)), ("/a.png", b"none")]), 422),
        (lambda: archive([("recipe.json", json.dumps(RECIPE)), (link_entry(), "/etc/passwd")]), 422),
        (lambda: archive([("recipe.json", json.dumps(RECIPE))] * 2), 422),
        (lambda: archive([("recipe.json", json.dumps(RECIPE))], compression=zipfile.ZIP_LZMA), 422),
        (lambda: archive([("recipe.json", b" " * 2**23)], compression=zipfile.ZIP_DEFLATED), 413),
        (lambda: archive([("recipe.json", "{}"), *((f"{n}", b"") for n in range(300))]), 413),
        (lambda: archive([("recipe.json", "{}"), *((f"{n}" * 9, b"") for n in range(3000))]), 413),
        (lambda: bomb(), 413),
        (lambda: bomb()[:-22] + struct.pack("<4s4HIIH", b"PK\5\6", 0, 0, 1, 1, 2**31, 0, 0), 413),
        (lambda: archive([("recipe.json", "{}")])[:-22] + b"PK\6\7" + bytes(16) + b"PK\5\6" + bytes(18), 422),
    ],
)
def test_recipes_that_are_none(client, server, make, status):
    pictures = len(server.storage._pictures)
    answer = client.post("/v1/projects", content=make())
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(server.storage._pictures) == pictures
    assert list((server.storage.root / "incoming").iterdir()) == []


def bomb():
    """Return an archive that claims more than an upload may take."""
    content = archive([("recipe.json", b" " * 2**20)], compression=zipfile.ZIP_DEFLATED)
    size = struct.pack("<I", 2**20)
    return content.replace(size, struct.pack("<I", 2**31))


def test_a_signed_link_opens_one_file_for_some_time(client, server, result):
    base, link = str(client.base_url), client.made("POST", f"{result}/downloads", json={})["link"]
    assert httpx.get(base + link).status_code == 200
    assert httpx.get(base + link).headers["content-disposition"].startswith("attachment")
    path, _, query = link.partition("?")
    late, _ = server.signer.link(path, -1)
    other, _ = server.signer.link("/v1/sessions", 60)
    flipped = link[:-1] + ("0" if link[-1] != "0" else "1")
    for wrong in (
        path,
        flipped,
        late,
        f"/v1/sessions?{query}",
        path[:-1] + "?" + query,
        link.replace("expires=1", "expires=2"),
    ):
        assert httpx.get(base + wrong).status_code == 401, wrong
    assert httpx.get(base + other).status_code == 200  # the server itself signs downloads alone
    for method in ("POST", "DELETE", "HEAD"):
        assert httpx.request(method, base + link).status_code == 401
    gone, _ = server.signer.link(f"/v1/downloads/{'0' * 32}/{quote('a.png')}", 60)
    assert httpx.get(base + gone).status_code == 410


def test_downloads_are_removed_once_their_links_have_ended(client, server, result, monkeypatch):
    client.download(result)
    monkeypatch.setattr("huegraft.web.downloads._GRACE_SECONDS", -1000)
    server.tidy()
    assert list((server.storage.root / "downloads").iterdir()) == []


def test_names_of_results_are_plain(client, reference):
    target = client.upload(png(photograph("coffee", 20, 20)), "../été & co.png")
    told = client.made("GET", f"/v1/pictures/{target}")
    assert told["name"] == "été & co.png"
    _, link = client.download(client.ready(client.session(target), [reference]))
    assert link["name"] == "_t____co_recolored.png"
    assert Image.open(io.BytesIO(client.download(client.ready(client.session(target), [reference]))[0])).size == (
        20,
        20,
    )
    assert Path(link["name"]).name == link["name"]
