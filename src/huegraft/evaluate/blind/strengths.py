"""The strengths of methods by votes between two methods at a time (Bradley, Terry 1952), with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from scipy.stats import norm, t

from huegraft.evaluate.blind.votes import Vote
from huegraft.settings import Mode
from huegraft.shapes import Float64

_RESAMPLES = 4000
_FEWEST = 5  # cases or voters from which an interval says anything
_MOST_STEPS = 200
_LONGEST_STEP = 1.0
_CONVERGED = 1e-10


@dataclass(frozen=True)
class Standing:
    """A method among the others.

    Attributes
    ----------
    method
        Its name.
    strength
        Log odds of being preferred to a method of average strength.
    low, high
        The interval of 95 % of `strength`. Cases are drawn anew if there are five or more, and so are voters. None if
        neither is drawn.
    preferred
        The share of its votes that the method won. A vote without a preference counts half.
    votes
        The number of votes on the method.
    """

    method: str
    strength: float
    low: float | None
    high: float | None
    preferred: float
    votes: int


@dataclass(frozen=True)
class Duel:
    """Votes between two methods. `wins` counts the votes for the first method."""

    methods: tuple[str, str]
    wins: int
    undecided: int
    losses: int


@dataclass(frozen=True)
class Ranking:
    """The methods of one mode, best first.

    Attributes
    ----------
    mode
        The mode of the methods.
    standings
        One for each method.
    duels
        One for each two methods that were compared.
    votes, voters, cases
        The numbers of votes that count, of people, and of cases.
    repeated, agreed
        The number of questions that a person answered twice, and how many of them got the same answer.
    """

    mode: Mode
    standings: tuple[Standing, ...]
    duels: tuple[Duel, ...]
    votes: int
    voters: int
    cases: int
    repeated: int
    agreed: int


def rankings(votes: Sequence[Vote]) -> list[Ranking]:
    """Return one ranking for each mode. The second answer to a repeated question counts only for the agreement."""
    seen = {vote.question.shown.mode for vote in votes}
    modes = [mode for mode in get_args(Mode) if mode in seen]
    return [_ranking(mode, [vote for vote in votes if vote.question.shown.mode == mode]) for mode in modes]


def strengths(wins: Float64[np.ndarray, "*b n n"]) -> Float64[np.ndarray, "*b n"]:
    """Return the strengths of Bradley and Terry [1]_, with mean 0.

    Method i is preferred to method j with probability 1 / (1 + exp(s_j − s_i)). Votes without a preference count as
    half a win of both, as in [2]_. Between each two methods 2/n of a vote without a preference is added. These are
    n − 1 votes in all, one for each strength to be found. So a method that never wins has a finite strength. With two
    methods this is half a vote more on both sides. Newton's method with bounded steps finds the maximum.

    Parameters
    ----------
    wins
        How often each method (row) was preferred to each other one (column); the diagonal is 0.

    References
    ----------
    .. [1] R. A. Bradley, M. E. Terry, "Rank analysis of incomplete block designs: I. The method of paired
       comparisons", Biometrika 39, 1952. doi:10.1093/biomet/39.3-4.324
    .. [2] M. E. Glickman, "Parameter estimation in large dynamic paired comparison experiments", Applied Statistics
       48, 1999. doi:10.1111/1467-9876.00159
    """
    count = wins.shape[-1]
    wins = wins + (1 - np.eye(count)) / count
    compared = wins + np.swapaxes(wins, -1, -2)
    found = np.zeros(wins.shape[:-1])
    for _ in range(_MOST_STEPS):
        expected = 1 / (1 + np.exp(found[..., None, :] - found[..., :, None]))
        slope = (wins - compared * expected).sum(axis=-1)
        weight = compared * expected * (1 - expected)
        curvature = np.eye(count) * weight.sum(axis=-1)[..., None] - weight
        # A shift of all strengths changes nothing; the constant keeps the mean at 0 and the matrix invertible.
        step = np.linalg.solve(curvature + weight.mean(axis=(-1, -2), keepdims=True), slope[..., None])[..., 0]
        longest = np.abs(step).max(axis=-1, keepdims=True)
        found = found + step * np.minimum(1, _LONGEST_STEP / np.maximum(longest, _CONVERGED))
        if longest.max() < _CONVERGED:
            break
    return found - found.mean(axis=-1, keepdims=True)


def _ranking(mode: Mode, votes: Sequence[Vote]) -> Ranking:
    counted = [vote for vote in votes if vote.question.repeats is None]
    methods = sorted({method for vote in counted for method in (vote.question.left, vote.question.right)})
    repeated, agreed = _agreement(votes)
    table = _table(counted, methods)
    wins = table.sum(axis=0).reshape(len(methods), len(methods))
    found, intervals = strengths(wins), _intervals(counted, table)
    against = (wins + wins.T).sum(axis=1)
    standings = [
        Standing(
            method,
            float(found[place]),
            *intervals[place],
            float(wins[place].sum() / against[place]),
            round(against[place]),
        )
        for place, method in enumerate(methods)
    ]
    return Ranking(
        mode,
        tuple(sorted(standings, key=lambda each: -each.strength)),
        _duels(counted),
        len(counted),
        len({vote.voter for vote in votes}),
        len({vote.question.shown for vote in votes}),
        repeated,
        agreed,
    )


def _table(votes: Sequence[Vote], methods: Sequence[str]) -> Float64[np.ndarray, "v m"]:
    """Return one row for each vote: what the vote adds to the table of wins, flattened."""
    places = {method: place for place, method in enumerate(methods)}
    table = np.zeros((len(votes), len(methods), len(methods)))
    for row, vote in zip(table, votes, strict=True):
        left, right = places[vote.question.left], places[vote.question.right]
        row[left, right], row[right, left] = vote.left, 1 - vote.left
    return table.reshape(len(votes), -1)


def _intervals(
    votes: Sequence[Vote], table: Float64[np.ndarray, "v m"]
) -> list[tuple[float, float] | tuple[None, None]]:
    """Return the interval of 95 % of each method's strength, with cases and voters drawn with replacement together.

    The weight of a vote is the number of times that its case is drawn times the number of times that its voter is
    drawn (the pigeonhole bootstrap of Owen 2007, doi:10.1214/07-AOAS122). Such intervals are rather too wide than too
    narrow. Fewer than five cases are not drawn, and neither are fewer than five voters, because a single voter could
    make the interval. The interval then holds for these cases or voters alone. The usual quantiles lie too near each
    other for a few cases. The quantiles taken are further out, as in Hesterberg 2014 (arXiv:1411.5279), so that the
    mean of normal values would get the interval of Student's t.
    """
    size = round(table.shape[1] ** 0.5)
    rng = np.random.default_rng(0)
    weights = np.ones((_RESAMPLES, len(votes)))
    counts: list[int] = []
    for names in ([str(vote.question.shown) for vote in votes], [vote.voter for vote in votes]):
        found, places = np.unique(names, return_inverse=True)
        if (count := len(found)) >= _FEWEST:
            weights *= rng.multinomial(count, np.full(count, 1 / count), size=_RESAMPLES)[:, places]
            counts.append(count)
    if not counts:
        return [(None, None)] * size
    drawn = strengths((weights @ table).reshape(_RESAMPLES, size, size))
    fewest = min(counts)
    level = float(norm.cdf(t.ppf(0.025, fewest - 1) * (fewest / (fewest - 1)) ** 0.5))
    low, high = np.quantile(drawn, [level, 1 - level], axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _agreement(votes: Sequence[Vote]) -> tuple[int, int]:
    """Return how many questions one person answered twice, and how many of these got the same answer."""
    first = {
        (vote.voter, vote.question.shown, vote.question.left, vote.question.right): vote.left
        for vote in votes
        if vote.question.repeats is None
    }
    alike: list[bool] = []
    for vote in votes:
        question = vote.question
        asked = (vote.voter, question.shown, question.right, question.left)  # the sides are exchanged
        if question.repeats is not None and asked in first:
            alike.append(first[asked] == 1 - vote.left)
    return len(alike), sum(alike)


def _duels(votes: Sequence[Vote]) -> tuple[Duel, ...]:
    counts: dict[tuple[str, str], list[int]] = {}
    for vote in votes:
        left, right = vote.question.left, vote.question.right
        methods, won = ((left, right), vote.left) if left < right else ((right, left), 1 - vote.left)
        counts.setdefault(methods, [0, 0, 0])[round(2 - 2 * won)] += 1
    return tuple(Duel(methods, *count) for methods, count in sorted(counts.items()))
