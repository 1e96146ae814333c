"""OpenEXR: scene-linear light, through the OpenEXR library.

Colours are stored multiplied by their alpha, and are divided by it here.
"""

import io
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from huegraft.encodings import SceneLinearEncoding
from huegraft.io.chromaticities import matrix_to_srgb
from huegraft.io.content import Content, straight
from huegraft.io.limits import refuse_claim
from huegraft.picture import Picture

_LARGEST_TILE = 2**24
_MOST_ATTRIBUTES = 2**12
_SEVERAL_PARTS = 0x10
_TYPES = {"HALF": np.float16, "FLOAT": np.float32}
_OF_THE_FILE = frozenset(  # not of the picture: the writer says them anew
    {"channels", "compression", "type", "tiles", "chunkCount", "lineOrder", "version", "name", "view", "preview"}
)


def read(path: Path) -> Content:
    """Read the first part of an OpenEXR file: red, green, blue, or luminance alone, and alpha."""
    import OpenEXR

    _count_attributes(path)
    with OpenEXR.File(str(path), header_only=True) as file:  # which also checks what `InputFile` trusts
        header: dict[str, Any] = dict(file.parts[0].header)
        parts = len(file.parts)
    names = {channel.name: channel for channel in header["channels"]}
    color, alpha = _chosen(list(names))
    wanted = [*color, *([alpha] if alpha else [])]
    width, height = _checked(path, header, [names[name] for name in wanted])
    file = OpenEXR.InputFile(str(path))
    types = [_TYPES.get(str(file.header()["channels"][name].type)) for name in wanted]
    if None in types:
        raise ValueError("its channels hold whole numbers, not light")
    arrays = [
        np.frombuffer(plane, kind).reshape(height, width)
        for plane, kind in zip(file.channels(wanted), types, strict=True)
    ]
    content = Content(np.stack(arrays[: len(color)], axis=-1), attributes=_attributes(header))
    if alpha:
        content.alpha = arrays[-1].astype(content.samples.dtype)
        content.samples = straight(content.samples, content.alpha).astype(content.samples.dtype)
    content.linear = matrix_to_srgb(header.get("chromaticities"))
    if "xDensity" in header and header["xDensity"] > 0:
        across = float(header["xDensity"])
        content.resolution = across, across * float(header.get("pixelAspectRatio", 1)), "inch"
    content.notes = list(_notes(header, parts, sorted(names.keys() - set(wanted)), color))
    return content


def encoded(picture: Picture) -> list[bytes]:
    """Return an OpenEXR file of a scene-linear picture, its colours multiplied by its alpha."""
    import OpenEXR

    colors, dtype = picture.pixels, picture.pixels.dtype
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **_windows(picture)}
    channels = dict[str, np.ndarray]()
    if picture.alpha is not None:
        share = picture.alpha.astype(np.float32)[..., None]
        colors = np.where(share > 0, colors.astype(np.float32) * share, colors).astype(dtype)
        channels["A"] = np.ascontiguousarray(picture.alpha.astype(dtype))
    channels |= {name: np.ascontiguousarray(colors[..., number]) for number, name in enumerate("RGB")}
    if picture.resolution is not None and picture.resolution[2] != "none":
        across, down, unit = picture.resolution
        header["xDensity"] = across * (2.54 if unit == "centimetre" else 1)
        header["pixelAspectRatio"] = down / across
    buffer = io.BytesIO()
    OpenEXR.File(header, channels).write(buffer)
    return [buffer.getvalue()]


def _count_attributes(path: Path) -> None:
    """Raise for more attributes than a header has in truth; the library's time grows with their square."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at, several = 8, bool(data[5] & _SEVERAL_PARTS)
        for _ in range(_MOST_ATTRIBUTES):
            kind = data.find(b"\0", at) + 1
            if kind == at + 1 and several:  # the end of one header, and perhaps the begin of the next
                at, kind = kind, data.find(b"\0", kind) + 1
            size = data.find(b"\0", kind) + 1
            if kind == at + 1 or 0 in (kind, size):  # the end of the headers, or of the file
                return
            at = size + 4 + int.from_bytes(data[size : size + 4], "little")
    raise ValueError(f"a header of more than {_MOST_ATTRIBUTES} attributes is too long to be true")


def _chosen(names: list[str]) -> tuple[list[str], str | None]:
    """Return the channels of colour and that of alpha: those without a layer, else those of the first that has them."""
    layers = sorted({name.rpartition(".")[0] for name in names})
    for layer in layers:
        prefix = f"{layer}." if layer else ""
        alpha = f"{prefix}A" if f"{prefix}A" in names else None
        for letters in ("RGB", "Y"):
            color = [prefix + letter for letter in letters]
            if set(color) <= set(names) and not {f"{prefix}RY", f"{prefix}BY"} & set(names):
                return color, alpha
    raise ValueError(f"it has no channels R, G, B and no Y alone, but {', '.join(sorted(names))}")


def _checked(path: Path, header: Mapping[str, Any], channels: list[Any]) -> tuple[int, int]:
    """Return width and height of the data window; raise for what the file cannot hold or the library not decode."""
    least, most = header["dataWindow"]
    width, height = (int(last) - int(first) + 1 for first, last in zip(least, most, strict=True))
    refuse_claim(path, width, height, bytes_per_pixel=4 * len(header["channels"]))
    tiles = header.get("tiles")
    if tiles is not None and tiles.xSize * tiles.ySize > _LARGEST_TILE:
        raise ValueError(f"its tiles of {tiles.xSize}×{tiles.ySize} pixels are too large to be true")
    if any((channel.xSampling, channel.ySampling) != (1, 1) for channel in channels):
        raise ValueError("its colours are of fewer pixels than itself")
    return width, height


def _attributes(header: Mapping[str, Any]) -> dict[str, Any]:
    """Return what another file may say of the picture: not how it is stored, and not what the library cannot write."""
    import OpenEXR

    kept = (str, int, float, tuple, list, np.ndarray, OpenEXR.TimeCode, OpenEXR.KeyCode)
    return {name: value for name, value in header.items() if name not in _OF_THE_FILE and isinstance(value, kept)}


def _windows(picture: Picture) -> dict[str, Any]:
    """Return the attributes to write: windows of another size than the picture's are left to the library."""
    attributes = dict(picture.attributes)
    least, most = attributes.get("dataWindow", (np.zeros(2), np.zeros(2)))
    if tuple(int(number) for number in (most - least + 1)[::-1]) != picture.pixels.shape[:2]:
        for name in ("dataWindow", "displayWindow"):
            attributes.pop(name, None)
    if not isinstance(picture.encoding, SceneLinearEncoding):
        attributes.pop("chromaticities", None)
    return attributes


def _notes(header: Mapping[str, Any], parts: int, left: list[str], color: list[str]) -> Any:
    if parts > 1:
        yield f"the first of {parts} parts is taken"
    if "." in color[0]:
        yield f"its layer {color[0].rpartition('.')[0]} is taken"
    if left:
        yield f"channels left out: {', '.join(left)}"
    if lost := sorted(header.keys() - _OF_THE_FILE - _attributes(header).keys()):
        yield f"attributes left out: {', '.join(lost)}"
    data, display = ([tuple(corner) for corner in header[name]] for name in ("dataWindow", "displayWindow"))
    if data != display:
        yield "the picture is its data window, which is not its display window"
