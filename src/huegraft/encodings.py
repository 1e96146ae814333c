"""Encodings: what the values of a file mean as colours. They lead to the working space and back without 8 bits.

The working space is sRGB continued beyond [0, 1]: below by the linear part of its curve, above by its power. Colours
of a wide gamut and light brighter than white survive in it.
"""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from huegraft.color import sum_of_channels
from huegraft.digest import digest
from huegraft.matrix_profile import matrix_profile
from huegraft.shapes import Float32, Float64
from huegraft.types import Native, in_unit_range

LUMINANCE = np.array([0.212671, 0.715160, 0.072169])
"""The weights of luminance in linear sRGB, as in color.py."""


@runtime_checkable
class Encoding(Protocol):
    """What values mean.

    Attributes
    ----------
    key : str
        The name of the encoding for caches.
    unbounded : bool
        Whether values may exceed 1, as in scene-linear light.
    """

    @property
    def key(self) -> str: ...  # noqa: D102

    @property
    def unbounded(self) -> bool: ...  # noqa: D102

    def decode(self, pixels: Native) -> Float32[np.ndarray, "h w 3"]:
        """Return sRGB continued beyond [0, 1]. float32 sRGB is not copied."""
        ...

    def encode(self, srgb: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
        """Return the values of continued sRGB, unclipped. Colours outside the gamut have values outside the range."""
        ...


@dataclass(frozen=True)
class SrgbEncoding:
    """sRGB itself."""

    key: str = "srgb"
    unbounded: bool = False

    def decode(self, pixels: Native) -> Float32[np.ndarray, "h w 3"]:
        """Return values in [0, 1]."""
        return in_unit_range(pixels)

    def encode(self, srgb: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
        """Return the same."""
        return srgb


SRGB = SrgbEncoding()


@dataclass(frozen=True)
class ProfileEncoding:
    """The colours of an ICC profile of RGB values, relative colorimetric, as LittleCMS has them in single precision."""

    profile: bytes
    unbounded: bool = False

    @property
    def key(self) -> str:
        """Digest of the profile."""
        return digest([np.frombuffer(self.profile, np.uint8)])

    def decode(self, pixels: Native) -> Float32[np.ndarray, "h w 3"]:
        """Convert from the profile's values."""
        from huegraft.compiled.color import srgb_picture_from_linear

        matrix = matrix_profile(self.profile)
        if matrix is None or np.issubdtype(pixels.dtype, np.floating):
            return _transformed(in_unit_range(pixels), self.profile, _srgb_profile())
        return srgb_picture_from_linear(matrix.linear_srgb(pixels))

    def encode(self, srgb: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
        """Convert to the profile's values."""
        from huegraft.compiled.color import linear_picture

        matrix = matrix_profile(self.profile)
        if matrix is None:
            return _transformed(srgb, _srgb_profile(), self.profile)
        return matrix.values(linear_picture(srgb))


@dataclass(frozen=True, eq=False)
class SceneLinearEncoding:
    """Linear light of unbounded brightness.

    Attributes
    ----------
    matrix : (3, 3)
        From the file's primaries to linear sRGB.
    """

    matrix: Float64[np.ndarray, "3 3"] = field(default_factory=lambda: np.eye(3))
    unbounded: bool = True

    @property
    def key(self) -> str:
        """Digest of the matrix."""
        return digest([self.matrix])

    def decode(self, pixels: Native) -> Float32[np.ndarray, "h w 3"]:
        """Convert from linear light. Values that are not finite count as black."""
        from huegraft.compiled.color import srgb_picture_from_linear, through_matrix

        finite = np.nan_to_num(pixels.astype(np.float32, order="C"), copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        return srgb_picture_from_linear(through_matrix(finite, self.matrix))

    def encode(self, srgb: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 3"]:
        """Convert to linear light."""
        from huegraft.compiled.color import linear_picture, through_matrix

        return through_matrix(linear_picture(srgb), np.linalg.inv(self.matrix))

    def luminance(self, values: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w"]:
        """Return the luminance Y of values, 1 for white."""
        return sum_of_channels(values, LUMINANCE @ self.matrix)


def _transformed(values: Float32[np.ndarray, "h w 3"], source: bytes, target: bytes) -> Float32[np.ndarray, "h w 3"]:
    from imagecodecs import cms_transform  # heavy

    return cms_transform(
        np.ascontiguousarray(values), source, target, colorspace="rgb", outcolorspace="rgb", outdtype="f4", intent=1
    )


def _srgb_profile() -> bytes:
    from imagecodecs import cms_profile

    return cms_profile("srgb")
