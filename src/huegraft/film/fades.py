"""Fades: where a film goes through black, told from the small pictures that its index keeps."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from huegraft.film.kinds import black_frames, contrasts_of

_SHORTEST = 5  # frames of a fade out, or of a fade in
_LONGEST = 72
_STEP, _LESS = 3, 0.97  # over so many frames, the contrast of a fade falls at least so much
_HELD = 12  # frames of black that are a shot of their own


@dataclass(frozen=True)
class Fade:
    """A fade out, black, and a fade in. One of the fades may be missing.

    Attributes
    ----------
    start, stop
        The first frame that is darker, and the frame after the last one.
    cuts : tuple of int
        Where shots begin: in the middle of the black, or at its first frame and after its last one if it is held.
    """

    start: int
    stop: int
    cuts: tuple[int, ...]


def fades_in(pictures: np.ndarray) -> Iterator[Fade]:
    """Yield the fades of a film in their order. Black at its very beginning and end is no fade.

    Parameters
    ----------
    pictures : (N, rows, columns) uint8
        The small pictures of all frames.
    """
    black = black_frames(pictures)
    contrasts = contrasts_of(pictures)
    edges = np.flatnonzero(np.diff(black.astype(np.int8))) + 1
    bounds = [0, *edges.tolist(), len(black)]
    for first, after in pairwise(bounds):
        if black[first] and first > 0 and after < len(black):
            start, stop = first - _fading(contrasts[:first][::-1]), after + _fading(contrasts[after:])
            if start < first or after < stop:
                middle = (first + after) // 2
                yield Fade(start, stop, (first, after) if after - first >= _HELD else (middle,))


def _fading(contrasts: np.ndarray) -> int:
    """Return how many frames next to black, counted away from it, are part of a fade; 0 if there is none."""
    count = 0
    while count + _STEP < min(len(contrasts), _LONGEST) and contrasts[count + _STEP] * _LESS > contrasts[count]:
        count += 1
    return count + _STEP if count >= _SHORTEST - _STEP and count else 0
