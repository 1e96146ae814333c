import numpy as np

from huegraft.stages.context import isotropic_positions, with_context
from superpixels import encoded


def test_the_mean_of_the_neighbours_joins(rng):
    picture = encoded(rng, 30)
    features = rng.normal(size=(30, 4))
    places = isotropic_positions(picture)
    joined = with_context(features, picture.areas, places, (0.1, 0.4))
    assert len(joined) == 3
    for radius, found in zip((0.1, 0.4), joined[1:], strict=True):
        for i in range(30):
            near = np.exp(-((places - places[i]) ** 2).sum(axis=1) / (2 * radius**2)) * picture.areas
            np.testing.assert_allclose(found[i], near @ features / near.sum(), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(joined[0], features)


def test_large_neighbours_count_more(rng):
    areas, places = np.array([1.0, 1, 98]), rng.random((3, 2))
    joined = with_context(np.array([[0.0], [0], [1]]), areas, places, (10.0,))
    np.testing.assert_allclose(joined[1], 0.98, atol=0.01)


def test_positions_are_isotropic(rng):
    picture = encoded(rng, 50)  # labels of 1 × 50 pixels
    places = isotropic_positions(picture)
    np.testing.assert_allclose(places[:, 0], picture.positions[:, 0] / 50**0.5)
    np.testing.assert_allclose(places[:, 1], picture.positions[:, 1] * 50**0.5)
