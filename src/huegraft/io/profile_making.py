"""ICC profiles for what files say without one, and RGB profiles for grey ones."""

from collections.abc import Sequence

import numpy as np

_SRGB_TRANSFERS = (1, 6, 13, 14, 15)  # of ITU-T H.273: Rec. 709 and its like are shown as sRGB is
_P3, _REC_2020 = 12, 9
_D65 = (0.3127, 0.329)
_REC_709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_PRIMARIES = {_P3: (0.68, 0.32, 0.265, 0.69, 0.15, 0.06), _REC_2020: (0.708, 0.292, 0.17, 0.797, 0.131, 0.046)}
_CURVE_POINTS = 4096


def profile_of_grey(profile: bytes) -> bytes:
    """Return the RGB profile of sRGB's primaries whose equal channels mean what a grey profile's values do.

    Raises
    ------
    Exception
        Whatever LittleCMS raises on a damaged profile.
    """
    from imagecodecs import cms_transform  # heavy

    linear = profile_of_primaries(_D65, _REC_709, 1)
    ramp = np.linspace(0, 1, _CURVE_POINTS, dtype=np.float32)[None, :, None]
    light = cms_transform(ramp, profile, linear, colorspace="gray", outcolorspace="rgb", outdtype="f4", intent=1)
    curve = np.maximum.accumulate(light.reshape(-1, 3)[:, 1].clip(0, 1))
    return _made(_D65, _REC_709, curve / curve[-1])


def profile_of_primaries(white: Sequence[float], primaries: Sequence[float], gamma: float | None) -> bytes:
    """Return an RGB profile of these primaries (x and y of red, green, blue); gamma None is sRGB's curve."""
    from imagecodecs import cms_profile  # heavy

    if gamma is not None:
        return cms_profile("rgb", whitepoint=[*white], primaries=[*primaries], gamma=gamma)
    encoded = np.linspace(0, 1, _CURVE_POINTS)
    curve = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return _made(white, primaries, curve)


def profile_of_coding(primaries: int, transfer: int) -> bytes | None:
    """Return the profile of code points of ITU-T H.273; None for sRGB and for what is not interpreted."""
    if primaries not in _PRIMARIES or transfer not in _SRGB_TRANSFERS:
        return None
    return profile_of_primaries(_D65, _PRIMARIES[primaries], None)


def _made(white: Sequence[float], primaries: Sequence[float], curve: np.ndarray) -> bytes:
    from imagecodecs import cms_profile

    points = curve.astype(np.float32)
    return cms_profile("rgb", whitepoint=[*white], primaries=[*primaries], transferfunction=points)
