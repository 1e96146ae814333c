"""Which two results a question shows, on which side, and in which order the questions come."""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from huegraft.settings import Mode

_NEW_FOR_ONE_REPEATED = 8


@dataclass(frozen=True)
class Shown:
    """What a question shows apart from the results: a case of a set, and the mode of the methods."""

    mode: Mode
    set: str
    case: str


@dataclass(frozen=True)
class Question:
    """Two results of one case.

    Attributes
    ----------
    shown
        The case.
    left, right
        The methods.
    repeats
        The number of the question that this question repeats with the sides exchanged, or None.
    """

    shown: Shown
    left: str
    right: str
    repeats: int | None = None


def designed(results: Mapping[Shown, Sequence[str]], count: int, seed: int = 1) -> list[Question]:
    """Return the questions of a study: at most `count` new ones, and one in eight of them a second time.

    Each pair of methods of a mode is asked about equally often, and so is each case, as far as there are results. This
    holds for the first questions, too, so the votes of a person who stops early are of use. A pair of methods changes
    sides from one of its questions to the next. A repeated question comes half the study after the first one.

    Parameters
    ----------
    results
        The methods that have a result, for each case.
    count
        The most new questions.
    seed
        What all randomness is drawn from.
    """
    rng = np.random.default_rng(seed)
    possible = [(shown, pair) for shown, methods in results.items() for pair in itertools.combinations(methods, 2)]
    possible = [possible[place] for place in rng.permutation(len(possible))]
    pairs = dict.fromkeys((shown.mode, pair) for shown, pair in possible)
    first_side = dict(zip(pairs, rng.integers(2, size=len(pairs)), strict=True))
    of_pairs: Counter[tuple[Mode, tuple[str, str]]] = Counter()
    of_cases: Counter[Shown] = Counter()
    questions: list[Question] = []
    while possible and len(questions) < count:
        chosen = min(possible, key=lambda each: (of_pairs[each[0].mode, each[1]], of_cases[each[0]]))
        possible.remove(chosen)
        shown, pair = chosen
        left, right = pair[:: 1 if (first_side[shown.mode, pair] + of_pairs[shown.mode, pair]) % 2 else -1]
        questions.append(Question(shown, left, right))
        of_pairs[shown.mode, pair] += 1
        of_cases[shown] += 1
    return _with_repeated(questions, rng)


def _with_repeated(questions: Sequence[Question], rng: np.random.Generator) -> list[Question]:
    half = len(questions) // 2
    again = set(rng.choice(half, size=len(questions) // _NEW_FOR_ONE_REPEATED, replace=False)) if half else set()
    order: list[Question] = []
    for place, question in enumerate(questions):
        order.append(question)
        if place - half in again:  # the first half has no repeated question, so numbers are places there
            first = questions[place - half]
            order.append(dataclasses.replace(first, left=first.right, right=first.left, repeats=place - half))
    return order
