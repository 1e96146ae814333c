"""Apply: a picture under a 3-D lookup table."""

from typing import Any

import numpy as np
import torch
from torch.nn.functional import grid_sample

from huegraft.arrays import Array, as_picture, like
from huegraft.lut.table import Lut
from huegraft.types import Pixels, at_depth, in_unit_range

_PIXELS_AT_ONCE = 2**18


def apply_lut(lut: Lut, picture: Array) -> Any:
    """Return a picture in the colours that a LUT gives it, trilinear between its nodes.

    Parameters
    ----------
    lut
        Beyond its domain the colour of the nearest point of the domain counts.
    picture : (H, W, 3) or (H, W) array
        sRGB: float32 or float64 in [0, 1], uint8 or uint16; NumPy or Torch. Never changed.

    Returns
    -------
    (H, W, 3) array of the picture's kind (float32 for float64), clipped to [0, 1].

    Raises
    ------
    PictureError
        If the picture is not one, or holds NaN or values outside [0, 1].
    """
    return like(picture, mapped(lut, as_picture(picture, "picture")), copy=False)


def mapped(lut: Lut, pixels: Pixels) -> Pixels:
    """Return checked pixels under a LUT, band by band."""
    low, high = torch.tensor(lut.domain, dtype=torch.float32)
    channels = torch.tensor(lut.table).permute(3, 0, 1, 2)
    image = np.empty_like(pixels)
    rows = max(1, _PIXELS_AT_ONCE // pixels.shape[1])
    for top in range(0, len(pixels), rows):
        band = torch.tensor(in_unit_range(pixels[top : top + rows]))
        where = 2 * ((band - low) / (high - low)).flip(-1) - 1  # Torch names the last axis first
        each = channels.expand(len(band), -1, -1, -1, -1)  # threads share the rows
        taken = grid_sample(each, where[:, None, None], padding_mode="border", align_corners=True)
        colors = taken[:, :, 0, 0].permute(0, 2, 1).clamp(0, 1)
        image[top : top + rows] = at_depth(colors.numpy(), pixels.dtype)
    return image
