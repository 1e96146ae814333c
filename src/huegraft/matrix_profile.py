"""Profiles of three curves and a matrix, which most RGB profiles are, in a fifth of LittleCMS's time.

What the curves and the matrix are is asked of LittleCMS, which also decides whether a profile is of this kind: colours
must come out as it converts them.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from huegraft.primaries import D65, SRGB_PRIMARIES
from huegraft.shapes import Float32, Float64
from huegraft.types import Native

_LEVELS = 2**16  # one for each value of 16 bits
_NODES = 2**14  # of the inverse curves, over square roots: dense where curves of light are steep
_SAMPLES = 4096
_AGREEMENT = 5e-5  # of linear sRGB
_BLACK = 1e-6
_FLATTEST = 512  # equal levels: tables are flat near black


@dataclass(frozen=True, eq=False)
class MatrixProfile:
    """linear sRGB = M curves(values).

    Attributes
    ----------
    curves : (3, 65536)
        Light of each channel at values of 16 bits.
    inverse_curves : (3, n)
        Values at light 0 to 1, at even steps of its square root.
    matrix : (3, 3)
        M.
    """

    curves: Float32[np.ndarray, "3 levels"]
    inverse_curves: Float32[np.ndarray, "3 nodes"]
    matrix: Float64[np.ndarray, "3 3"]

    def linear_srgb(self, pixels: Native) -> Float32[np.ndarray, "h w 3"]:
        """Return the linear sRGB, continued beyond [0, 1], of whole numbers."""
        from huegraft.compiled.color import through_matrix

        levels = self.curves[:, ::257] if pixels.dtype == np.uint8 else self.curves
        light = np.stack([curve.take(pixels[..., channel]) for channel, curve in enumerate(levels)], axis=-1)
        return through_matrix(light, self.matrix)

    def values(self, linear_srgb: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
        """Return the values of linear sRGB, continued beyond [0, 1] with the slope 1."""
        from huegraft.compiled.color import through_curves, through_matrix

        return through_curves(through_matrix(linear_srgb, np.linalg.inv(self.matrix)), self.inverse_curves)


@lru_cache(4)
def matrix_profile(profile: bytes) -> MatrixProfile | None:
    """Return an ICC profile of RGB values as curves and matrix, or None if it is of another kind."""
    even = np.linspace(0, 1, _LEVELS, dtype=np.float32)
    ramps = np.zeros((3, _LEVELS, 3), np.float32)
    for channel in range(3):
        ramps[channel, :, channel] = even
    light = _linear_srgb(ramps, profile)
    matrix = light[:, -1].T.astype(np.float64)
    if np.abs(light[:, 0]).max() > _BLACK or abs(np.linalg.det(matrix)) < _BLACK:
        return None
    curves = np.stack([light[channel, :, channel] / light[channel, -1, channel] for channel in range(3)])
    nodes = np.square(np.linspace(0, 1, _NODES))
    rising = np.diff(curves, axis=1, prepend=-1) > 0  # of equal levels the lowest: black is 0
    if (np.diff(curves, axis=1) < 0).any() or any(np.diff(np.flatnonzero(each)).max() > _FLATTEST for each in rising):
        return None
    inverse = np.stack(
        [np.interp(nodes, curve[rises], even[rises]) for curve, rises in zip(curves, rising, strict=True)]
    )
    found = MatrixProfile(curves, inverse.astype(np.float32), matrix)
    return found if _agrees(found, profile) else None


def _agrees(found: MatrixProfile, profile: bytes) -> bool:
    samples = np.random.default_rng(0).integers(0, _LEVELS, (1, _SAMPLES, 3)).astype(np.uint16)
    expected = _linear_srgb(samples.astype(np.float32) / np.float32(_LEVELS - 1), profile)
    there = found.linear_srgb(samples)
    back = np.rint(found.values(there) * (_LEVELS - 1)).clip(0, _LEVELS - 1).astype(np.uint16)
    return all(np.abs(light - expected).max() < _AGREEMENT for light in (there, found.linear_srgb(back)))


def _linear_srgb(values: Float32[np.ndarray, "h w 3"], profile: bytes) -> Float32[np.ndarray, "h w 3"]:
    from imagecodecs import cms_profile, cms_transform

    linear = cms_profile("rgb", whitepoint=[*D65], primaries=[*SRGB_PRIMARIES[:6]], gamma=1.0)
    return cms_transform(values, profile, linear, colorspace="rgb", outcolorspace="rgb", outdtype="f4", intent=1)
