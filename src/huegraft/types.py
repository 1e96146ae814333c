"""The kinds of arrays that pictures and masks are."""

import numpy as np

from huegraft.shapes import Float, Float16, Float32, UInt8, UInt16

_LARGEST_HALF = 65504

FloatPicture = Float[np.ndarray, "h w 3"]
"""sRGB in [0, 1]."""

Pixels = Float32[np.ndarray, "H W c"] | UInt8[np.ndarray, "H W c"] | UInt16[np.ndarray, "H W c"]
"""Values in [0, 1], or whole numbers that stand for them, from 0 to the greatest of their kind."""

Native = Pixels | Float16[np.ndarray, "H W c"]
"""The values of files: those of `Pixels`, and half floats. Floats of files may lie outside [0, 1]."""

Mask = Float32[np.ndarray, "H W"] | UInt8[np.ndarray, "H W"] | UInt16[np.ndarray, "H W"]
"""How much each pixel counts, in [0, 1] or as whole numbers that stand for that."""

AnyPicture = Float[np.ndarray, "_ _ 3"]
"""A picture in a signature with several pictures of different sizes."""


def in_unit_range(pixels: Native) -> Float32[np.ndarray, "H W c"]:
    """Return the values that pixels of any depth stand for. Whole numbers become [0, 1]; float32 is not copied."""
    if np.issubdtype(pixels.dtype, np.floating):
        return np.ascontiguousarray(pixels, dtype=np.float32)
    return pixels.astype(np.float32, order="C") / np.float32(np.iinfo(pixels.dtype).max)


def at_depth(values: Float32[np.ndarray, "H W c"], dtype: np.dtype) -> Native:
    """Return values as pixels of another depth. Values in [0, 1] become whole numbers, rounded to the nearest."""
    if dtype == np.float32:
        return values
    if dtype == np.float16:
        return values.clip(-_LARGEST_HALF, _LARGEST_HALF).astype(dtype)
    return np.rint(values * np.float32(np.iinfo(dtype).max)).astype(dtype)
