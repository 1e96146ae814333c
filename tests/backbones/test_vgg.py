from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

import oracle
from huegraft.backbones import load_backbone
from huegraft.errors import BackboneError, WeightsError
from huegraft.setting_groups import FeatureSettings
from huegraft.windows import Window


def load(kind, path, **settings):
    return load_backbone(FeatureSettings(backbone=kind, weights=str(path), **settings))


@pytest.fixture
def plain_tensors():
    """Convolutions up to conv2_1 with names of their own, as a file of a part of the network has them."""
    generator = np.random.default_rng(2)

    def normal(*shape):
        return generator.standard_normal(shape, dtype=np.float32)

    tensors = {"preprocess.weight": 2 * np.eye(3, dtype=np.float32)[:, :, None, None]}
    tensors["preprocess.bias"] = np.full(3, -1, np.float32)
    for position, (inputs, outputs) in {"1_1": (3, 64), "1_2": (64, 64), "2_1": (64, 128)}.items():
        tensors[f"conv{position}.weight"] = normal(outputs, inputs, 3, 3) / inputs**0.5
        tensors[f"conv{position}.bias"] = normal(outputs)
    return tensors


@pytest.mark.parametrize("file", ["vgg19_bn_file", "vgg19_bn_checkpoint"])
def test_vgg19_bn_is_the_oracles(astronaut, vgg19_bn_tensors, file, request):
    tensors = {name: tensor.astype(float) for name, tensor in vgg19_bn_tensors.items()}
    maps = list(load("vgg19_bn", request.getfixturevalue(file))(astronaut[:12, :9]))
    assert [each.shape for each in maps] == [(12, 9, 64), (12, 9, 128), (12, 9, 256)]
    for ours, expected in zip(maps, oracle.vgg19_bn(astronaut[:12, :9].astype(float), tensors), strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-4 * expected.max())


def test_the_real_vgg19_is_the_oracles(astronaut, shared_vgg19):
    from safetensors.numpy import load_file

    tensors = {name: tensor.astype(float) for name, tensor in load_file(shared_vgg19).items()}
    backbone = load("vgg19", shared_vgg19)
    assert backbone.layers == ("relu1_2", "relu2_2", "relu3_1")
    for ours, expected in zip(
        backbone(astronaut[:12, :9]),
        oracle.vgg19(astronaut[:12, :9].astype(float), tensors),
        strict=True,
    ):
        np.testing.assert_allclose(ours, expected, atol=1e-4 * expected.max())


def test_a_file_with_part_of_the_network(astronaut, plain_tensors, tmp_path):
    save_file(plain_tensors, tmp_path / "part.safetensors")
    backbone = load("vgg19", tmp_path / "part.safetensors")
    assert backbone.layers == ("relu1_2", "relu2_1")
    assert backbone.padding == "reflect"
    assert [each.shape[2] for each in backbone(astronaut)] == [64, 128]


def test_torchvisions_plain_checkpoint(vgg19_bn_tensors, vgg19_bn_file, tmp_path):
    numbers = dict(zip((0, 3, 7, 10, 14, 17, 20, 23), (0, 2, 5, 7, 10, 12, 14, 16), strict=True))
    published = {
        f"features.{plain}.{part}": vgg19_bn_tensors[f"features.{number}.{part}"]
        for number, plain in numbers.items()
        for part in ("weight", "bias")
    }
    save_file(published, tmp_path / "vgg19.safetensors")
    backbone = load("vgg19", tmp_path / "vgg19.safetensors")
    assert backbone.padding == "constant"
    assert backbone.layers == ("relu1_2", "relu2_2", "relu3_4")
    part = {name: tensor for name, tensor in published.items() if "16" not in name}
    save_file(part, tmp_path / "part.safetensors")
    with pytest.raises(WeightsError, match=r"not the published checkpoint of vgg19: it lacks 'features.16.weight'"):
        load("vgg19", tmp_path / "part.safetensors")
    with pytest.raises(WeightsError, match=r"not the published checkpoint of vgg19: it lacks 'features.2.weight'"):
        load("vgg19", vgg19_bn_file)


def test_layers_can_be_chosen(astronaut, vgg19_bn_file):
    backbone = load("vgg19_bn", vgg19_bn_file, layers=("relu1_1", "relu2_1"))
    assert backbone.layers == ("relu1_1", "relu2_1")
    assert [each.shape for each in backbone(astronaut)] == [(40, 36, 64), (40, 36, 128)]
    with pytest.raises(BackboneError, match=r"no layer 'relu4_1'; it has relu1_1, .*relu3_4"):
        load("vgg19_bn", vgg19_bn_file, layers=("relu4_1",))


def test_pooling_halves_and_enlarges(astronaut, vgg19_bn_file):
    plain, pooled = load("vgg19_bn", vgg19_bn_file), load("vgg19_bn", vgg19_bn_file, pooling=True)
    first, second, third = pooled(astronaut)
    np.testing.assert_array_equal(first, next(iter(plain(astronaut))))
    assert second.shape == (40, 36, 128)
    assert third.shape == (40, 36, 256)
    cells = second.reshape(20, 2, 18, 2, 128).mean(axis=(1, 3))
    inner = second[1:-1, 1:-1]
    assert (inner <= cells.max(axis=(0, 1)) * 2 + 1e-4).all()
    assert not np.array_equal(second, list(plain(astronaut))[1])


@pytest.mark.parametrize("pooling", [False, True])
@pytest.mark.parametrize("layer", ["relu1_1", "relu2_1", "relu3_1"])
def test_features_see_no_further_than_the_radius(vgg19_bn_file, layer, pooling, monkeypatch):
    backbone = load("vgg19_bn", vgg19_bn_file, layers=(layer,), pooling=pooling)
    base = np.full((2 * backbone.radius + 9, 8, 3), 0.5, np.float32)
    changed = base.copy()
    changed[0] = 1
    by_tiles = next(iter(backbone(base))), next(iter(backbone(changed)))
    beyond = np.abs(by_tiles[0] - by_tiles[1])[backbone.radius + 1 :]
    assert beyond.max() < 1e-5 * by_tiles[0].max()  # Winograd's way rounds the four rows of a tile together
    monkeypatch.setattr("huegraft.backbones.convolution._WORTH_IT", 1000)
    differing = next(iter(backbone(base))) != next(iter(backbone(changed)))
    assert not differing[backbone.radius + 1 :].any()
    if not pooling:
        assert differing[backbone.radius].any()


def test_names_tell_weights_apart(plain_tensors, tmp_path):
    save_file(plain_tensors, tmp_path / "a.safetensors")
    plain_tensors["conv1_2.bias"][3] += 1e-3
    save_file(plain_tensors, tmp_path / "b.safetensors")
    assert load("vgg19", tmp_path / "a.safetensors").name != load("vgg19", tmp_path / "b.safetensors").name


def test_files_of_other_tensors_are_refused(plain_tensors, tmp_path):
    def message(tensors):
        save_file(tensors, tmp_path / "x.safetensors")
        with pytest.raises(WeightsError) as caught:
            load("vgg19", tmp_path / "x.safetensors")
        return str(caught.value)

    whole = {**plain_tensors, "conv1_1.weight": np.zeros((64, 3, 5, 5))}
    assert "expected 'conv1_1.weight' of shape (64, 3, 3, 3), got (64, 3, 5, 5)" in message(whole)
    assert "lacks the tensor 'conv1_2.bias'" in message({k: v for k, v in plain_tensors.items() if k != "conv1_2.bias"})
    assert "holds no first convolution" in message({"other": np.zeros(1)})
    assert "NaN" in message({**plain_tensors, "conv1_1.bias": np.full(64, np.nan)})
    assert "floating-point" in message({**plain_tensors, "conv1_1.bias": np.zeros(64, np.int32)})


@pytest.mark.parametrize("pooling", [False, True])
@pytest.mark.parametrize(("height", "width"), [(40, 36), (37, 23), (1, 30), (3, 2)])
@pytest.mark.parametrize("padding", ["constant", "reflect"])
def test_parts_are_those_of_the_whole(astronaut, vgg19_bn_file, height, width, padding, pooling):
    backbone = replace(load("vgg19_bn", vgg19_bn_file, pooling=pooling), padding=padding)
    picture = astronaut[:height, :width]
    whole = list(backbone._cells(picture, Window(0, height, 0, width)))
    for top, left in ((0, 0), (height // 3, width // 2), (height // 2, 0)):
        window = Window(top, min(top + 11, height), left, min(left + 7, width))
        for part, expected in zip(backbone._cells(picture, window), whole, strict=True):
            rows, columns = part.values.shape[:2]
            inside = expected.values[part.top : part.top + rows, part.left : part.left + columns]
            assert part.size == expected.size
            assert inside.shape == part.values.shape
            assert np.abs(part.values - inside).max() < 1e-5 * expected.values.max()
            if part.size == (height, width):
                assert (part.top, part.left, rows, columns) == (top, left, window.bottom - top, window.right - left)
