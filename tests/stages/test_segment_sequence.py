"""Superpixels of a sequence of pictures, each from the centres of the one before."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from skimage import data
from skimage.measure import label

from huegraft.color import lab_from_srgb
from huegraft.errors import ArgumentError
from huegraft.setting_groups import SegmentSettings
from huegraft.stages.segment import segment
from huegraft.stages.slic import Centres

SETTINGS = SegmentSettings()
FRAMES = 40


def frame(number):
    """A camera that moves across a photograph, a pixel right and one down a frame, and grows darker."""
    light = np.float32(1 - 0.002 * number)
    return (data.coffee()[number : number + 140, number : number + 180] / 255).astype(np.float32) * light


def means(labels, values):
    flat, count = labels.ravel(), np.bincount(labels.ravel())
    channels = values.reshape(len(flat), -1).T
    return np.stack([np.bincount(flat, channel) / count for channel in channels], axis=1)


def deviation(picture, labels):
    """Root mean square of the pixels' distances from the mean colour of their superpixels."""
    lab = lab_from_srgb(picture.astype(np.float64))
    return np.sqrt(np.square(lab - means(labels, lab)[labels]).sum(axis=2).mean())


def made(places, colors, ids=None):
    ids = np.arange(len(places)) if ids is None else np.array(ids)
    return Centres(np.array(places, np.float32), np.array(colors, np.float32), ids, int(ids.max(initial=0)) + 1)


def halves():
    """A picture, black at left and white at right, and the centres of two of its superpixels of four."""
    picture = np.zeros((40, 40, 3), np.float32)
    picture[:, 20:] = 1
    return picture, made([[0.5, 0.25], [0.5, 0.75]], [[0, 0, 0], [100, 0, 0]], [3, 7])


@pytest.fixture(scope="module")
def sequence():
    """Each frame with the superpixels that go on from the frame before."""
    superpixels, frames = None, []
    for picture in map(frame, range(FRAMES)):
        superpixels = segment(picture, SETTINGS, superpixels and superpixels.centres)
        frames.append((picture, superpixels))
    return frames


def test_superpixels_are_connected_and_numbered_by_their_identities(sequence):
    for _, superpixels in sequence[1::13]:
        labels, centres = superpixels.labels, superpixels.centres
        np.testing.assert_array_equal(np.unique(labels), np.arange(len(centres.ids)))
        assert label(labels + 1, connectivity=1).max() == labels.max() + 1
        assert (np.diff(centres.ids) > 0).all()
        assert centres.ids[-1] < centres.following


@pytest.mark.parametrize("slic", ["huegraft", "scikit-image"])
def test_centres_are_the_means_of_their_superpixels(astronaut, slic):
    cold = segment(astronaut, SegmentSettings(slic=slic))
    for superpixels in (cold, segment(astronaut[:, ::-1], SETTINGS, cold.centres)):
        labels, centres = superpixels.labels, superpixels.centres
        y, x = (np.indices(labels.shape) + 0.5) / np.reshape(labels.shape, (2, 1, 1))
        picture = astronaut if superpixels is cold else astronaut[:, ::-1]
        np.testing.assert_allclose(centres.places, means(labels, np.stack([y, x], axis=2)), atol=1e-6)
        np.testing.assert_allclose(centres.colors, means(labels, lab_from_srgb(picture)), atol=1e-3)
    np.testing.assert_array_equal(cold.centres.ids, np.arange(cold.labels.max() + 1))
    assert cold.centres.following == cold.labels.max() + 1


def test_superpixels_stay_as_many_and_as_even_as_a_new_start_gives(sequence):
    for picture, superpixels in sequence[1::6]:
        cold = segment(picture, SETTINGS)
        assert 0.85 < len(superpixels.centres.ids) / len(cold.centres.ids) < 1.15
        assert deviation(picture, superpixels.labels) < 1.1 * deviation(picture, cold.labels)


def test_most_identities_go_on(sequence):
    for (_, before), (_, after) in pairwise(sequence):
        assert np.isin(before.centres.ids, after.centres.ids).mean() > 0.9


def test_superpixels_go_with_what_they_show(sequence):
    """A superpixel known for ten frames has moved as the camera has."""
    early, late = (sequence[number][1].centres for number in (20, 30))
    _, of_early, of_late = np.intersect1d(early.ids, late.ids, return_indices=True)
    way = (late.places[of_late] - early.places[of_early]) * [140, 180]
    assert len(way) > 0.7 * len(early.ids)
    np.testing.assert_allclose(np.median(way, axis=0), [-10, -10], atol=3)  # on flat ground some stay behind


def test_no_identity_comes_back(sequence):
    gone, before = np.empty(0, int), np.empty(0, int)
    for _, superpixels in sequence:
        ids = superpixels.centres.ids
        assert not np.isin(ids, gone).any()
        gone, before = np.union1d(gone, np.setdiff1d(before, ids)), ids


def test_a_standing_picture_keeps_all_its_superpixels():
    centres = segment(frame(0), SETTINGS).centres
    for _ in range(10):
        before, centres = centres, segment(frame(0), SETTINGS, centres).centres
    assert np.isin(before.ids, centres.ids).mean() > 0.99


def test_superpixels_stay_where_the_picture_darkens():
    start = segment(frame(0), SETTINGS).centres
    bright, dark = (segment(frame(0) * np.float32(light), SETTINGS, start) for light in (1, 0.97))
    assert (bright.centres.ids[bright.labels] == dark.centres.ids[dark.labels]).mean() > 0.85


def test_a_superpixel_goes_on_alone_where_it_is_not_too_large():
    picture, centres = halves()
    superpixels = segment(picture, SegmentSettings(superpixels=2), centres)
    np.testing.assert_array_equal(superpixels.centres.ids, [3, 7])
    np.testing.assert_array_equal(superpixels.labels, np.arange(40)[None].repeat(40, axis=0) // 20)


def test_a_centre_whose_colour_is_nowhere_takes_that_at_its_place():
    picture, _ = halves()
    start = made([[0.5, 0.25], [0.25, 0.75], [0.9999999, 0.75]], [[0, 0, 0], [100, 0, 0], [50, 90, 90]])
    superpixels = segment(picture, SegmentSettings(superpixels=3), start)
    np.testing.assert_array_equal(superpixels.centres.ids, [0, 1, 2])
    np.testing.assert_allclose(superpixels.centres.colors[2], [100, 0, 0], atol=1e-3)


def test_a_large_superpixel_is_divided():
    picture, centres = halves()
    superpixels = segment(picture, SegmentSettings(superpixels=8), centres)
    np.testing.assert_array_equal(superpixels.centres.ids, [3, 7, 8, 9])
    assert superpixels.centres.following == 10
    np.testing.assert_array_equal(np.bincount(superpixels.labels.ravel()), [400] * 4)


def test_a_piece_apart_is_a_new_superpixel():
    picture, centres = halves()
    picture[:, 2:9] = 1  # white that black keeps apart from the other white, and two columns of black apart by it
    superpixels = segment(picture, SegmentSettings(superpixels=3, compactness=1), centres)
    expected = np.repeat([8, 3, 7], [9, 11, 20])  # the two columns are too small
    np.testing.assert_array_equal(superpixels.centres.ids[superpixels.labels], expected[None].repeat(40, axis=0))


def test_a_superpixel_that_became_small_is_dropped():
    picture, centres = halves()
    picture[:] = 1
    picture[20:22, 10:12] = 0
    left = segment(picture, SegmentSettings(superpixels=2, compactness=1), centres).centres
    np.testing.assert_array_equal(left.ids, [7])
    assert left.following == 8


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 50, 3), (2, 3, 3), (7, 90, 3)])
def test_thin_and_tiny_pictures_go_on(rng, shape):
    centres = segment(rng.random((9, 9, 3), dtype=np.float32), SETTINGS).centres
    superpixels = segment(rng.random(shape, dtype=np.float32), SETTINGS, centres)
    np.testing.assert_array_equal(np.unique(superpixels.labels), np.arange(len(superpixels.centres.ids)))


def test_the_same_for_any_number_of_threads(threads):
    centres = segment(frame(0), SETTINGS).centres
    with threads(1):
        alone = segment(frame(3), SETTINGS, centres)
    with threads(3):
        together = segment(frame(3), SETTINGS, centres)
    np.testing.assert_array_equal(alone.labels, together.labels)
    for name in ("places", "colors", "ids", "following"):
        np.testing.assert_array_equal(getattr(alone.centres, name), getattr(together.centres, name))


@pytest.mark.parametrize("places", [np.zeros((0, 2)), [[0.0, 0.5]], [[0.5, 1.0]], [[np.nan, 0.5]]])
def test_centres_lie_within_the_picture(places):
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        made(places, np.zeros((len(places), 3)))


def test_centres_have_colours_and_identities_of_their_own():
    centres = halves()[1]
    with pytest.raises(ArgumentError, match="a finite colour"):
        replace(centres, colors=np.full((2, 3), np.inf, np.float32))
    for wrong in ({"ids": np.array([3, 3])}, {"following": 7}):
        with pytest.raises(ArgumentError, match="distinct and below"):
            replace(centres, **wrong)
