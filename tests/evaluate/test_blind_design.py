import itertools
from collections import Counter

import pytest

from huegraft.evaluate.blind.design import Shown, designed

METHODS = ("a", "b", "c", "d")
RESULTS = {Shown(mode, "set", f"case {number}"): METHODS for mode in ("transfer", "colorize") for number in range(8)}


def counts_of(questions):
    pairs = Counter((each.shown.mode, frozenset((each.left, each.right))) for each in questions)
    return pairs, Counter(each.shown for each in questions)


def within_one(counts, expected):
    return len(counts) == expected and max(counts.values()) - min(counts.values()) <= 1


@pytest.mark.parametrize("count", [24, 64, 96])
@pytest.mark.parametrize("seed", [1, 2])
def test_pairs_and_cases_come_equally_often(count, seed):
    new = [each for each in designed(RESULTS, count, seed) if each.repeats is None]
    assert len(new) == count
    assert len(set(new)) == count
    pairs, cases = counts_of(new)
    assert within_one(pairs, 2 * 6)
    assert max(cases.values()) - min(cases.values()) <= 2
    assert within_one(counts_of(new[:24])[0], 12)  # so who stops early leaves balanced votes


def test_a_pair_changes_sides():
    new = [each for each in designed(RESULTS, 96) if each.repeats is None]
    for mode, pair in itertools.product(("transfer", "colorize"), itertools.combinations(METHODS, 2)):
        left = [each.left for each in new if each.shown.mode == mode and {each.left, each.right} == set(pair)]
        assert all(one != other for one, other in itertools.pairwise(left))


def test_an_eighth_is_asked_again_with_the_sides_exchanged():
    questions = designed(RESULTS, 64)
    again = [(place, each) for place, each in enumerate(questions) if each.repeats is not None]
    assert len(again) == 8
    assert len({each.repeats for _, each in again}) == 8
    for place, each in again:
        first = questions[each.repeats]
        assert (first.shown, first.left, first.right, first.repeats) == (each.shown, each.right, each.left, None)
        assert place - each.repeats > 32


def test_seeds():
    assert designed(RESULTS, 40, 1) == designed(RESULTS, 40, 1)
    assert designed(RESULTS, 40, 1) != designed(RESULTS, 40, 2)


def test_results_that_lack():
    results = {Shown("transfer", "set", "one"): ("a", "b", "c"), Shown("transfer", "set", "two"): ("a",)}
    questions = designed(results, 10)
    assert {each.shown.case for each in questions} == {"one"}
    assert len(questions) == 3
    assert designed({Shown("transfer", "set", "two"): ("a",)}, 10) == []
