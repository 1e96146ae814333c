"""Alpha: hidden pixels are filled from the pixels that are seen, before any step looks at the picture."""

from collections.abc import Callable

import numpy as np

from huegraft.compiled.enlarge import enlarge
from huegraft.compiled.shrink import shrink_areas
from huegraft.errors import PictureError
from huegraft.shapes import Float32
from huegraft.types import FloatPicture, Mask, Native, in_unit_range
from huegraft.windows import Window

Decode = Callable[[Native], Float32[np.ndarray, "h w 3"]]


def hides(alpha: Mask | None) -> bool:
    """Tell whether a picture's alpha hides any of it."""
    if alpha is None:
        return False
    full = 1 if np.issubdtype(alpha.dtype, np.floating) else np.iinfo(alpha.dtype).max
    return bool((alpha < full).any())


def seen_through(
    pixels: Native, alpha: Mask, size: tuple[int, int], decode: Decode
) -> tuple[FloatPicture, Float32[np.ndarray, "h w"]]:
    """Return colours and opacity at a size that is no larger. Each colour is a mean weighted by the alpha.

    Colours of no opacity are filled from the colours around. Colours that alpha 0 hides do not count.

    Parameters
    ----------
    pixels, alpha
        The pixels and the alpha of a picture.
    size
        The size (h, w) of what is returned.
    decode
        A function that makes colours of pixels.

    Raises
    ------
    PictureError
        If all of the picture is hidden.
    """
    depth = np.result_type(pixels.dtype, np.float32) if pixels.dtype.kind == "f" else pixels.dtype
    both = np.concatenate([pixels, alpha[..., None]], axis=2, dtype=depth, casting="unsafe")

    def weighted(band: Native) -> Float32[np.ndarray, "rows W 4"]:
        opacity = in_unit_range(np.ascontiguousarray(band[..., 3:])).clip(0, 1)
        return np.concatenate([decode(np.ascontiguousarray(band[..., :3])) * opacity, opacity], axis=2)

    sums = weighted(both) if size == pixels.shape[:2] else shrink_areas(both, size, weighted)
    return _filled(sums), sums[..., 3].clip(0, 1)


def _filled(sums: Float32[np.ndarray, "h w 4"]) -> FloatPicture:
    """Divide weighted colours by their weights. Colours without weight come from a picture of half the size."""
    weights = sums[..., 3:]
    colors = sums[..., :3] / np.where(weights > 0, weights, 1)
    hidden = weights[..., 0] <= 0
    if not hidden.any():
        return colors
    size = (sums.shape[0], sums.shape[1])
    if size == (1, 1):
        raise PictureError("the picture is wholly transparent; it shows nothing")
    half = ((size[0] + 1) // 2, (size[1] + 1) // 2)
    spread = enlarge(_filled(shrink_areas(sums, half)), size, Window.whole(size))
    return np.where(hidden[..., None], spread.clip(0, 1), colors)
