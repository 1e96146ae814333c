import itertools

import pytest

from huegraft.film.samples import Samples


@pytest.mark.parametrize("count", [1, 2, 9, 10, 240, 1003])
@pytest.mark.parametrize("expected", [0, 1, 250, 10**6])
def test_samples_lie_evenly(count, expected):
    samples = Samples[int](expected)
    for number in range(count):
        samples.add(number)
    chosen = samples.chosen()
    assert 1 <= len(chosen) <= 9
    steps = {later - earlier for earlier, later in itertools.pairwise(chosen)}
    assert len(steps) <= 1
    if expected <= count >= 10:
        assert len(chosen) >= 4
        assert chosen[-1] > 0.7 * count
