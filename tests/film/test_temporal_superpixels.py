import numpy as np
import pytest

from huegraft.film.temporal_superpixels import moved
from huegraft.stages.slic import superpixels_of

SIZE, STEP = (40, 60), 10


@pytest.fixture
def picture(rng):
    return rng.random((*SIZE, 3), np.float32)


@pytest.fixture
def tiles(picture):
    """Superpixels that are squares of 10 by 10 pixels, six in a row."""
    y, x = np.indices(SIZE) // STEP
    return superpixels_of(picture, (y * 6 + x).astype(np.int32))


def motion(down, across):
    return np.broadcast_to(np.array([down, across], np.float32), (*SIZE, 2)).copy()


def test_superpixels_move_along_the_flow_and_keep_their_identities(tiles, picture):
    found = moved(tiles.centres, tiles.labels, motion(3, -4), picture)
    np.testing.assert_array_equal(found.ids[:24], tiles.centres.ids)
    np.testing.assert_allclose(found.places[:24] - tiles.centres.places, [[3 / 40, -4 / 60]] * 24, atol=1e-6)
    np.testing.assert_array_equal(found.colors[:24], tiles.centres.colors)


def test_superpixels_that_leave_the_picture_end_and_new_ones_begin_where_there_is_room(tiles, picture):
    found = moved(tiles.centres, tiles.labels, motion(0, 16), picture)
    stayed = np.arange(24).reshape(4, 6)[:, :-2].ravel()  # 16 pixels on, the last two columns lie outside
    np.testing.assert_array_equal(found.ids[:16], stayed)
    np.testing.assert_array_equal(found.ids[16:], 24 + np.arange(4))
    np.testing.assert_allclose(found.places[16:, 1], 5 / 60)
    assert found.following == 28


def test_slow_superpixels_are_left_to_slic(tiles, picture):
    assert moved(tiles.centres, tiles.labels, motion(2, 1), picture) is tiles.centres
    some = motion(0, 0)
    some[:, :STEP, 0] = 4
    ways = moved(tiles.centres, tiles.labels, some, picture).places[:24] - tiles.centres.places
    np.testing.assert_allclose(ways[::6, 0], 4 / 40, atol=1e-6)
    assert not ways[1:6].any()


def test_a_flow_that_leaves_no_superpixel_in_the_picture_moves_none(tiles, picture):
    assert moved(tiles.centres, tiles.labels, motion(0, 100), picture) is tiles.centres
