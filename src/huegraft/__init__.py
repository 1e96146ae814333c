"""huegraft: give a picture or a film the colours of another one.

The public names are loaded when first used, so that ``import huegraft`` stays light.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huegraft.backbones import Backbone, backbone_names, register_backbone
    from huegraft.errors import Cancelled, HuegraftError
    from huegraft.film.film import Film
    from huegraft.graph import unused_settings
    from huegraft.io.encoded import load_encoded, save_encoded
    from huegraft.io.encoded_cache import EncodedCache
    from huegraft.io.image import read_mask, read_picture, write_picture
    from huegraft.io.look import load_look, save_look
    from huegraft.io.lut import read_lut, write_lut
    from huegraft.look import Look, Warm
    from huegraft.lut.apply import apply_lut
    from huegraft.lut.fit import fit_lut
    from huegraft.lut.table import FittedLut, Lut
    from huegraft.picture import Picture
    from huegraft.pipeline import colorize, encode_reference, transfer
    from huegraft.records import Colors, Description, Encoded, Geometry, Result
    from huegraft.rendering import Rendering
    from huegraft.request import Pin, Region, Request
    from huegraft.session import Session
    from huegraft.settings import Settings, preset
    from huegraft.suggestion import Suggestion, suggest
    from huegraft.windows import Window

__version__ = "0.1.0"

_HOMES = {
    "Backbone": "backbones",
    "Cancelled": "errors",
    "Colors": "records",
    "Description": "records",
    "Encoded": "records",
    "EncodedCache": "io.encoded_cache",
    "Film": "film.film",
    "FittedLut": "lut.table",
    "Geometry": "records",
    "HuegraftError": "errors",
    "Look": "look",
    "Lut": "lut.table",
    "Picture": "picture",
    "Pin": "request",
    "Region": "request",
    "Rendering": "rendering",
    "Request": "request",
    "Result": "records",
    "Session": "session",
    "Settings": "settings",
    "Suggestion": "suggestion",
    "Warm": "look",
    "Window": "windows",
    "apply_lut": "lut.apply",
    "backbone_names": "backbones",
    "colorize": "pipeline",
    "encode_reference": "pipeline",
    "fit_lut": "lut.fit",
    "load_encoded": "io.encoded",
    "load_look": "io.look",
    "preset": "settings",
    "read_lut": "io.lut",
    "read_mask": "io.image",
    "read_picture": "io.image",
    "register_backbone": "backbones",
    "save_encoded": "io.encoded",
    "save_look": "io.look",
    "suggest": "suggestion",
    "transfer": "pipeline",
    "unused_settings": "graph",
    "write_lut": "io.lut",
    "write_picture": "io.image",
}

__all__ = [
    "Backbone",
    "Cancelled",
    "Colors",
    "Description",
    "Encoded",
    "EncodedCache",
    "Film",
    "FittedLut",
    "Geometry",
    "HuegraftError",
    "Look",
    "Lut",
    "Picture",
    "Pin",
    "Region",
    "Rendering",
    "Request",
    "Result",
    "Session",
    "Settings",
    "Suggestion",
    "Warm",
    "Window",
    "apply_lut",
    "backbone_names",
    "colorize",
    "encode_reference",
    "fit_lut",
    "load_encoded",
    "load_look",
    "preset",
    "read_lut",
    "read_mask",
    "read_picture",
    "register_backbone",
    "save_encoded",
    "save_look",
    "suggest",
    "transfer",
    "unused_settings",
    "write_lut",
    "write_picture",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'huegraft' has no attribute {name!r}")
    if name == "Film":
        from huegraft.extras import require

        require("film", "huegraft.Film", "av")
    return getattr(importlib.import_module(f"huegraft.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
