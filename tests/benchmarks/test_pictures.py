import numpy as np
import pytest
from benchmarks.speed import pictures
from benchmarks.speed.pictures import picture


@pytest.mark.parametrize("pixels", [5_000, 2**18, 400_000])
def test_the_size_is_met_and_not_passed(pixels):
    made = picture("coffee", pixels)
    assert made.shape[2] == 3
    assert 0.98 * pixels < made.shape[0] * made.shape[1] <= pixels
    assert made.shape[1] / made.shape[0] == pytest.approx(1.5, rel=0.03)


def test_it_is_eight_bits_and_the_same_each_time():
    made = picture("coffee", 20_000)
    np.testing.assert_array_equal(made, picture("coffee", 20_000))
    np.testing.assert_allclose(255 * made, np.rint(255 * made), atol=1e-4)


def test_bands_leave_no_seam(monkeypatch):
    made = picture("coffee", 400_000)
    monkeypatch.setattr(pictures, "_BAND", 10_000)
    rows = np.abs(made - picture("coffee", 400_000)).mean(axis=(1, 2))
    assert rows.max() < 0.5 / 255  # Pillow rounds the edges of a band
