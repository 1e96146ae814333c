import numpy as np
import pytest

import huegraft
from huegraft.backbones import choose_layers, load_backbone, register_backbone, wanted_merge, wants_standardization
from huegraft.errors import BackboneError
from huegraft.setting_groups import FeatureSettings
from huegraft.settings import Settings


class Chroma:
    name, layers, radius = "chroma", ("chroma",), 0

    def __call__(self, picture):
        yield picture - picture.mean(axis=-1, keepdims=True)


def test_a_backbone_of_ones_own(astronaut, coffee, monkeypatch):
    register_backbone("chroma", lambda settings, device: Chroma())
    assert "chroma" in huegraft.backbone_names()
    result = huegraft.transfer(astronaut, coffee, backbone="chroma")
    encoded = huegraft.encode_reference(coffee, backbone="chroma")
    assert encoded.features["chroma"].shape[1] == 3
    assert result.attention.shape[1] == encoded.count


def test_colourisation_may_have_a_backbone_of_its_own(monkeypatch):
    class Grey(Chroma):
        name = "grey"

    register_backbone("both", lambda settings, device: Chroma(), colorize=lambda settings, device: Grey())
    names = [load_backbone(FeatureSettings(backbone="both"), mode=mode).name for mode in ("transfer", "colorize")]
    assert names == ["chroma", "grey"]


def test_a_backbone_may_weigh_its_layers(astronaut, coffee, monkeypatch):
    class Weighed(Chroma):
        layer_weights = (9.0,)

    register_backbone("chroma", lambda settings, device: Chroma(), merge="before")
    register_backbone("weighed", lambda settings, device: Weighed(), merge="before")
    plain, weighed, asked, told = (
        huegraft.transfer(astronaut, coffee, backbone=name, layer_weights=weights).attention
        for name, weights in (("chroma", None), ("weighed", None), ("chroma", (9.0,)), ("weighed", (1.0,)))
    )
    assert np.array_equal(weighed, asked)
    assert np.array_equal(told, plain)
    assert not np.allclose(weighed, plain)


def test_a_backbone_may_say_which_layers_surroundings_join(astronaut, coffee, monkeypatch):
    class Alone(Chroma):
        context_layers = ()

    register_backbone("chroma", lambda settings, device: Chroma())
    register_backbone("alone", lambda settings, device: Alone())
    joined, alone, without, asked = (
        huegraft.transfer(
            astronaut, coffee, Settings().replace(context=radii, context_layers=layers, backbone=name)
        ).attention
        for name, radii, layers in (
            ("chroma", (0.1,), None),
            ("alone", (0.1,), None),
            ("chroma", (), None),
            ("alone", (0.1,), ("chroma",)),
        )
    )
    assert np.array_equal(alone, without)
    assert np.array_equal(asked, joined)
    assert not np.allclose(alone, joined)


def test_names():
    assert huegraft.backbone_names() == ("builtin", "handcrafted", "vgg19", "vgg19_bn")


@pytest.mark.parametrize("made", [None, Chroma])
def test_factories_must_return_a_backbone(monkeypatch, made):
    register_backbone("wrong", lambda settings, device: made)
    with pytest.raises(BackboneError, match="the factory of backbone 'wrong' must return"):
        load_backbone(FeatureSettings(backbone="wrong"))


def test_unknown_name():
    with pytest.raises(
        BackboneError, match="unknown backbone 'resnet'; known are builtin, handcrafted, vgg19, vgg19_bn"
    ):
        load_backbone(FeatureSettings(backbone="resnet"))


@pytest.mark.parametrize("mode", ["transfer", "colorize"])
@pytest.mark.parametrize("name", ["builtin", "handcrafted"])
def test_what_comes_with_huegraft_runs_on_the_cpu_alone(name, mode):
    with pytest.raises(BackboneError, match=f"backbone '{name}' runs on the CPU alone"):
        load_backbone(FeatureSettings(backbone=name), "cuda", mode)


def test_standardisation_is_off_for_vgg():
    wanted = {name: wants_standardization(name) for name in huegraft.backbone_names()}
    assert wanted == {"builtin": True, "handcrafted": True, "vgg19": False, "vgg19_bn": False}


def test_only_the_built_in_backbone_wants_its_layers_merged_first():
    wanted = {name: wanted_merge(name) for name in huegraft.backbone_names()}
    assert wanted == {"builtin": "before", "handcrafted": None, "vgg19": None, "vgg19_bn": None}


def test_layers_come_in_the_backbones_order():
    assert choose_layers("b", ("x", "z"), ("x", "y", "z"), ("y",)) == ("x", "z")
    with pytest.raises(BackboneError, match="in the order of backbone 'b': x,z"):
        choose_layers("b", ("z", "x"), ("x", "y", "z"), ("y",))
    assert choose_layers("b", None, ("x", "y", "z"), ("y",)) == ("y",)
    with pytest.raises(BackboneError, match="'b' has no layer 'w'; it has x, y, z"):
        choose_layers("b", ("w",), ("x", "y", "z"), ("y",))
