"""Backbones, which turn a picture into feature maps: a protocol, a registry, and those that come with huegraft."""

from functools import partial
from importlib import import_module

from huegraft.backbones.handcrafted import Handcrafted
from huegraft.backbones.pointer import load_pointer
from huegraft.backbones.registry import (
    Backbone,
    backbone_names,
    choose_layers,
    load_backbone,
    register_backbone,
    registration,
    wanted_merge,
    wants_standardization,
)
from huegraft.setting_groups import FeatureSettings


def _load_vgg(name: str, settings: FeatureSettings, device: str) -> Backbone:
    """Load a VGG by a function of a module that only users of VGG wait for."""
    return getattr(import_module("huegraft.backbones.vgg_weights"), f"load_{name}")(settings, device)


register_backbone(
    "builtin",
    partial(load_pointer, mode="transfer"),
    colorize=partial(load_pointer, mode="colorize"),
    standardize=True,
    merge="before",
)
register_backbone("handcrafted", Handcrafted.from_settings, standardize=True)
register_backbone("vgg19", partial(_load_vgg, "vgg19"))
register_backbone("vgg19_bn", partial(_load_vgg, "vgg19_bn"))

__all__ = [
    "Backbone",
    "backbone_names",
    "choose_layers",
    "load_backbone",
    "register_backbone",
    "registration",
    "wanted_merge",
    "wants_standardization",
]
