"""Apply: a picture under a 3-D lookup table."""

from typing import Any

import numpy as np

from huegraft.arrays import Array, as_picture, like
from huegraft.compiled.lut import look_up
from huegraft.lut.table import Lut
from huegraft.types import Pixels, at_depth, in_unit_range

_PIXELS_AT_ONCE = 2**18


def apply_lut(lut: Lut, picture: Array) -> Any:
    """Return a picture in the colours that a LUT gives it, trilinear between its nodes.

    Parameters
    ----------
    lut
        A colour outside the domain of the LUT gets the value of the nearest colour of the domain.
    picture : (H, W, 3) or (H, W) array
        sRGB: float32 or float64 in [0, 1], uint8 or uint16; NumPy or Torch. The picture is never changed.

    Returns
    -------
    (H, W, 3) array of the picture's kind (float32 for float64), clipped to [0, 1].

    Raises
    ------
    PictureError
        If `picture` is no picture, or holds NaN or values outside [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> darker = huegraft.Lut(0.5 * np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1))
    >>> huegraft.apply_lut(darker, np.ones((1, 1, 3), np.float32))
    array([[[0.5, 0.5, 0.5]]], dtype=float32)
    """
    return like(picture, mapped(lut, as_picture(picture, "picture")), copy=False)


def mapped(lut: Lut, pixels: Pixels) -> Pixels:
    """Return checked pixels in the colours of a LUT, band by band."""
    low, high = np.array(lut.domain, dtype=np.float32)
    image = np.empty_like(pixels)
    rows = max(1, _PIXELS_AT_ONCE // pixels.shape[1])
    for top in range(0, len(pixels), rows):
        band = in_unit_range(pixels[top : top + rows])
        image[top : top + rows] = at_depth(look_up(band, lut.table, low, high), pixels.dtype)
    return image
