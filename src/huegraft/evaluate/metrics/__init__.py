"""The measures of a result, by their names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from huegraft.color import ciede2000
from huegraft.evaluate.metrics.difference import (
    chroma_error,
    colorfulness_ratio,
    lab,
    psnr,
    with_lightness,
)
from huegraft.evaluate.metrics.palette import histogram_intersection, sliced_wasserstein
from huegraft.evaluate.metrics.structure import gssim, ssim
from huegraft.evaluate.pairs import Pair
from huegraft.types import AnyPicture


@dataclass(frozen=True)
class Measure:
    """What a number means. `better` says which direction is better; with "one" it is nearer to 1."""

    better: Literal["lower", "higher", "one"]
    short: str
    text: str
    digits: int = 2

    def badness(self, value: float) -> float:
        """Return a number that is lower for a better value."""
        return {"lower": value, "higher": -value, "one": abs(float(np.log(max(value, 1e-9))))}[self.better]


MEASURES = {
    "ciede2000_mean": Measure("lower", "ΔE mean", "CIEDE2000 to the truth, mean over pixels"),
    "ciede2000_median": Measure("lower", "ΔE median", "CIEDE2000 to the truth, median over pixels"),
    "ciede2000_p95": Measure("lower", "ΔE p95", "CIEDE2000 to the truth, 95th percentile over pixels"),
    "chroma_error": Measure("lower", "Δab", "‖Δ(a*, b*)‖ to the truth, mean over pixels"),
    "ciede2000_true_lightness": Measure("lower", "ΔE, true L*", "mean CIEDE2000 of the result with the truth's L*"),
    "ciede2000_floor": Measure("lower", "ΔE floor", "mean CIEDE2000 of the truth's chroma under the grey's lightness"),
    "superpixel_chroma_error": Measure("lower", "Δab superpixels", "‖Δ(a*, b*)‖ of superpixels before the fusion"),
    "psnr": Measure("higher", "PSNR", "peak signal-to-noise ratio to the truth in sRGB, dB"),
    "ssim": Measure("higher", "SSIM", "structural similarity to the truth in sRGB", 3),
    "lightness_ssim": Measure("higher", "SSIM L*", "SSIM of L* to the target: the structure kept", 3),
    "lightness_gssim": Measure("higher", "GSSIM L*", "gradient-based SSIM of L* to the target: the structure kept", 3),
    "histogram_intersection": Measure("higher", "hist. ∩", "share of the a*b* histogram that the reference has too", 3),
    "sliced_wasserstein": Measure("lower", "SW", "sliced Wasserstein distance to the reference in CIELAB"),
    "colorfulness_ratio": Measure("one", "colourfulness", "colourfulness divided by that of the truth"),
    "cdc": Measure("lower", "CDC", "color distribution consistency over time", 5),
    "warped_difference": Measure("lower", "warped ΔE", "ΔE to the frame before, which is moved along the flow"),
    "seconds": Measure("lower", "seconds", "time for each frame", 2),
}
"""In the order in which tables show them."""


def measured(pair: Pair, result: AnyPicture) -> dict[str, float]:
    """Return the measures of one frame. Measures that need a truth are left out if there is none.

    All measures look inside the mask of the pair only. The windows of SSIM and GSSIM see a few pixels beyond it.
    """
    found, target, reference = lab(result), lab(pair.target), lab(pair.reference)
    lightness = [np.ascontiguousarray(each[..., 0] / 100) for each in (target, found)]
    where = np.s_[:] if pair.mask is None else pair.mask
    lends = np.s_[:] if pair.reference_mask is None else pair.reference_mask
    measures: dict[str, float | None] = {
        "lightness_ssim": float(ssim(*lightness)[where].mean()),
        "lightness_gssim": float(gssim(*lightness)[where].mean()),
        "histogram_intersection": histogram_intersection(found[where], reference[lends]),
        "sliced_wasserstein": sliced_wasserstein(found[where], reference[lends]),
    }
    if pair.truth is not None:
        truth = lab(pair.truth)
        difference = ciede2000(found, truth)[where]
        measures |= {
            "ciede2000_mean": float(difference.mean()),
            "ciede2000_median": float(np.median(difference)),
            "ciede2000_p95": float(np.percentile(difference, 95)),
            "chroma_error": float(chroma_error(found, truth)[where].mean()),
            "psnr": psnr(result, pair.truth, where),
            "ssim": float(ssim(result, pair.truth)[where].mean()),
            "colorfulness_ratio": colorfulness_ratio(result[where], pair.truth[where]),
        }
        if pair.mode == "colorize":
            lit, floor = with_lightness(found, truth), with_lightness(truth, target)
            measures["ciede2000_true_lightness"] = float(ciede2000(lit, truth)[where].mean())
            measures["ciede2000_floor"] = float(ciede2000(floor, truth)[where].mean())
    return {name: value for name, value in measures.items() if value is not None}


def averaged(frames: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each measure over the frames that have it."""
    names = {name for frame in frames for name in frame}
    return {name: float(np.mean([frame[name] for frame in frames if name in frame])) for name in names}
