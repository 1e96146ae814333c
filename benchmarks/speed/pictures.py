"""Photographs at any size."""

import math

import numpy as np
from jaxtyping import Float32
from PIL import Image

from huegraft.evaluate import package
from huegraft.io.image import read_picture

TARGET, REFERENCE = "coffee", "rocket"  # 3 : 2, and from scikit-image, which weighs less than scikit-learn
_BAND = 256
_NOISE = 2.0  # of 255: an enlargement alone would be smoother than any photograph


def picture(source: str, pixels: int) -> Float32[np.ndarray, "h w 3"]:
    """Return a photograph with about, and at most, that many pixels: Lanczos, then seeded noise, then 8 bits.

    Parameters
    ----------
    source
        The name of a photograph that comes inside a package, or the path of a file.
    pixels
        Of the result, whose shape is the photograph's.
    """
    inside = source in package.NAMES
    values = package.photograph(source) if inside else read_picture(source).as_float()
    photograph = Image.fromarray(np.rint(255 * values).astype(np.uint8))
    scale = math.sqrt(pixels / (photograph.width * photograph.height))
    height, width = max(1, int(photograph.height * scale)), max(1, int(photograph.width * scale))
    made = np.empty((height, width, 3), dtype=np.float32)
    rng = np.random.default_rng(0)
    for top in range(0, height, _BAND):
        bottom = min(top + _BAND, height)
        edges = (top / height * photograph.height, bottom / height * photograph.height)
        band = photograph.resize(
            (width, bottom - top), Image.Resampling.LANCZOS, box=(0, edges[0], photograph.width, edges[1])
        )
        noisy = np.asarray(band, dtype=np.float32) + _NOISE * rng.standard_normal(
            (bottom - top, width, 3), dtype=np.float32
        )
        made[top:bottom] = np.rint(np.clip(noisy, 0, 255)) / 255
    return made
