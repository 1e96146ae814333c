import json
import pickle
import struct

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import huegraft
from huegraft import Pin, Request, Session, Settings
from huegraft.errors import LookFileError

PINS = (Pin((5, 6), (7, 8)),)
WAYS = {
    "transfer": ("transfer", {}, {}),
    "pinned": ("transfer", {}, {"pins": PINS}),
    "colorize": ("colorize", {"fallback": "global"}, {}),
    "rgb": ("transfer", {"base": "none", "finish": "rgb", "fallback": "global"}, {}),
    "native": ("colorize", {"native": True}, {"pins": PINS}),
    "masked": ("transfer", {"strength": 0.5}, {"target_mask": np.tri(40, 36, dtype=np.uint8) * 255}),
}


@pytest.fixture(params=WAYS)
def look(request, astronaut, coffee):
    mode, changes, controls = WAYS[request.param]
    settings = Settings().replace(working_pixels=900, **changes)
    with Session() as session:
        return session.solve(Request(mode, astronaut, (coffee,), settings, **controls))


def test_round_trip(look, astronaut, coffee, tmp_path):
    huegraft.save_look(look, tmp_path / "look.safetensors")
    loaded = huegraft.load_look(tmp_path / "look.safetensors")
    assert loaded.digest == look.digest
    with Session() as session:
        expected = session.render(look, astronaut).image
        np.testing.assert_array_equal(session.render(loaded, astronaut).image, expected)
        request = Request(look.mode, astronaut, (coffee,), look.settings)
        assert session.solve(request, warm=loaded.warm).digest == session.solve(request, warm=look.warm).digest


@pytest.mark.parametrize(("mode", "controls"), [("transfer", {"pins": PINS}), ("colorize", {})])
def test_a_look_of_the_default_working_size_is_small(astronaut, coffee, tmp_path, mode, controls):
    large = np.kron(astronaut, np.ones((20, 20, 1), np.float32))
    with Session(max_bytes=0) as session:
        look = session.solve(Request(mode, large, (coffee,), **controls))
    assert look.labels.size > 2**18 - 2**10
    huegraft.save_look(look, tmp_path / "look.safetensors")
    assert (tmp_path / "look.safetensors").stat().st_size < 5e6
    assert len(pickle.dumps(look)) < 5e6


def test_an_existing_file_is_kept_unless_asked(look, tmp_path):
    path = tmp_path / "look.safetensors"
    path.write_text("mine")
    with pytest.raises(LookFileError, match="exists; replace=True replaces it"):
        huegraft.save_look(look, path)
    assert path.read_text() == "mine"
    huegraft.save_look(look, path, replace=True)
    assert huegraft.load_look(path).mode == look.mode


def test_damaged_files(look, tmp_path):
    path = tmp_path / "look.safetensors"
    huegraft.save_look(look, path)
    whole = path.read_bytes()
    with safe_open(path, framework="numpy") as file:
        metadata, arrays = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    described = json.loads(metadata["look"])

    def refused(message):
        with pytest.raises(LookFileError, match=message):
            huegraft.load_look(path)

    def written(**changes):
        save_file(arrays, path, {**metadata, "look": json.dumps({**described, **changes})})

    path.write_bytes(whole[:-10])
    refused("damaged")
    path.write_bytes(b"")
    refused("damaged")
    save_file(arrays, path)
    refused("is no look")
    save_file(arrays, path, {**metadata, "digest": "0"})
    refused("is damaged: its content is not the content that was saved")
    save_file(arrays, path, {**metadata, "schema": "99"})
    refused("expected a look of schema 2, got 99")
    save_file({"other": np.zeros(1)}, path, metadata)
    refused("no complete look")
    for changes in (
        {"record": "Popen"},
        {"layers": []},
        {"labels": 5},
        {"confidence": described["labels"]},
        {"size": 3},
    ):
        written(**changes)
        refused("no complete look|no look")
    written(settings={"record": "Settings", "groups": {"match": {"tau": -1}}})
    refused("no complete look: tau must be")
    save_file(arrays, path, {**metadata, "look": json.dumps(described["warm"])})
    refused("is no look, but a Warm")
    save_file(arrays, path, {**metadata, "look": "[" * 5000})
    refused("no complete look")
    path.write_bytes(struct.pack("<Q", 2) + b"{}")
    refused("is no look")
    path.unlink()
    refused("no look at")


def test_arrays_of_other_shapes_never_reach_the_loops(look, tmp_path, rng):
    """Each array in turn is cut, or turned to another kind or shape: it is refused, or rendered without a crash."""
    path = tmp_path / "look.safetensors"
    huegraft.save_look(look, path)
    with safe_open(path, framework="numpy") as file:
        metadata, arrays = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    target = rng.random((*look.size, 3), np.float32)
    refusals = 0
    with Session() as session:
        for name, array in arrays.items():
            for changed in (array[:-1], array.astype(np.float64), array[None], array[..., :1].copy(), array[:0]):
                save_file(arrays | {name: np.ascontiguousarray(changed)}, path, metadata)
                try:
                    session.render(huegraft.load_look(path), target)
                except LookFileError:
                    refusals += 1
    assert refusals > len(arrays)
