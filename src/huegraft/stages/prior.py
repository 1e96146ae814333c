"""Prior: superpixels of like lightness are preferred (Welsh, Ashikhmin, Mueller 2002, doi:10.1145/566570.566576)."""

from collections.abc import Sequence

import numpy as np

from huegraft.color import grey_from_srgb, lab_from_srgb
from huegraft.records import Encoded
from huegraft.shapes import Float64


def comparable_lightness(
    target: Encoded, references: Sequence[Encoded]
) -> tuple[Float64[np.ndarray, " n_t"], Float64[np.ndarray, " n_r"]]:
    """Return L* of the mean colours of superpixels, whose squared difference lowers the logits of the attention.

    The target's L* is shifted and stretched to the mean and the deviation of the references' L* (deviations of at least
    1), so that an exposure does not count.
    """
    scale, shift = lightness_map(target, references)
    return _lightness(target.mode, target.color_mean) * scale + shift, reference_lightness(target.mode, references)


def lightness_map(target: Encoded, references: Sequence[Encoded]) -> tuple[float, float]:
    """Return the scale and the shift of L* that give the target the mean and the deviation of the references."""
    areas = np.concatenate([reference.areas * reference.validity for reference in references])
    mean, deviation = _moments(_lightness(target.mode, target.color_mean), target.areas * target.validity)
    wanted_mean, wanted_deviation = _moments(reference_lightness(target.mode, references), areas)
    scale = wanted_deviation / deviation
    return scale, wanted_mean - mean * scale


def reference_lightness(mode: str, references: Sequence[Encoded]) -> Float64[np.ndarray, " n_r"]:
    """Return L* of the mean colours of the references' superpixels. In colourisation it is L* of their grey."""
    return _lightness(mode, np.concatenate([reference.color_mean for reference in references]))


def _lightness(mode: str, srgb: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, " n"]:
    return lab_from_srgb(grey_from_srgb(srgb) if mode == "colorize" else srgb)[:, 0]


def _moments(values: Float64[np.ndarray, " n"], areas: Float64[np.ndarray, " n"]) -> tuple[float, float]:
    shares = areas / areas.sum()
    mean = float(shares @ values)
    return mean, max(float(np.sqrt(shares @ np.square(values - mean))), 1.0)
