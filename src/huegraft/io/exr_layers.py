"""The choice of the channels of an OpenEXR file that are its picture, by the names of layers and parts."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from huegraft.errors import ArgumentError
from huegraft.io.content import Unsupported

_MEANING = {"r": 0, "red": 0, "g": 1, "green": 1, "b": 2, "blue": 2, "y": 3, "a": 4, "alpha": 4, "ry": 5, "by": 5}
_PICTURES = ("beauty", "combined", "rgba", "rgb", "color", "colour")
_DATA = re.compile(
    r"n|nn|normals?|p|pos|position|pref|nref|z|depth\w*|mist|uvs?|st|vectors?|motion\w*|velocity|crypto\w*|ids?|"
    r"\w+id|index\w*|\w+index|masks?|albedo|denoising.*|alpha",
)


@dataclass(frozen=True)
class Layer:
    """Channels that make a picture.

    Attributes
    ----------
    name : str
        The name of the layer, or "" if the file has one layer without a name.
    part : int
        The number of the part of the file.
    colors : tuple of str
        The channels of red, green, blue, or the one of luminance.
    alpha : str or None
        The channel of alpha.
    """

    name: str
    part: int
    colors: tuple[str, ...]
    alpha: str | None


def chosen_layer(parts: Sequence[tuple[str, Sequence[str]]], wanted: str | None) -> tuple[Layer, list[str]]:
    """Return the layer that is the picture, and the names of all layers.

    Parameters
    ----------
    parts
        Name and channels of each part.
    wanted
        The name of a layer, or the last word of the name. With None it is the layer whose name says that it is the
        picture: first a layer without a name, beauty, combined or rgba, then any other but depth, normals and ids.

    Raises
    ------
    Unsupported
        If there are no colours.
    ArgumentError
        If the wanted layer is missing, or if several layers have this name.
    """
    layers = [layer for number, (name, channels) in enumerate(parts) for layer in _layers(number, name, channels)]
    if not layers:
        names = sorted(name for _, channels in parts for name in channels)
        raise Unsupported(
            f"it has neither channels R, G, B nor a channel Y alone; its channels are {', '.join(names)}",
            "one with colours",
        )
    names = [layer.name for layer in layers]
    if wanted is None or (len(layers) == 1 and not names[0]):
        return min(layers, key=_rank), names
    found = [layer for layer in layers if layer.name == wanted] or [
        layer for layer in layers if layer.name.rpartition(".")[2].lower() == wanted.lower()
    ]
    if not found:
        raise ArgumentError(f"has no layer {wanted}; its layers are {listed(names)}")
    if len(found) > 1:
        raise ArgumentError(f"has several layers {wanted}: {listed(layer.name for layer in found)}")
    return found[0], names


def listed(names: Iterable[str]) -> str:
    """Return names of layers as a list for people."""
    return ", ".join(name or "the unnamed one" for name in names)


def _layers(part: int, part_name: str, channels: Sequence[str]) -> list[Layer]:
    """Return the layers of a part, in the order of their first channels."""
    groups = dict[str, dict[int, str]]()
    others = dict[str, set[str]]()
    for channel in channels:
        prefix, _, last = channel.rpartition(".")
        meaning = _MEANING.get(last.lower())
        if meaning is None:
            others.setdefault(prefix, set()).add(last.lower())
        else:
            groups.setdefault(prefix, {}).setdefault(meaning, channel)
    return [
        Layer(_name(prefix, part_name), part, colors, group.get(4))
        for prefix, group in groups.items()
        if (colors := _colors(prefix, group, others.get(prefix, set())))
    ]


def _colors(prefix: str, group: Mapping[int, str], others: Collection[str]) -> tuple[str, ...]:
    """Return red, green and blue, or luminance. Luminance is a Y that is no coordinate.

    Within a layer luminance stands alone or beside alpha. Channels without a layer each stand for themselves, so depth
    or ids may be among them. If X is among them, Y is a coordinate.
    """
    if {0, 1, 2} <= group.keys():
        return group[0], group[1], group[2]
    is_coordinate = bool(others) if prefix else "x" in others
    return (group[3],) if 3 in group and 5 not in group and not is_coordinate else ()


def _name(prefix: str, part: str) -> str:
    if not prefix or prefix == part or not part:
        return prefix or part
    return prefix if prefix.startswith(f"{part}.") else f"{part}.{prefix}"


def _rank(layer: Layer) -> tuple[int, int]:
    """Return the rank of a layer. Names of pictures come first, other data last, and colours before luminance."""
    last = layer.name.rpartition(".")[2].lower()
    plain = "." not in layer.colors[0]
    if not layer.name:
        place = 0
    elif last in _PICTURES:
        place = 1 + _PICTURES.index(last)
    elif _DATA.fullmatch(last):
        place = 30
    else:
        place = 10 if plain else 20
    return place, len(layer.colors) == 1
