import numpy as np
import pytest

from huegraft.color import lab_from_srgb
from huegraft.setting_groups import FuseSettings
from huegraft.stages.chroma import adjusted_chroma, averaging_loss
from superpixels import encoded


def reference(rng, covariance):
    return encoded(rng, 25, "colorize", color_covariance=np.broadcast_to(covariance * np.eye(3), (25, 3, 3)))


def colorfulness(colors):
    """Return σ + 0.3 μ (Hasler and Süsstrunk), of colours as rows."""
    red_green, yellow_blue = colors[:, 0] - colors[:, 1], (colors[:, 0] + colors[:, 1]) / 2 - colors[:, 2]
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean())


def test_the_loss_is_that_of_the_pixels(rng):
    """Superpixels of 100 pixels each, drawn and then averaged."""
    pixels = rng.uniform(0.2, 0.8, (25, 1, 3)) + rng.normal(0, 0.05, (25, 100, 3))
    means = pixels.mean(axis=1)
    centred = pixels - means[:, None]
    covariance = np.einsum("npi,npj->nij", centred, centred) / 100
    averaged = encoded(rng, 25, "colorize", color_mean=means, color_covariance=covariance)
    expected = colorfulness(pixels.reshape(-1, 3)) / colorfulness(means)
    assert averaging_loss([averaged]) == pytest.approx(expected, rel=1e-6)
    assert expected > 1.01


def test_nothing_is_lost_without_texture_or_colour(rng):
    assert averaging_loss([reference(rng, 0.0)]) == pytest.approx(1)
    grey = encoded(rng, 4, "colorize", color_mean=np.full((4, 3), 0.5))
    assert averaging_loss([grey]) == 1


def test_noise_does_not_make_it_garish(rng):
    noisy = encoded(rng, 25, "colorize", color_mean=np.full((25, 3), 0.5) + rng.normal(0, 0.01, (25, 3)),
                    color_covariance=np.broadcast_to(0.1 * np.eye(3), (25, 3, 3)))  # fmt: skip
    assert averaging_loss([noisy]) == 1.25


def test_chroma_is_given_and_held_back(rng):
    colors = rng.uniform(0.4, 0.6, (6, 3))
    sure = np.array([1.0, 1, 1, 0, 0, 0.5])
    textured = reference(rng, 0.01)
    gain = averaging_loss([textured])
    old = lab_from_srgb(colors)
    new = lab_from_srgb(adjusted_chroma(colors, sure, [textured], FuseSettings(vividness=1, caution=0.4)))
    np.testing.assert_allclose(new[:, 0], old[:, 0], atol=1e-4)
    factors = gain * np.array([1, 1, 1, 0.6, 0.6, 0.9])
    np.testing.assert_allclose(new[:, 1:], old[:, 1:] * factors[:, None], atol=1e-3)
