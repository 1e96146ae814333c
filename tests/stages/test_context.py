import numpy as np
import torch

from huegraft.stages.context import isotropic_positions, with_context
from superpixels import encoded


def test_the_mean_of_the_neighbours_joins(rng):
    picture = encoded(rng, 30)
    features = torch.tensor(rng.normal(size=(30, 4)))
    joined = with_context(features, picture, (0.1, 0.4))
    places = isotropic_positions(picture, torch.device("cpu")).numpy()
    for k, radius in enumerate((0.1, 0.4)):
        for i in range(30):
            near = np.exp(-((places - places[i]) ** 2).sum(axis=1) / (2 * radius**2)) * picture.areas
            expected = near @ features.numpy() / near.sum()
            np.testing.assert_allclose(joined[i, 4 * (k + 1) : 4 * (k + 2)], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(joined[:, :4], features)


def test_large_neighbours_count_more(rng):
    picture = encoded(rng, 3, areas=np.array([1.0, 1, 98]))
    joined = with_context(torch.tensor([[0.0], [0], [1]]).double(), picture, (10.0,))
    np.testing.assert_allclose(joined[:, 1], 0.98, atol=0.01)


def test_positions_are_isotropic(rng):
    picture = encoded(rng, 50)  # labels of 1 × 50 pixels
    places = isotropic_positions(picture, torch.device("cpu"))
    np.testing.assert_allclose(places[:, 0], picture.positions[:, 0] / 50**0.5)
    np.testing.assert_allclose(places[:, 1], picture.positions[:, 1] * 50**0.5)
