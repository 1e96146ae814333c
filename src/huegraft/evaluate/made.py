"""Sets made from photographs and clips, so that the right answer is known.

Each case is drawn from the seed and the case's own name. So adding a photograph changes nothing of the other cases but
their distractors.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from huegraft.errors import EvaluationError
from huegraft.evaluate.grades import RandomGrade, smooth_mask, view
from huegraft.evaluate.pairs import Case, Pair, check_pixels, grey, halves, shrunk
from huegraft.stages.prepare import shrink
from huegraft.types import AnyPicture

Kind = Literal["colorize", "distractor", "regrade", "relight", "clip"]
Loader = Callable[[], AnyPicture]
_PAN = 0.7


@dataclass(frozen=True)
class MadeSet:
    """How a set is made.

    Attributes
    ----------
    make
        colorize: the grey photograph takes the colours of a view of itself that is flipped, turned and zoomed.
        distractor: as colorize, with another photograph beside the reference.
        regrade: the photograph takes the colours of a view of itself under a random grade.
        relight: as regrade, under two grades with a smooth mask between them, so that no global map is right.
        clip: grey frames take the colours of frame 0. Frames at least `seconds_away` from frame 0 are measured. A
        photograph becomes a clip by panning over it.
    photographs
        A pattern of pictures and folders of frames below the data folder, or "package" for the photographs inside
        scikit-image and scikit-learn.
    pixels
        Pictures are shrunk to at most this many.
    seed
        What all randomness is drawn from.
    seconds_away, frames_per_second
        The least distance of a measured frame from frame 0, and the speed of clips.
    """

    make: Kind
    photographs: str
    pixels: int = 98304
    seed: int = 1
    seconds_away: float = 1.0
    frames_per_second: float = 24.0

    def __post_init__(self) -> None:
        check_pixels(self.pixels)


def made_cases(description: MadeSet, photographs: Mapping[str, Sequence[Loader]]) -> list[Case]:
    """Return the cases of a made set.

    Parameters
    ----------
    description
        How it is made.
    photographs
        For each name the loaders of its frames. A photograph has one loader.

    Raises
    ------
    EvaluationError
        If a clip has no frame as far away as asked for, or if there is no second photograph to distract.
    """
    half = halves(photographs)
    cases = []
    for name, loaders in photographs.items():
        if description.make == "clip":
            load = _clip(description, name, loaders)
        else:
            others = [other for other in photographs if other != name and half[other] == half[name]]
            if description.make == "distractor" and not others:
                raise EvaluationError(
                    f"{name} has no other photograph of its half to stand beside it; a set of distractors needs four"
                )
            load = _still(description, name, {each: photographs[each][0] for each in [name, *others]})
        cases.append(Case(name, half[name], load))
    return cases


def _still(description: MadeSet, name: str, photographs: Mapping[str, Loader]) -> Callable[[], list[Pair]]:
    def load() -> list[Pair]:
        rng = _generator(description.seed, name)
        photograph = photographs[name]()
        if description.make in ("colorize", "distractor"):
            truth, reference, mode = photograph, view(photograph, rng), "colorize"
        else:
            graded, mode = _graded(photograph, description, rng), "transfer"
            truth, reference = graded, view(graded, rng)
        if description.make == "distractor":
            others = [other for other in photographs if other != name]
            reference = _beside(reference, photographs[str(rng.choice(others))](), rng)
        truth = shrunk(truth, description.pixels)
        target = grey(truth) if mode == "colorize" else shrunk(photograph, description.pixels)
        return [Pair(mode, target, shrunk(reference, description.pixels), truth)]

    return load


def _graded(photograph: AnyPicture, description: MadeSet, rng: np.random.Generator) -> AnyPicture:
    graded = RandomGrade.drawn(rng)(photograph)
    if description.make == "regrade":
        return graded
    height, width, _ = photograph.shape
    mask = smooth_mask(height, width, rng)
    return mask * graded + (1 - mask) * RandomGrade.drawn(rng)(photograph)


def _beside(reference: AnyPicture, other: AnyPicture, rng: np.random.Generator) -> AnyPicture:
    """Return both pictures side by side, at one height, in random order."""
    height = min(reference.shape[0], other.shape[0])
    pictures = [shrink(each, (height, round(each.shape[1] * height / each.shape[0]))) for each in (reference, other)]
    return np.concatenate(pictures[:: rng.choice([-1, 1])], axis=1)


def _clip(description: MadeSet, name: str, loaders: Sequence[Loader]) -> Callable[[], list[Pair]]:
    first = int(np.ceil(description.seconds_away * description.frames_per_second - 1e-9))

    def load() -> list[Pair]:
        if len(loaders) == 1:
            frames = _panned(loaders[0](), 2 * first)
            reference, frames = frames[0], frames[first:]
        else:
            if len(loaders) <= first:
                raise EvaluationError(
                    f"{name} has {len(loaders)} frames, and none is {description.seconds_away} s away from the first"
                )
            reference, frames = loaders[0](), [load() for load in loaders[first:]]
        truths = [shrunk(frame, description.pixels) for frame in frames]
        fitted_reference = shrunk(reference, description.pixels)
        return [Pair("colorize", grey(truth), fitted_reference, truth) for truth in truths]

    return load


def _panned(photograph: AnyPicture, count: int) -> list[AnyPicture]:
    """Return windows of 0.7 of the sides that move from the photograph's upper left to its lower right."""
    sides = [int(_PAN * side) for side in photograph.shape[:2]]
    rooms = [side - window for side, window in zip(photograph.shape[:2], sides, strict=True)]
    corners = [[round(room * k / (count - 1)) for room in rooms] for k in range(count)]
    return [photograph[top : top + sides[0], left : left + sides[1]] for top, left in corners]


def _generator(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, *hashlib.sha256(name.encode()).digest()])
