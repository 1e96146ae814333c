import numpy as np

from huegraft.digest import digest


def test_equal_arrays_have_one_digest(rng):
    array = rng.random((4, 5, 3))
    assert digest([array]) == digest([array.copy()]) == digest([np.asfortranarray(array)])
    assert digest([array[::2]]) == digest([array[::2].copy()])
    assert len(digest([])) == 64


def test_values_shapes_dtypes_and_division_count(rng):
    array = rng.random((4, 6)).astype(np.float32)
    changed = array.copy()
    changed[-1, -1] = np.nextafter(changed[-1, -1], np.float32(2))
    others = [
        [array],
        [changed],
        [array.reshape(6, 4)],
        [array.T],
        [array.view(np.int32)],
        [array[:2], array[2:]],
        [array, np.zeros((0, 3))],
        [],
    ]
    assert len({digest(each) for each in others}) == len(others)
