import numpy as np
import pytest
from scipy.ndimage import map_coordinates
from skimage import data

from huegraft.color import grey_from_srgb
from huegraft.compiled.flow import Limits, Pyramid, carry, composed, flow, lent
from huegraft.threads import set_threads

HEIGHT, WIDTH = 120, 200
LIMITS = Limits(decay=0.9, stray=1.0, apart=0.1)


def at(down=0.0, across=0.0, zoom=1.0):
    """Return a picture whose place (0, 0) lies at a place of a photograph, enlarged about its middle."""
    rows, columns = np.indices((HEIGHT, WIDTH), np.float64)
    middle = np.array([HEIGHT / 2, WIDTH / 2])
    places = (rows - middle[0]) / zoom + middle[0] + 100 - down, (columns - middle[1]) / zoom + middle[1] + 150 - across
    photograph = grey_from_srgb(np.float32(data.coffee()) / np.float32(255))[..., 0]
    return map_coordinates(photograph, places, order=3).clip(0, 1).astype(np.float32)


def flow_of(one, other):
    return flow(Pyramid.of(one), Pyramid.of(other))


def inside(move):
    """Tell which pixels lie in the other picture."""
    rows, columns = np.indices((HEIGHT, WIDTH)) + np.reshape(move, (2, 1, 1))
    return (rows >= 0) & (rows < HEIGHT) & (columns >= 0) & (columns < WIDTH)


@pytest.mark.parametrize("grain", [0.0, 0.02])
@pytest.mark.parametrize("move", [(0, 0), (0.5, 0.3), (0, 2), (3, -7), (-4, 15)])
def test_known_shifts(rng, move, grain):
    one, other = (each + grain * rng.standard_normal(each.shape, np.float32) for each in (at(), at(*move)))
    errors = np.hypot(*np.moveaxis(flow_of(one, other) - np.float32(move), 2, 0))[inside(move)]
    assert errors.mean() < (0.4 if grain else 0.2)
    assert (errors > 1).mean() < 0.07


def test_zoom():
    found = flow_of(at(), at(zoom=1.03))
    rows, columns = np.indices((HEIGHT, WIDTH))
    true = np.stack([0.03 * (rows - HEIGHT / 2), 0.03 * (columns - WIDTH / 2)], axis=2)
    assert np.hypot(*np.moveaxis(found - true, 2, 0)).mean() < 0.25


def test_a_seed_shows_a_move_that_the_search_would_not_find():
    one, other = (Pyramid.of(at(0, each)) for each in (0, 60))
    seed = np.broadcast_to(np.float32([1, 58]), (HEIGHT, WIDTH, 2))
    alone, seeded = flow(one, other), flow(one, other, seed)
    apart = [np.abs(each - np.float32([0, 60]))[:, :120].max(axis=2) for each in (alone, seeded)]
    assert np.mean(apart[0] > 1) > 0.5
    assert np.mean(apart[1] > 1) < 0.15


def test_a_wrong_seed_does_little_harm():
    one, other = (Pyramid.of(each) for each in (at(), at(3, -7)))
    seed = np.broadcast_to(np.float32([-20, 30]), (HEIGHT, WIDTH, 2))
    apart = np.abs(flow(one, other, seed) - np.float32([3, -7])).max(axis=2)
    assert np.mean(apart[inside((3, -7))] > 1) < 0.07


def test_a_flow_by_way_of_another_picture():
    rows, columns = np.indices((HEIGHT, WIDTH), np.float32)
    first = np.stack([0.02 * rows + 1, 0.5 - 0.01 * columns], axis=2)
    then = np.stack([0.1 * columns, 0.05 * rows], axis=2)
    wanted = first + np.stack([0.1 * (columns + first[..., 1]), 0.05 * (rows + first[..., 0])], axis=2)
    np.testing.assert_allclose(composed(first, then)[:-6], wanted[:-6], atol=1e-4)


def test_a_picture_as_another_frame_sees_it(rng):
    picture = rng.random((HEIGHT, WIDTH, 4)).astype(np.float32)
    there = np.broadcast_to(np.float32([2, -5]), (HEIGHT, WIDTH, 2)).copy()
    np.testing.assert_array_equal(lent(picture, there, -there, 1.0)[:-2, 5:], picture[2:, :-5])
    assert not lent(picture, there, -there, 1.0)[:, :5].any()
    strayed = lent(picture, there, 1 - there, 1.0)[:-2, 5:]
    np.testing.assert_allclose(strayed[..., 3], np.exp(-2) * picture[2:, :-5, 3], rtol=1e-5)


def test_a_picture_that_becomes_brighter_does_not_move():
    assert np.abs(flow_of(at(), at() + np.float32(0.1))).max() < 0.01


def square_moving():
    """Return two pictures of a square that moves, and where the square and the bare ground are in the first."""
    one, other = at(), at()
    square = grey_from_srgb(np.float32(data.chelsea()[50:90, 120:170]) / np.float32(255))[..., 0]
    one[40:80, 60:110] = other[42:82, 66:116] = square
    ground = np.ones(one.shape, bool)
    ground[40:82, 60:116] = False
    return one, other, np.s_[40:80, 60:110], ground


def test_a_square_that_moves_before_a_ground():
    one, other, square, ground = square_moving()
    found = flow_of(one, other)
    assert (np.hypot(*np.moveaxis(found[square] - np.float32([2, 6]), 2, 0)) > 1).mean() < 0.2
    assert (np.hypot(*np.moveaxis(found, 2, 0))[ground] > 1).mean() < 0.12


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (8, 8), (9, 33), (64, 7)])
def test_small_pictures(rng, size):
    found = flow_of(rng.random(size, np.float32), rng.random(size, np.float32))
    assert found.shape == (*size, 2)
    assert np.isfinite(found).all()


def frame(luma, chroma, weight=1.0):
    return np.dstack([luma, np.full((*luma.shape, 2), chroma), np.full(luma.shape, weight)]).astype(np.float32)


def test_colours_are_carried_along_the_motion(rng):
    luma = at(), at(3, -7)
    chroma = rng.random((*luma[0].shape, 2)).astype(np.float32)
    own, other = frame(luma[0], 0.0), frame(luma[1], 0.0, 3.0)
    other[..., 1:3] = np.roll(chroma, (3, -7), (0, 1))
    there, back = np.broadcast_to(np.float32([3, -7]), (2, HEIGHT, WIDTH, 2)) * np.float32([1, -1])[:, None, None, None]
    found = carry(other, there, back, LIMITS, own)[0][:-5, 9:]
    np.testing.assert_allclose(found[..., 3], 1 + 0.9 * 3, rtol=1e-3)
    np.testing.assert_allclose(found[..., 1:3], chroma[:-5, 9:] * 2.7 / 3.7, atol=2e-3)


def test_colours_do_not_bleed_over_an_edge_that_moves():
    one, other, square, ground = square_moving()
    there, back = flow_of(one, other), flow_of(other, one)
    others = frame(other, 0.0)
    others[42:82, 66:116, 1:3] = 50
    own = frame(one, 0.0)
    own[square][..., 1:3] = 50
    found = carry(others, there, back, LIMITS, own)[0]
    assert np.abs(found[..., 1] - own[..., 1]).mean() < 0.2
    assert (np.abs(found[..., 1][ground]) > 5).mean() < 0.005
    assert (found[square][..., 1] < 40).mean() < 0.02


def test_neither_what_lies_outside_nor_what_strays_nor_another_luma_counts():
    luma = at()
    still, off = np.zeros((2, HEIGHT, WIDTH, 2), np.float32)
    off[...] = 5
    own = frame(luma, 10.0)
    for there, back, other in ((off + 500, off, luma), (still, off, luma), (still, still, luma + np.float32(0.5))):
        np.testing.assert_allclose(carry(frame(other, 90.0), there, back, LIMITS, own)[0], own, atol=1e-4)


def test_pixels_without_weight_stay():
    own = frame(at(), 0.0, 0.0)
    still = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    np.testing.assert_array_equal(carry(frame(at(), 90.0), still, still, LIMITS, own)[0], own)


def test_the_same_bytes_for_any_number_of_threads():
    one, other = at(), at(3, -7)
    found = []
    try:
        for threads in (1, 2, 3):
            set_threads(threads)
            there, back = flow_of(one, other), flow_of(other, one)
            found.append((there, carry(frame(other, 9.0), there, back, LIMITS, frame(one, 1.0))[0]))
    finally:
        set_threads(None)
    for each in found[1:]:
        for now, before in zip(each, found[0], strict=True):
            np.testing.assert_array_equal(now, before)
