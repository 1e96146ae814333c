import itertools

import numpy as np
import pytest
from scipy.optimize import minimize

from huegraft.evaluate.blind import strengths as module
from huegraft.evaluate.blind.design import Question, Shown, designed
from huegraft.evaluate.blind.strengths import rankings, strengths
from huegraft.evaluate.blind.table import agreements, ranking_json, ranking_markdown
from huegraft.evaluate.blind.votes import Vote

TRUTH = {"m0": 0.9, "m1": 0.3, "m2": -0.3, "m3": -0.9}


def reference_strengths(wins):
    """The maximum of the penalised likelihood, by a general optimiser."""
    count = len(wins)

    def loss(free):
        found = np.append(free, -free.sum())
        total = 0.0
        for i, j in itertools.permutations(range(count), 2):
            total += (wins[i, j] + 1 / count) * np.logaddexp(0, found[j] - found[i])
        return total

    found = minimize(loss, np.zeros(count - 1), method="BFGS", options={"gtol": 1e-9}).x
    return np.append(found, -found.sum())


def simulated(cases, voters, seed, questions=64, ties=0.15):
    """Votes by the model, a share of them without a preference, which leaves the expected score as it is."""
    rng = np.random.default_rng(seed)
    asked = designed({Shown("transfer", "set", str(case)): tuple(TRUTH) for case in range(cases)}, questions)
    votes = []
    for voter, question in itertools.product(range(voters), asked):
        chance = 1 / (1 + np.exp(TRUTH[question.right] - TRUTH[question.left]))
        tied, drawn = ties * min(chance, 1 - chance), rng.random()
        left = 1.0 if drawn < chance - tied else 0.5 if drawn < chance + tied else 0.0
        votes.append(Vote(str(voter), question, left))
    return votes


def voted(left, right, choices, case="one", voter="ann"):
    question = Question(Shown("transfer", "set", case), left, right)
    return [Vote(voter, question, choice) for choice in choices]


def test_two_methods_by_hand():
    found = strengths(np.array([[0.0, 7.5], [2.5, 0.0]]))
    np.testing.assert_allclose(found, np.array([0.5, -0.5]) * np.log(8 / 3))


@pytest.mark.parametrize("most", [1, 30, 2000])
@pytest.mark.parametrize("count", [3, 6])
def test_a_general_optimiser_finds_the_same(count, most, rng):
    wins = rng.integers(0, 2 * most + 1, size=(count, count)) / 2 * (rng.random((count, count)) < 0.6)
    np.fill_diagonal(wins, 0)
    np.testing.assert_allclose(strengths(wins), reference_strengths(wins), atol=2e-5)


def test_extreme_votes_have_finite_strengths():
    wins = np.triu(np.full((5, 5), 10_000.0), 1)
    found = strengths(wins)
    assert np.isfinite(found).all()
    assert (np.diff(found) < -1).all()
    np.testing.assert_allclose(strengths(np.stack([wins, wins.T]))[0], found)
    np.testing.assert_allclose(strengths(np.zeros((3, 3))), 0, atol=1e-12)


@pytest.mark.parametrize(("cases", "voters", "least", "most"), [(8, 1, 0.88, 0.98), (8, 6, 0.95, 1)])
def test_intervals_hold_known_strengths(cases, voters, least, most, monkeypatch):
    monkeypatch.setattr(module, "_RESAMPLES", 500)
    held, errors = [], []
    for seed in range(60):
        (ranking,) = rankings(simulated(cases, voters, seed))
        held += [row.low <= TRUTH[row.method] <= row.high for row in ranking.standings]
        errors += [row.strength - TRUTH[row.method] for row in ranking.standings]
    assert least <= np.mean(held) <= most
    assert np.std(errors) < 0.4


def test_a_method_that_never_wins():
    votes = [
        vote
        for case in range(8)
        for vote in (*voted("good", "bad", [1, 1], str(case)), *voted("good", "fair", [1, 0], str(case)))
    ]
    (ranking,) = rankings(votes)
    best, *_, worst = ranking.standings
    assert (best.method, worst.method, worst.preferred) == ("good", "bad", 0)
    for row in ranking.standings:
        assert np.isfinite([row.strength, row.low, row.high]).all()
        assert row.low <= row.strength <= row.high


def test_votes_without_a_preference_are_half_a_win_of_both():
    (tied,) = rankings(voted("a", "b", [0.5, 0.5]))
    assert [row.strength for row in tied.standings] == [0, 0]
    assert [row.preferred for row in tied.standings] == [0.5, 0.5]
    (halves,), (whole,) = rankings(voted("a", "b", [0.5, 0.5, 1])), rankings(voted("a", "b", [1, 0, 1]))
    assert [row.strength for row in halves.standings] == [row.strength for row in whole.standings]
    (duel,) = halves.duels
    assert (duel.methods, duel.wins, duel.undecided, duel.losses) == (("a", "b"), 1, 2, 0)


def test_intervals_need_five_cases_or_voters():
    few = [vote for case in "1234" for vote in voted("a", "b", [1, 0], case)]
    (ranking,) = rankings(few)
    assert {(row.low, row.high) for row in ranking.standings} == {(None, None)}
    (ranking,) = rankings(few + voted("a", "b", [1], "5"))
    assert all(row.low < row.strength < row.high for row in ranking.standings)
    (ranking,) = rankings([vote for voter in "12345" for vote in voted("a", "b", [1, 0], voter=voter)])
    assert all(row.low is not None for row in ranking.standings)


def test_a_second_voter_who_hardly_votes_changes_little():
    votes = simulated(8, 1, 0)
    (alone,) = rankings(votes)
    (both,) = rankings([*votes, Vote("another", votes[0].question, votes[0].left)])
    assert both.voters == 2
    before, after = ({row.method: row for row in each.standings} for each in (alone, both))
    for method, other in after.items():
        one = before[method]
        assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.2)


def test_repeated_questions_count_for_the_agreement_alone():
    shown = Shown("colorize", "set", "one")
    first, again = Question(shown, "a", "b"), Question(shown, "b", "a", repeats=0)
    votes = [Vote("ann", first, 1), Vote("ann", again, 0), Vote("bob", first, 1), Vote("bob", again, 1)]
    votes += [Vote("eve", again, 1)]  # she did not answer the first one
    (ranking,) = rankings(votes)
    assert (ranking.mode, ranking.votes, ranking.repeated, ranking.agreed) == ("colorize", 2, 2, 1)
    assert ranking.standings[0].preferred == 1
    assert agreements([ranking]) == ["colorize: 1 of 2 repeated questions answered alike"]


def test_modes_have_a_ranking_each():
    grey = Question(Shown("colorize", "set", "one"), "a", "c")
    found = rankings([Vote("ann", grey, 1), *voted("a | b", "c", [0])])
    assert [(ranking.mode, ranking.standings[0].method) for ranking in found] == [("transfer", "c"), ("colorize", "a")]
    page = ranking_markdown("name", found)
    assert r"| a \| b | -0.55 | 0% | 1 |" in page
    assert "1 vote, 1 voter, 1 case." in page
    assert '"study": "name"' in ranking_json("name", found)
