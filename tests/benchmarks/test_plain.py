"""The plain versions, held against the stages they were frozen from."""

import pytest

pytest.importorskip("torch", reason="needs Torch: make torch")

from benchmarks.speed.comparisons import COMPARISONS

TOLERANCE = {"segment": 0.36, "descriptor": 1e-4, "finish": 1e-4, "prepare": 1e-5, "VGG-19": 1e-4, "fusion": 1e-3,
             "built-in network": 1e-5}  # fmt: skip


@pytest.mark.parametrize("name", TOLERANCE)
def test_both_sides_agree(name, astronaut):
    sides = COMPARISONS[name].sides(astronaut)
    assert sides.difference(sides.plain(), sides.optimised()) <= TOLERANCE[name]


@pytest.mark.parametrize("name", TOLERANCE)
def test_a_difference_is_seen(name, astronaut):
    sides = COMPARISONS[name].sides(astronaut)
    others = COMPARISONS[name].sides(astronaut[::-1].copy())
    assert sides.difference(sides.plain(), others.optimised()) > TOLERANCE[name]
