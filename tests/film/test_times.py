import random
from fractions import Fraction
from itertools import accumulate, pairwise

import pytest

from huegraft.errors import ArgumentError
from huegraft.film.timecode import timecode_after
from huegraft.film.times import Times, as_fraction


def test_frames_are_never_decoded_after_they_are_shown() -> None:
    """At varying rates, in any order with at most `delay` frames held back: times of decoding always rise."""
    generator = random.Random(4)  # noqa: S311
    for _ in range(50):
        pts = list(accumulate(generator.choices((1, 40, 3003), k=20), initial=generator.randint(-5000, 5000)))
        order = list(range(len(pts)))
        for place in range(0, len(order) - 3, 4):
            order[place : place + 4] = generator.sample(order[place : place + 4], 4)
        delay = max(position - frame for position, frame in enumerate(order))
        times = Times(pts, Fraction(1, 1000), 40)
        decoding = [times.decoding(position, delay) for position in range(len(pts))]
        assert all(before < after for before, after in pairwise(decoding))
        assert all(decoding[position] <= pts[frame] for position, frame in enumerate(order))


def test_starts_and_steps() -> None:
    times = Times([0, 40, 100], Fraction(1, 1000), 20)
    assert [times.start(frame) for frame in range(4)] == [0, Fraction(1, 25), Fraction(1, 10), Fraction(3, 25)]
    assert [times.steps(frame) for frame in range(3)] == [40, 60, 20]
    assert Times.at_rate(5, Fraction(24000, 1001)).start(5) == Fraction(5 * 1001, 24000)


def test_times_that_run_backwards_are_refused() -> None:
    with pytest.raises(ArgumentError, match="frame 2 is not shown later"):
        Times([0, 40, 40], Fraction(1, 1000), 40)
    with pytest.raises(ArgumentError, match="expected above 0"):
        Times([0, 40], Fraction(0), 40)


def test_fractions_that_stand_for_nothing() -> None:
    assert as_fraction(None) == 0
    assert as_fraction(Fraction(1001, 24000)) == Fraction(1001, 24000)


@pytest.mark.parametrize(
    ("timecode", "frames", "rate", "expected"),
    [
        ("01:00:00:00", 0, Fraction(25), "01:00:00:00"),
        ("23:59:59:24", 1, Fraction(25), "00:00:00:00"),
        ("00:00:59:23", 1, Fraction(24000, 1001), "00:01:00:00"),
        ("00:00:59;29", 1, Fraction(30000, 1001), "00:01:00;02"),
        ("00:09:59;29", 1, Fraction(30000, 1001), "00:10:00;00"),
        ("00:00:00;00", 6 * 17982, Fraction(30000, 1001), "01:00:00;00"),
        ("00:00:59;59", 1, Fraction(60000, 1001), "00:01:00;04"),
        ("00:00:59;24", 1, Fraction(25), "00:01:00:00"),
        ("00:00:59.29", 1, Fraction(30000, 1001), "00:01:00;02"),
        ("unknown", 9, Fraction(25), None),
    ],
)
def test_timecodes(timecode: str, frames: int, rate: Fraction, expected: str | None) -> None:
    assert timecode_after(timecode, frames, rate) == expected


def test_drop_frame_timecodes_count_one_by_one() -> None:
    rate, timecode = Fraction(30000, 1001), "00:08:58;00"
    for frames in range(1, 4000):
        following = timecode_after(timecode, 1, rate)
        assert following
        assert following == timecode_after("00:08:58;00", frames, rate)
        timecode = following
