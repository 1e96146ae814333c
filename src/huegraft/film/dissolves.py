"""Dissolves: where one shot becomes the next one gradually, told from the small pictures that a film's index keeps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from huegraft.compiled.film import unlike
from huegraft.film.cuts import NOISE, details, surroundings
from huegraft.film.fades import Fade

STEP = 2
"""Frames from one window to the next."""

WINDOWS = ((8, 12, 4, 4), (12, 16, 8, 4), (16, 16, 8, 4), (24, 24, 12, 8), (32, 32, 16, 8), (48, 48, 24, 12))
"""How many frames windows have, and how far apart frames are that are compared: the ends, in halves, in parts."""

MOST = 3.0
"""Standard deviations; evidence beyond this does not count for more."""

_REACH = 4, 7  # cells by which the camera may move between two frames that are compared
_FLAT = 4.0  # variance of the noise
_BLOCK, _MARGIN = 1024, 64  # frames at once, and frames beside them that their windows reach
_BESIDE = 8  # frames between a cut and the middle of a dissolve, at least
_LEAST = 3.0  # score of a dissolve: tuned, then frozen


@dataclass(frozen=True)
class Dissolve:
    """A dissolve.

    Attributes
    ----------
    middle
        The frame in the middle, with which the second shot begins.
    length
        How many frames it has, about.
    """

    middle: int
    length: int


def dissolves_in(pictures: np.ndarray, cuts: Sequence[int], fades: Sequence[Fade]) -> list[Dissolve]:
    """Return the dissolves of a film in their order. They hold no cut, and they do not overlap.

    Windows of several lengths around each second frame are judged by a small network. It sees how like the ends, the
    halves and the quarters of a window are when the camera may have moved, how like frames beside the window are,
    and whether contrast sinks in the middle as that of a mixture does.

    Parameters
    ----------
    pictures : (N, rows, columns) uint8
        The small pictures of all frames.
    cuts
        The first frames of the shots that are known by now.
    fades
        The fades of the film.
    """
    scores = _scores(pictures)
    for fade in fades:
        scores[:, fade.start // STEP : fade.stop // STEP + 1] = -np.inf
    for score, (length, *_) in zip(scores, WINDOWS, strict=True):
        reach = max(_BESIDE, length // 2 + 1)
        for cut in [0, *cuts, len(pictures)]:
            score[max(0, cut - reach) // STEP : (cut + reach) // STEP + 1] = -np.inf
    best = scores.max(axis=0)
    found = list[Dissolve]()
    for place in np.argsort(-best, kind="stable"):
        if best[place] < _LEAST:
            break
        new = Dissolve(STEP * int(place), WINDOWS[int(scores[:, place].argmax())][0])
        if all(2 * abs(new.middle - other.middle) >= new.length + other.length for other in found):
            found.append(new)
    return sorted(found, key=lambda dissolve: dissolve.middle)


def evidence(pictures: np.ndarray) -> np.ndarray:
    """Return what tells whether a dissolve fills windows of each length around each second frame.

    Parameters
    ----------
    pictures : (N, rows, columns) uint8
        The small pictures of all frames. The first and the last one are repeated where a window reaches beyond them.

    Returns
    -------
    (lengths, windows, 21) float32
    """
    blocks = list[np.ndarray]()
    for start in range(0, len(pictures), _BLOCK):
        first, stop = max(0, start - _MARGIN), min(start + _BLOCK, len(pictures))
        rows = np.stack(list(_evidence(pictures[first : stop + _MARGIN])))
        blocks.append(rows[:, (start - first) // STEP : -(-(stop - first) // STEP)])
    return np.concatenate(blocks, axis=1)


def _evidence(pictures: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the evidence of a block of frames for each length of a window."""
    count = len(pictures)
    fine = details(pictures)
    flat = fine.reshape(count, -1).astype(np.float32)
    times = np.arange(0, count, STEP)
    reach = tuple(min(most, (cells - 1) // 4) for most, cells in zip(_REACH, pictures.shape[1:], strict=True))
    alike = {lag: _likeness(fine, times, lag, reach) for lag in {lag for window in WINDOWS for lag in window[1:]}}
    contrasts = [_smoothed(contrast) for contrast in _contrasts(pictures.astype(np.float32))]

    def at(lag: int, first: np.ndarray) -> np.ndarray:
        return alike[lag][(first // STEP).clip(0, len(times) - 1)]

    for length, whole, half, part in WINDOWS:
        out = length // 2 + 1
        halves = at(half, times - half), at(half, times)
        inside = [at(part, times - part // 2 + offset) for offset in (-part, -part // 2, 0, part // 2, part)]
        sides = [
            np.mean([at(part, times - out - part - offset) for offset in (0, part // 2, part)], axis=0),
            np.mean([at(part, times + out + offset) for offset in (0, part // 2, part)], axis=0),
        ]
        columns = [
            at(whole, times - whole // 2),
            np.minimum(*halves),
            np.maximum(*halves),
            at(half, times - half // 2),
            np.mean(inside, axis=0),
            np.minimum(*sides),
            np.maximum(*sides),
        ]
        for contrast in contrasts:
            columns += _dips(contrast, times, length)
        columns += [*_straightness(flat, times, half), _straightness(flat, times, part)[0]]
        columns.append(np.full(len(times), np.log(length)))
        yield np.stack(columns, axis=1).astype(np.float32)


def _scores(pictures: np.ndarray) -> np.ndarray:
    """Return the score of each length of a window around each second frame: of a network of one hidden layer."""
    return np.stack([_smoothed(_judged(rows)) for rows in evidence(pictures)])


def _judged(rows: np.ndarray) -> np.ndarray:
    network = _network()
    known = ((rows - network["mean"]) / network["scale"]).clip(-MOST, MOST)
    return np.tanh(known @ network["hidden"] + network["hidden_bias"]) @ network["output"] + network["output_bias"]


@cache
def _network() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).with_suffix(".npz")) as arrays:
        return dict(arrays)


def _likeness(fine: np.ndarray, times: np.ndarray, lag: int, reach: tuple[int, ...]) -> np.ndarray:
    """Return how like frames are to those so many frames later; 1 is the same picture."""
    pairs = np.stack([times, (times + lag).clip(max=len(fine) - 1)], axis=1)
    return 1 - unlike(fine, pairs, (reach[0], reach[1]), NOISE)


def _contrasts(cells: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the logarithms of the variances of each picture beside its surroundings, and of its finest details."""
    beside = cells - surroundings(cells)
    edges = np.pad(cells, ((0, 0), (1, 1), (1, 1)), mode="edge")
    finest = 4 * cells - edges[:, 2:, 1:-1] - edges[:, :-2, 1:-1] - edges[:, 1:-1, 2:] - edges[:, 1:-1, :-2]
    for kept in (beside, finest):
        yield np.log((kept * kept).mean(axis=(1, 2)) + _FLAT)


def _dips(contrast: np.ndarray, times: np.ndarray, length: int) -> list[np.ndarray]:
    """Return how far contrast lies below that of mixtures of unlike pictures, and below that at the ends."""

    def at(offset: int) -> np.ndarray:
        return contrast[(times + offset).clip(0, len(contrast) - 1)]

    out, quarter = length // 2 + 1, length // 4
    before, after, middle = (at(-out) + at(-out - 2)) / 2, (at(out) + at(out + 2)) / 2, at(0)
    early, late = at(-quarter), at(quarter)
    much, little = np.log(9 / 16), np.log(1 / 16)
    return [
        middle - np.logaddexp(before, after),
        middle - np.minimum(before, after),
        early - np.logaddexp(before + much, after + little),
        late - np.logaddexp(before + little, after + much),
        middle - np.minimum(early, late),
    ]


def _straightness(flat: np.ndarray, times: np.ndarray, half: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how like the changes in the two halves of windows are, and how much changes from end to end."""
    before, after = flat[(times - half).clip(0)], flat[(times + half).clip(max=len(flat) - 1)]
    one, other = flat[times] - before, after - flat[times]
    size = np.sqrt((one * one).sum(axis=1) * (other * other).sum(axis=1) + 1)
    return (one * other).sum(axis=1) / size, np.sqrt(((after - before) ** 2).mean(axis=1))


def _smoothed(values: np.ndarray) -> np.ndarray:
    return np.convolve(np.pad(values, 1, mode="edge"), np.full(3, 1 / 3), "valid")
