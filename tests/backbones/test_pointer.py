import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from skimage import data

from huegraft.backbones import load_backbone
from huegraft.backbones.parts import Window
from huegraft.backbones.pointer import LAYERS, WEIGHTS
from huegraft.backbones.pointer_network import CONVOLUTIONS
from huegraft.errors import BackboneError, WeightsError
from huegraft.setting_groups import FeatureSettings
from huegraft.stages.features import extract_features, tiled_features
from huegraft.stages.pool import Pooling, pool

RECIPE = Path(__file__).parents[2] / "training" / "recipe.json"
MODES = ("colorize", "transfer")


def load(mode, **settings):
    return load_backbone(FeatureSettings(backbone="builtin", **settings), mode=mode)


def seen(picture, mode):
    return picture.mean(axis=2, keepdims=True).repeat(3, axis=2) if mode == "colorize" else picture


def test_the_weights_are_those_of_the_recipe():
    recipe = json.loads(RECIPE.read_text())
    assert hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() == recipe["weights"]["sha256"]
    listed = hashlib.sha256(RECIPE.with_name("pictures.toml").read_bytes()).hexdigest()
    assert [run["pictures"] for run in recipe["runs"]] == [listed, listed]
    assert WEIGHTS.stat().st_size <= 2e6


@pytest.mark.parametrize("mode", MODES)
def test_a_stored_feature_comes_out(mode):
    stored = json.loads(RECIPE.read_text())["features"][mode]
    picture = seen(data.astronaut()[:128, :128].astype(np.float32) / 255, mode)
    for layer, feature_map in zip(LAYERS[mode], load(mode)(torch.from_numpy(picture)), strict=True):
        assert feature_map[0, 64, 64].item() == pytest.approx(stored[layer], abs=1e-4)


@pytest.mark.parametrize("mode", MODES)
def test_size_and_arithmetic_stay_small(mode):
    weights = [weight for weight, _ in load(mode).convolutions.values()]
    assert sum(weight.numel() for weight in weights) < 500_000
    strides = {"stem": 2, "half_near": 2, "quarter": 4, "fine": 4, "to_quarter": 8, "eighth": 8, "middle": 8}
    strides |= {"to_eighth": 16, "sixteenth": 16, "coarse": 16}
    operations = 0.0
    for name, weight in zip(CONVOLUTIONS, weights, strict=True):
        stride = strides.get(name) or strides[name.split("_")[0]]
        operations += 2 * weight.numel() / stride**2
    assert operations < 20_000


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(64, 96), (37, 50), (1, 1), (3, 200)])
def test_maps_have_the_pictures_size(astronaut, mode, size):
    picture = np.resize(astronaut, (*size, 3))
    maps = list(load(mode)(torch.from_numpy(picture)))
    channels = (32, 32, 32) if mode == "colorize" else (32, 32, 32, 20, 32)
    assert [each.shape for each in maps] == [(each, *size) for each in channels]


@pytest.mark.parametrize("mode", MODES)
def test_tiles_give_what_the_whole_gives(mode):
    picture = torch.from_numpy(seen(data.coffee().astype(np.float32) / 255, mode)).repeat(2, 2, 1)[:790, :1190]
    backbone = load(mode)
    whole = list(backbone.parts(picture, Window(0, 790, 0, 1190)))
    for window in (Window(0, 300, 0, 290), Window(301, 533, 407, 801), Window(700, 790, 900, 1190)):
        for part, full in zip(backbone.parts(picture, window), whole, strict=True):
            height, width = part.values.shape[1:]
            cells = full.values[:, part.top : part.top + height, part.left : part.left + width]
            assert (part.values - cells).abs().max() < 1e-4 * full.values.abs().max()


def test_the_margin_is_as_wide_as_what_a_cell_sees(monkeypatch):
    size = 1040
    monkeypatch.setattr(torch.nn.functional, "relu_", lambda maps: maps)
    backbone = load("transfer")
    ones = {name: (torch.ones_like(weight), bias) for name, (weight, bias) in backbone.convolutions.items()}
    picture = torch.zeros(size, size, 3, requires_grad=True)
    for _, maps in replace(backbone, convolutions=ones)._maps(picture):
        middle = maps.shape[2] // 2
        (slopes,) = torch.autograd.grad(maps[0, 0, middle, middle], picture, retain_graph=True)
        rows = slopes.abs().sum(dim=(1, 2)).nonzero()
        place = (middle + 0.5) * size / maps.shape[2]
        assert 0 < place - rows.min() <= backbone.radius
        assert 0 < rows.max() + 1 - place <= backbone.radius


def test_parts_add_up_to_the_means_of_enlarged_maps(astronaut, rng):
    backbone, labels = load("transfer"), rng.integers(0, 9, (57, 43)).astype(np.int32)
    picture = np.resize(astronaut, (57, 43, 3))
    sums = Pooling(labels, 9, torch.device("cpu"))
    for layer, window, part in tiled_features(picture, backbone, torch.device("cpu")):
        sums.add(layer, window, part)
    for layer, whole in extract_features(picture, backbone, torch.device("cpu")):
        expected = pool(whole, torch.from_numpy(labels).long(), 9)
        assert (sums.means()[layer] - expected).abs().max() < 1e-5 * whole.abs().max()


def test_each_mode_has_its_own_network_and_name():
    assert len({load(mode).name for mode in MODES}) == 2


def test_layers_can_be_chosen(astronaut):
    picture = torch.from_numpy(astronaut)
    (middle,) = load("transfer", layers=("middle",))(picture)
    assert torch.equal(middle, list(load("transfer")(picture))[1])
    with pytest.raises(BackboneError, match="no layer 'relu1_2'"):
        load("transfer", layers=("relu1_2",))
    with pytest.raises(BackboneError, match="no pooling"):
        load("transfer", pooling=True)


@pytest.mark.parametrize("mode", MODES)
def test_layers_bring_their_weights(mode):
    stored = json.loads(RECIPE.read_text())["layer weights"][mode]
    weights = load(mode).layer_weights
    assert dict(zip(LAYERS[mode], weights, strict=True)) == pytest.approx(stored, abs=1e-4)
    assert min(weights) > 0
    assert load(mode, layers=("fine", "coarse")).layer_weights == (weights[0], weights[2])


def test_weights_of_ones_own(tmp_path):
    tensors = load_file(WEIGHTS)
    save_file(tensors | {"transfer.fine.bias": tensors["transfer.fine.bias"] + 1}, tmp_path / "own.safetensors")
    assert load("transfer", weights=str(tmp_path / "own.safetensors")).name != load("transfer").name
    for name, change in (("lacking", None), ("misshapen", torch.zeros(3)), ("nan", torch.full((32,), torch.nan))):
        changed = {key: value for key, value in tensors.items() if key != "transfer.fine.bias"}
        save_file(
            changed | ({} if change is None else {"transfer.fine.bias": change}), tmp_path / f"{name}.safetensors"
        )
        with pytest.raises(WeightsError, match=r"expected a tensor 'transfer.fine.bias' of shape \(32,\)"):
            load("transfer", weights=str(tmp_path / f"{name}.safetensors"))
