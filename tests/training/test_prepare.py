import hashlib
import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch", reason="needs Torch: make torch")

from training.qt_resources import resources

from training import prepare


def resource_file(version, files):
    """Return a Qt resource file with a folder of these (name, content, flags)."""
    names, data, nodes = b"", b"", []
    places = {}
    for name in ("folder", *(name for name, _, _ in files)):
        places[name] = len(names)
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    nodes.append(struct.pack(">IHII", 0, 2, 1, 1))
    nodes.append(struct.pack(">IHII", places["folder"], 2, len(files), 2))
    for name, content, flags in files:
        stored = struct.pack(">I", len(content)) + zlib.compress(content) if flags & 1 else content
        nodes.append(struct.pack(">IHHHI", places[name], flags, 0, 0, len(data)))
        data += struct.pack(">I", len(stored)) + stored
    tree = b"".join(node + bytes(8 if version > 1 else 0) for node in nodes)
    header = struct.pack(">4sIIII", b"qres", version, 20, 20 + len(tree), 20 + len(tree) + len(data))
    return header + tree + data + names


@pytest.mark.parametrize("version", [1, 2, 3])
def test_qt_resources(version):
    content = resource_file(version, [("plain.txt", b"as it is", 0), ("packed.txt", b"packed" * 99, 1)])
    assert dict(resources(content)) == {"folder/plain.txt": b"as it is", "folder/packed.txt": b"packed" * 99}


def test_what_cannot_be_read_of_qts_is_refused():
    for content in (b"RIFF" + bytes(60), resource_file(4, [])):
        with pytest.raises(ValueError, match="not a Qt resource file of format 1 to 3"):
            list(resources(content))
    with pytest.raises(ValueError, match=r"folder/new.txt is compressed by Zstandard"):
        list(resources(resource_file(3, [("new.txt", b"", 4)])))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A wheel with two photographs, as if fetched, and the function that writes the list of files and prepares."""
    monkeypatch.setattr(prepare, "FOLDER", tmp_path / "data" / "pictures")
    monkeypatch.setattr(prepare, "LIST", tmp_path / "pictures.toml")
    archive = tmp_path / "data" / "packages" / "photos" / "photos.whl"
    archive.parent.mkdir(parents=True)
    contents = {}
    with zipfile.ZipFile(archive, "w") as wheel:
        for name, size in (
            ("a/b/c/d/first.png", (20, 30)),
            ("a/b/c/d/first.bmp", (40, 50)),
            ("large.png", (1000, 700)),
        ):
            file = io.BytesIO()
            Image.new("RGB", size, (200, 100, 50)).save(file, name[-3:])
            contents[name] = file.getvalue()
            wheel.writestr(name, contents[name])

    def run(*names, digest=None):
        lines = ["[[package]]", 'client = "pip"', 'name = "photos"', 'version = "1"', "[package.files]"]
        lines.insert(4, f'sha256 = "{hashlib.sha256(archive.read_bytes()).hexdigest()}"')
        lines += [f'"{name}" = "{digest or hashlib.sha256(contents[name]).hexdigest()}"' for name in names]
        prepare.LIST.write_text("\n".join(lines))
        prepare.main()
        return sorted(path.name for path in prepare.FOLDER.iterdir())

    return run


def test_pictures_are_written_and_old_ones_go(package):
    assert package("a/b/c/d/first.png") == ["photos-b-c-d-first.png"]
    assert package("large.png") == ["photos-large.png"]
    with Image.open(prepare.FOLDER / "photos-large.png") as picture:
        assert picture.width * picture.height <= 2**19
        np.testing.assert_array_equal(np.unique(np.array(picture).reshape(-1, 3), axis=0), [[200, 100, 50]])


def test_wrong_hashes_and_names_twice_are_refused(package):
    kept = package("large.png")
    with pytest.raises(SystemExit, match=r"first.png of photos: expected sha256 0000, got \w{64}"):
        package("a/b/c/d/first.png", digest="0000")
    with pytest.raises(FileExistsError):
        package("a/b/c/d/first.png", "a/b/c/d/first.bmp")
    assert sorted(path.name for path in prepare.FOLDER.iterdir()) == kept


def test_a_fetch_that_is_cut_off_leaves_nothing_that_passes_for_a_package(tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "FOLDER", tmp_path / "pictures")
    monkeypatch.setattr(prepare.subprocess, "run", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        prepare._fetched({"client": "pip", "name": "photos", "version": "1"})
    assert [path.name for path in (tmp_path / "packages").iterdir()] == ["photos.part"]
