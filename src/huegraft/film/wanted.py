"""Wanted: the frames of a film whose colours, given as references, would help most.

A block of a frame is in doubt where its confidence is below `SURE`. A reference at frame f takes the doubt from a block
of frame t as far as f shows a block in doubt that looks like it: of like luma, contrast and chroma, at a like place. A
thing that no reference has is in doubt wherever it is seen, and its frames look alike. The gain of f is the doubt that
f takes from all frames which would use it: those with no other keyframe between f and them, in its shot and in shots
that are the same as it. So the frame is wanted whose things in doubt are seen longest and largest.

- What is in doubt at a keyframe itself stays in doubt with a reference there. It counts for nothing, nor does what
  looks like it in the frames that the keyframe serves. So a frame near a keyframe gains nothing. A keyframe whose mean
  confidence is below `SURE` is no picture of its frame, and does not count so.
- A frame that is black, flat or damaged, or less sharp than the frames around it, is not wanted: nobody could colour
  it well.
- Among frames whose gains are nearly the greatest, the one in the middle of what is gained is wanted, since a reference
  helps near frames more than far ones.
- A frame is chosen, the doubt that it takes is subtracted, and the next one is chosen. So two frames that show the same
  thing are not both wanted.

The grade of a transfer has one confidence for each knot. There a frame is one block, and all blocks look alike.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from huegraft.compiled.shrink import shrink_areas
from huegraft.film.chroma_track import ChromaTrack
from huegraft.film.shot_jobs import ShotJob
from huegraft.film.source import Source
from huegraft.film.sureness import SURE, Sureness, doubt_of, known, some_frames
from huegraft.film.ycbcr import small_luma, window_of
from huegraft.shapes import Bool, Float32, Float64
from huegraft.stages.prepare import working_size

_BLOCKS = 256  # of a frame
_LOOKED_AT_PIXELS = 2**16
_ALIKE = np.array([0.08, 0.04, 8, 8, 1, 1])  # by which blocks differ: luma, contrast, a*, b*, and place in frame widths
_BLACK, _FLAT = 0.04, 0.01  # mean and deviation of luma
_SHARP, _AROUND = 0.7, 3  # of the median gradient of this many frames before and after
_LEAST = 0.5  # whole frames of doubt that are worth a reference
_NEARLY = 0.95  # of the greatest gain
_SEEN = 0.02  # share of a frame from which on a reference serves it
_MOST_LOOKED = 12  # shots whose frames are compared


@dataclass(frozen=True, eq=False)
class Sight:
    """What a frame shows, in blocks, and how much in doubt each of them is.

    Attributes
    ----------
    number
        The frame.
    frames
        How many frames of the shot it stands for.
    doubt : (n,) float64
        The doubt of each block, in [0, 1]. It is lowered in place by references that are found.
    looks : (n, 6) float64
        What each block looks like, in units of what is alike.
    usable
        Whether the frame could be coloured by hand.
    """

    number: int
    frames: float
    doubt: Float64[np.ndarray, " n"]
    looks: Float64[np.ndarray, "n 6"]
    usable: bool = True


@dataclass(frozen=True)
class Wanted:
    """A frame that would help as a reference.

    Attributes
    ----------
    shot, frame
        The shot, and the frame by its number in the film.
    frames
        About how many frames it would serve.
    share
        The share of these frames' pixels that it would serve.
    gain
        The doubt that it would take, in whole frames.
    """

    shot: str
    frame: int
    frames: int
    share: float
    gain: float


@dataclass(frozen=True)
class Candidate:
    """A shot whose frames may be wanted.

    Attributes
    ----------
    job
        The shot as it was computed.
    sureness
        How sure its colours are.
    keyframes : tuple of int
        The frames that its references show.
    followers : tuple of str
        The ids of the shots that take its references.
    """

    job: ShotJob
    sureness: Sureness
    keyframes: tuple[int, ...] = ()
    followers: tuple[str, ...] = ()


def wanted_frames(source: Source, candidates: Mapping[str, Candidate], most: int = 5) -> list[Wanted]:
    """Return the frames that would help most as references, the best first.

    The frames of the most doubtful shots alone are read, twelve shots at most.

    Raises
    ------
    FilmError
        If a frame or a track cannot be read.
    """
    return _Search(source, candidates).best(most)


class _Search:
    """The search for the best frames: the shot with the greatest possible gain is looked at first."""

    def __init__(self, source: Source, candidates: Mapping[str, Candidate]) -> None:
        self._source, self._candidates = source, candidates
        self._sights: dict[str, list[Sight]] = {}
        self._keyframes = {name: list(each.keyframes) for name, each in candidates.items()}

    def best(self, most: int) -> list[Wanted]:
        """Return the best frames. A gain is a bound until it was measured after the last frame that was found."""
        found: list[Wanted] = []
        queue: list[tuple[float, str, int, Wanted | None]] = [
            (-self._bound(each), name, -1, None) for name, each in self._candidates.items()
        ]
        heapq.heapify(queue)
        while queue and len(found) < most:
            gain, name, measured, wanted = heapq.heappop(queue)
            if -gain < _LEAST:
                break
            if wanted is not None and measured == len(found):
                found.append(wanted)
                self._take(wanted)
            if name not in self._sights and len(self._sights) >= _MOST_LOOKED:
                continue
            again = best_frame(name, self._own(name), self._members(name), self._keyframes[name])
            if again is not None:
                heapq.heappush(queue, (-again.gain, name, len(found), again))
        return found

    def _bound(self, candidate: Candidate) -> float:
        followers = (self._candidates[name] for name in candidate.followers)
        return sum(float(each.sureness.doubt @ each.sureness.frames) for each in (candidate, *followers))

    def _own(self, name: str) -> list[Sight]:
        """Return the sights of a shot, with no doubt that its keyframes leave."""
        if name not in self._sights:
            candidate = self._candidates[name]
            own = self._sights[name] = sights(self._source, candidate.job, candidate.sureness)
            confidence = dict(zip(candidate.sureness.numbers.tolist(), candidate.sureness.confidence, strict=True))
            shown = [each for each in candidate.keyframes if confidence.get(each, 0) >= SURE]
            left = [(key, key.doubt.copy()) for key in own if key.number in shown]
            for sight in own:
                for key, doubt in left:
                    if uses(sight.number, key.number, candidate.keyframes):
                        sight.doubt[:] -= served(sight, key, doubt)
        return self._sights[name]

    def _members(self, name: str) -> list[Sight]:
        return [each for shot in (name, *self._candidates[name].followers) for each in self._own(shot)]

    def _take(self, wanted: Wanted) -> None:
        frame = next(each for each in self._sights[wanted.shot] if each.number == wanted.frame)
        doubt = frame.doubt.copy()
        for sight in self._members(wanted.shot):
            if uses(sight.number, frame.number, self._keyframes[wanted.shot]):
                sight.doubt[:] -= served(sight, frame, doubt)
        self._keyframes[wanted.shot].append(wanted.frame)


def best_frame(shot: str, own: Sequence[Sight], members: Sequence[Sight], keyframes: Sequence[int]) -> Wanted | None:
    """Return the frame of a shot that would help most, or None if none would.

    Of frames with nearly the greatest gain it is the one nearest to the middle of what is gained.

    Parameters
    ----------
    shot
        The id of the shot.
    own
        Frames of the shot, one of which is returned.
    members
        Frames that take the shot's references.
    keyframes
        The frames that its references show.
    """
    taken = {
        place: [
            served(each, sight, sight.doubt)
            if uses(each.number, sight.number, keyframes)
            else np.zeros_like(each.doubt)
            for each in members
        ]
        for place, sight in enumerate(own)
        if sight.usable and sight.number not in keyframes
    }
    frames, numbers = np.array([each.frames for each in members]), np.array([each.number for each in members])
    gains = {place: np.array([each.mean() for each in doubts]) * frames for place, doubts in taken.items()}
    best = max(gains, key=lambda place: gains[place].sum(), default=None)
    if best is None or not gains[best].any():
        return None
    middle = np.average(numbers, weights=gains[best])
    near = [place for place in gains if gains[place].sum() >= _NEARLY * gains[best].sum()]
    chosen = min(near, key=lambda place: abs(own[place].number - middle))
    shares = np.array([(each > 0).mean() for each in taken[chosen]])
    seen = frames * (shares >= min(_SEEN, shares.max()))
    share, gain = float(np.average(shares, weights=seen)), float(gains[chosen].sum())
    return Wanted(shot, own[chosen].number, round(float(seen.sum())), share, gain)


def uses(frame: int, reference: int, keyframes: Sequence[int]) -> bool:
    """Tell whether a frame would take its colours from a reference: no keyframe lies between them."""
    low, high = min(frame, reference), max(frame, reference)
    return not any(low < each < high or (each == frame != reference) for each in keyframes)


def served(sight: Sight, reference: Sight, doubt: Float64[np.ndarray, " m"]) -> Float64[np.ndarray, " n"]:
    """Return how much doubt a reference, whose blocks are in some doubt, takes from the blocks of a frame."""
    out = np.zeros(len(sight.doubt))
    rows, columns = np.flatnonzero(sight.doubt), np.flatnonzero(doubt)
    if len(rows) and len(columns):
        mine, theirs = sight.looks[rows], reference.looks[columns]
        apart = np.square(mine).sum(1)[:, None] + np.square(theirs).sum(1) - 2 * mine @ theirs.T
        out[rows] = np.minimum(sight.doubt[rows], np.where(apart < 1, doubt[columns], 0).max(axis=1))
    return out


def sights(source: Source, job: ShotJob, sureness: Sureness) -> list[Sight]:
    """Return what the frames of a shot at which its sureness is known show."""
    height, width = window_of(source.reading, source.size).size
    size = working_size(height, width, _LOOKED_AT_PIXELS)
    numbers = [int(number) for number in sureness.numbers]
    lumas = [small_luma(planes, source.reading, size) for _, planes in some_frames(source, numbers)]
    usable = _usable(lumas) & ~source.index.corrupt[numbers]
    if job.work.mode == "transfer":
        looks = np.zeros((1, len(_ALIKE)))
        rows = zip(numbers, sureness.frames, sureness.doubt, usable, strict=True)
        return [Sight(number, frames, np.array([doubt]), looks, bool(fit)) for number, frames, doubt, fit in rows]
    grid = working_size(*size, _BLOCKS)
    with ChromaTrack(job.path) as track:
        found = []
        for number, frames, luma, fit in zip(numbers, sureness.frames, lumas, usable, strict=True):
            colors = track[number - job.work.start]
            blocks = min(grid[0], colors.confidence.shape[0]), min(grid[1], colors.confidence.shape[1])
            doubt = doubt_of(_means(known(colors.confidence)[..., None], blocks)).ravel()
            found.append(Sight(number, frames, doubt, _looks(luma, colors.chroma, blocks), bool(fit)))
    return found


def _looks(
    luma: Float32[np.ndarray, "h w"], chroma: Float32[np.ndarray, "u v 2"], blocks: tuple[int, int]
) -> Float64[np.ndarray, "n 6"]:
    mean, square = np.moveaxis(_means(np.stack([luma, luma**2], axis=2), blocks), 2, 0)
    contrast = np.sqrt((square - mean**2).clip(0))
    places = (np.indices(blocks) + 0.5) / blocks[1]
    parts = [mean, contrast, *np.moveaxis(_means(chroma, blocks), 2, 0), *places]
    return np.stack([each.ravel() for each in parts], axis=1) / _ALIKE


def _means(picture: Float32[np.ndarray, "h w c"], size: tuple[int, int]) -> Float64[np.ndarray, "r s c"]:
    return shrink_areas(np.ascontiguousarray(picture), size).astype(np.float64)


def _usable(lumas: Sequence[Float32[np.ndarray, "h w"]]) -> Bool[np.ndarray, " k"]:
    """Tell which frames are not black, not flat, and as sharp as those around them."""
    sharpness = np.array([float(np.abs(np.diff(luma, axis=0)).mean() + np.abs(np.diff(luma)).mean()) for luma in lumas])
    around = [np.median(sharpness[max(0, place - _AROUND) : place + _AROUND + 1]) for place in range(len(sharpness))]
    bright = np.array([luma.mean() >= _BLACK and luma.std() >= _FLAT for luma in lumas])
    return bright & (sharpness >= _SHARP * np.array(around))
