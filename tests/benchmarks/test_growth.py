import pytest
from benchmarks.speed.growth import fitted


def test_a_line_is_found():
    line = fitted([1, 4, 12, 24], [2.5, 4, 8, 14])
    assert (line.start, line.slope) == pytest.approx((2, 0.5))
    assert line.r_squared == pytest.approx(1)
    assert line.largest == pytest.approx(0, abs=1e-9)


def test_a_bend_shows():
    line = fitted([0, 1, 2], [0, 0, 3])
    assert line.slope == pytest.approx(1.5)
    assert line.largest == pytest.approx(1)
    assert line.r_squared == pytest.approx(0.75)


def test_what_stays_the_same_is_a_line():
    line = fitted([1, 2, 3], [7, 7, 7])
    assert line.slope == pytest.approx(0)
    assert line.r_squared == 1


def test_two_points_are_no_evidence():
    with pytest.raises(ValueError, match="three sizes"):
        fitted([1, 2], [1, 2])
