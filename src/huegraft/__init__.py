"""huegraft: give a picture or a film the colours of another one.

The public names are loaded when first used, so that ``import huegraft`` stays light.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huegraft.backbones import Backbone, backbone_names, register_backbone
    from huegraft.errors import HuegraftError
    from huegraft.io.encoded import load_encoded, save_encoded
    from huegraft.io.encoded_cache import EncodedCache
    from huegraft.io.image import Picture, read_picture, write_picture
    from huegraft.pipeline import colorize, encode_reference, transfer
    from huegraft.settings import Settings, preset
    from huegraft.suggestion import Suggestion, suggest
    from huegraft.types import Encoded, Result

__version__ = "0.1.0"

_HOMES = {
    "Backbone": "backbones",
    "Encoded": "types",
    "EncodedCache": "io.encoded_cache",
    "HuegraftError": "errors",
    "Picture": "io.image",
    "Result": "types",
    "Settings": "settings",
    "Suggestion": "suggestion",
    "backbone_names": "backbones",
    "colorize": "pipeline",
    "encode_reference": "pipeline",
    "load_encoded": "io.encoded",
    "preset": "settings",
    "read_picture": "io.image",
    "register_backbone": "backbones",
    "save_encoded": "io.encoded",
    "suggest": "suggestion",
    "transfer": "pipeline",
    "write_picture": "io.image",
}

__all__ = [
    "Backbone",
    "Encoded",
    "EncodedCache",
    "HuegraftError",
    "Picture",
    "Result",
    "Settings",
    "Suggestion",
    "backbone_names",
    "colorize",
    "encode_reference",
    "load_encoded",
    "preset",
    "read_picture",
    "register_backbone",
    "save_encoded",
    "suggest",
    "transfer",
    "write_picture",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'huegraft' has no attribute {name!r}")
    return getattr(importlib.import_module(f"huegraft.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
