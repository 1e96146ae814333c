import pickle

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
        assert read["a"].dtype == torch.float32


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
    assert not read_tensors(tmp_path / "parameter.pth", {"a"})["a"].requires_grad
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
