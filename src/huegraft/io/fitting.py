"""A picture as a format can hold it, and one line for each thing that it loses on the way."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from huegraft.broadcast import PQ, BroadcastEncoding
from huegraft.encodings import SRGB, SceneLinearEncoding
from huegraft.io.content import COMMENT, EXIF_MARK
from huegraft.io.directories import Directories
from huegraft.io.exif import check_block, resolution_of, upright
from huegraft.io.formats import JPEG, Format
from huegraft.io.jpeg import LONGEST_EXIF, LONGEST_IPTC
from huegraft.picture import Picture
from huegraft.types import at_depth

_BAND = 2**20
_WORDS = {
    "alpha": "alpha",
    "profile": "colour profile",
    "exif": "EXIF block",
    "xmp": "XMP packet",
    "iptc": "IPTC records",
    "channels": "other channels",
    "resolution": "resolution",
}
_PLURAL = ("iptc", "channels")
_DEPTHS: dict[type[np.generic], str] = {
    np.uint8: "8 bits",
    np.uint16: "16 bits",
    np.float16: "half floats",
    np.float32: "32-bit floats",
}


def fitted(picture: Picture, container: Format) -> tuple[Picture, list[str]]:
    """Return the picture as the container holds it, and a note for each thing that the picture loses."""
    notes = list[str]()
    if isinstance(picture.encoding, BroadcastEncoding) and "coding" not in container.holds:
        picture = _without_coding(picture, picture.encoding, container, notes)
    if container.linear:
        picture = _as_light(picture, notes)
    elif isinstance(picture.encoding, SceneLinearEncoding):
        picture = _from_light(picture, container, notes)
    elif picture.pixels.dtype.type not in container.depths:
        depth = np.dtype(_depth(picture.pixels.dtype, container))
        notes.append(
            f"{container.name} holds no {_DEPTHS[picture.pixels.dtype.type]}, so the result is written with "
            f"{_DEPTHS[depth.type]}"
        )
        picture = _converted(picture, lambda values: values, depth)
    if picture.channels is not None and picture.channels.size != picture.size:
        notes.append("its other channels belong to a picture of another size, and are left out")
        picture = replace(picture, channels=None)
    for name in _WORDS:
        if getattr(picture, name) is not None and name not in container.holds:
            if name != "profile" and not (name == "resolution" and _in_exif(picture)):
                names = f" {', '.join(picture.channels.names)}" if name == "channels" and picture.channels else ""
                what = f"{_WORDS[name]}{names} {'are' if name in _PLURAL else 'is'} left out"
                notes.append(f"{container.name} holds no {_WORDS[name]}, so the {what}")
            picture = replace(picture, **{name: None})
    picture = _with_texts(picture, container, notes)
    return _with_sound_exif(_without_the_too_long(picture, container, notes), notes), notes


def _without_coding(picture: Picture, encoding: BroadcastEncoding, container: Format, notes: list[str]) -> Picture:
    """Return the light of PQ or HLG if the format has floats, else sRGB at the greatest depth of the format."""
    if container.linear or np.float32 in container.depths:
        light = _converted(picture, encoding.to_light, np.dtype(np.float32))
        return replace(light, encoding=encoding.light)
    name = "PQ" if encoding.transfer == PQ else "HLG"
    depth = np.dtype(container.depths[-1])
    notes.append(
        f"{container.name} holds no {name}, so the result is converted to sRGB of {_DEPTHS[depth.type]}, and light "
        "brighter than white is cut off"
    )
    return replace(_converted(picture, encoding.decode, depth), encoding=SRGB)


def _with_texts(picture: Picture, container: Format, notes: list[str]) -> Picture:
    """Return the picture with those texts that the format holds."""
    if "texts" in container.holds or not picture.texts:
        return picture
    kept = [text for text in picture.texts if text[0] == COMMENT] if "comment" in container.holds else []
    if lost := dict.fromkeys(keyword for keyword, text in picture.texts if (keyword, text) not in kept):
        notes.append(f"{container.name} cannot hold the texts {', '.join(lost)}, so they are left out")
    return replace(picture, texts=tuple(kept))


def _in_exif(picture: Picture) -> bool:
    """Whether the EXIF block states a resolution as well."""
    try:
        return picture.exif is not None and resolution_of(Directories(picture.exif)) is not None
    except ValueError:
        return False


def _with_sound_exif(picture: Picture, notes: list[str]) -> Picture:
    """Return the picture with an EXIF block that can be read and that says upright, or with none."""
    if picture.exif is None:
        return picture
    block = picture.exif.removeprefix(EXIF_MARK)
    try:
        check_block(block)
    except ValueError:
        notes.append("its EXIF block is damaged and left out")
        return replace(picture, exif=None)
    return replace(picture, exif=upright(block, 1))


def _as_light(picture: Picture, notes: list[str]) -> Picture:
    """Return scene-linear light. Its primaries are those that the attributes name, or those of sRGB."""
    from huegraft.compiled.color import linear_picture

    encoding, depth = picture.encoding, picture.pixels.dtype
    if isinstance(encoding, SceneLinearEncoding):
        named = picture.profile is None and "chromaticities" in picture.attributes
        if named or np.array_equal(encoding.matrix, np.eye(3)):
            return replace(picture, profile=None)
    if not isinstance(encoding, SceneLinearEncoding) and depth != np.float32:
        depth = np.dtype(np.float16)
    notes.append("the result is converted to scene-linear light of sRGB's primaries")
    picture = _converted(picture, lambda values: linear_picture(encoding.decode(values)), depth)
    attributes = {name: value for name, value in picture.attributes.items() if name != "chromaticities"}
    return replace(picture, encoding=SceneLinearEncoding(), profile=None, attributes=attributes)


def _from_light(picture: Picture, container: Format, notes: list[str]) -> Picture:
    """Return light if the container has floats, else sRGB. Light keeps its profile, or has the primaries of sRGB."""
    encoding = picture.encoding
    if np.float32 in container.depths:
        if picture.profile is not None:
            return _converted(picture, lambda values: values, np.dtype(np.float32))
        return _converted(
            _as_light(replace(picture, attributes={}), notes), lambda values: values, np.dtype(np.float32)
        )
    depth = np.dtype(container.depths[-1])
    brighter = ", and light brighter than 1 is cut off" if (picture.pixels > 1).any() else ""
    notes.append(f"the result is converted from scene-linear light to sRGB of {_DEPTHS[depth.type]}{brighter}")
    return replace(_converted(picture, encoding.decode, depth), encoding=SRGB, profile=None)


def _depth(dtype: np.dtype, container: Format) -> type[np.generic]:
    """Return the depth of the container for values of another depth: the least for uint8, else the greatest."""
    if dtype == np.uint8:
        return container.depths[0]
    return container.depths[-1]


def _converted(picture: Picture, convert: Callable[[np.ndarray], np.ndarray], depth: np.dtype) -> Picture:
    """Return the picture with converted values of another depth. Bands are converted, so no whole copy is in floats."""
    height, width = picture.pixels.shape[:2]
    pixels, rows = np.empty(picture.pixels.shape, depth), max(_BAND // width, 1)
    for first in range(0, height, rows):
        band = convert(picture.pixels[first : first + rows])
        pixels[first : first + rows] = as_depth(band, depth)
    alpha = None if picture.alpha is None else as_depth(picture.alpha, depth)
    return replace(picture, pixels=pixels, alpha=alpha)


def as_depth(values: np.ndarray, depth: np.dtype) -> np.ndarray:
    """Return values of another depth. Whole numbers stand for [0, 1], and floats outside are clipped to [0, 1]."""
    if values.dtype == depth:
        return values
    if np.issubdtype(values.dtype, np.integer):
        values = values / np.float32(np.iinfo(values.dtype).max)
    whole = np.issubdtype(depth, np.integer)
    plain = np.nan_to_num(values, nan=0, posinf=1, neginf=0).clip(0, 1) if whole else values
    return at_depth(plain.astype(np.float32, copy=False), depth)


def _without_the_too_long(picture: Picture, container: Format, notes: list[str]) -> Picture:
    """Return the picture without blocks that are too long for a JPEG. Only XMP may fill several segments of 64 kB."""
    if container is not JPEG:
        return picture
    for name, longest in (("exif", LONGEST_EXIF), ("iptc", LONGEST_IPTC)):
        if len(getattr(picture, name) or b"") > longest:
            what = f"{_WORDS[name]} {'are' if name in _PLURAL else 'is'}"
            notes.append(f"its {what} too long for {container.name} and {'are' if name in _PLURAL else 'is'} left out")
            picture = replace(picture, **{name: None})
    return picture
