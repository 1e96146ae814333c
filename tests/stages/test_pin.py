import numpy as np
import pytest
from scipy.special import softmax

import huegraft
from huegraft import Pin
from huegraft.color import lab_from_srgb
from huegraft.errors import ArgumentError
from huegraft.stages.match import Attention
from huegraft.stages.pin import bound, pin_shares

BEST = huegraft.preset("best")
RUNS = {"transfer": huegraft.transfer, "colorize": huegraft.colorize}
EVERY = pytest.mark.parametrize("mode", RUNS)


def test_rows_still_sum_to_1_and_the_pinned_one_takes_one_column(rng):
    weights = softmax(rng.normal(size=(5, 7)), axis=1)
    attention = Attention(weights, np.zeros(7, np.int64), np.zeros(5))
    shares = np.array([[0.3, 0.2], [1, 0], [0, 1], [0, 0], [0.5, 0]])
    taken = bound(attention, shares, [4, 2]).weights
    np.testing.assert_allclose(taken.sum(axis=1), 1)
    np.testing.assert_allclose(taken[1], np.eye(7)[4], atol=1e-7)
    np.testing.assert_allclose(taken[2], np.eye(7)[2], atol=1e-7)
    np.testing.assert_allclose(taken[3], weights[3])
    assert taken[0, 4] == pytest.approx(0.5 * float(weights[0, 4]) + 0.3)


def test_shares_are_whole_at_the_pins_and_never_more_together(astronaut):
    encoded = huegraft.encode_reference(astronaut, BEST)
    shares = pin_shares(encoded, [3, 40, 41])
    np.testing.assert_allclose(shares[[3, 40, 41]], np.eye(3), atol=1e-7)
    assert shares.min() >= 0
    assert shares.sum(axis=1).max() <= 1 + 1e-12
    assert (shares.sum(axis=1) == 0).any()


@pytest.fixture
def pair(astronaut, coffee):
    return (np.kron(picture, np.ones((4, 4, 1), np.float32)) for picture in (astronaut, coffee))


@EVERY
def test_the_pinned_place_takes_the_pinned_colour(mode, pair):
    target, reference = pair
    pin = Pin((70, 90), (150, 15))
    encoded = huegraft.encode_reference(reference, BEST, mode=mode)
    wanted = lab_from_srgb(encoded.color_mean[encoded.labels[15, 150]])
    distances = []
    for pins in ([], [pin]):
        result = RUNS[mode](target, reference, BEST, pins=pins)
        own = result.labels == result.labels[90, 70]
        color = lab_from_srgb(result.working_image[own].mean(axis=0).astype(float))
        distances.append(np.linalg.norm(color - wanted))
    assert distances[0] > 8
    assert distances[1] < 4
    assert result.confidence[90, 70] > 0.99


def test_what_looks_like_it_follows(pair):
    target, reference = pair
    target = np.concatenate([target, target[:, ::-1]], axis=1)
    pinned = huegraft.transfer(target, reference, BEST, pins=[Pin((70, 90), (150, 15))]).image
    plain = huegraft.transfer(target, reference, BEST).image
    moved = np.abs(pinned - plain).mean(axis=-1)
    twin = target.shape[1] - 1 - 70
    assert moved[84:96, twin - 6 : twin + 6].mean() > 0.5 * moved[84:96, 64:76].mean()
    assert np.quantile(moved, 0.2) < 0.02


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        ([Pin((36, 3), (1, 1))], "36,3 lies outside the target of 36×40 pixels"),
        ([Pin((3, 3), (1, -1))], "1,-1 lies outside the reference of 44×30 pixels"),
        ([Pin((3, 3), (1, 1), of=1)], "names reference 1; there is 1 reference"),
        ([Pin((3, 3), (1, 1)), Pin((3, 3), (9, 9))], "at 3,3 binds a superpixel that another pin binds already"),
    ],
)
def test_pins_that_do_not_fit(astronaut, coffee, pins, message):
    with pytest.raises(ArgumentError, match=message):
        huegraft.transfer(astronaut, coffee, pins=pins)


def test_a_pin_may_name_one_of_several_references(astronaut, coffee):
    pin = Pin((3, 3), (9, 9), of=1)
    result = huegraft.colorize(astronaut, [coffee, astronaut], BEST, pins=[pin])
    column = result.attention[result.labels[3, 3]].argmax()
    assert result.attention_origin[column] == 1


@pytest.mark.parametrize("changes", [{}, {"fusion": "sct"}], ids=str)
def test_pins_where_the_picture_is_fused_at_its_own_size(astronaut, coffee, changes):
    pin = huegraft.Pin(target=(10, 10), reference=(20, 20))
    result = huegraft.colorize(astronaut, coffee, pins=[pin], native=True, working_pixels=900, **changes)
    assert np.isfinite(result.image).all()
