"""The way from the content of a file to a picture that is upright and has three channels of known meaning."""

import math
from typing import Literal

import numpy as np

from huegraft.broadcast import HLG, PQ, BroadcastEncoding
from huegraft.encodings import SRGB, Encoding, SceneLinearEncoding
from huegraft.errors import ArgumentError
from huegraft.io.content import Content, Unsupported
from huegraft.io.directories import Directories
from huegraft.io.exif import check_block, orientation_of, resolution_of, upright, upright_xmp
from huegraft.io.profile_making import is_coded_srgb, profile_of_coding, profile_of_grey, srgb_profile
from huegraft.io.profiles import channels_of, converted_to_srgb, description_of, encoding_of, light_of
from huegraft.picture import Picture
from huegraft.primaries import PRIMARIES

FloatRange = float | Literal["light"] | None
"""The meaning of the floats of a file; see :func:`huegraft.read_picture`."""

_USUAL = (255, 1023, 4095, 16383, 65535)
_OVERSHOOT = 1.1
"""How far values may reach beyond white. They do so after a picture was sharpened or enlarged."""
_LARGEST_OF_LIGHT, _MEDIAN_OF_LIGHT = 16, 2


def check_float_range(float_range: FloatRange) -> None:
    """Raise ArgumentError if a value is no range."""
    number = isinstance(float_range, (int, float)) and not isinstance(float_range, bool)
    if float_range not in (None, "light") and not (number and 0 < float(float_range) < math.inf):
        raise ArgumentError(f'float_range must be a number above 0 or "light", got {float_range!r}')


def interpreted(content: Content, name: str, float_range: FloatRange = None) -> Picture:
    """Return the content of a file as a picture. The notes of the picture begin with the file's name."""
    if content.unranged:
        _set_range(content, float_range)
    exif, orientation = upright_exif(content)
    to_do = 1 if content.turned else orientation
    alpha, resolution = content.alpha, content.resolution
    if alpha is not None:
        alpha = np.ascontiguousarray(turned(alpha, to_do))
    pixels, encoding, profile = _color(turned(content.samples, to_do), content)
    if resolution is not None and orientation >= 5:
        resolution = resolution[1], resolution[0], resolution[2]
    return Picture(
        np.ascontiguousarray(pixels),
        encoding,
        alpha,
        exif=exif,
        xmp=None if content.xmp is None else upright_xmp(content.xmp),
        iptc=content.iptc,
        texts=tuple(content.texts),
        resolution=resolution,
        profile=profile,
        orientation=orientation,
        attributes=content.attributes,
        channels=content.channels,
        notes=tuple(f"{name}: {note}" for note in content.notes),
    )


def _set_range(content: Content, float_range: FloatRange) -> None:
    """Take the samples as light, or as colours from 0 to the range. Raise if the range has to be given."""
    samples = content.samples
    if float_range is None:
        greatest = float(np.max(samples, initial=0, where=np.isfinite(samples)))
        if not _looks_like_light(samples, greatest):
            usual = next((number for number in _USUAL if greatest <= _OVERSHOOT * number), greatest)
            raise Unsupported(
                f"its values reach {greatest:g}, which looks like whole numbers and not like light. Say --float-range "
                f"{usual:g} (float_range={usual:g}) if {usual:g} stands for white, or --float-range light if they "
                "are light",
                "",
            )
    if float_range in (None, "light"):
        content.samples = samples.astype(np.float32, copy=False)
        return
    content.samples = _divided(samples, float(float_range))
    if content.alpha is not None:
        content.alpha = _divided(content.alpha, float(float_range))
    content.linear = None
    content.profile = content.profile or srgb_profile()
    content.notes.append(f"its values are taken as colours from 0 to {float_range:g}")


def _divided(values: np.ndarray, white: float) -> np.ndarray:
    """Return values as shares of white. Raise ArgumentError if floats cannot hold a share."""
    with np.errstate(over="ignore"):
        shares = (values / np.float64(white)).astype(np.float32)
    if (np.isinf(shares) & np.isfinite(values)).any():
        raise ArgumentError(f"has values that are too large for a float_range of {white:g}")
    return shares


def _looks_like_light(samples: np.ndarray, greatest: float) -> bool:
    """Tell whether samples look like light, most of which is below white, and not like values from 0 to 255."""
    if np.issubdtype(samples.dtype, np.integer):
        return False
    if greatest <= _LARGEST_OF_LIGHT:
        return True
    positive = samples[(samples > 0) & np.isfinite(samples)]
    return bool(np.median(positive) < _MEDIAN_OF_LIGHT and (positive != np.rint(positive)).any())


def turned(array: np.ndarray, orientation: int) -> np.ndarray:
    """Return the view that an EXIF orientation, 1 to 8, describes."""
    if orientation >= 5:
        array = array.swapaxes(0, 1)
    down = -1 if orientation in (3, 4, 7, 8) else 1
    across = -1 if orientation in (2, 3, 6, 7) else 1
    return array[::down, ::across]


def upright_exif(content: Content) -> tuple[bytes | None, int]:
    """Return the EXIF block for the upright picture, and the orientation that the block named before."""
    if content.exif is None:
        return None, 1
    try:
        check_block(content.exif)
        orientation = orientation_of(content.exif)
        exif = upright(content.exif, orientation)
        if content.resolution is None:
            content.resolution = resolution_of(Directories(content.exif))
    except ValueError:
        content.notes.append("its EXIF block is damaged and left out")
        return None, 1
    return exif, orientation


def _color(samples: np.ndarray, content: Content) -> tuple[np.ndarray, Encoding, bytes | None]:
    """Return three channels, the encoding of their colours, and the profile of this encoding."""
    channels, profile = samples.shape[2], content.profile
    if channels == 4:
        return _without_ink(samples, content), SRGB, None
    pixels = np.repeat(samples, 3, axis=2) if channels == 1 else samples
    if content.coding is not None and content.coding[1] in (PQ, HLG):
        if content.coding[0] not in PRIMARIES:
            raise Unsupported(f"its high dynamic range has primaries of the unknown code point {content.coding[0]}")
        return pixels, BroadcastEncoding(*content.coding), None
    if content.coding is not None:
        made = profile_of_coding(*content.coding)
        if made is None and profile is None and not is_coded_srgb(*content.coding):
            content.notes.append(
                "the code points {} and {} of its colours are not known; the picture is taken as sRGB".format(
                    *content.coding
                )
            )
        profile = made or profile
    linear = None if content.linear is None else SceneLinearEncoding(content.linear)
    if profile is None:
        return pixels, linear or SRGB, None
    if channels == 1 and channels_of(profile) == 1:
        try:
            profile = profile_of_grey(profile)
            content.notes.append("its grey profile is kept as an RGB profile with the same curve")
        except Exception:  # LittleCMS refuses it
            profile = b""
    if encoding := (linear and light_of(profile)) or encoding_of(profile):
        return pixels, encoding, profile
    if channels == channels_of(profile) == 3 and linear is None:
        try:
            return _said(content, profile, converted_to_srgb(samples, profile)), SRGB, None
        except Exception:  # LittleCMS refuses it
            profile = b""
    taken = "sRGB" if linear is None else "scene-linear light"
    content.notes.append(f"its colour profile is damaged or does not fit; the picture is taken as {taken}")
    return pixels, linear or SRGB, None


def _without_ink(samples: np.ndarray, content: Content) -> np.ndarray:
    """Return cyan, magenta, yellow and black as sRGB, by the profile, or as perfect inks if there is none."""
    if content.profile is not None and channels_of(content.profile) == 4:
        try:
            return _said(content, content.profile, converted_to_srgb(samples, content.profile))
        except Exception:  # LittleCMS refuses it
            content.notes.append("its colour profile is damaged and left out")
    content.notes.append("its colours are converted from CMYK without a profile to sRGB")
    most = int(np.iinfo(samples.dtype).max)
    paper = most - samples.astype(np.uint32)
    return ((paper[..., :3] * paper[..., 3:] + most // 2) // most).astype(samples.dtype)


def _said(content: Content, profile: bytes, pixels: np.ndarray) -> np.ndarray:
    content.notes.append(f"its colours are converted from {description_of(profile) or 'its profile'} to sRGB")
    return pixels
