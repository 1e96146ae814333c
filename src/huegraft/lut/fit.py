"""Fit: the 3-D lookup table that best reproduces a transfer (docs/decisions/014-lut.md)."""

import numpy as np

from huegraft.arrays import Array, as_picture
from huegraft.color import ciede2000, lab_from_srgb
from huegraft.errors import LutError, PictureError
from huegraft.extras import imports
from huegraft.lut.apply import mapped
from huegraft.lut.bins import Bins, binned, thinned
from huegraft.lut.curves import apply_curves, fit_curves
from huegraft.lut.solve import bending, interpolation, solve
from huegraft.lut.table import SMALLEST, FittedLut, Lut
from huegraft.picture import Picture
from huegraft.shapes import Float32
from huegraft.stages.bars import without_bars
from huegraft.types import Pixels, in_unit_range
from huegraft.windows import Bars

with imports("lut", "fitting a LUT"):
    from scipy import sparse

LARGEST_FITTED = 65
_BENDING = 3e-6  # weight of ∫ ‖∇²d‖², beside a mean over pixels
_RETURN = 1e-4  # weight of ∫ ‖d‖²: far from all data the curves remain
_MEASURED_PIXELS = 2**18


def fit_lut(target: Array, result_image: Array, size: int = 33, *, title: str = "huegraft") -> FittedLut:
    """Return the LUT that turns a target into its transferred result, as far as one map of colours can.

    Colours that the target lacks continue smoothly from those that it has, and end in a monotone curve for each channel
    that takes black near to black and white near to white.

    Parameters
    ----------
    target : (H, W, 3) or (H, W) array
        sRGB: float32 or float64 in [0, 1], uint8 or uint16; NumPy or Torch.
    result_image
        The same picture in its new colours.
    size
        The number of nodes along each axis, 2 to 65.
    title
        The title of the LUT in a file.

    Returns
    -------
    FittedLut
        Its table in [0, 1]. How well it fits is measured at an even grid of pixels, at most 2¹⁸.

    Raises
    ------
    PictureError
        If one of the two is no picture, or if they differ in size.
    LutError
        If `size` is out of range, or if the title is not allowed in a file.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> picture = np.random.default_rng(0).random((40, 40, 3), np.float32)
    >>> lut = huegraft.fit_lut(picture, picture * np.float32(0.8), size=9)
    >>> lut.size, lut.explained > 0.99
    (9, True)
    """
    if not SMALLEST <= size <= LARGEST_FITTED:
        raise LutError(f"a LUT can be fitted with {SMALLEST} to {LARGEST_FITTED} nodes along each axis, got {size}")
    before, after = as_picture(target, "target"), as_picture(result_image, "result")
    if before.shape != after.shape:
        raise PictureError(
            f"target and result must be of one size, got {before.shape[:2]} and {after.shape[:2]}; give the "
            "result of transfer() at the target's own size"
        )
    lut = Lut(_table(binned(before, after, size), size), title)
    explained, mean, high = _measured(lut, before, after)
    return FittedLut(lut.table, title, explained=explained, mean_difference=mean, difference_95=high)


def seen_pixels(picture: Picture, bars: Bars) -> Pixels:
    """Return sRGB of a picture without its bars, in one line without what alpha hides if it hides anything."""
    content = without_bars(picture, bars)
    pixels = content.as_srgb()
    if content.alpha is None or content.alpha.all():
        return pixels
    return np.ascontiguousarray(pixels[content.alpha > 0][None])


def _table(bins: Bins, size: int) -> Float32[np.ndarray, "n n n 3"]:
    """Minimise Σ_p share ‖LUT(p) - wanted‖² + _BENDING ∫ ‖∇²d‖² + _RETURN ∫ ‖d‖², d = LUT - curves."""
    along = np.linspace(0, 1, size)
    nodes = np.stack(np.meshgrid(along, along, along, indexing="ij"), axis=-1).reshape(-1, 3)
    curves = apply_curves(fit_curves(bins), nodes)
    weights = interpolation(bins.colors, size)
    weighted = (weights * bins.shares[:, None]).T.tocsr()
    volume = 1 / (size - 1) ** 3
    matrix = weighted @ weights + _BENDING * bending(size) + _RETURN * volume * sparse.eye_array(size**3)
    displacement = solve(matrix.tocsr(), weighted @ (bins.wanted - weights @ curves), size)
    return np.clip(curves + displacement, 0, 1).astype(np.float32).reshape(size, size, size, 3)


def _measured(lut: Lut, target: Pixels, result: Pixels) -> tuple[float, float, float]:
    """Return the explained share, and the mean and the 95th percentile of CIEDE2000, over an even grid of pixels."""
    before, after = (in_unit_range(thinned(picture, _MEASURED_PIXELS)) for picture in (target, result))
    labs = [lab_from_srgb(x.astype(np.float64)) for x in (before, mapped(lut, before), after)]
    change, rest = (float(np.square(lab - labs[2]).sum()) for lab in labs[:2])
    differences = ciede2000(labs[1], labs[2])
    explained = 1 - rest / change if change > 0 else 1.0
    return explained, float(differences.mean()), float(np.quantile(differences, 0.95))
