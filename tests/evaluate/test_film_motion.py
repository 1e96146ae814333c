import numpy as np
import pytest

from huegraft.evaluate.films.made import moving_square, pan, still
from huegraft.evaluate.films.motion import Motion, along, back_flows, motions_of, over

SIZE = 90 * 120


def test_a_known_shift_is_found(coffee_wide):
    grey = coffee_wide @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    (motion,) = back_flows([grey[10:100, 10:130], grey[13:103, 8:128]])
    assert np.median(motion.flow[0][motion.visible]) == pytest.approx(3, abs=0.05)
    assert np.median(motion.flow[1][motion.visible]) == pytest.approx(-2, abs=0.05)
    assert motion.visible.mean() > 0.85
    assert not motion.visible[-2:].any()  # these rows were below the first frame
    assert not motion.visible[:, :2].any()


def test_what_a_square_uncovers_is_not_visible(coffee_wide, chelsea_wide):
    frames = moving_square(coffee_wide, chelsea_wide, 40000, 3)
    (motion, _) = back_flows([frame @ np.array([0.2126, 0.7152, 0.0722], np.float32) for frame in frames])
    height = frames[0].shape[0]
    side = int(0.3 * height)
    rows = slice((height - side) // 2 + 5, (height + side) // 2 - 5)
    uncovered, ground = motion.visible[rows, 1:5], motion.visible[5 : height // 4]
    assert uncovered.mean() < 0.4 < 0.95 < ground.mean()


def test_flows_of_a_pan_lead_to_the_same_things(coffee_wide):
    frames, flows = pan(coffee_wide, SIZE, 6)
    for before, after, motion in zip(frames, frames[1:], motions_of(flows), strict=False):
        assert motion.visible.mean() > 0.9
        moved = np.moveaxis(along(np.moveaxis(before, 2, 0), motion.flow), 0, 2)
        assert np.abs(moved - after)[motion.visible].mean() < 0.01
        assert np.abs(before - after)[motion.visible].mean() > 0.02


def test_a_pan_goes_on_where_a_shorter_one_ends(coffee_wide):
    short, long = (pan(coffee_wide, SIZE, count)[0] for count in (3, 5))
    assert all(np.array_equal(*pair) for pair in zip(short, long, strict=False))


def test_motions_add_up():
    flows = [np.broadcast_to(np.array(move, np.float32)[:, None, None], (2, 20, 30)) for move in ((1, 2), (0, 3))]
    motion = over(motions_of([np.ascontiguousarray(flow) for flow in flows]))
    assert np.allclose(motion.flow[:, :19, :25], np.array([1, 5])[:, None, None])
    assert motion.visible[:19, :25].all()
    assert not motion.visible[:, 25:].any()


def test_what_was_hidden_in_between_is_not_visible():
    nothing = np.zeros((2, 4, 4), np.float32)
    hidden = np.ones((4, 4), bool)
    hidden[0] = False
    motion = over([Motion(nothing, np.ones((4, 4), bool)), Motion(nothing, hidden)])
    assert np.array_equal(motion.visible, hidden)


def test_a_still_does_not_move(coffee_wide):
    frames, flows = still(coffee_wide, SIZE, 3)
    assert len(frames) == 3
    assert len(flows) == 2
    assert not np.any(flows)
