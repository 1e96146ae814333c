import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from huegraft.errors import WeightsError
from huegraft.weights.read import read_tensors


def test_both_kinds_of_file_give_the_wanted_tensors(tmp_path):
    tensors = {"a": torch.ones(2, dtype=torch.float16), "b": torch.zeros(3)}
    save_file(tensors, tmp_path / "w.safetensors")
    torch.save(tensors, tmp_path / "w.pth")
    torch.save(tensors, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    for name in ("w.safetensors", "w.pth", "old.pt"):
        read = read_tensors(tmp_path / name, {"a", "c"})
        assert list(read) == ["a"]
        assert isinstance(read["a"], np.ndarray)
        assert read["a"].dtype == np.float32
        np.testing.assert_array_equal(read["a"], [1, 1])


@pytest.mark.parametrize("name", ["w.pth", "old.pt"])
def test_checkpoints_may_hold_other_floats(tmp_path, name):
    tensors = {"half": torch.tensor([0.5, -2.0], dtype=torch.bfloat16), "turned": torch.arange(6.0).reshape(2, 3).T}
    torch.save(tensors, tmp_path / name, _use_new_zipfile_serialization=name == "w.pth")
    read = read_tensors(tmp_path / name, set(tensors))
    np.testing.assert_array_equal(read["half"], np.array([0.5, -2], np.float32))
    np.testing.assert_array_equal(read["turned"], [[0, 3], [1, 4], [2, 5]])


def test_floats_that_numpy_lacks_are_refused(tmp_path):
    save_file({"a": torch.ones(2, dtype=torch.bfloat16), "b": torch.ones(2)}, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=r"w.safetensors: a is of bfloat16, which NumPy lacks"):
        read_tensors(tmp_path / "w.safetensors", {"a"})
    assert list(read_tensors(tmp_path / "w.safetensors", {"b"})) == ["b"]


def test_whole_numbers_are_refused(tmp_path):
    save_file({"a": torch.ones(2, dtype=torch.int32)}, tmp_path / "w.safetensors")
    torch.save({"a": torch.ones(2, dtype=torch.int64)}, tmp_path / "w.pth")
    for name in ("w.safetensors", "w.pth"):
        with pytest.raises(WeightsError, match=f"{name}: expected floating-point numbers in a, got int"):
            read_tensors(tmp_path / name, {"a"})


def test_files_that_are_no_weights(tmp_path):
    def refused(name, content):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WeightsError, match=name) as caught:
            read_tensors(tmp_path / name, {"a"})
        return str(caught.value)

    save_file({"a": torch.ones(200)}, tmp_path / "good.safetensors")
    torch.save({"a": torch.ones(200)}, tmp_path / "good.pth")
    assert "damaged" in refused("cut.safetensors", (tmp_path / "good.safetensors").read_bytes()[:-9])
    assert "damaged" in refused("cut.pth", (tmp_path / "good.pth").read_bytes()[:-99])
    assert "damaged" in refused("empty.pth", b"")
    assert "damaged" in refused("text.pth", b"<html>404</html>")
    assert "expected weights in a .safetensors" in refused("weights.bin", b"")
    with pytest.raises(WeightsError, match="no file of weights at"):
        read_tensors(tmp_path / "missing.pth", {"a"})
    torch.save({"a": torch.nn.Parameter(torch.ones(2))}, tmp_path / "parameter.pth")
    np.testing.assert_array_equal(read_tensors(tmp_path / "parameter.pth", {"a"})["a"], [1, 1])
    torch.save([torch.ones(1)], tmp_path / "list.pth")
    with pytest.raises(WeightsError, match="expected a mapping"):
        read_tensors(tmp_path / "list.pth", {"a"})


class Hostile:
    def __reduce__(self):
        return (print, ("never run",))


def test_pickled_code_is_not_run(tmp_path, capsys):
    (tmp_path / "hostile.pth").write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(WeightsError, match="damaged or no file of weights"):
        read_tensors(tmp_path / "hostile.pth", {"a"})
    assert "never run" not in capsys.readouterr().out
