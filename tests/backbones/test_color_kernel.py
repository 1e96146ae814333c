import numpy as np
import pytest
from scipy.spatial.distance import cdist

from huegraft.backbones.color_kernel import color_kernel, pooled_color_kernel
from huegraft.color import lab_from_srgb


def test_products_are_about_a_gaussian_of_the_distance(rng):
    colors = np.clip(rng.uniform(0.2, 0.8, 3) + rng.normal(0, 0.1, (1, 200, 3)), 0, 1)
    features = color_kernel(colors.astype(np.float32))[0].astype(float)
    distance = cdist(*[lab_from_srgb(colors)[0]] * 2)
    expected = np.exp(-np.square(distance) / (2 * 10**2))
    products = features @ features.T / 16
    np.testing.assert_allclose(products.diagonal(), 1, rtol=1e-5, atol=1e-8)
    assert np.abs(products - expected)[distance < 10].mean() < 0.05
    assert np.sqrt(np.square(products - expected).mean()) < 0.15


def test_pooled_features_are_means_of_the_features(astronaut, rng):
    labels = rng.integers(0, 9, astronaut.shape[:2]).astype(np.int32)
    features, pooled = color_kernel(astronaut), pooled_color_kernel(astronaut, labels, 9)
    for label in range(9):
        np.testing.assert_allclose(pooled[label], features[labels == label].mean(axis=0, dtype=float), atol=1e-5)


@pytest.mark.parametrize("height", [1, 3, 40])
def test_threads_change_no_byte(astronaut, threads, height, rng):
    labels = rng.integers(0, 2, (height, 36)).astype(np.int32)
    results = []
    for count in (1, 2, 3):
        with threads(count):
            results.append((color_kernel(astronaut[:height]), pooled_color_kernel(astronaut[:height], labels, 2)))
    for result in results[1:]:
        for one, other in zip(result, results[0], strict=True):
            np.testing.assert_array_equal(one, other)
