"""What training computes with Torch is what the package computes."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs Torch: make torch")

import torch
from safetensors.torch import load_file
from skimage import data
from training.color_kernel import color_kernel
from training.network import feature_maps, fixed_maps, pad

from huegraft import color
from huegraft.backbones import load_backbone
from huegraft.backbones.pointer import WEIGHTS
from huegraft.backbones.pointer_network import CONVOLUTIONS, INPUTS
from huegraft.setting_groups import FeatureSettings
from training import color as torch_color

SIZES = [(64, 96), (37, 53), (129, 65), (1, 1)]


def cut(size):
    """A picture whose last rows and columns are not those of its neighbours."""
    return np.resize(data.astronaut().astype(np.float32) / 255, (*size, 3))


@pytest.mark.parametrize("name", ["linear_from_srgb", "srgb_from_linear", "lab_from_srgb", "srgb_from_lab"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_colors(rng, name, dtype):
    values = rng.uniform(-0.1, 1.1, (500, 3)).astype(dtype)
    values[:12, 0] = np.linspace(0, 0.05, 12)  # about where the curves change
    if name == "srgb_from_lab":
        values = (values * [100, 200, 200] - [0, 100, 100]).astype(dtype)
    expected = getattr(color, name)(values)
    found = getattr(torch_color, name)(torch.from_numpy(values)).numpy()
    assert found.dtype == dtype
    largest = np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=(2e-6 if dtype == np.float32 else 1e-14) * largest)


@pytest.mark.parametrize("size", SIZES)
def test_the_kernel_of_color(size):
    (expected,) = load_backbone(FeatureSettings(layers=("color",)))(cut(size))
    found = color_kernel(torch.from_numpy(cut(size))).permute(1, 2, 0).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-4)  # of phases up to 30


def test_fixed_maps(rng):
    pictures = np.stack([cut((40, 40)), rng.random((40, 40, 3), np.float32)])
    backbone = load_backbone(FeatureSettings(layers=("handcrafted", "color")))
    described, kernels = fixed_maps(torch.from_numpy(pictures).permute(0, 3, 1, 2), "transfer")
    for picture, *found in zip(pictures, described, kernels, strict=True):
        for maps, expected in zip(found, backbone(picture), strict=True):
            np.testing.assert_allclose(maps.permute(1, 2, 0), expected, atol=1e-4)
    assert fixed_maps(torch.zeros(2, 1, 40, 40), "colorize") == ()


@pytest.mark.parametrize("mode", ["colorize", "transfer"])
@pytest.mark.parametrize("size", SIZES)
def test_the_network(mode, size):
    tensors = load_file(WEIGHTS)

    def layer(name, maps):
        shape = CONVOLUTIONS[name]
        weight, bias = (tensors[f"{mode}.{name}.{part}"].float() for part in ("weight", "bias"))
        found = torch.nn.functional.conv2d(pad(maps, shape), weight, bias, shape.stride, dilation=shape.dilation)
        return found.relu() if shape.rectified else found

    picture = cut(size)
    picture = picture.mean(axis=2, keepdims=True).repeat(3, axis=2) if mode == "colorize" else picture
    channels = torch.from_numpy(picture[..., : INPUTS[mode]]).permute(2, 0, 1)[None]
    beyond = (0, -size[1] % 16, 0, -size[0] % 16)
    seen = torch.nn.functional.pad(channels, beyond, mode="replicate") - 0.5
    network = load_backbone(FeatureSettings(layers=("fine", "middle", "coarse")), mode=mode)
    for (_, found), maps in zip(network._maps(picture), feature_maps(seen, layer), strict=True):
        expected = maps[0, :, : found.shape[0], : found.shape[1]].permute(1, 2, 0).numpy()
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()
