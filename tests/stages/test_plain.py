"""Areas of one colour stay of one colour, in colourisation too."""

import numpy as np
import pytest
from skimage import data

import huegraft
from huegraft.color import grey_from_srgb, lab_from_srgb
from huegraft.stages.plain import evened
from huegraft.types import in_unit_range
from superpixels import of_arrays


@pytest.mark.parametrize("level", [0.5, 0.8])
def test_a_plain_ground_takes_one_colour(level):
    picture = grey_from_srgb(in_unit_range(data.astronaut())[::4, ::4])
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    away = np.hypot((y / height - 0.5) / 0.4, (x / width - 0.5) / 0.3)
    picture[away > 1] = level
    spreads = []
    for caution in (0.2, 0.0):
        result = huegraft.colorize(picture, in_unit_range(data.coffee())[::4, ::4], caution=caution).image
        spreads.append(np.std(lab_from_srgb(result[away > 1.3].astype(float))[:, 1:], axis=0).max())
    assert spreads[0] < 2.5
    assert spreads[0] < spreads[1] / 2


def pictured(lightness):
    count = len(lightness)
    return of_arrays(
        mode="colorize",
        fingerprint="",
        labels=np.arange(count, dtype=np.int32)[None],
        features={"layer": np.zeros((count, 1))},
        areas=np.ones(count),
        positions=np.zeros((count, 2)),
        color_mean=np.repeat(np.array(lightness)[:, None], 3, axis=1),
        color_covariance=np.zeros((count, 3, 3)),
        validity=np.ones(count),
    )


def test_only_what_says_nothing_of_its_place_is_evened():
    colors = np.array([[0.6, 0.4, 0.4], [0.4, 0.4, 0.6], [0.4, 0.6, 0.4], [0.9, 0.8, 0.7]])
    target = pictured([0.5, 0.5, 0.5, 0.9])
    chroma = lab_from_srgb(evened(colors, np.array([1.0, 1, 0, 1]), target))[:, 1:]
    np.testing.assert_allclose(chroma[0], chroma[1], atol=1e-6)
    np.testing.assert_allclose(chroma[0], lab_from_srgb(colors[:2])[:, 1:].mean(axis=0), atol=0.3)
    np.testing.assert_allclose(chroma[2:], lab_from_srgb(colors[2:])[:, 1:], atol=1e-6)
    np.testing.assert_array_equal(evened(colors, np.array([0.0, 0, 0, 1]), target), colors)
