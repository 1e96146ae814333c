"""Cuts: where the picture becomes another one, told from the small pictures that a film's index keeps."""

import numpy as np

from huegraft.compiled.film import unlike
from huegraft.film.first_pass import FrameProgress

THRESHOLD = 0.25
"""How unlike the frames before and after a cut must be, beyond what motion around it explains. Tuned, then frozen."""

AROUND = 4
"""How many frames before and after a cut are compared: one more than flashes and damaged frames last."""

_NEIGHBOURS = 6  # frames on each side that tell how much the picture moves
_REACH = 2  # cells by which the camera may move from frame to frame
_SURROUNDINGS = 3, 6  # cells on each side, of which the mean and the contrast are taken away
_FLAT = 3.0  # codes of 8 bits: a contrast below this is noise
_CONTRAST, _MOST = 200.0, 300  # of details, in their whole numbers: specks of dirt do not count for more
NOISE = 2000.0  # their variance in a flat picture
_BLOCK = 256  # frames at once


def cuts_in(pictures: np.ndarray, threshold: float = THRESHOLD, progress: FrameProgress | None = None) -> list[int]:
    """Return the first frames of the shots of a film but the first one.

    A frame begins a shot if none of the frames before it is like one of those after it, even if it is shifted. How much
    neighbours differ from frame to frame is taken off, so that fast motion is no cut, and a small jump in a quiet shot
    is one. Light, contrast and slow changes of brightness across the picture do not count.

    Parameters
    ----------
    pictures : (N, rows, columns) uint8
        The small pictures of all frames.
    threshold
        See `THRESHOLD`.
    progress
        Is told how many frames are done, and how many there are.
    """
    changes, count = _changes(pictures, progress), len(pictures)
    scores = {int(cut): _score(pictures, int(cut), changes) for cut in np.flatnonzero(changes > threshold)}
    found = list[int]()
    for cut in sorted(scores, key=lambda cut: (-scores[cut], cut)):
        alone = all(abs(cut - other) >= AROUND for other in found)
        if scores[cut] > threshold and alone and 1 < cut < count - 1:
            found.append(cut)
    return sorted(found)


def details(pictures: np.ndarray) -> np.ndarray:
    """Return what is left of small pictures without light: each cell beside its surroundings, by their contrast."""
    cells = pictures.astype(np.float32)
    for axis in (1, 2):
        cells = _weighted(cells, np.array([0.25, 0.5, 0.25], np.float32), axis)
    cells -= surroundings(cells)
    cells *= _CONTRAST / np.sqrt(surroundings(cells * cells) + _FLAT**2)
    return np.rint(cells).clip(-_MOST, _MOST).astype(np.int16)


def change_between(pictures: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return how unlike pairs of small pictures are, from 0 to 2, when the camera may have moved a little."""
    rows, columns = pictures.shape[1:]
    reach = min(_REACH, (rows - 1) // 4), min(_REACH, (columns - 1) // 4)
    return unlike(details(pictures), np.asarray(pairs, np.int64).reshape(-1, 2), reach, NOISE)


def _changes(pictures: np.ndarray, progress: FrameProgress | None) -> np.ndarray:
    """Return how unlike each frame is to the one before it; 0 for the first one."""
    changes, count = np.zeros(len(pictures), np.float32), len(pictures)
    for start in range(0, count, _BLOCK):
        block = pictures[max(0, start - 1) : start + _BLOCK]
        numbers = np.arange(len(block))
        stop = min(start + _BLOCK, count)
        changes[stop - len(block) + 1 : stop] = change_between(block, np.stack([numbers[:-1], numbers[1:]], axis=1))
        if progress is not None:
            progress(stop, count)
    return changes


def _score(pictures: np.ndarray, cut: int, changes: np.ndarray) -> float:
    """Return how unlike the frames before and after a possible cut are, beyond what motion explains."""
    first, stop = max(0, cut - AROUND), min(cut + AROUND, len(pictures))
    pairs = [(before - first, after - first) for before in range(first, cut) for after in range(cut, stop)]
    least = float(change_between(pictures[first:stop], np.array(pairs)).min())
    sides = changes[max(1, cut - _NEIGHBOURS) : cut], changes[cut + 1 : cut + 1 + _NEIGHBOURS]
    motion = [float(np.quantile(side, 0.75)) if len(side) else 0.0 for side in sides]
    return least - sum(motion) / 2


def surroundings(cells: np.ndarray) -> np.ndarray:
    """Return the mean of the cells around each cell."""
    for axis, reach in enumerate(_SURROUNDINGS, start=1):
        cells = _weighted(cells, np.full(2 * reach + 1, 1 / (2 * reach + 1), np.float32), axis)
    return cells


def _weighted(cells: np.ndarray, weights: np.ndarray, axis: int) -> np.ndarray:
    """Return weighted sums of neighbours along an axis; the cells at the border are repeated."""
    reach, length = len(weights) // 2, cells.shape[axis]
    padded = np.pad(cells, [(reach, reach) if each == axis else (0, 0) for each in range(3)], mode="edge")
    sums = np.zeros_like(cells)
    for place, weight in enumerate(weights):
        sums += weight * padded[(slice(None),) * axis + (slice(place, place + length),)]
    return sums
