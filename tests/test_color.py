import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage import color as skimage_color

import oracle
from huegraft.color import (
    ciede2000,
    grey_from_srgb,
    lab_from_srgb,
    linear_from_srgb,
    srgb_from_lab,
    srgb_from_linear,
    sum_of_channels,
)

colors = arrays(np.float64, (7, 3), elements=st.floats(0, 1))


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ([1, 1, 1], [100, 0, 0]),
        ([0, 0, 0], [0, 0, 0]),
        ([1, 0, 0], [53.24, 80.09, 67.20]),
        ([0, 1, 0], [87.73, -86.18, 83.18]),
        ([0, 0, 1], [32.30, 79.19, -107.86]),
        ([0.5, 0.5, 0.5], [53.39, 0, 0]),
    ],
)
def test_published_values(rgb, lab):
    result = lab_from_srgb(np.array(rgb, dtype=np.float64))
    np.testing.assert_allclose(result, lab, atol=0.02)


@given(colors)
def test_agrees_with_scikit_image(rgb):
    np.testing.assert_allclose(
        lab_from_srgb(rgb), skimage_color.rgb2lab(rgb), atol=0.02
    )  # its white differs in the fifth digit


@given(colors)
def test_agrees_with_the_oracle(rgb):
    lab = lab_from_srgb(rgb)
    np.testing.assert_allclose(lab, oracle.lab_from_srgb(rgb), atol=1e-9)
    np.testing.assert_allclose(srgb_from_lab(lab), oracle.srgb_from_lab(lab), atol=1e-9)


@given(arrays(np.float32, (7, 3), elements=st.floats(0, 1, width=32)))
def test_round_trips(rgb):
    np.testing.assert_allclose(srgb_from_lab(lab_from_srgb(rgb)), rgb, atol=2e-5)
    np.testing.assert_allclose(srgb_from_linear(linear_from_srgb(rgb)), rgb, atol=2e-6)


@given(st.floats(0, 1))
def test_greys_are_exactly_neutral(value):
    lab = lab_from_srgb(np.full((2, 3), value, dtype=np.float64))
    assert np.abs(lab[..., 1:]).max() < 1e-9


def test_out_of_gamut_colours_stay_out():
    assert srgb_from_lab(np.array([50.0, 120.0, 0.0], dtype=np.float32)).max() > 1


def test_nan_stays_nan():
    assert np.isnan(lab_from_srgb(np.full(3, np.nan, dtype=np.float32))).all()


def test_grey_weights(rng):
    np.testing.assert_allclose(grey_from_srgb(np.eye(3, dtype=np.float32))[:, 0], [0.299, 0.587, 0.114])
    assert grey_from_srgb(rng.random((2, 4, 3), dtype=np.float32)).shape == (2, 4, 3)


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
        ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (56, -27, -3), 31.9030),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_published_differences(first, second, difference):
    """Sharma, Wu, Dalal 2005, table 1."""
    for pair in ((first, second), (second, first)):
        assert ciede2000(*np.array(pair, dtype=np.float64)[:, None]) == pytest.approx(difference, abs=5e-5)


def test_differences_are_scikit_image_s(rng):
    first, second = rng.uniform([0, -110, -110], [100, 110, 110], (2, 50, 40, 3))
    np.testing.assert_allclose(ciede2000(first, second), skimage_color.deltaE_ciede2000(first, second), atol=1e-9)
    np.testing.assert_array_equal(ciede2000(first, first), 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_sum_of_channels_does_not_depend_on_the_shape(rng, dtype):
    values, weights = rng.random((20, 30, 3)).astype(dtype), rng.random(3)
    whole = sum_of_channels(values, weights)
    assert whole.dtype == dtype
    np.testing.assert_allclose(whole, values @ weights, rtol=1e-6)
    for rows, columns in np.ndindex(4, 9):
        np.testing.assert_array_equal(sum_of_channels(values[rows:, columns:], weights), whole[rows:, columns:])
        np.testing.assert_array_equal(sum_of_channels(values[rows:, columns], weights), whole[rows:, columns])
