"""ICC profiles for files that describe their colours without a profile, and RGB profiles for grey ones."""

import struct
from collections.abc import Sequence

import numpy as np

from huegraft.primaries import D65, PRIMARIES, SRGB_PRIMARIES

_SRGB_TRANSFERS = (1, 6, 13, 14, 15)  # of ITU-T H.273: Rec. 709 and its like are shown as sRGB is
_OPEN = 2
_CURVE_POINTS = 4096


def profile_of_grey(profile: bytes) -> bytes:
    """Return the RGB profile of sRGB's primaries in which equal channels mean the same as a grey profile's values.

    Raises
    ------
    Exception
        Whatever LittleCMS raises on a damaged profile.
    """
    from imagecodecs import cms_transform  # heavy

    linear = profile_of_primaries(D65, SRGB_PRIMARIES[:6], 1)
    ramp = np.linspace(0, 1, _CURVE_POINTS, dtype=np.float32)[None, :, None]
    light = cms_transform(ramp, profile, linear, colorspace="gray", outcolorspace="rgb", outdtype="f4", intent=1)
    curve = np.maximum.accumulate(light.reshape(-1, 3)[:, 1].clip(0, 1))
    return _made(D65, SRGB_PRIMARIES[:6], curve / curve[-1])


def srgb_profile() -> bytes:
    """Return a profile of sRGB."""
    from imagecodecs import cms_profile  # heavy

    return _undated(cms_profile("srgb"))


def profile_of_primaries(white: Sequence[float], primaries: Sequence[float], gamma: float | None) -> bytes:
    """Return an RGB profile of these primaries (x and y of red, green, blue). Gamma None stands for sRGB's curve."""
    from imagecodecs import cms_profile  # heavy

    if gamma is not None:
        return _undated(cms_profile("rgb", whitepoint=[*white], primaries=[*primaries], gamma=gamma))
    encoded = np.linspace(0, 1, _CURVE_POINTS)
    curve = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return _made(white, primaries, curve)


def profile_of_coding(primaries: int, transfer: int) -> bytes | None:
    """Return the profile of code points of ITU-T H.273, or None for sRGB and for unknown code points."""
    if primaries not in PRIMARIES or PRIMARIES[primaries] == SRGB_PRIMARIES or transfer not in _SRGB_TRANSFERS:
        return None
    return profile_of_primaries(D65, PRIMARIES[primaries][:6], None)


def is_coded_srgb(primaries: int, transfer: int) -> bool:
    """Tell whether code points of ITU-T H.273 stand for sRGB or say nothing."""
    return primaries in (1, _OPEN) and transfer in (*_SRGB_TRANSFERS, _OPEN)


def _made(white: Sequence[float], primaries: Sequence[float], curve: np.ndarray) -> bytes:
    from imagecodecs import cms_profile

    points = curve.astype(np.float32)
    return _undated(cms_profile("rgb", whitepoint=[*white], primaries=[*primaries], transferfunction=points))


def _undated(profile: bytes) -> bytes:
    """Return a profile without the time of its making, so that the same picture gives the same bytes."""
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]
