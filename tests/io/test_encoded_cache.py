import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Mapping

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import huegraft
from huegraft import Request, Session
from huegraft.errors import ArgumentError, FileError

PAPER = huegraft.preset("paper").replace(backbone="builtin")
KEYS = [digit * 64 for digit in "0123456789"]


@pytest.fixture
def cache(tmp_path):
    return huegraft.EncodedCache(tmp_path)


@pytest.fixture(scope="module")
def encoded(astronaut):
    return huegraft.encode_reference(astronaut)


@pytest.fixture(scope="module")
def other(coffee):
    return huegraft.encode_reference(coffee)


def entries(folder):
    return sorted((folder / "huegraft-encoded").iterdir())


def assert_equal(first, second):
    assert type(first) is type(second)
    if dataclasses.is_dataclass(first):
        for entry in dataclasses.fields(first):
            assert_equal(getattr(first, entry.name), getattr(second, entry.name))
    elif isinstance(first, Mapping):
        assert list(first) == list(second)
        for name in first:
            assert_equal(first[name], second[name])
    elif isinstance(first, np.ndarray):
        assert first.dtype == second.dtype
        np.testing.assert_array_equal(first, second)
    else:
        assert first == second


def run(store, mode, target, references, settings=None):
    """Run a request on a session that remembers nothing beside its store."""
    with Session(max_bytes=0, store=store) as session:
        return session.run(Request(mode, target, references, settings or huegraft.Settings()))


def encode(store, picture, settings=None, mode="transfer", mask=None):
    """Encode a picture on a session that remembers nothing beside its store."""
    with Session(max_bytes=0, store=store) as session:
        return session.encode(picture, settings, mode, mask=mask)


class Counted:
    """A store that tells what was asked of it."""

    def __init__(self, store):
        self.store, self.keys, self.found = store, [], []

    def find(self, key):
        self.keys.append(key)
        self.found.append(self.store.find(key))
        return self.found[-1]

    def keep(self, key, encoded):
        assert self.found[self.keys.index(key)] is None
        self.store.keep(key, encoded)


def test_what_is_found_equals_what_was_kept(cache, encoded, tmp_path):
    assert cache.find(KEYS[0]) is None
    cache.keep(KEYS[0], encoded)
    assert_equal(huegraft.EncodedCache(tmp_path).find(KEYS[0]), encoded)
    assert cache.find(KEYS[1]) is None
    assert [path.name for path in entries(tmp_path)] == [f"{KEYS[0]}.safetensors"]
    assert_equal(huegraft.load_encoded(entries(tmp_path)[0]), encoded)
    assert cache.notes == []


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
def test_the_second_run_encodes_nothing_and_gives_the_same_bytes(cache, astronaut, coffee, mode):
    plain = getattr(huegraft, mode)(astronaut, coffee, PAPER)
    counted = Counted(cache)
    first, second = (run(counted, mode, astronaut, coffee, PAPER.replace(tau=0.015)) for _ in range(2))
    assert [found is None for found in counted.found] == [True, True, False, False]
    assert {"segment", "features"} & set(second.seconds) == set()
    assert {"segment", "features", "cache"} < set(first.seconds)
    for name in ("image", "labels", "attention", "confidence", "working_image"):
        expected = getattr(plain, name).tobytes()
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes() == expected


def test_targets_that_a_base_map_recolours_are_not_kept(cache, astronaut, coffee):
    settings, counted = huegraft.preset("best"), Counted(cache)
    first, second = (run(counted, "transfer", astronaut, coffee, settings) for _ in range(2))
    assert [found is None for found in counted.found] == [True, False]
    plain = huegraft.transfer(astronaut, coffee, settings)
    assert first.image.tobytes() == second.image.tobytes() == plain.image.tobytes()


def test_an_encoded_reference_is_kept_for_the_transfer(cache, astronaut, coffee):
    encoded = encode(cache, coffee, PAPER)
    counted = Counted(cache)
    run(counted, "transfer", astronaut, [coffee, encoded], PAPER)
    assert_equal(counted.found[0], encoded)
    assert len(counted.keys) == 2


def test_what_a_session_remembers_is_not_asked_of_its_store(cache, astronaut, coffee):
    counted, request = Counted(cache), Request("transfer", astronaut, coffee, PAPER)
    with Session(store=counted) as session:
        first, second = (session.run(request) for _ in range(2))
    assert len(counted.keys) == 2
    assert set(second.seconds) == {"finish"}
    with Session(store=counted) as session:
        third = session.run(request)
    assert [found is None for found in counted.found] == [True, True, False, False]
    assert set(third.seconds) == {"cache", "prepare", "match", "confidence", "fuse", "finish"}
    assert first.image.tobytes() == second.image.tobytes() == third.image.tobytes()


def keys_of(coffee, **changes):
    class Nothing:
        def find(self, key):
            self.key = key

        def keep(self, key, encoded):
            pass

    nothing = Nothing()
    given = {name: changes.pop(name) for name in ("mode", "mask") if name in changes}
    picture, settings = changes.pop("reference", coffee), changes.pop("settings", huegraft.Settings())
    encode(nothing, picture, settings.replace(**changes), **given)
    return nothing.key


def test_a_key_is_of_pixels_mode_and_the_settings_of_encoding(coffee, monkeypatch, vgg19_bn_file):
    changed = coffee.copy()
    changed[-1, -1, -1] += np.float32(1e-6)
    changes = [
        {},
        {"reference": changed},
        {"reference": coffee[::-1]},
        {"reference": coffee.reshape(44, 30, 3)},
        {"mode": "colorize"},
        {"working_pixels": 1000},
        {"superpixels": 50},
        {"compactness": 20.0},
        {"iterations": 9},
        {"slic": "scikit-image"},
        {"backbone": "vgg19_bn", "weights": str(vgg19_bn_file)},
        {"backbone": "handcrafted"},
        {"backbone": "vgg19_bn", "weights": str(vgg19_bn_file), "pooling": True},
        {"backbone": "vgg19_bn", "weights": str(vgg19_bn_file), "layers": ("relu1_2",)},
    ]
    keys = [keys_of(coffee, **each) for each in changes]
    monkeypatch.setattr("huegraft.solving.__version__", "0.0.0")
    keys.append(keys_of(coffee))
    assert len(set(keys)) == len(keys)


def test_a_key_is_of_nothing_else(coffee):
    same = [
        {},
        {"reference": coffee.astype(np.float64)},
        {"reference": np.rint(coffee * 255).astype(np.uint8)},
        {"reference": np.asfortranarray(coffee)},
        {"mask": np.full(coffee.shape[:2], 0.5)},
        {"backbone": "builtin"},
        {"settings": PAPER.replace(slic="huegraft")},
        {"tau": 0.5, "whiten": 0.3, "median": True, "standardize": False, "layer_weights": (2.0,)},
        {"delta_s": 3.0, "finish": "rgb", "rounds": 3},
    ]
    assert len({keys_of(coffee, **each) for each in same}) == 1


def test_damaged_and_foreign_entries_are_ignored_and_written_anew(cache, encoded, other, tmp_path):
    cache.keep(KEYS[0], encoded)
    (path,) = entries(tmp_path)
    whole = path.read_bytes()
    with safe_open(path, framework="numpy") as file:
        metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    flipped = bytearray(whole)
    flipped[-10] ^= 1  # a value that is sound in itself
    wrong_colour = {**tensors, "mean": tensors["mean"] * 0.9}

    def rewritten():
        assert cache.find(KEYS[0]) is None
        cache.keep(KEYS[0], encoded)
        assert path.stat().st_size == len(whole)
        assert_equal(cache.find(KEYS[0]), encoded)

    for content in (b"", b"hello", whole[:-10], whole[:100], bytes(len(whole)), os.urandom(5000), flipped):
        path.write_bytes(content)
        rewritten()
    for values, notes in (
        ({"weight": np.ones(3)}, None),
        (tensors, {name: text for name, text in metadata.items() if name != "seal"}),
        (tensors, {**metadata, "fingerprint": "other"}),
        (tensors, {**metadata, "mode": "colorize"}),
        (tensors, {**metadata, "schema": "0"}),
        (wrong_colour, metadata),
    ):
        save_file(values, path, notes)
        rewritten()
    huegraft.save_encoded(encoded, path, replace=True)
    rewritten()
    cache.keep(KEYS[1], other)
    entries(tmp_path)[1].replace(path)  # the right kind of file under the wrong key
    rewritten()
    assert cache.notes == []


def test_a_damaged_entry_changes_no_result(cache, astronaut, coffee, tmp_path):
    first = run(cache, "colorize", astronaut, coffee)
    sizes = {path: path.stat().st_size for path in entries(tmp_path)}
    for path in sizes:
        path.write_bytes(path.read_bytes()[:-1])
    assert run(cache, "colorize", astronaut, coffee).image.tobytes() == first.image.tobytes()
    assert {path: path.stat().st_size for path in entries(tmp_path)} == sizes


def aged(path, seconds):
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def test_the_longest_unused_entries_are_deleted(encoded, tmp_path):
    cache = huegraft.EncodedCache(tmp_path)
    cache.keep(KEYS[0], encoded)
    size = entries(tmp_path)[0].stat().st_size
    cache = huegraft.EncodedCache(tmp_path, 3 * size + 10)
    for number in (1, 2):
        cache.keep(KEYS[number], encoded)
    for path, age in zip(entries(tmp_path), (3000, 2000, 1000), strict=True):
        aged(path, age)
    assert cache.find(KEYS[0]) is not None  # used now, so the second is the oldest
    cache.keep(KEYS[3], encoded)
    assert [path.stem for path in entries(tmp_path)] == [KEYS[0], KEYS[2], KEYS[3]]
    huegraft.EncodedCache(tmp_path, size).keep(KEYS[4], encoded)
    assert [path.stem for path in entries(tmp_path)] == [KEYS[4]]


def test_what_is_larger_than_the_bound_is_not_kept_and_costs_no_entry(encoded, other, tmp_path):
    small, large = sorted((encoded, other), key=lambda each: each.count)
    cache = huegraft.EncodedCache(tmp_path)
    cache.keep(KEYS[0], small)
    bound = entries(tmp_path)[0].stat().st_size
    cache = huegraft.EncodedCache(tmp_path, bound)
    for _ in range(2):
        cache.keep(KEYS[1], large)
    assert [path.stem for path in entries(tmp_path)] == [KEYS[0]]
    assert len(cache.notes) == 1
    assert f"is not kept, because all pictures may take {bound} bytes" in cache.notes[0]


def test_what_killed_processes_left_is_counted_and_cleared(encoded, tmp_path):
    cache = huegraft.EncodedCache(tmp_path)
    cache.keep(KEYS[0], encoded)
    size = entries(tmp_path)[0].stat().st_size
    folder = tmp_path / "huegraft-encoded"
    young, old = (folder / f".huegraft-{digit * 16}.part" for digit in "ab")
    for path, age in ((young, 10), (old, 7200)):
        path.write_bytes(bytes(size))
        aged(path, age)
    aged(entries(tmp_path)[2], 100)
    huegraft.EncodedCache(tmp_path, 3 * size).keep(KEYS[1], encoded)
    assert [path.name for path in entries(tmp_path)] == [young.name, *(f"{key}.safetensors" for key in KEYS[:2])]
    huegraft.EncodedCache(tmp_path, 2 * size).keep(KEYS[1], encoded)
    assert [path.name for path in entries(tmp_path)] == [young.name, f"{KEYS[1]}.safetensors"]


def test_files_of_others_are_left_alone(encoded, tmp_path):
    folder = tmp_path / "huegraft-encoded"
    folder.mkdir()
    foreign = [
        tmp_path / f"{KEYS[0]}.safetensors",
        tmp_path / f".huegraft-{'a' * 16}.part",
        folder / "weights.safetensors",
        folder / f"{KEYS[0]}.safetensors.txt",
        folder / f"a{KEYS[0]}.safetensors",
        folder / f"{'A' * 64}.safetensors",
        folder / ".huegraft-1.part",
        folder / "notes.part",
    ]
    for path in foreign:
        path.write_bytes(bytes(10_000_000))
        aged(path, 10**7)
    (folder / f"{KEYS[8]}.safetensors").mkdir()
    (folder / f"{KEYS[9]}.safetensors").symlink_to(foreign[0])
    for number in (8, 9):
        os.utime(folder / f"{KEYS[number]}.safetensors", (0, 0), follow_symlinks=False)
    huegraft.EncodedCache(tmp_path).keep(KEYS[1], encoded)
    size = (folder / f"{KEYS[1]}.safetensors").stat().st_size
    cache = huegraft.EncodedCache(tmp_path, int(1.5 * size))
    for key in KEYS[2:4]:
        cache.keep(key, encoded)
        assert cache.find(key) is not None
    assert not (folder / f"{KEYS[1]}.safetensors").exists()
    assert cache.notes == []
    assert all(path.stat().st_size == 10_000_000 for path in foreign)
    assert (folder / f"{KEYS[9]}.safetensors").is_symlink()
    assert cache.find(KEYS[8]) is None
    cache.keep(KEYS[8], encoded)
    assert "irectory" in cache.notes[0]


def test_folders_that_cannot_be_used(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FileError, match=r"cannot keep encoded pictures in .*name a folder to write"):
            huegraft.EncodedCache(folder)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "huegraft-encoded").write_text("mine")
    with pytest.raises(FileError, match="cannot keep encoded pictures"):
        huegraft.EncodedCache(tmp_path / "other")

    def refuse(**_arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(FileError, match="Permission denied"):
        huegraft.EncodedCache(tmp_path / "closed")


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is open to root")
def test_a_folder_without_permission(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with pytest.raises(FileError, match="Permission denied"):
        huegraft.EncodedCache(folder)


@pytest.mark.parametrize("bound", [0, -1, True])
def test_bounds_that_are_none(tmp_path, bound):
    with pytest.raises(ArgumentError, match="max_bytes must be a whole number above 0"):
        huegraft.EncodedCache(tmp_path, bound)


def test_a_full_disk_or_a_folder_gone_costs_no_result(cache, astronaut, coffee, tmp_path, monkeypatch):
    plain = huegraft.colorize(astronaut, coffee)

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_bytes", full)
        result = run(cache, "colorize", astronaut, coffee)
    assert result.image.tobytes() == plain.image.tobytes()
    assert entries(tmp_path) == []
    assert len(cache.notes) == 1
    assert "No space left on device" in cache.notes[0]
    (tmp_path / "huegraft-encoded").rmdir()
    run(cache, "colorize", astronaut, coffee)
    assert "No such file or directory" in cache.notes[1]


RUN_MANY = """
import sys
import numpy as np
import huegraft

class Counted(huegraft.EncodedCache):
    found = 0
    def find(self, key):
        encoded = super().find(key)
        self.found += encoded is not None
        return encoded

cache = Counted(sys.argv[1], int(sys.argv[2]))
session = huegraft.Session(max_bytes=0, store=cache)
pictures = [np.random.default_rng(number).random((12, 14, 3)) for number in range(6)]
paper = huegraft.preset("paper").replace(backbone="builtin")
expected = [huegraft.encode_reference(picture, paper) for picture in pictures]
for number in np.random.default_rng(int(sys.argv[3])).integers(6, size=60):
    encoded = session.encode(pictures[number], paper)
    for name in ("labels", "areas", "positions", "color_mean", "color_covariance", "validity"):
        assert np.array_equal(getattr(encoded, name), getattr(expected[number], name)), name
    assert encoded.digest == expected[number].digest
    assert encoded.fingerprint == expected[number].fingerprint
    for layer, features in expected[number].features.items():
        assert np.array_equal(encoded.features[layer], features), layer
assert cache.notes == [], cache.notes
print(cache.found)
"""


def test_processes_share_a_folder_too_small_for_all(tmp_path, rng):
    cache = huegraft.EncodedCache(tmp_path)
    encode(cache, rng.random((12, 14, 3)), PAPER)
    (path,) = entries(tmp_path)
    bound = int(3.5 * path.stat().st_size)  # of the six pictures that the processes use
    processes = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", RUN_MANY, str(tmp_path), str(bound), str(seed)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in range(3)
    ]
    said = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    assert 0 < sum(int(out) for out, _ in said) < 160  # there were hits, and more misses than pictures
    assert sum(path.stat().st_size for path in entries(tmp_path)) <= bound
    assert all(path.suffix == ".safetensors" for path in entries(tmp_path))
    assert 1 <= len(entries(tmp_path)) <= 3
