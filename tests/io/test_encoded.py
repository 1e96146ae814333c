import json
import struct

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import huegraft
from huegraft.errors import EncodedFileError


@pytest.fixture
def encoded(coffee):
    return huegraft.encode_reference(coffee, mode="colorize")


def test_round_trip(encoded, astronaut, coffee, tmp_path):
    huegraft.save_encoded(encoded, tmp_path / "coffee.safetensors")
    loaded = huegraft.load_encoded(tmp_path / "coffee.safetensors")
    assert (loaded.mode, loaded.fingerprint) == (encoded.mode, encoded.fingerprint)
    for name in ("labels", "areas", "positions", "color_mean", "color_covariance", "validity"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(encoded, name))
    assert list(loaded.features) == list(encoded.features)
    assert loaded.geometry.window == encoded.geometry.window
    assert loaded.digest == encoded.digest
    direct, by_file = huegraft.colorize(astronaut, coffee), huegraft.colorize(astronaut, loaded)
    assert direct.image.tobytes() == by_file.image.tobytes()


def test_an_existing_file_is_kept_unless_asked(encoded, tmp_path):
    path = tmp_path / "coffee.safetensors"
    path.write_text("mine")
    with pytest.raises(EncodedFileError, match="exists; replace=True replaces it"):
        huegraft.save_encoded(encoded, path)
    assert path.read_text() == "mine"
    huegraft.save_encoded(encoded, path, replace=True)
    assert huegraft.load_encoded(path).count == encoded.count
    with pytest.raises(EncodedFileError, match="cannot write"):
        huegraft.save_encoded(encoded, tmp_path / "nowhere" / "coffee.safetensors")


def test_damaged_files(encoded, tmp_path):
    path = tmp_path / "coffee.safetensors"
    huegraft.save_encoded(encoded, path)
    whole = path.read_bytes()
    with safe_open(path, framework="numpy") as file:
        metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118

    def refused(message):
        with pytest.raises(EncodedFileError, match=message):
            huegraft.load_encoded(path)

    path.write_bytes(whole[:-10])
    refused("damaged")
    path.write_bytes(b"")
    refused("damaged")
    save_file(tensors, path)
    refused("is no encoded reference")
    save_file(tensors, path, {**metadata, "schema": "99"})
    refused("expected schema 3, got 99")
    save_file({name: value for name, value in tensors.items() if name != "areas"}, path, metadata)
    refused("no complete encoded reference")
    save_file({**tensors, "validity": np.ones(2)}, path, metadata)
    refused("one row for each superpixel")
    save_file(tensors, path, {**metadata, "layers": "5"})
    refused("no complete encoded reference")
    labels = {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}
    header = json.dumps({"__metadata__": metadata, "labels": labels}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    refused("damaged or no encoded reference: .*bfloat16")
    path.unlink()
    refused("no encoded reference at")
