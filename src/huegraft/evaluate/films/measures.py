"""Measures of a recoloured clip: how near to the truth it is, and how steady."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.stats import t as students_t

from huegraft.color import ciede2000
from huegraft.compiled.color import lab_picture
from huegraft.evaluate.films.motion import Motion, along, over
from huegraft.evaluate.metrics.difference import psnr
from huegraft.evaluate.metrics.temporal import color_distribution_consistency
from huegraft.report.colorfulness import colorfulness
from huegraft.shapes import Float32
from huegraft.types import AnyPicture

Chroma = Float32[np.ndarray, "h w 2"]
_CHANGE, _APART = 2.0, 8  # a true change: more than this of a*, b*, within so many frames
_LEAST_SHARE = 0.002  # of the pixels, below which the changes of a clip say nothing


@dataclass(frozen=True)
class Measure:
    """What a number means, and the digits that tables show."""

    short: str
    text: str
    digits: int = 2


MEASURES = {
    "psnr": Measure("PSNR", "peak signal-to-noise ratio to the truth in sRGB, dB"),
    "ciede2000": Measure("ΔE", "CIEDE2000 to the truth, mean over pixels and frames", 3),
    "ciede2000_p90": Measure("ΔE p90", "CIEDE2000 to the truth, 90th percentile over pixels, mean over frames", 3),
    "first_fifth": Measure("ΔE first fifth", "mean CIEDE2000 in the first fifth of the frames", 3),
    "last_fifth": Measure("ΔE last fifth", "mean CIEDE2000 in the last fifth of the frames", 3),
    "flicker": Measure("F", "flicker: how far the error of a*, b* moves from frame to frame along the motion", 3),
    "flicker_lightness": Measure("F, lightness", "the same of L*", 3),
    "change": Measure("change", "how much comes out of the truth's own changes of a*, b* by more than 2 in 8 frames"),
    "cdc": Measure("CDC", "colour distribution consistency: how far the histograms of near frames differ", 5),
    "cdc_truth": Measure("CDC, truth", "the same of the truth", 5),
    "colorfulness_low": Measure("colourfulness p5", "over the truth's, 5th percentile of the frames"),
    "colorfulness_high": Measure("colourfulness p95", "over the truth's, 95th percentile of the frames"),
    "deviation": Measure("deviation", "still: standard deviation over time of blurred a*, b*, mean over pixels", 3),
    "spread": Measure("spread", "still: the greatest difference of a* or b* between two frames", 3),
    "slope": Measure("slope", "forth and back: ΔE that each pass adds", 4),
    "slope_bound": Measure("slope ≤", "forth and back: the upper bound of 95 % of the slope", 4),
    "last_pass": Measure("last pass", "forth and back: ΔE of the last pass over that of the first", 3),
    "cpu_ms": Measure("ms", "CPU time a frame, in milliseconds", 0),
    "fps": Measure("frames/s", "frames a second", 1),
}
"""In the order in which tables show them."""


@dataclass(frozen=True, eq=False)
class Truth:
    """What results are measured by.

    Attributes
    ----------
    frames : sequence of (h, w, 3) float32
        The right answer, sRGB in [0, 1].
    motions
        The motion of each frame but the first, back to the one before it.
    keyframes
        The frames that references show. They do not count for what is near to the truth.
    still
        Whether all frames show the same.
    passes
        The first and the last frame of each pass of a clip that is played forth and back.
    """

    frames: Sequence[AnyPicture]
    motions: Sequence[Motion]
    keyframes: frozenset[int] = frozenset()
    still: bool = False
    passes: Sequence[tuple[int, int]] = ()

    @property
    def counted(self) -> list[int]:
        """The frames that count for what is near to the truth."""
        return [number for number in range(len(self.frames)) if number not in self.keyframes]

    @cached_property
    def labs(self) -> list[Float32[np.ndarray, "h w 3"]]:
        """The right answer in CIELAB."""
        return [lab_picture(frame) for frame in self.frames]

    @cached_property
    def blurred(self) -> list[Float32[np.ndarray, "3 h w"]]:
        """Blurred L*, a*, b*."""
        return [blurred(lab) for lab in self.labs]

    @cached_property
    def cdc(self) -> float | None:
        """Colour distribution consistency of the truth itself."""
        return color_distribution_consistency(self.frames)

    @cached_property
    def changes(self) -> list[tuple[int, Motion, np.ndarray, np.ndarray]]:
        """True changes: the frame, its motion over some frames, its changes of a*, b*, and where they are strong."""
        found = list[tuple[int, Motion, np.ndarray, np.ndarray]]()
        for number in range(_APART, len(self.frames), _APART // 2):
            motion = over(self.motions[number - _APART : number][::-1])
            change = self.blurred[number][1:] - along(self.blurred[number - _APART][1:], motion.flow)
            found.append((number, motion, change, motion.visible & (np.hypot(*change) > _CHANGE)))
        return found


def measured(
    truth: Truth, pictures: Sequence[AnyPicture], chroma: Sequence[Chroma] | None = None
) -> dict[str, float | None]:
    """Return the measures of a result. None stands for what cannot be told of the clip.

    Parameters
    ----------
    truth
        The right answer.
    pictures : sequence of (h, w, 3) float32
        The frames of the result, sRGB in [0, 1].
    chroma : sequence of (h, w, 2) float32, optional
        Their a*, b* where these are known beyond what sRGB holds; by default those of the pictures.
    """
    labs = [lab_picture(picture) for picture in pictures]
    if chroma is None:
        chroma = [lab[..., 1:] for lab in labs]
    soft = [blurred(np.dstack([lab[..., 0], ab])) for lab, ab in zip(labs, chroma, strict=True)]
    errors = [one - other for one, other in zip(soft, truth.blurred, strict=True)]
    differences = {number: ciede2000(labs[number], truth.labs[number]) for number in truth.counted}
    means = {number: float(each.mean()) for number, each in differences.items()}
    fifth, count = len(pictures) / 5, len(pictures)
    ratios = [
        colorfulness(one) / right
        for one, other in zip(pictures, truth.frames, strict=True)
        if (right := colorfulness(other)) > 0
    ]
    return {
        "psnr": _mean([psnr(pictures[number], truth.frames[number]) for number in truth.counted]),
        "ciede2000": _mean(means.values()),
        "ciede2000_p90": _mean([float(np.percentile(each, 90)) for each in differences.values()]),
        "first_fifth": _mean([mean for number, mean in means.items() if number < fifth]),
        "last_fifth": _mean([mean for number, mean in means.items() if number >= count - fifth]),
        "flicker": flicker([error[1:] for error in errors], truth.motions),
        "flicker_lightness": flicker([error[:1] for error in errors], truth.motions),
        "change": change(truth, soft),
        "cdc": color_distribution_consistency(pictures),
        "cdc_truth": truth.cdc,
        "colorfulness_low": float(np.percentile(ratios, 5)) if ratios else None,
        "colorfulness_high": float(np.percentile(ratios, 95)) if ratios else None,
        **(_of_still(chroma, soft) if truth.still else {}),
        **(_of_passes([means.get(number) for number in range(count)], truth.passes) if truth.passes else {}),
    }


def blurred(lab: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "3 h w"]:
    """Return L*, a*, b* blurred by a Gaussian whose σ is a hundredth of the width."""
    sigma = lab.shape[1] / 100
    return np.stack([gaussian_filter(lab[..., channel], sigma) for channel in range(3)])


def flicker(errors: Sequence[Float32[np.ndarray, "n h w"]], motions: Sequence[Motion]) -> float | None:
    """Return F = mean ‖e_t − warp(e_{t−1})‖ over the pixels that both frames show; None if there are none.

    An error that moves with the picture is no flicker, whatever its size. An error that comes and goes from frame to
    frame is flicker of its size.

    Parameters
    ----------
    errors : sequence of (n, h, w) float32
        Result less truth, of each frame.
    motions
        The motion of each frame but the first, back to the one before it.
    """
    total, pixels = 0.0, 0
    for before, after, (flow, visible) in zip(errors[:-1], errors[1:], motions, strict=True):
        moved = np.sqrt(np.square(after - along(before, flow)).sum(axis=0))
        total, pixels = total + float(moved[visible].sum()), pixels + int(visible.sum())
    return total / pixels if pixels else None


def change(truth: Truth, soft: Sequence[Float32[np.ndarray, "3 h w"]]) -> float | None:
    """Return how much of true changes comes out: the projection of the result's changes on the truth's.

    A change is that of blurred a*, b* along the motion within 8 frames. A true change is greater than 2. The result is
    None for clips that have next to none.
    """
    product, square, strong_pixels, pixels = 0.0, 0.0, 0, 0
    for number, motion, due, strong in truth.changes:
        came = soft[number][1:] - along(soft[number - _APART][1:], motion.flow)
        product += float((came * due).sum(axis=0)[strong].sum())
        square += float(np.square(due).sum(axis=0)[strong].sum())
        strong_pixels, pixels = strong_pixels + int(strong.sum()), pixels + strong.size
    return product / square if strong_pixels > _LEAST_SHARE * pixels else None


def _of_still(chroma: Sequence[Chroma], soft: Sequence[Float32[np.ndarray, "3 h w"]]) -> dict[str, float]:
    """Return how much the frames of a still differ."""
    deviations = np.stack([each[1:] for each in soft]).std(axis=0, dtype=np.float64)
    own = np.stack(chroma)
    return {
        "deviation": float(np.hypot(*deviations).mean()),
        "spread": float((own.max(axis=0) - own.min(axis=0)).max()),
    }


def _of_passes(means: Sequence[float | None], passes: Sequence[tuple[int, int]]) -> dict[str, float]:
    """Return by how much each pass of a clip is farther from the truth than the one before it.

    The bound is that of the slope of the line of least squares through the passes, by Student's t.
    """
    values = [_mean([mean for mean in means[start : stop + 1] if mean is not None]) for start, stop in passes]
    heights = np.array(values, np.float64)
    places = np.arange(len(heights)) - (len(heights) - 1) / 2
    slope = float(places @ heights / np.square(places).sum())
    rest = heights - heights.mean() - slope * places
    freedom = len(heights) - 2
    error = float(np.sqrt(np.square(rest).sum() / freedom / np.square(places).sum()))
    return {
        "slope": slope,
        "slope_bound": slope + float(students_t.ppf(0.95, freedom)) * error,
        "last_pass": float(heights[-1] / heights[0]),
    }


def _mean(values: "Sequence[float] | object") -> float | None:
    found = list(values)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return float(np.mean(found)) if found else None
