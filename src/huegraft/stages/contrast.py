"""Contrast: a grade that would leave nothing of the target to be seen is given contrast back.

A reference of fog, a plain wall or a picture that is nearly black holds hardly any contrast. A grade that takes its
lightness takes its lack of contrast as well. Then a tone curve is added to the grade, so that the new lightness rises
with the target's own by a given share. It is one curve for the whole picture. So it makes no halo and no band, and
noise and blocks stay below those of the target.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from huegraft.compiled.blur import blur
from huegraft.compiled.color import lab_picture
from huegraft.compiled.grade import apply_grade
from huegraft.compiled.shrink import shrink_areas
from huegraft.shapes import Float32, Float64
from huegraft.stages.grade import Grade
from huegraft.types import FloatPicture

_SCALES = (2.0, 8.0, 32.0)  # the scales of the band-passes, in pixels of the working size
_WINDOW = 32 / 12**0.5  # the deviation of a box of 32 pixels
_SEEN = 1.5  # L*: contrast below it is not looked at
_LOST = 0.8  # contrast counts as lost below this part of the share that is to be kept
_MOST_LOST = (0.05, 0.09)  # lost shares of the pixels from which contrast is given back in part, and wholly
_FEW_LOST = 0.04  # the lost share of the pixels that is aimed at
_LEVELS = 21
_WIDTH = 8.0  # in L*: the width within which pixels count as near a level
_LEAST_MOVE = 0.6  # the least part of the way of the mean L*
_TRIALS = ((0.87, 0.02), (0.93, 0.02), (1.0, 0.02), (1.1, 0.01), (1.3, 0.01), (1.5, 0.01))
"""Slopes over the share that is to be kept, and how much of the picture may be clipped at an end."""
_FIRST_TRIAL = 3
_PASSES = 2  # the second one sees what the first one's result loses by clipping

Lightness = Float32[np.ndarray, "h w"]
Curve = Float64[np.ndarray, " levels"]


def kept_contrast(
    picture: FloatPicture, graded: FloatPicture, weights: Float32[np.ndarray, "h w"], grade: Grade, least: float
) -> Curve | None:
    """Return the curve that a grade needs so that a target stays visible, or None if it needs none.

    Contrast counts as lost where the local deviation of one of three band-passes of L* falls below 0.8 of the share
    that is to be kept. If contrast is lost on at most 5 % of the pixels, there is no curve. Otherwise the mean
    lightness moves only as far as black and white leave room, but at least 0.6 of its way. For this up to 0.13 of the
    share is given up. If the share alone does not bring enough contrast back, the curve is steeper by up to a half.

    Parameters
    ----------
    picture, graded
        The target at the working size in sRGB, before and after the grade.
    weights
        How much each pixel counts, in [0, 1].
    grade
        The grade of `graded`.
    least
        The share of the target's contrast that is to be kept, in [0, 1].

    Returns
    -------
    (levels,) or None
        Displacements of L*, at levels of the target's L* that divide 0 to 100 evenly.
    """
    before, small_weights = _lightness(picture), _halved(weights)

    def lost(after: FloatPicture) -> float:
        return lost_share(before, _lightness(after.clip(0, 1)), small_weights, _LOST * least)

    first, all_of_it = _MOST_LOST
    share = lost(graded)
    if share <= first:
        return None
    small = _halved(picture)
    giving = _Giving(small, _lightness(small), small_weights, grade)
    trial = _FIRST_TRIAL
    curve = giving.back(least, trial)
    while trial + 1 < len(_TRIALS) and lost(apply_grade(replace(grade, kept=curve).flat(), picture)[0]) > _FEW_LOST:
        trial += 1
        curve = giving.back(least, trial)
    least_move = _LEAST_MOVE * giving.move(np.zeros(_LEVELS))
    while trial > 0 and giving.move(curve) < least_move:
        trial -= 1
        curve = giving.back(least, trial)
    return curve * min((share - first) / (all_of_it - first), 1)


def lost_share(before: Lightness, after: Lightness, weights: Float32[np.ndarray, "h2 w2"], least: float) -> float:
    """Return how many of the pixels with contrast, as a share, have less than `least` of their contrast left.

    The weights are those of the pixels at half the size.
    """
    old, new = _local_contrast(before), _local_contrast(after)
    seen = old >= _SEEN
    lost = (seen & (new < least * old)).any(axis=0)
    total = float(weights[seen.any(axis=0)].sum())
    return float(weights[lost].sum()) / total if total > 0 else 0.0


def _local_contrast(lightness: Lightness) -> Float32[np.ndarray, "scales h2 w2"]:
    """Return the local deviation of each band-pass, at half the size."""
    finest, *coarser = _SCALES
    smooth = _blurred(lightness, finest)
    layers = [_halved(smooth)]
    layers += [_blurred(layers[0], (scale**2 - finest**2) ** 0.5 / 2) for scale in coarser]
    squares = [_halved(np.square(lightness - smooth))]
    squares += [np.square(finer - coarser) for finer, coarser in pairwise(layers)]
    return np.sqrt(np.stack([_blurred(square, _WINDOW / 2) for square in squares]))


def _blurred(plane: Lightness, deviation: float) -> Lightness:
    reach = int(np.ceil(3 * deviation))
    kernel = np.exp(np.square(np.arange(-reach, reach + 1) / deviation) / -2)
    return blur(plane[None], (kernel / kernel.sum()).astype(np.float32))[0]


@dataclass(frozen=True, eq=False)
class _Giving:
    """A target at half the working size, to whose grade contrast is given back."""

    picture: FloatPicture
    lightness: Lightness
    weights: Float32[np.ndarray, "h w"]
    grade: Grade

    def graded(self, curve: Curve) -> tuple[Lightness, Lightness]:
        """Return the new lightness with a curve: as sRGB limits it, and unlimited."""
        colors, lab = apply_grade(replace(self.grade, kept=curve).flat(), self.picture)
        return _lightness(colors.clip(0, 1)), lab[..., 0]

    def move(self, curve: Curve) -> float:
        """Return how far the mean lightness moves."""
        return abs(self._mean(self.graded(curve)[0]) - self._mean(self.lightness))

    def back(self, least: float, trial: int) -> Curve:
        """Return the curve with which the new lightness rises with the old one by about a share of it."""
        steeper, clipped = _TRIALS[trial]
        curve = np.zeros(_LEVELS)
        wanted = self._mean(self.graded(curve)[0])
        for _ in range(_PASSES):
            curve += self._rise(self.graded(curve)[0], steeper * least)
            moved = self.graded(curve)[1]
            middle = wanted - self._mean(moved)
            curve += middle + self._into_range(moved + np.float32(middle), clipped)
        return curve

    def _rise(self, new: Lightness, least: float) -> Curve:
        """Return what lightness lacks of the least slope, summed from black up.

        The slope at a level is that of the regression of the new lightness on the old one, over the pixels near it.
        """
        weight, x, y, xx, xy = self._sums(new)
        weight = np.maximum(weight, 1e-9)
        slopes = (xy - x * y / weight) / np.maximum(xx - x * x / weight, 1e-9)
        missing = (least - slopes).clip(0)
        return np.concatenate([[0], np.cumsum((missing[1:] + missing[:-1]) / 2 * 100 / (_LEVELS - 1))])

    def _sums(self, new: Lightness) -> Float64[np.ndarray, "5 levels"]:
        """Return Σ w, Σ w x, Σ w y, Σ w x², Σ w x y of the pixels near each level; x is the old L*, y the new one."""
        x, y = self.lightness.astype(np.float64), new.astype(np.float64)
        nearest = (x * ((_LEVELS - 1) / 100) + 0.5).astype(np.int64).clip(0, _LEVELS - 1).ravel()
        terms = (np.ones_like(x), x, y, x * x, x * y)
        sums = np.stack([np.bincount(nearest, (each * self.weights).ravel(), _LEVELS) for each in terms])
        levels = np.linspace(0, 100, _LEVELS)
        return sums @ np.exp(np.square((levels[:, None] - levels) / _WIDTH) / -2)

    def _into_range(self, lightness: Lightness, clipped: float) -> float:
        """Return the least shift after which at most a share of the pixels lies below 0 or above 100."""
        order = np.argsort(lightness, axis=None)
        shares = np.cumsum(self.weights.ravel()[order], dtype=np.float64)
        ends = np.searchsorted(shares, np.array([clipped, 1 - clipped]) * shares[-1]).clip(0, lightness.size - 1)
        darkest, brightest = lightness.ravel()[order[ends]].tolist()
        up, down = max(-darkest, 0), max(brightest - 100, 0)
        return min(up, max(100 - brightest, 0)) - min(down, max(darkest, 0))

    def _mean(self, lightness: Lightness) -> float:
        return float(np.average(lightness, weights=self.weights))


def _lightness(picture: FloatPicture) -> Lightness:
    return np.ascontiguousarray(lab_picture(picture)[..., 0])


def _halved(picture: Float32[np.ndarray, "h w *c"]) -> Float32[np.ndarray, "h2 w2 *c"]:
    size = (-(-picture.shape[0] // 2), -(-picture.shape[1] // 2))
    return shrink_areas(picture.reshape(*picture.shape[:2], -1), size).reshape(*size, *picture.shape[2:])
