"""Primaries of light, each once, and the matrix from any of them to linear sRGB.

The matrix of primaries and white is that of SMPTE RP 177; whites other than D65 are adapted by the Bradford
transform (Lam 1985), as ICC profiles do.
"""

from collections.abc import Sequence

import numpy as np

from huegraft.shapes import Float64

D65 = (0.3127, 0.3290)
PRIMARIES = {
    1: (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, *D65),  # Rec. 709 and sRGB
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *D65),  # Rec. 2020 and Rec. 2100
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *D65),  # Display P3
}
"""x and y of red, green, blue, white, by their code points in ITU-T H.273."""
SRGB_PRIMARIES = PRIMARIES[1]
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def matrix_to_srgb(chromaticities: Sequence[float] | None) -> Float64[np.ndarray, "3 3"]:
    """Return the matrix from linear light of these primaries and white to linear sRGB; None stands for sRGB's own.

    Parameters
    ----------
    chromaticities
        x and y of red, green, blue, white.

    Raises
    ------
    ValueError
        If they are those of no real primaries.
    """
    if chromaticities is None or np.allclose(chromaticities, SRGB_PRIMARIES, atol=1e-4):
        return np.eye(3)
    numbers = np.asarray(chromaticities, np.float64)
    if numbers.shape != (8,) or not np.isfinite(numbers).all() or np.abs(numbers[1::2]).min() < 1e-6:
        raise ValueError("its chromaticities are those of no real primaries")
    source, white = _to_xyz(numbers)
    target, white_of_srgb = _to_xyz(np.array(SRGB_PRIMARIES))
    cones, cones_of_srgb = _BRADFORD @ white, _BRADFORD @ white_of_srgb
    if np.linalg.cond(source) > 1e6 or np.abs(cones).min() < 1e-6:
        raise ValueError("its chromaticities are those of no real primaries")
    adaptation = np.linalg.inv(_BRADFORD) @ np.diag(cones_of_srgb / cones) @ _BRADFORD
    return np.linalg.inv(target) @ adaptation @ source


def _to_xyz(chromaticities: Float64[np.ndarray, " 8"]) -> tuple[Float64[np.ndarray, "3 3"], Float64[np.ndarray, " 3"]]:
    x, y = chromaticities[::2], chromaticities[1::2]
    columns = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    primaries, white = columns[:, :3], columns[:, 3]
    if np.linalg.cond(primaries) > 1e6:
        raise ValueError("its chromaticities are those of no real primaries")
    return primaries * np.linalg.solve(primaries, white), white
