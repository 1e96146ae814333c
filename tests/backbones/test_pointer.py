import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from skimage import data

from huegraft.backbones import load_backbone
from huegraft.backbones.pointer import LAYERS, WEIGHTS
from huegraft.backbones.pointer_network import CONVOLUTIONS, STRIDES
from huegraft.compiled.network import Kernel
from huegraft.errors import BackboneError, WeightsError
from huegraft.setting_groups import FeatureSettings
from huegraft.stages.features import extract_features, super_features
from huegraft.stages.pool import pool
from huegraft.windows import Window

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
    for layer, feature_map in zip(LAYERS[mode], load(mode)(picture), strict=True):
        assert feature_map[64, 64, 0] == pytest.approx(stored[layer], abs=1e-4)


@pytest.mark.parametrize("mode", MODES)
def test_size_and_arithmetic_stay_small(mode):
    weights = [load(mode).kernels[name].weights for name in CONVOLUTIONS]
    assert sum(weight.size for weight in weights) < 500_000
    strides = {"stem": 2, "half_near": 2, "quarter": 4, "fine": 4, "to_quarter": 8, "eighth": 8, "middle": 8}
    strides |= {"to_eighth": 16, "sixteenth": 16, "coarse": 16}
    operations = 0.0
    for name, weight in zip(CONVOLUTIONS, weights, strict=True):
        stride = strides.get(name) or strides[name.split("_")[0]]
        operations += 2 * weight.size / stride**2
    assert operations < 20_000


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(64, 96), (37, 50), (1, 1), (3, 200)])
def test_maps_have_the_pictures_size(astronaut, mode, size):
    picture = np.resize(astronaut, (*size, 3))
    maps = list(load(mode)(picture))
    channels = (32, 32, 32) if mode == "colorize" else (32, 32, 32, 20, 32)
    assert [each.shape for each in maps] == [(*size, each) for each in channels]
    assert all(each.dtype == np.float32 for each in maps)


@pytest.mark.parametrize("mode", MODES)
def test_tiles_give_what_the_whole_gives(mode):
    picture = np.tile(seen(data.coffee().astype(np.float32) / 255, mode), (2, 2, 1))[:790, :1190]
    backbone = load(mode)
    whole = list(backbone._cells(picture, Window(0, 790, 0, 1190)))
    for window in (Window(0, 300, 0, 290), Window(301, 533, 407, 801), Window(700, 790, 900, 1190)):
        for part, full in zip(backbone._cells(picture, window), whole, strict=True):
            height, width = part.values.shape[:2]
            cells = full.values[part.top : part.top + height, part.left : part.left + width]
            assert np.abs(part.values - cells).max() < 1e-4 * np.abs(full.values).max()


@pytest.mark.parametrize("across", [False, True])
def test_the_margin_is_as_wide_as_what_a_cell_sees(across):
    """Kernels that are means let nothing cancel and no ReLU cut: a cell is above 0 if it sees anything that is."""
    size, backbone = 1040, load("transfer")
    means = {
        name: Kernel(np.full_like(kernel.weights, 1 / len(kernel.weights)), np.zeros_like(kernel.bias), kernel.side)
        for name, kernel in backbone.kernels.items()
    }

    def middles(first, end):
        """Of maps of a picture that shows something from the one line to the other."""
        picture = np.full((size, 64, 3), 0.5, np.float32)
        picture[first:end] = 1
        maps = replace(backbone, kernels=means)._maps(picture.swapaxes(0, 1) if across else picture)
        cells = [each.swapaxes(0, 1) if across else each for _, each in maps]
        return [each[len(each) // 2, each.shape[1] // 2, 0] for each in cells]

    for layer, stride in enumerate(STRIDES.values()):
        place = int((size // stride // 2 + 0.5) * stride)
        assert middles(0, place - backbone.radius)[layer] == 0
        assert middles(place + backbone.radius, size)[layer] == 0
        assert middles(place - backbone.radius, place)[layer] > 0
        assert middles(place, place + backbone.radius)[layer] > 0


def test_parts_add_up_to_the_means_of_enlarged_maps(astronaut, rng):
    backbone, labels = load("transfer"), rng.integers(0, 9, (57, 43)).astype(np.int32)
    picture = np.resize(astronaut, (57, 43, 3))
    means = super_features(picture, labels, 9, backbone)
    for layer, whole in extract_features(picture, backbone):
        assert np.abs(means[layer] - pool(whole, labels, 9)).max() < 1e-5 * np.abs(whole).max()


@pytest.mark.parametrize("mode", MODES)
def test_threads_change_no_byte(astronaut, mode, threads, rng):
    picture, labels = np.resize(astronaut, (157, 243, 3)), rng.integers(0, 9, (157, 243)).astype(np.int32)
    results = []
    for count in (1, 2, 3):
        with threads(count):
            results.append([*load(mode)(picture), *load(mode).pooled(picture, labels, 9)])
    for result in results[1:]:
        for one, other in zip(result, results[0], strict=True):
            np.testing.assert_array_equal(one, other)


def test_each_mode_has_its_own_network_and_name():
    assert len({load(mode).name for mode in MODES}) == 2


def test_layers_can_be_chosen(astronaut):
    (middle,) = load("transfer", layers=("middle",))(astronaut)
    np.testing.assert_array_equal(middle, list(load("transfer")(astronaut))[1])
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
    for name, change in (("lacking", None), ("misshapen", np.zeros(3)), ("nan", np.full(32, np.nan))):
        changed = {key: value for key, value in tensors.items() if key != "transfer.fine.bias"}
        save_file(
            changed | ({} if change is None else {"transfer.fine.bias": change}), tmp_path / f"{name}.safetensors"
        )
        with pytest.raises(WeightsError, match=r"expected a tensor 'transfer.fine.bias' of shape \(32,\)"):
            load("transfer", weights=str(tmp_path / f"{name}.safetensors"))
