import numpy as np
import pytest

from huegraft.stages.base import fit_base


@pytest.fixture
def colors(rng):
    target = rng.normal([50, 5, -5], [15, 8, 10], (400, 3))
    reference = rng.normal([60, -5, 10], [12, 9, 8], (300, 3)) @ (np.eye(3) + rng.uniform(0, 0.2, (3, 3)))
    return target, rng.uniform(5, 50, 400), reference, rng.uniform(5, 50, 300)


def weighted(values, areas):
    mean = np.average(values, axis=0, weights=areas)
    return mean, np.cov(values.T, aweights=areas, ddof=0)


def test_means_and_covariances_are_the_reference_s(colors):
    target, target_areas, reference, reference_areas = colors
    mapped = fit_base(*colors)(target)
    found, wanted = weighted(mapped, target_areas), weighted(reference, reference_areas)
    np.testing.assert_allclose(found[0], wanted[0], atol=1e-6)
    np.testing.assert_allclose(found[1], wanted[1], atol=0.02)


def test_the_same_distribution_is_left_alone(colors):
    target, areas, _, _ = colors
    base = fit_base(target, areas, target, areas)
    np.testing.assert_allclose(base(target), target, atol=1e-3)


def test_a_tone_curve_is_found(colors):
    target, areas, _, _ = colors
    target[:, 0] = target[:, 0].clip(5, 95)
    curved = target.copy()
    curved[:, 0] = 100 * (target[:, 0] / 100) ** 1.5
    base = fit_base(target, areas, curved, areas)
    inside = (target[:, 0] > 20) & (target[:, 0] < 80)
    np.testing.assert_allclose(base(target)[inside], curved[inside], atol=0.6)


def test_beyond_its_ends_the_curve_goes_on(colors):
    base = fit_base(*colors)
    ends = np.array([[-20.0, 0, 0], [120, 0, 0]])
    assert np.isfinite(base(ends)).all()
    assert base(ends)[1, 0] - base(ends - 10)[1, 0] > 1


def test_areas_weigh(colors):
    target, areas, reference, reference_areas = colors
    doubled = fit_base(target, areas, np.concatenate([reference, reference]), np.concatenate([reference_areas] * 2))
    np.testing.assert_allclose(doubled(target), fit_base(*colors)(target), atol=0.3)


@pytest.mark.parametrize("count", [1, 40])
def test_flat_pictures(count):
    flat = np.full((count, 3), 30.0)
    areas = np.ones(count)
    mapped = fit_base(flat, areas, flat + 20, areas)(flat)
    np.testing.assert_allclose(mapped, 50, atol=1e-3)


def test_contrast_is_not_raised_without_bound(rng):
    target = rng.normal([50, 0, 0], [0.5, 0.3, 0.3], (200, 3))
    reference = rng.normal([50, 0, 0], [20, 20, 20], (200, 3))
    areas = np.ones(200)
    base = fit_base(target, areas, reference, areas)
    step = np.array([[50.0, 0, 0], [50, 0.1, 0], [50.1, 0, 0]])
    change = np.linalg.norm(base(step)[1:] - base(step)[0], axis=1)
    np.testing.assert_array_less(change, [0.171, 0.29])  # 1.7 times for chroma; curve and matrix, 1.7², for lightness
    assert change.min() > 0.1
