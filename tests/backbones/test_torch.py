"""The adapter of Torch modules, on the CPU, where it has to give what the package's own loops give."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs Torch: make torch")

import torch

import huegraft
from huegraft.backbones import load_backbone, register_backbone
from huegraft.backbones import torch as on_torch
from huegraft.backbones.registry import _REGISTRY, Backbone, PoolingBackbone
from huegraft.backbones.torch import TorchBackbone, vgg_on_torch
from huegraft.errors import BackboneError
from huegraft.setting_groups import FeatureSettings
from huegraft.stages.features import extract_features, super_features
from huegraft.stages.pool import pool


class Two(torch.nn.Module):
    """A map of the picture's size, and one of half its size, that see a pixel and three pixels around."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(5)
        self.weight = torch.nn.Parameter(torch.randn(9, 3, 3, 3, generator=generator))

    def forward(self, picture):
        padded = torch.nn.functional.pad(picture, (1, 1, 1, 1), mode="replicate")
        yield torch.nn.functional.conv2d(padded, self.weight)
        yield torch.nn.functional.avg_pool2d(picture, 2, ceil_mode=True)


def two():
    return TorchBackbone(Two(), "two", ("near", "half"), radius=3)


def some_labels(rng, picture):
    """Of twelve superpixels, all of which there are."""
    return (rng.permutation(picture.shape[0] * picture.shape[1]) % 12).reshape(picture.shape[:2]).astype(np.int32)


@pytest.fixture
def vgg(vgg19_bn_file):
    return load_backbone(FeatureSettings(backbone="vgg19_bn", weights=str(vgg19_bn_file)))


def test_maps_have_the_pictures_size(astronaut):
    backbone = two()
    assert isinstance(backbone, Backbone)
    assert isinstance(backbone, PoolingBackbone)
    near, half = (maps for _, maps in extract_features(astronaut, backbone))
    assert (near.shape, near.dtype) == ((40, 36, 9), np.float32)
    cells = astronaut.reshape(20, 2, 18, 2, 3).mean(axis=(1, 3))
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(cells).permute(2, 0, 1)[None], size=(40, 36), mode="bilinear"
    )
    np.testing.assert_allclose(half, expected[0].permute(1, 2, 0), atol=1e-6)


def test_pooled_maps_are_means_of_the_maps(astronaut, rng):
    labels, backbone = some_labels(rng, astronaut), two()
    means = super_features(astronaut, labels, 12, backbone)
    for layer, maps in extract_features(astronaut, backbone):
        np.testing.assert_allclose(means[layer], pool(maps, labels, 12), atol=1e-6)


def test_tiles_give_what_the_whole_gives(astronaut, rng, monkeypatch):
    picture = np.tile(astronaut, (3, 3, 1))
    labels, backbone = some_labels(rng, picture), two()
    whole = super_features(picture, labels, 12, backbone)
    monkeypatch.setattr(on_torch, "_TILE", 20)
    monkeypatch.setattr(on_torch, "_TILE_IN_RADII", 5)
    seen = []
    monkeypatch.setattr(backbone, "_module", lambda crop, of=backbone._module: seen.append(crop.shape) or of(crop))
    tiled = super_features(picture, labels, 12, backbone)
    assert len(seen) > 20
    np.testing.assert_allclose(tiled["near"], whole["near"], atol=1e-5)


def test_a_radius_of_none_gets_the_whole_picture(astronaut, rng, monkeypatch):
    monkeypatch.setattr(on_torch, "_TILE", 20)
    seen = []
    backbone = TorchBackbone(lambda picture: seen.append(picture.shape) or [picture], "all", ("all",), radius=None)
    super_features(astronaut, some_labels(rng, astronaut), 12, backbone)
    assert set(seen) == {(1, 3, 40, 36)}


@pytest.mark.parametrize(
    ("module", "found"),
    [
        (lambda picture: [picture[0]], r"\(3, 40, 36\)"),
        (lambda picture: [picture.repeat(2, 1, 1, 1)], r"\(2, 3, 40, 36\)"),
        (lambda picture: [picture.numpy()], "ndarray"),
        (lambda picture: [], "NoneType"),
        (lambda picture: None, "NoneType"),
    ],
)
def test_what_is_no_map_is_refused(module, found, astronaut, rng):
    backbone = TorchBackbone(module, "wrong", ("first",), radius=0)
    message = rf"the module of 'wrong' must yield \(1, c, h, w\) for 'first', got {found}"
    with pytest.raises(BackboneError, match=message):
        list(backbone(astronaut))
    with pytest.raises(BackboneError, match=message):
        super_features(astronaut, some_labels(rng, astronaut), 12, backbone)


def test_a_module_of_ones_own(astronaut, coffee, monkeypatch):
    monkeypatch.setattr("huegraft.backbones.registry._REGISTRY", dict(_REGISTRY))
    register_backbone("two", lambda settings, device: TorchBackbone(Two(), "two", ("near", "half"), 3, device))
    result = huegraft.transfer(astronaut, coffee, backbone="two")
    assert huegraft.encode_reference(coffee, backbone="two").features["near"].shape[1] == 9
    assert result.image.shape == astronaut.shape


@pytest.mark.parametrize("pooling", [False, True])
@pytest.mark.parametrize(("height", "width"), [(40, 36), (37, 23), (1, 30), (3, 2)])
@pytest.mark.parametrize("padding", ["constant", "reflect"])
def test_vgg_is_the_packages(astronaut, vgg, height, width, padding, pooling):
    backbone, picture = replace(vgg, pooling=pooling, padding=padding), astronaut[:height, :width]
    same = vgg_on_torch(backbone, "cpu")
    assert (same.name, same.layers) == (backbone.name, backbone.layers)
    for ours, theirs in zip(backbone(picture), same(picture), strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).max() < 2e-5 * theirs.max()
    count = min(12, height * width)
    labels = (np.arange(height * width) % count).reshape(height, width).astype(np.int32)
    for ours, theirs in zip(backbone.pooled(picture, labels, count), same.pooled(picture, labels, count), strict=True):
        assert np.abs(ours - theirs).max() < 2e-5 * theirs.max()


@pytest.mark.parametrize("pooling", [False, True])
def test_vgg_in_tiles_is_the_packages(astronaut, vgg, rng, pooling, monkeypatch):
    backbone, picture = replace(vgg, pooling=pooling, layers=("relu1_2", "relu2_2")), np.tile(astronaut, (2, 2, 1))
    monkeypatch.setattr(on_torch, "_TILE", 30)
    labels = some_labels(rng, picture)
    same = vgg_on_torch(backbone, "cpu")
    for ours, theirs in zip(backbone.pooled(picture, labels, 12), same.pooled(picture, labels, 12), strict=True):
        assert np.abs(ours - theirs).max() < 2e-5 * theirs.max()


def test_more_maps_than_layers_are_refused(rng, astronaut):
    backbone = TorchBackbone(Two(), "two", ("near",), radius=3)
    with pytest.raises(BackboneError, match="more maps than it has layers"):
        super_features(astronaut, some_labels(rng, astronaut), 12, backbone)
