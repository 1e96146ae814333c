import os
import stat

import numpy as np
import pytest
from PIL import Image

import hostile
import huegraft
import picture_files
from huegraft import Picture
from serving import photograph, pixels_of, png, serving


def test_an_upload(client, server):
    content = png(photograph("coffee", 30, 44))
    answer = client.post("/v1/pictures", params={"name": "../a b.png"}, content=content)
    assert answer.status_code == 201
    told = answer.json()
    assert answer.headers["location"] == f"/v1/pictures/{told['id']}"
    assert client.made("GET", answer.headers["location"]) == told
    assert {name: told[name] for name in ("name", "size", "depth", "profile", "notes", "levels", "tile")} == {
        "name": "a b.png", "size": {"height": 30, "width": 44}, "depth": "uint8", "profile": "srgb", "notes": [],
        "levels": 6, "tile": 512,
    }  # fmt: skip
    assert len(told["id"]) == 32
    tile = client.get(f"/v1/pictures/{told['id']}/tiles/6/0_0.webp")
    assert np.array_equal(pixels_of(tile), photograph("coffee", 30, 44))
    assert "immutable" in tile.headers["cache-control"]
    for wrong in ("7/0_0", "6/1_0", "6/0_1"):
        assert client.get(f"/v1/pictures/{told['id']}/tiles/{wrong}.webp").status_code == 404
    assert client.delete(f"/v1/pictures/{told['id']}").status_code == 204
    assert client.get(f"/v1/pictures/{told['id']}").status_code == 404
    assert not (server.storage.root / "pictures" / told["id"]).exists()


@pytest.mark.parametrize(
    ("picture", "depth", "profile"),
    [
        (picture_files.picture("u2", profile="adobe"), "uint16", "icc"),
        (picture_files.picture("f4"), "float32", "linear"),
    ],
)
def test_depths_and_profiles(client, tmp_path, picture, depth, profile):
    huegraft.write_picture(tmp_path / "a.tif", picture)
    told = client.made("GET", f"/v1/pictures/{client.upload((tmp_path / 'a.tif').read_bytes(), 'a.tif')}")
    assert (told["depth"], told["profile"]) == (depth, profile)


def test_a_thumbnail_is_small_and_tells_nothing(client, tmp_path):
    pixels = photograph("coffee", 400, 640)
    huegraft.write_picture(tmp_path / "a.jpg", Picture(pixels, exif=picture_files.exif_block(), xmp=picture_files.XMP))
    picture = client.upload((tmp_path / "a.jpg").read_bytes())
    answer = client.get(f"/v1/pictures/{picture}/thumbnail")
    assert pixels_of(answer).shape == (200, 320, 3)
    for each in (answer, client.get(f"/v1/pictures/{picture}/tiles/9/0_0.webp")):
        assert each.headers["content-type"] == "image/webp"
        assert not any(chunk in each.content for chunk in (b"EXIF", b"XMP ", b"Exif", b"ICCP"))


def test_a_picture_in_use_stays(client, session, target):
    assert client.delete(f"/v1/pictures/{target}").status_code == 409
    client.delete(f"/v1/sessions/{session}")


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", *(content for _, content, fate in hostile.hostile_files("png")[:12] if fate == "error")],
)
def test_what_is_no_picture(client, server, content):
    before = set((server.storage.root / "pictures").iterdir())
    answer = client.post("/v1/pictures", params={"name": "secret-name.png"}, content=content)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(server.storage.root) not in answer.text
    assert set((server.storage.root / "pictures").iterdir()) == before


@pytest.mark.parametrize("name", ["a\0.png", "a.\0png", "a.png/", "..", "x.p ng;rm", "é" * 120 + ".png", "."])
def test_names_of_uploads(client, name):
    client.upload(png(np.zeros((2, 2, 3), np.uint8)), name)


def test_pictures_of_the_served_folder(client, folder, server, tmp_path):
    (folder / "scans").mkdir()
    (folder / "scans" / "one.png").write_bytes(png(photograph("coffee", 20, 30)))
    (folder / "scans" / "notes.txt").write_text("none")
    (folder / "scans" / ".hidden.png").touch()
    (tmp_path / "outside.png").write_bytes(png(photograph("coffee", 20, 30)))
    (folder / "scans" / "link.png").symlink_to(tmp_path / "outside.png")
    (folder / "scans" / "inner.png").symlink_to(folder / "scans" / "one.png")
    (folder / "way out").symlink_to(tmp_path)
    os.mkfifo(folder / "scans" / "pipe.png")
    assert client.made("GET", "/v1/folder")["folders"] == ["scans"]
    listed = client.made("GET", "/v1/folder", params={"path": "scans"})
    assert listed == {"served": True, "folders": [], "pictures": ["inner.png", "one.png", "pipe.png"]}
    told = client.made("POST", "/v1/pictures", json={"folder": "scans", "path": "one.png"})
    assert told["name"] == "one.png"
    assert not list((server.storage.root / "pictures" / told["id"]).glob("source*"))
    for path, status in (
        ("scans/link.png", 403), ("way out/outside.png", 403), ("../x.png", 403), ("/etc/passwd", 403),
        ("scans/../../x.png", 403), ("scans\\one.png", 403), ("C:/x.png", 403), ("scans/one.png\0", 403),
        ("scans/none.png", 404), ("scans", 404), ("scans/pipe.png", 404), ("x" * 999, 404), ("", 422),
        ("scans/notes.txt", 422),
    ):  # fmt: skip
        answer = client.post("/v1/pictures", json={"path": path})
        assert answer.status_code == status, (path, answer.text)
        assert str(folder) not in answer.text
    for path in ("..", "/", "way out", "a\0", "scans/../.."):
        assert client.get("/v1/folder", params={"path": path}).status_code == 403
    for wrong in ("[]", '{"path": 1}', "{", "[" * 100_000, '"\\ud800"', '{"path": "\\ud800"}', '{"path": "a", "b": 1}'):
        answer = client.post("/v1/pictures", content=wrong, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, wrong
    reference = client.upload(png(photograph("astronaut", 20, 30)))
    result = client.ready(client.session(told["id"]), [reference])
    (folder / "scans" / "one.png").unlink()
    assert client.get(f"{result}/recipe.zip").status_code == 410
    assert client.get(f"{result}/tiles/5/0_0.webp").status_code == 200


def test_without_a_folder(tmp_path):
    with serving(tmp_path / "kept") as (_, client):
        assert client.made("GET", "/v1/folder") == {"served": False, "folders": [], "pictures": []}
        assert client.post("/v1/pictures", json={"path": "a.png"}).status_code == 404


def test_the_storage_is_private(server, client, reference):
    assert stat.S_IMODE(server.storage.root.stat().st_mode) == 0o700
    for folder in server.storage.root.iterdir():
        if folder.is_dir():
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_quota(tmp_path):
    with serving(tmp_path / "kept", storage=400_000, pictures=3) as (server, client):
        small = [client.upload(png(np.zeros((8, 8, 3), np.uint8))) for _ in range(3)]
        full = client.post("/v1/pictures", content=png(np.zeros((8, 8, 3), np.uint8)))
        assert (full.status_code, full.json()["type"]) == (507, "urn:huegraft:problem:no-room")
        client.delete(f"/v1/pictures/{small[0]}")
        large = png(photograph("coffee", 400, 400))
        assert client.post("/v1/pictures", content=large).status_code == 507
        assert client.post("/v1/pictures", content=large + bytes(2**19)).status_code == 507  # before it is read
        assert len(list((server.storage.root / "pictures").iterdir())) == 2
        assert list((server.storage.root / "incoming").iterdir()) == []


def test_what_nobody_uses_expires(tmp_path):
    with serving(tmp_path / "kept", keep_seconds=1000) as (server, client):
        used, unused, reference = (client.upload(png(photograph("coffee", 9, size))) for size in (9, 10, 11))
        session = client.session(used)
        client.ready(session, [reference])
        old = client.session(unused)
        for kind, name in (("_pictures", used), ("_pictures", reference), ("_pictures", unused), ("_sessions", old)):
            values = getattr(server.storage, kind)
            values[name] = type(values[name])(**{**vars(values[name]), "used": 0.0})
        server.tidy()
        assert client.get(f"/v1/sessions/{old}").status_code == 404
        assert client.get(f"/v1/pictures/{unused}").status_code == 404
        assert client.get(f"/v1/pictures/{used}").status_code == 200
        assert client.get(f"/v1/pictures/{reference}").status_code == 200
        assert server.events._kept[-1].name == "expired"


def test_another_server_cannot_have_the_storage(server):
    with pytest.raises(huegraft.HuegraftError, match="used by another server"), serving(server.storage.root):
        pass


def test_levels_of_a_large_picture(client):
    pixels = photograph("coffee", 700, 1100)
    picture = client.upload(png(pixels))
    shown = np.zeros_like(pixels)
    for row in range(2):
        for column in range(3):
            tile = pixels_of(client.get(f"/v1/pictures/{picture}/tiles/11/{column}_{row}.webp"))
            shown[row * 512 : row * 512 + 512, column * 512 : column * 512 + 512] = tile
    assert np.array_equal(shown, pixels)
    half = pixels_of(client.get(f"/v1/pictures/{picture}/tiles/10/0_0.webp"))
    small = np.asarray(Image.fromarray(pixels).resize((550, 350), Image.Resampling.BOX))
    assert np.abs(half[:350].astype(int) - small[:, :512]).max() <= 1
