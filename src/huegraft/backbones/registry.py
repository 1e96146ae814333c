"""The protocol of a backbone and the registry of their names.

A user's own backbone is a class with four members and a line that registers it::

    class Chroma:
        name, layers, radius = "chroma", ("chroma",), 0

        def __call__(self, picture):
            yield picture - picture.mean(axis=-1, keepdims=True)


    huegraft.register_backbone("chroma", lambda settings, device: Chroma())
    huegraft.transfer(target, reference, backbone="chroma")

A name that is not registered is looked for elsewhere by `huegraft.backbones.discovery`.
"""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from huegraft.backbones.discovery import advice, import_backbone, offered_names
from huegraft.errors import BackboneError
from huegraft.setting_groups import FeatureSettings
from huegraft.settings import Mode
from huegraft.shapes import Float, Float32, Float64, Int32


@runtime_checkable
class Backbone(Protocol):
    """Turns a picture into feature maps.

    Attributes
    ----------
    name : str
        The name identifies the extractor and its weights. Encoded pictures of different names are never matched.
    layers : tuple of str
        The names of the maps that the backbone yields, in order.
    radius : int or None
        How far a feature looks away from its own place, in pixels. Large pictures are worked on in tiles with a margin
        of this width, so a feature must look the same way everywhere. A feature may depend on the whole picture: on its
        mean, its size, or the place of a pixel in it. Then the radius is None, and the backbone always gets the whole
        picture.
    layer_weights : tuple of float, optional
        How much each layer counts unless the settings say otherwise. Without this attribute each layer counts 1.
    context_layers : tuple of str, optional
        The layers that the surroundings join if the settings ask for context. Without this attribute they join all
        layers.
    side_by_side : bool, optional
        Whether two threads may call the backbone at once, each with a picture of its own. Without this attribute they
        never do.
    """

    @property
    def name(self) -> str:
        """Name of the extractor and its weights."""
        ...

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the maps."""
        ...

    @property
    def radius(self) -> int | None:
        """Receptive field's radius in pixels; None for the whole picture."""
        ...

    def __call__(self, picture: Float32[np.ndarray, "h w 3"], /) -> Iterable[Float[np.ndarray, "h w c"]]:
        """Yield one map of the picture's size for each of `layers`. The picture is sRGB in [0, 1]."""
        ...


@runtime_checkable
class PoolingBackbone(Backbone, Protocol):
    """A backbone that makes super-features itself, from maps smaller than the picture, in tiles, or on its device."""

    def pooled(
        self, picture: Float32[np.ndarray, "h w 3"], labels: Int32[np.ndarray, "h w"], count: int, /
    ) -> Iterable[Float64[np.ndarray, "n c"]]:
        """Yield for each of `layers` the means of its map, at the picture's size, over `count` superpixels."""
        ...


Factory = Callable[[FeatureSettings, str], Backbone]
Merge = Literal["after", "before"]


@dataclass(frozen=True)
class _Entry:
    factories: dict[Mode, Factory]
    standardize: bool
    merge: Merge | None
    number: int = field(default_factory=itertools.count().__next__)


_REGISTRY: dict[str, _Entry] = {}
CPU_ALONE = ("builtin", "handcrafted")
"""Backbones that come with huegraft and run on the CPU alone."""


def register_backbone(
    name: str,
    factory: Factory,
    *,
    colorize: Factory | None = None,
    standardize: bool = False,
    merge: Merge | None = None,
) -> None:
    """Make a backbone known by a name, in this process.

    Parameters
    ----------
    name
        The name that `backbone=` and ``--backbone`` take. A backbone that has this name already is replaced.
    factory
        A function that is called with the feature settings and the device, "cpu" or "cuda", and returns the backbone.
    colorize
        Another factory for colourisation, whose pictures are grey. By default `factory` serves both modes.
    standardize
        Whether the matching standardises the channels, if the settings do not whiten and leave the choice open. The
        preset `best` whitens.
    merge
        Where the layers are merged if the setting `merge` is None, as in the preset `paper`. None stands for what the
        paper does in each mode.

    Examples
    --------
    >>> import huegraft
    >>> class Chroma:
    ...     name, layers, radius = "chroma", ("chroma",), 0
    ...
    ...     def __call__(self, picture):
    ...         yield picture - picture.mean(axis=-1, keepdims=True)
    >>> huegraft.register_backbone("chroma", lambda settings, device: Chroma())
    >>> "chroma" in huegraft.backbone_names()
    True
    """
    _REGISTRY[name] = _Entry({"transfer": factory, "colorize": colorize or factory}, standardize, merge)


def load_backbone(settings: FeatureSettings, device: str = "cpu", mode: Mode = "transfer") -> Backbone:
    """Return the backbone that the settings name for a mode, with its weights loaded.

    Raises
    ------
    BackboneError
        If the name or a layer is unknown, or if the factory returns no backbone.
    WeightsError
        If the weights are missing or damaged.
    """
    backbone = _entry(settings.backbone).factories[mode](settings, device)
    if not isinstance(backbone, Backbone) or isinstance(backbone, type):
        raise BackboneError(
            f"the factory of backbone {settings.backbone!r} must return an object with name, layers, radius and call, "
            f"got {backbone!r}"
        )
    return backbone


def wants_standardization(name: str) -> bool:
    """Tell whether matching standardises this backbone's channels unless the settings say otherwise."""
    return _entry(name).standardize


def wanted_merge(name: str) -> Merge | None:
    """Return where this backbone's layers are merged by default. None leaves it to the mode."""
    return _entry(name).merge


def backbone_names() -> tuple[str, ...]:
    """Return the names of all known backbones: the registered ones, and the ones that installed packages offer.

    The modules that the variable ``HUEGRAFT_BACKBONES`` names are imported first. Installed packages are not imported.

    Raises
    ------
    BackboneError
        If one of these modules cannot be imported.

    Examples
    --------
    >>> import huegraft
    >>> {"builtin", "handcrafted", "vgg19", "vgg19_bn"} <= set(huegraft.backbone_names())
    True
    """
    offered = offered_names()  # first: it may register some
    return tuple(sorted({*_REGISTRY, *offered}))


def choose_layers(
    backbone: str, asked: tuple[str, ...] | None, available: tuple[str, ...], default: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the layers asked for, or the default layers.

    Raises
    ------
    BackboneError
        If a layer is not available, or if the layers are not in the backbone's order, in which weights are read.
    """
    if asked is None:
        return default
    for layer in asked:
        if layer not in available:
            raise BackboneError(f"backbone {backbone!r} has no layer {layer!r}; it has {', '.join(available)}")
    in_order = tuple(layer for layer in available if layer in asked)
    if asked != in_order:
        raise BackboneError(f"name the layers in the order of backbone {backbone!r}: {','.join(in_order)}")
    return asked


def registration(name: str) -> int:
    """Return the number of a name's registration. It changes when the name is registered anew."""
    return _entry(name).number


def check_cpu(backbone: str, device: str) -> None:
    """Raise BackboneError if a backbone that runs on the CPU alone is asked for another device."""
    if device != "cpu":
        raise BackboneError(f"backbone {backbone!r} runs on the CPU alone, where it is fast; leave the device out")


def check_known(name: str) -> None:
    """Raise BackboneError if no backbone is registered by this name and none can be found."""
    _entry(name)


def _entry(name: str) -> _Entry:
    if name not in _REGISTRY:
        import_backbone(name, _REGISTRY)
    if name not in _REGISTRY:
        raise BackboneError(f"unknown backbone {name!r}; known are {', '.join(backbone_names())}; {advice()}")
    return _REGISTRY[name]
