"""Bars: the black bars around the content of a letterboxed or pillarboxed picture are found and cut off.

Four signs tell a bar from a dark scene. A bar is black and even, up to noise, from the border of the frame to its edge.
Its edge is one straight line. Most of the content along that line is brighter. There is another bar opposite. If a sign
is weak, no bar is found, because a bar that is kept costs some colour, and a scene that is cut off costs a scene.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from huegraft.picture import Picture
from huegraft.shapes import Float32
from huegraft.types import Native
from huegraft.windows import Bars

_BLACKEST = 24 / 255  # sRGB: video black is 16/255, and noise lifts it
_NOISE = 6 / 255  # the largest deviation within a bar
_DRIFT = 4.5 / 255  # how far the medians of a bar's lines, and of stretches of them, may lie apart
_BRIGHTER = 12 / 255  # how much brighter than its bar the content is
_SPECKS = 0.02  # share of a bar's line that may be bright: dust, ringing of JPEG
_RINGING = 16  # lines of a block of JPEG with chroma at half size
_EDGE = 0.25  # share of a line, and of the two behind it, that must be bright where the content begins
_TRANSITION = 6  # most lines from the bar to the content: resampled edges, chroma at half size
_STRETCHES = 16
_RISE = 0.6  # share of the level of the lines behind: content whose first line lies lower fades in
_LEAST, _MOST = 0.012, 0.4  # shares of a side: scans have thin dark borders, which are no bars
_SHORTEST = 16  # pixels of a line to judge by
_SAMPLES = 1024  # pixels of a long line that are looked at, or somewhat more

_OF_A_PAIR, _OF_UNEQUAL, _ALONE = 0.5, 0.7, 0.95
"""Shares of the content's edge that must be brighter: for two equal bars, for two unequal bars, for one bar alone."""
_BESIDE_A_SURE_ONE = 0.25
"""The share of the content's edge that must be brighter if the opposite bar is as wide and beyond doubt."""


@dataclass(frozen=True, eq=False)
class _Side:
    """A picture as lines from one border of its frame inwards.

    Attributes
    ----------
    picture
        The picture.
    pixels, alpha
        Views of the picture's pixels and of its alpha, with the lines on the first axis.
    """

    picture: Picture
    pixels: Native
    alpha: np.ndarray | None

    @classmethod
    def of(cls, picture: Picture, *, upright: bool, backwards: bool) -> "_Side":
        order = slice(None, None, -1 if backwards else 1)
        pixels, alpha = picture.pixels, picture.alpha
        if not upright:
            pixels, alpha = pixels.swapaxes(0, 1), None if alpha is None else alpha.T
        return cls(picture, pixels[order], None if alpha is None else alpha[order])

    def levels(self, start: int, stop: int, along: slice = slice(None), step: int = 1) -> Float32[np.ndarray, "n m"]:
        """Return the largest channel of sRGB at places along some lines, or NaN where alpha hides the colour."""
        first, last, _ = along.indices(self.pixels.shape[1])
        places = slice(start, stop, step), slice(first, last, max(1, (last - first) // _SAMPLES))
        red, green, blue = np.moveaxis(self.picture.in_gamut(np.ascontiguousarray(self.pixels[places])), -1, 0)
        levels = np.maximum(np.maximum(red, green), blue)  # NumPy's own maximum of three is slow
        return levels if self.alpha is None else np.where(self.alpha[places] > 0, levels, np.float32(np.nan))

    @cached_property
    def black(self) -> float:
        """The level of the outermost line."""
        return float(np.median(self.levels(0, 1)))

    @cached_property
    def bright(self) -> float:
        """The level above which pixels are no part of a bar."""
        first = self.levels(0, 1)
        noise = float(np.std(first[first <= self.black + 5 * _NOISE]))
        return self.black + max(_BRIGHTER, 5 * min(noise, _NOISE))

    @cached_property
    def dark(self) -> int:
        """The number of dark lines, or 0 if there are too many."""
        if not self.black <= _BLACKEST:  # NaN is not
            return 0
        most, stride = int(_MOST * len(self.pixels)), 1 + len(self.pixels) // 512
        reached = self._first_bright(0, most, stride)
        return 0 if reached == most else self._first_bright(max(0, reached - stride + 1), most, 1)

    def _first_bright(self, start: int, stop: int, stride: int) -> int:
        """Return the first of some lines that is not dark, or `stop` if all are dark."""
        count = 1
        while start < stop:
            levels = self.levels(start, min(start + count * stride, stop), step=stride)
            found = np.flatnonzero(np.mean(~(levels <= self.bright), axis=1) > _SPECKS)  # NaN is bright
            if len(found):
                return start + int(found[0]) * stride
            start, count = start + count * stride, min(2 * count, 64)
        return stop

    def is_even(self) -> bool:
        """Tell whether the dark lines have one level, along each line and from the border to the content."""
        inner = max(1, self.dark - min(_RINGING, self.dark // 2))
        lines = self.levels(0, inner, step=-(-inner // 64)).clip(None, self.bright)
        if float(lines.std()) > _NOISE:
            return False
        stretches = [float(np.median(each)) for each in np.array_split(lines, _STRETCHES, axis=1)]
        return max(stretches) - min(stretches) <= _DRIFT and float(np.ptp(np.median(lines, axis=1))) <= _DRIFT

    def edge(self, along: slice) -> tuple[int, float]:
        """Return where the content begins, and the share of its first line that is brighter than the bar.

        Both are 0 if there is no bar.
        """
        if self.dark == 0 or not self.is_even():
            return 0, 0.0
        before = min(self.dark, _RINGING)
        levels = self.levels(self.dark - before, self.dark + 3 * _RINGING, along)
        lines = np.nan_to_num(levels, nan=self.black) - np.float32(self.black)  # what alpha hides is no content
        bright = self.bright - self.black
        shares = np.mean(lines > bright, axis=1)
        least = np.minimum(np.minimum(shares[:-2], shares[1:-1]), shares[2:])
        begun = np.flatnonzero(least[: before + _RINGING + 1] >= _EDGE)
        if not len(begun):
            return 0, 0.0
        first = int(begun[0])
        for place in range(first, first + _TRANSITION):
            if not _is_transition(lines[place : place + 4], bright):
                wide = self.dark - before + place
                enough = wide >= max(2, _LEAST * len(self.pixels)) and not _fades_in(lines, place, bright)
                return (wide, float(shares[place])) if enough else (0, 0.0)
        return 0, 0.0


def _is_transition(lines: Float32[np.ndarray, "n m"], bright: float) -> bool:
    """Tell whether the first line mixes bar and content: nearly all of it is then darker than one of the next lines."""
    for other, most in zip(lines[1:], (0.9, 0.45, 0.45), strict=False):
        seen = other > bright
        if seen.any() and np.quantile(lines[0][seen] / other[seen], 0.9) < most:
            return True
    return False


def _fades_in(lines: Float32[np.ndarray, "n m"], place: int, bright: float) -> bool:
    """Tell whether lines go on rising behind a place as they rise before it, as in a vignette and unlike an edge."""
    levels = np.median(lines[:, lines[place] > bright], axis=1)
    dark = np.flatnonzero(levels[:place] <= _DRIFT)
    risen = place - int(dark[-1]) if len(dark) else place
    behind = min(place + risen + 1, len(lines) - 1)
    return bool(levels[place] < _RISE * levels[behind])


def bars_of(picture: Picture) -> Bars:
    """Return the black bars of a picture. A side without a bar has 0 lines.

    A picture without bars costs a look at its outermost lines.
    """
    height, width = picture.size
    sides = [_Side.of(picture, upright=u, backwards=b) for u in (True, False) for b in (False, True)]
    if min(height, width) < _SHORTEST or not any(side.dark for side in sides):
        return Bars()
    top, bottom, left, right = (side.dark for side in sides)
    if top and bottom and left and right:
        rows, columns = slice(top, height - bottom), slice(left, width - right)
        across, along = _pair(sides[:2], columns), _pair(sides[2:], rows)
        if any(across) and any(along):
            return Bars(*across, *along)
    across, along = _pair(sides[:2]), _pair(sides[2:])
    return Bars() if any(across) and any(along) else Bars(*across, *along)


def _pair(sides: Sequence[_Side], along: slice = slice(None)) -> tuple[int, int]:
    """Return the numbers of lines of two opposite bars, 0 for a bar that is none."""
    (first, share), (last, other) = (side.edge(along) for side in sides)
    least, most = sorted((share, other))
    alike = abs(first - last) <= 2 + max(first, last) // 50
    if least >= (_OF_A_PAIR if alike else _OF_UNEQUAL):
        return first, last
    if alike and most >= _ALONE and least >= _BESIDE_A_SURE_ONE:
        sure = first if share == most else last  # the other may end in dark content
        first, last = (sure if side.dark <= sure else own for side, own in zip(sides, (first, last), strict=True))
        return first, last
    if most >= _ALONE and any(side.black > _BLACKEST for side in sides):
        return first, last
    return 0, 0


def without_bars(picture: Picture, bars: Bars) -> Picture:
    """Return the picture without its bars, or the picture itself if it has none."""
    if not any(bars):
        return picture
    rows, columns = bars.window(picture.size).crop()
    alpha = None if picture.alpha is None else np.ascontiguousarray(picture.alpha[rows, columns])
    return replace(picture, pixels=np.ascontiguousarray(picture.pixels[rows, columns]), alpha=alpha)


def bars_note(name: str, bars: Bars, *, stay: bool = False) -> str | None:
    """Say that bars were cut off a picture, and whether the result has them. None if there are no bars.

    Examples
    --------
    >>> bars_note("reference", Bars(140, 138))
    'reference: black bars are cut off (140 lines at the top, 138 at the bottom); --no-bars (bars=False) keeps them in'
    """
    if not any(bars):
        return None
    places = ("at the top", "at the bottom", "at the left", "at the right")
    lines = ", ".join(f"{count} {place}" for count, place in zip(bars, places, strict=True) if count)
    kept = " and stay as they are" if stay else ""
    lines = lines.replace(" ", " lines ", 1)
    return f"{name}: black bars are cut off ({lines}){kept}; --no-bars (bars=False) keeps them in"
