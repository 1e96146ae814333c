"""The lαβ space of Ruderman, Cronin, Chiao 1998, as Reinhard et al. 2001 (doi:10.1109/38.946629) take it from RGB."""

import numpy as np

from huegraft.shapes import Float64
from huegraft.types import AnyPicture

_LMS_FROM_RGB = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
_OPPONENT = np.array([[1, 1, 1], [1, 1, -2], [1, -1, 0]]) / np.sqrt([[3], [6], [2]])
_DARKEST = 1 / 255  # black has no logarithm

LAlphaBeta = Float64[np.ndarray, "_ _ 3"]


def lalphabeta_from_rgb(rgb: AnyPicture) -> LAlphaBeta:
    """Convert RGB in [0, 1], taken as it is stored, to lαβ."""
    return np.log10(np.maximum(rgb.astype(np.float64) @ _LMS_FROM_RGB.T, _DARKEST)) @ _OPPONENT.T


def rgb_from_lalphabeta(lalphabeta: LAlphaBeta) -> LAlphaBeta:
    """Convert lαβ to RGB, unclipped."""
    return 10 ** (lalphabeta @ _OPPONENT) @ np.linalg.inv(_LMS_FROM_RGB).T
