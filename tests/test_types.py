import dataclasses

import numpy as np
import pytest

import huegraft
from huegraft.errors import ArgumentError


@pytest.fixture
def encoded(astronaut):
    return huegraft.encode_reference(astronaut)


def test_encoded_is_immutable(encoded):
    for array in (encoded.labels, encoded.color_mean, *encoded.features.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(TypeError):
        encoded.features["more"] = encoded.color_mean
    with pytest.raises(dataclasses.FrozenInstanceError):
        encoded.mode = "colorize"


def test_encoded_does_not_freeze_the_callers_arrays():
    areas = np.ones(1)
    one = np.zeros((1, 3))
    huegraft.Encoded(
        "transfer", "", np.zeros((1, 1), np.int32), {}, areas, np.zeros((1, 2)), one, np.zeros((1, 3, 3)), np.ones(1)
    )
    areas[0] = 2


def test_encoded_measures_the_original_colours(astronaut):
    encoded = huegraft.encode_reference(astronaut, mode="colorize")
    inside = astronaut[encoded.labels == 5].astype(float)
    np.testing.assert_allclose(encoded.color_mean[5], inside.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(encoded.color_covariance[5], np.cov(inside.T, bias=True), atol=1e-12)
    assert encoded.areas[5] == len(inside)
    rows, columns = np.nonzero(encoded.labels == 5)
    np.testing.assert_allclose(
        encoded.positions[5], [(rows.mean() + 0.5) / 40, (columns.mean() + 0.5) / 36], atol=1e-12
    )


@pytest.mark.parametrize(
    "change",
    [
        {"labels": np.zeros((2, 2), np.int32)},
        {"validity": np.ones(2)},
        {"features": {"x": np.ones((1, 2))}},
        {"color_mean": np.full((70, 3), np.nan)},
    ],
)
def test_arrays_must_fit_each_other(encoded, change):
    with pytest.raises(ArgumentError, match=r"one (row )?for each (of|superpixel)"):
        dataclasses.replace(encoded, **change)


def test_values_must_be_sound(encoded):
    with pytest.raises(ArgumentError, match="mode must be one of transfer, colorize, got 'paint'"):
        dataclasses.replace(encoded, mode="paint")
    with pytest.raises(ArgumentError, match=r"must be of shape \(superpixels, channels\)"):
        dataclasses.replace(encoded, features={"x": np.ones(encoded.count)})
    with pytest.raises(ArgumentError, match="finite float64 numbers"):
        dataclasses.replace(encoded, validity=np.ones(encoded.count, dtype=np.float32))
