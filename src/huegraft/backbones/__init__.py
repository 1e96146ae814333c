"""What turns a picture into feature maps: a protocol, a registry, and the backbones that come with huegraft."""

from functools import partial

from huegraft.backbones.handcrafted import Handcrafted
from huegraft.backbones.pointer import load_pointer
from huegraft.backbones.registry import (
    Backbone,
    backbone_names,
    choose_layers,
    load_backbone,
    register_backbone,
    wanted_merge,
    wants_standardization,
)
from huegraft.backbones.vgg_weights import load_vgg19, load_vgg19_bn

register_backbone(
    "builtin",
    partial(load_pointer, mode="transfer"),
    colorize=partial(load_pointer, mode="colorize"),
    standardize=True,
    merge="before",
)
register_backbone("handcrafted", Handcrafted.from_settings, standardize=True)
register_backbone("vgg19", load_vgg19)
register_backbone("vgg19_bn", load_vgg19_bn)

__all__ = [
    "Backbone",
    "backbone_names",
    "choose_layers",
    "load_backbone",
    "register_backbone",
    "wanted_merge",
    "wants_standardization",
]
