"""Encoded references as safetensors files."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from huegraft.errors import EncodedFileError
from huegraft.io.tensors import read_record, write_record
from huegraft.records import ENCODED_SCHEMA, Colors, Description, Encoded, Geometry
from huegraft.windows import Bars, Window

_GEOMETRY = ("labels", "areas", "positions", "centres", "ids")
_COLORS = ("mean", "covariance")
_FEATURES = "features."


def save_encoded(encoded: Encoded, path: str | Path, *, replace: bool = False) -> None:
    """Write an encoded reference to a safetensors file, whole or not at all.

    Raises
    ------
    EncodedFileError
        If the file exists and `replace` is False, or cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> reference = np.random.default_rng(0).random((24, 32, 3), np.float32)
    >>> encoded = huegraft.encode_reference(reference)
    >>> huegraft.save_encoded(encoded, "one.safetensors", replace=True)
    >>> huegraft.load_encoded("one.safetensors").count == encoded.count
    True
    """
    content = as_bytes(encoded, {})
    write_record(Path(path), content, EncodedFileError, replace=replace)


def load_encoded(path: str | Path) -> Encoded:
    """Read an encoded reference that `save_encoded` wrote.

    Raises
    ------
    EncodedFileError
        If the file is missing, damaged, of another schema, or no encoded reference.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> reference = np.random.default_rng(0).random((24, 32, 3), np.float32)
    >>> encoded = huegraft.encode_reference(reference)
    >>> huegraft.save_encoded(encoded, "two.safetensors", replace=True)
    >>> huegraft.load_encoded("two.safetensors").count == encoded.count
    True
    """
    return read_with_notes(Path(path))[0]


def as_bytes(encoded: Encoded, notes: Mapping[str, str]) -> bytes:
    """Return the content of a safetensors file that holds an encoded picture, and notes beside it."""
    tensors = {name: np.array(getattr(encoded.geometry, name)) for name in _GEOMETRY}
    tensors |= {name: np.array(getattr(encoded.colors, name)) for name in _COLORS}
    tensors |= {"validity": np.array(encoded.validity)}
    tensors |= {_FEATURES + layer: np.array(array) for layer, array in encoded.features.items()}
    metadata = {
        "schema": str(ENCODED_SCHEMA),
        "mode": encoded.mode,
        "fingerprint": encoded.fingerprint,
        "backbone": encoded.description.backbone,
        "layers": json.dumps(list(encoded.features)),
        "window": json.dumps(encoded.geometry.window),
        "following": str(encoded.geometry.following),
        "bars": json.dumps(encoded.geometry.bars),
    }
    return save(tensors, {**notes, **metadata})


def read_with_notes(path: Path) -> tuple[Encoded, Mapping[str, str]]:
    """Read the encoded picture and the notes of a file that `as_bytes` made. It raises as `load_encoded` does."""
    metadata, tensors = read_record(path, "encoded reference", EncodedFileError)
    if "fingerprint" not in metadata:
        raise EncodedFileError(f"{path} is no encoded reference")
    if metadata.get("schema") != str(ENCODED_SCHEMA):
        found = metadata.get("schema", "none")
        raise EncodedFileError(f"{path}: expected schema {ENCODED_SCHEMA}, got {found}; encode the reference again")
    try:
        features = {layer: tensors[_FEATURES + layer] for layer in json.loads(metadata["layers"])}
        window, following = Window(*map(int, json.loads(metadata["window"]))), int(metadata["following"])
        bars = Bars(*map(int, json.loads(metadata["bars"])))
        encoded = Encoded(
            mode=metadata["mode"],
            fingerprint=metadata["fingerprint"],
            geometry=Geometry(
                **{name: tensors[name] for name in _GEOMETRY}, window=window, following=following, bars=bars
            ),
            description=Description(metadata["backbone"], features),
            colors=Colors(**{name: tensors[name] for name in _COLORS}),
            validity=tensors["validity"],
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        raise EncodedFileError(f"{path} is no complete encoded reference: {error}") from error
    return encoded, metadata
