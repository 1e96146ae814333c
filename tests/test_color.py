import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage import color as skimage_color

import oracle
from huegraft.color import grey_from_srgb, lab_from_srgb, linear_from_srgb, srgb_from_lab, srgb_from_linear

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
    result = lab_from_srgb(torch.tensor(rgb, dtype=torch.float64))
    np.testing.assert_allclose(result, lab, atol=0.02)


@given(colors)
def test_agrees_with_scikit_image(rgb):
    ours = lab_from_srgb(torch.tensor(rgb)).numpy()
    np.testing.assert_allclose(ours, skimage_color.rgb2lab(rgb), atol=0.02)  # its white differs in the fifth digit


@given(colors)
def test_agrees_with_the_oracle(rgb):
    lab = lab_from_srgb(torch.tensor(rgb))
    np.testing.assert_allclose(lab, oracle.lab_from_srgb(rgb), atol=1e-9)
    np.testing.assert_allclose(srgb_from_lab(lab), oracle.srgb_from_lab(lab.numpy()), atol=1e-9)


@given(arrays(np.float32, (7, 3), elements=st.floats(0, 1, width=32)))
def test_round_trips(rgb):
    tensor = torch.tensor(rgb)
    np.testing.assert_allclose(srgb_from_lab(lab_from_srgb(tensor)), rgb, atol=2e-5)
    np.testing.assert_allclose(srgb_from_linear(linear_from_srgb(tensor)), rgb, atol=2e-6)


@given(st.floats(0, 1))
def test_greys_are_exactly_neutral(value):
    lab = lab_from_srgb(torch.full((2, 3), value, dtype=torch.float64))
    assert lab[..., 1:].abs().max() < 1e-9


def test_out_of_gamut_colours_stay_out():
    assert srgb_from_lab(torch.tensor([50.0, 120.0, 0.0])).max() > 1


def test_nan_stays_nan():
    assert lab_from_srgb(torch.tensor([float("nan")] * 3)).isnan().all()


def test_grey_weights():
    np.testing.assert_allclose(grey_from_srgb(torch.eye(3))[:, 0], [0.299, 0.587, 0.114])
    assert grey_from_srgb(torch.rand(2, 4, 3)).shape == (2, 4, 3)
