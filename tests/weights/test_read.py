import json
import pickle
import struct

import numpy as np
import pytest
from safetensors.numpy import save_file

from huegraft.errors import WeightsError
from huegraft.weights.read import read_tensors


def refused(path, content):
    """Return why a file of this content is not read."""
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=path.name) as caught:
        read_tensors(path, {"a"})
    return str(caught.value)


def assert_gives_the_wanted(path):
    read = read_tensors(path, {"a", "c"})
    assert list(read) == ["a"]
    assert isinstance(read["a"], np.ndarray)
    assert read["a"].dtype == np.float32
    np.testing.assert_array_equal(read["a"], [1, 1])


def test_files_give_the_wanted_tensors(tmp_path):
    save_file({"a": np.ones(2, np.float16), "b": np.zeros(3, np.float32)}, tmp_path / "w.safetensors")
    assert_gives_the_wanted(tmp_path / "w.safetensors")


@pytest.mark.parametrize("name", ["w.pth", "old.pt"])
def test_checkpoints_give_the_wanted_tensors(torch, tmp_path, name):
    tensors = {"a": torch.ones(2, dtype=torch.float16), "b": torch.zeros(3)}
    torch.save(tensors, tmp_path / name, _use_new_zipfile_serialization=name == "w.pth")
    assert_gives_the_wanted(tmp_path / name)


@pytest.mark.parametrize("name", ["w.pth", "old.pt"])
def test_checkpoints_may_hold_other_floats(torch, tmp_path, name):
    tensors = {"half": torch.tensor([0.5, -2.0], dtype=torch.bfloat16), "turned": torch.arange(6.0).reshape(2, 3).T}
    torch.save(tensors, tmp_path / name, _use_new_zipfile_serialization=name == "w.pth")
    read = read_tensors(tmp_path / name, set(tensors))
    np.testing.assert_array_equal(read["half"], np.array([0.5, -2], np.float32))
    np.testing.assert_array_equal(read["turned"], [[0, 3], [1, 4], [2, 5]])


def test_floats_that_numpy_lacks_are_refused(tmp_path):
    tensors = {
        "a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]},
        "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]},
    }
    header = json.dumps(tensors).encode()
    (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(12))
    with pytest.raises(WeightsError, match=r"w.safetensors: a is of bfloat16, which NumPy lacks"):
        read_tensors(tmp_path / "w.safetensors", {"a"})
    assert list(read_tensors(tmp_path / "w.safetensors", {"b"})) == ["b"]


def test_whole_numbers_are_refused(tmp_path):
    save_file({"a": np.ones(2, np.int32)}, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=r"w.safetensors: expected floating-point numbers in a, got int"):
        read_tensors(tmp_path / "w.safetensors", {"a"})


def test_whole_numbers_of_checkpoints_are_refused(torch, tmp_path):
    torch.save({"a": torch.ones(2, dtype=torch.int64)}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"w.pth: expected floating-point numbers in a, got int"):
        read_tensors(tmp_path / "w.pth", {"a"})


def test_files_that_are_no_weights(tmp_path):
    save_file({"a": np.ones(200, np.float32)}, tmp_path / "good.safetensors")
    assert "damaged" in refused(tmp_path / "cut.safetensors", (tmp_path / "good.safetensors").read_bytes()[:-9])
    assert "expected weights in a .safetensors" in refused(tmp_path / "weights.bin", b"")
    with pytest.raises(WeightsError, match="no file of weights at"):
        read_tensors(tmp_path / "missing.pth", {"a"})


def test_checkpoints_that_are_no_weights(torch, tmp_path):
    torch.save({"a": torch.ones(200)}, tmp_path / "good.pth")
    assert "damaged" in refused(tmp_path / "cut.pth", (tmp_path / "good.pth").read_bytes()[:-99])
    assert "damaged" in refused(tmp_path / "empty.pth", b"")
    assert "damaged" in refused(tmp_path / "text.pth", b"<html>404</html>")
    torch.save({"a": torch.nn.Parameter(torch.ones(2))}, tmp_path / "parameter.pth")
    np.testing.assert_array_equal(read_tensors(tmp_path / "parameter.pth", {"a"})["a"], [1, 1])
    torch.save([torch.ones(1)], tmp_path / "list.pth")
    with pytest.raises(WeightsError, match="expected a mapping"):
        read_tensors(tmp_path / "list.pth", {"a"})


class Hostile:
    def __reduce__(self):
        return (print, ("never run",))


@pytest.mark.usefixtures("torch")  # which would run it
def test_pickled_code_is_not_run(tmp_path, capsys):
    (tmp_path / "hostile.pth").write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(WeightsError, match="damaged or no file of weights"):
        read_tensors(tmp_path / "hostile.pth", {"a"})
    assert "never run" not in capsys.readouterr().out
