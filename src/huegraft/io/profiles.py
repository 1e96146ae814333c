"""The meaning of ICC profiles: encodings of their colours."""

import io

import numpy as np
from PIL import Image, ImageCms

from huegraft.encodings import SRGB, Encoding, ProfileEncoding, SceneLinearEncoding

_GRID = np.linspace(0, 255, 9).round().astype(np.uint8)
_SPACES = {b"RGB ": 3, b"GRAY": 1, b"CMYK": 4}


def channels_of(profile: bytes) -> int:
    """Return the number of channels of a profile's colours, or 0 for other kinds and for bytes that are no profile."""
    return _SPACES.get(profile[16:20], 0) if profile[36:40] == b"acsp" else 0


def encoding_of(profile: bytes) -> Encoding | None:
    """Return the encoding of an RGB profile, or None if the profile cannot be used in both directions.

    A profile whose every colour is that of sRGB to within one of 256 levels counts as sRGB.
    """
    if channels_of(profile) != 3:
        return None
    if _is_srgb(profile):
        return SRGB
    grid = np.stack(np.meshgrid(*[_GRID / np.float32(255)] * 3, indexing="ij"), axis=-1).reshape(1, -1, 3)
    try:
        encoding = ProfileEncoding(profile)
        there = encoding.decode(grid.astype(np.float32))
        back = encoding.encode(there)
    except Exception:  # LittleCMS refuses it
        return None
    if not np.isfinite(there).all() or np.ptp(there) < 0.1 or np.abs(back - grid).mean() > 0.01:
        return None
    return encoding


def light_of(profile: bytes) -> SceneLinearEncoding | None:
    """Return the scene-linear light that an RGB profile describes, or None if its curves are not straight."""
    from huegraft.compiled.color import linear_picture

    if channels_of(profile) != 3:
        return None
    units = np.eye(3, dtype=np.float32)[None]
    try:
        decode = ProfileEncoding(profile).decode
        matrix, several = (linear_picture(decode(values)) for values in (units, units * 3 + np.float32(0.25)))
    except Exception:  # LittleCMS refuses it
        return None
    if not np.allclose(several, (units * 3 + np.float32(0.25)) @ matrix[0], rtol=1e-3, atol=1e-3):
        return None
    return SceneLinearEncoding(matrix[0].T.astype(np.float64))


def _is_srgb(profile: bytes) -> bool:
    grid = np.stack(np.meshgrid(_GRID, _GRID, _GRID, indexing="ij"), axis=-1).reshape(27, 27, 3)
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            Image.fromarray(grid), embedded, ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC
        )
    except (ImageCms.PyCMSError, OSError):
        return False
    return converted is not None and bool((np.abs(np.asarray(converted).astype(int) - grid) <= 1).all())


def description_of(profile: bytes) -> str:
    """Return the name that a profile gives itself."""
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()
    except (ImageCms.PyCMSError, OSError):
        return ""


def converted_to_srgb(samples: np.ndarray, profile: bytes) -> np.ndarray:
    """Return whole numbers of a profile's RGB or CMYK as sRGB, at their own depth.

    Raises
    ------
    Exception
        Whatever LittleCMS raises on a profile that does not fit.
    """
    from imagecodecs import cms_profile, cms_transform  # heavy

    space = "rgb" if samples.shape[2] == 3 else "cmyk"
    kind = samples.dtype.str[1:]
    return cms_transform(
        np.ascontiguousarray(samples), profile, cms_profile("srgb"),
        colorspace=space, outcolorspace="rgb", outdtype=kind, intent=1,
    )  # fmt: skip
