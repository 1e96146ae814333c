"""Area averaging."""

from collections.abc import Callable
from ctypes import c_int64

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float32
from huegraft.threads import in_blocks
from huegraft.types import Native, in_unit_range

_ROWS_AT_ONCE = 4  # of the new picture
_shrink_rows = function(
    "shrink_rows", array(np.float32, 3), c_int64, c_int64, c_int64, c_int64, c_int64, c_int64, c_int64, c_int64,
    array(np.float32, 1), array(np.float32, 3),
)  # fmt: skip


def shrink_areas(
    picture: Native,
    size: tuple[int, int],
    decode: Callable[[Native], Float32[np.ndarray, "rows W c"]] = in_unit_range,
) -> Float32[np.ndarray, "h w c"]:
    """Return a picture at a size no larger, after decoding. Each pixel is the mean of the area that it covers."""
    height, width, channels = picture.shape
    out = np.empty((*size, channels), np.float32)

    def work(top: int, bottom: int) -> None:
        sums = np.empty(width * channels, np.float32)
        above, below = top * height // size[0], -(-bottom * height // size[0])
        band = decode(picture[above:below])
        _shrink_rows(band, above, height, width, channels, *size, top, bottom, sums, out)

    in_blocks(work, size[0], block=_ROWS_AT_ONCE)
    return out
