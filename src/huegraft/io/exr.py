"""OpenEXR: scene-linear light, through the OpenEXR library.

A file stores colours multiplied by their alpha. They are divided by it here.
"""

import io
import mmap
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from huegraft.encodings import SceneLinearEncoding
from huegraft.io.content import Content, Unsupported, straight
from huegraft.io.exr_layers import Layer, chosen_layer, listed
from huegraft.io.limits import refuse_bytes, refuse_claim
from huegraft.io.quiet import quiet
from huegraft.picture import OtherChannels, Picture
from huegraft.primaries import matrix_to_srgb

if TYPE_CHECKING:
    import OpenEXR

_LARGEST_TILE = 2**24
_MOST_ATTRIBUTES = 2**12
_SEVERAL_PARTS = 0x10
_TYPES = {"HALF": np.float16, "FLOAT": np.float32, "UINT": np.uint32}
_OF_THE_FILE = frozenset(  # not of the picture: the writer says them anew
    {"channels", "compression", "type", "tiles", "chunkCount", "lineOrder", "version", "name", "view", "preview"}
)
_SHARED = ("displayWindow", "pixelAspectRatio", "timeCode", "chromaticities")
"""Attributes that all parts of a file have in common."""
_COARSEST = 64
_MOST_NAMED = 8


def read(path: Path, layer: str | None = None) -> Content:
    """Read a layer of an OpenEXR file: red, green and blue, or luminance alone, with alpha if there is any."""
    import OpenEXR

    _count_attributes(path)
    with quiet():
        with OpenEXR.File(str(path), header_only=True) as file:  # which also checks what `InputFile` trusts
            headers: list[dict[str, Any]] = [dict(part.header) for part in file.parts]
        parts = [
            (str(header.get("name", "")) if len(headers) > 1 else "", [channel.name for channel in header["channels"]])
            for header in headers
        ]
        chosen, names = chosen_layer(parts, layer)
        refuse_bytes(path, sum(_checked(path, header) for header in headers))
        header = headers[chosen.part]
        wanted = [*chosen.colors, *([chosen.alpha] if chosen.alpha else [])]
        planes = _planes(path, headers, chosen.part, wanted)
    kinds = {plane.dtype for plane in planes[: len(chosen.colors)]}
    kind = kinds.pop() if len(kinds) == 1 else np.dtype(np.float32)
    samples = np.stack([plane.astype(kind, copy=False) for plane in planes[: len(chosen.colors)]], axis=-1)
    content = Content(samples, attributes=_attributes(header), unranged=kind == np.uint32)
    if chosen.alpha:
        content.alpha = planes[-1].astype(np.float32 if content.unranged else kind)
        if not content.unranged:
            content.samples = straight(content.samples, content.alpha).astype(kind)
    content.linear = matrix_to_srgb(header.get("chromaticities"))
    if "xDensity" in header and header["xDensity"] > 0:
        across = float(header["xDensity"])
        content.resolution = across, across * float(header.get("pixelAspectRatio", 1)), "inch"
    content.channels = _others(path, headers, chosen, content.samples.shape[:2])
    content.notes = list(_notes(header, names, chosen.name))
    return content


def _planes(path: Path, headers: Sequence[Mapping[str, Any]], part: int, wanted: Sequence[str]) -> list[np.ndarray]:
    """Return channels of a part, each (H, W)."""
    import OpenEXR

    sampled = {channel.name: (channel.xSampling, channel.ySampling) for channel in headers[part]["channels"]}
    if any(sampled[name] != (1, 1) for name in wanted):
        raise Unsupported("its colours have fewer pixels than the picture", "one whose channels are all of its size")
    least, most = headers[part]["dataWindow"]
    width, height = (int(last) - int(first) + 1 for first, last in zip(least, most, strict=True))
    if part > 0:  # `InputFile` knows the first part alone
        if any(_is_deep(header) for header in headers):
            raise Unsupported("its picture stands behind parts of deep data", "one without them")
        with _decoded(path) as file:
            return [np.array(file.parts[part].channels[name].pixels) for name in wanted]
    file = OpenEXR.InputFile(str(path))
    types = [_TYPES[str(file.header()["channels"][name].type)] for name in wanted]
    planes = zip(file.channels(list(wanted)), types, strict=True)
    return [np.frombuffer(plane, kind).reshape(height, width) for plane, kind in planes]


@contextmanager
def _decoded(path: Path) -> "Generator[OpenEXR.File]":
    """Give a file with the pixels of all parts. If some pixels are damaged, the library prints this and goes on."""
    import OpenEXR

    said = io.StringIO()
    with redirect_stdout(said):
        file = OpenEXR.File(str(path), separate_channels=True)
    with file:
        if said.getvalue():
            raise ValueError(said.getvalue().strip())
        yield file


def _others(
    path: Path, headers: Sequence[Mapping[str, Any]], chosen: Layer, size: tuple[int, ...]
) -> OtherChannels | None:
    """Return the other channels of the file, or None if there are none or if they cannot be copied."""
    own = {*chosen.colors, chosen.alpha}
    several = len(headers) > 1
    names = [
        f"{header['name']}:{channel.name}" if several else str(channel.name)
        for number, header in enumerate(headers)
        for channel in header["channels"]
        if number != chosen.part or channel.name not in own
    ]
    if not names or any(_is_deep(header) for header in headers):
        return None
    status = path.stat()
    state = status.st_size, status.st_mtime_ns
    return OtherChannels(
        path.resolve(), state, chosen.part, chosen.colors, chosen.alpha, tuple(names), (int(size[0]), int(size[1]))
    )


def encoded(picture: Picture) -> list[bytes]:
    """Return an OpenEXR file of a scene-linear picture, with colours multiplied by alpha, and other channels."""
    import OpenEXR

    colors, dtype = picture.pixels, picture.pixels.dtype
    header = _windows(picture)
    others = picture.channels
    channels = dict[str, Any]()
    if picture.alpha is not None:
        share = picture.alpha.astype(np.float32)[..., None]
        colors = np.where(share > 0, colors.astype(np.float32) * share, colors).astype(dtype)
        channels[(others and others.alpha) or "A"] = np.ascontiguousarray(picture.alpha.astype(dtype))
    names = _names_of_colors(others.colors) if others else "RGB"
    channels |= {name: np.ascontiguousarray(colors[..., number]) for number, name in enumerate(names)}
    if picture.resolution is not None and picture.resolution[2] != "none":
        across, down, unit = picture.resolution
        header["xDensity"] = across * (2.54 if unit == "centimetre" else 1)
        header["pixelAspectRatio"] = down / across
    buffer = io.BytesIO()
    if others is None:
        OpenEXR.File(_scanlines() | header, channels).write(buffer)
    else:
        _write_beside_others(buffer, others, header, channels)
    return [buffer.getvalue()]


def _names_of_colors(names: Sequence[str]) -> Sequence[str]:
    """Return the names of three channels in place of the given ones, which may be luminance alone."""
    prefix, dot, _ = names[0].rpartition(".")
    return names if len(names) == 3 else [f"{prefix}{dot}{letter}" for letter in "RGB"]


def _write_beside_others(
    buffer: io.BytesIO, others: OtherChannels, header: dict[str, Any], channels: dict[str, Any]
) -> None:
    """Write a file with a picture's channels in their place among those of another file."""
    import OpenEXR

    status = others.path.stat()
    if (status.st_size, status.st_mtime_ns) != others.state:
        raise ValueError(f"{others.path}, whose other channels are to be copied, has changed since it was read")
    with quiet(), _decoded(others.path) as file:
        parts = list[Any]()
        for number, part in enumerate(file.parts):
            named = {name: part.header[name] for name in ("name", "view") if name in part.header}
            if number == others.part:
                kept = {n: each for n, each in part.channels.items() if n not in (*others.colors, others.alpha)}
                parts.append(OpenEXR.Part(_scanlines() | named | header, kept | channels))
            else:
                own = {name: each for name, each in _attributes(part.header).items() if name not in _SHARED}
                shared = {name: header[name] for name in _SHARED if name in header}
                parts.append(OpenEXR.Part(_scanlines() | named | own | shared, dict(part.channels)))
        OpenEXR.File(parts).write(buffer)


def _scanlines() -> dict[str, Any]:
    """Return how files are stored, which is without loss."""
    import OpenEXR

    return {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}


def _count_attributes(path: Path) -> None:
    """Raise for more attributes than an honest header has, because the library's time grows with their square."""
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


def _checked(path: Path, header: Mapping[str, Any]) -> int:
    """Return the bytes of a part's pixels. Raise if the file cannot hold them, or if the header is implausible."""
    least, most = header["dataWindow"]
    width, height = (int(last) - int(first) + 1 for first, last in zip(least, most, strict=True))
    refuse_claim(path, width, height, bytes_per_pixel=4 * len(header["channels"]))
    tiles = header.get("tiles")
    if tiles is not None and tiles.xSize * tiles.ySize > _LARGEST_TILE:
        raise ValueError(f"its tiles of {tiles.xSize}×{tiles.ySize} pixels are too large to be true")
    steps = {(channel.xSampling, channel.ySampling) for channel in header["channels"]}
    if not all(1 <= step <= _COARSEST for pair in steps for step in pair):
        raise ValueError("its channels are sampled in steps that cannot be true")
    return 4 * width * height * len(header["channels"])


def _is_deep(header: Mapping[str, Any]) -> bool:
    return "deep" in str(header.get("type", ""))


def _attributes(header: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes for another file, without those of the storage and those that the library cannot write."""
    import OpenEXR

    kept = (str, int, float, tuple, list, np.ndarray, OpenEXR.TimeCode, OpenEXR.KeyCode)
    return {name: value for name, value in header.items() if name not in _OF_THE_FILE and isinstance(value, kept)}


def _windows(picture: Picture) -> dict[str, Any]:
    """Return the attributes to write. The library sets windows whose size is not that of the picture."""
    attributes = dict(picture.attributes)
    least, most = attributes.get("dataWindow", (np.zeros(2), np.zeros(2)))
    if tuple(int(number) for number in (most - least + 1)[::-1]) != picture.pixels.shape[:2]:
        for name in ("dataWindow", "displayWindow"):
            attributes.pop(name, None)
    if not isinstance(picture.encoding, SceneLinearEncoding):
        attributes.pop("chromaticities", None)
    return attributes


def _notes(header: Mapping[str, Any], names: Sequence[str], chosen: str) -> Iterator[str]:
    rest = [name for name in names if name != chosen]
    if chosen or rest:
        more = f" and {len(rest) - _MOST_NAMED} more" if len(rest) > _MOST_NAMED else ""
        taken = f"its layer {chosen}" if chosen else "its unnamed layer"
        yield f"{taken} is taken" + (f"; others are {listed(rest[:_MOST_NAMED])}{more}" if rest else "")
    if lost := sorted(header.keys() - _OF_THE_FILE - _attributes(header).keys()):
        yield f"these attributes are left out: {', '.join(lost)}"
    data, display = ([tuple(corner) for corner in header[name]] for name in ("dataWindow", "displayWindow"))
    if data != display:
        yield "the picture is the data window of the file, which differs from its display window"
