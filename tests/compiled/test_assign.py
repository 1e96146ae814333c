import numpy as np
import pytest

from huegraft.compiled.slic import assign, move

SIZE = (61, 83)


def pictures(rng):
    """What is textured, what is flat, where clusters lie equally far, and a few steps, where many do."""
    yield rng.random((3, *SIZE)).astype(np.float32) * 4
    yield np.zeros((3, *SIZE), np.float32)
    yield np.round(rng.random((3, *SIZE)).astype(np.float32) * 2)
    ramp = np.linspace(0, 5, SIZE[1], dtype=np.float32)
    yield np.ascontiguousarray(np.broadcast_to(ramp, (3, *SIZE)))


@pytest.mark.parametrize("count", [1, 7, 60, 400])
def test_a_cluster_known_before_changes_no_label(rng, count):
    for colors in pictures(rng):
        places = rng.random((count, 2)) * np.array(SIZE)
        places[: count // 2] = np.round(places[: count // 2])
        colors_of_clusters = colors[:, places[:, 0].astype(int).clip(0, 60), places[:, 1].astype(int).clip(0, 82)].T
        clusters = np.concatenate([places, colors_of_clusters], axis=1).astype(np.float32)
        step = (SIZE[0] * SIZE[1] / count) ** 0.5
        reach, nobody = int(2 * step) + 1, np.full(SIZE, -1, np.int32)
        before = assign(colors, clusters, step, reach, nobody)
        for known in (before, rng.integers(-1, count, SIZE).astype(np.int32)):
            np.testing.assert_array_equal(assign(colors, clusters, step, reach, known), before)
        if before.min() >= 0:
            moved = move(colors, before, clusters)
            wanted = assign(colors, moved, step, reach, nobody)
            np.testing.assert_array_equal(assign(colors, moved, step, reach, before), wanted)


def test_of_equally_near_clusters_the_first_wins():
    clusters = np.zeros((3, 5), np.float32)
    clusters[:, 0], clusters[:, 1] = 2, (1, 3, 1)
    for known in (-1, 0, 1, 2):
        found = assign(np.zeros((3, 5, 5), np.float32), clusters, 2.0, 5, np.full((5, 5), known, np.int32))
        np.testing.assert_array_equal(found, [[0, 0, 0, 1, 1]] * 5)


def test_what_is_out_of_reach_wins_nothing():
    clusters = np.array([[0, 0, 0, 0, 0], [0, 8, 9, 9, 9]], np.float32)
    for known in (-1, 0, 1):
        found = assign(np.zeros((3, 1, 12), np.float32), clusters, 1.0, 3, np.full((1, 12), known, np.int32))
        np.testing.assert_array_equal(found, [[0] * 4 + [-1] + [1] * 7])
