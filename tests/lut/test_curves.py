import numpy as np
import pytest

from huegraft.lut.bins import binned
from huegraft.lut.curves import apply_curves, fit_curves


def curves_of(target, wanted):
    return fit_curves(binned(target.astype(np.float32), np.clip(wanted, 0, 1).astype(np.float32), 17))


def test_a_curve_is_found_channel_by_channel(rng):
    picture = rng.random((60, 60, 3))
    found = curves_of(picture, picture ** [0.7, 1.0, 1.5])
    knots = np.linspace(0, 1, 17)
    np.testing.assert_allclose(found, [knots**0.7, knots, knots**1.5], atol=0.04)  # x^0.7 is vertical at 0
    np.testing.assert_allclose(found[1], knots, atol=1e-3)


def test_a_curve_never_falls(rng):
    picture = rng.random((60, 60, 3))
    found = curves_of(picture, 1 - picture)
    assert np.diff(found, axis=1).min() >= 0
    np.testing.assert_allclose(found, 0.5, atol=0.02)


@pytest.mark.parametrize("level", [0.2, 0.8])
def test_without_data_black_stays_black_and_white_stays_white(level):
    found = curves_of(np.full((4, 4, 3), level), np.full((4, 4, 3), 0.5))
    assert found[:, 0].max() < 0.05
    assert found[:, -1].min() > 0.95
    middle = apply_curves(found, np.full((1, 3), level))
    np.testing.assert_allclose(middle, 0.5, atol=0.01)
