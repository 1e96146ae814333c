import numpy as np
import pytest

from huegraft.color import grey_from_srgb, lab_from_srgb
from huegraft.stages.prior import comparable_lightness, lightness_map, reference_lightness
from superpixels import encoded


def lightness(colors):
    return lab_from_srgb(grey_from_srgb(colors))[:, 0]


def lightness_logits(target, references, width):
    ours, theirs = comparable_lightness(target, references)
    return (ours[:, None] - theirs) ** 2 / (-2 * width**2)


def test_equal_lightness_is_preferred(rng):
    picture = encoded(rng, 20, "colorize")
    logits = lightness_logits(picture, [picture], 10.0)
    own = lightness(picture.color_mean)
    np.testing.assert_allclose(logits, -((own[:, None] - own) ** 2) / 200, atol=1e-6)


def test_exposure_and_contrast_do_not_count(rng):
    reference = encoded(rng, 20, "colorize", color_mean=np.repeat(rng.uniform(0.3, 0.7, (20, 1)), 3, axis=1))
    wanted = lightness_logits(reference, [reference], 10.0)
    levels = 0.5 * lightness(reference.color_mean) + 12
    y = ((levels + 16) / 116) ** 3
    srgb = np.where(y > 0.0031308, 1.055 * y ** (1 / 2.4) - 0.055, 12.92 * y)
    darker = encoded(rng, 20, "colorize", color_mean=np.repeat(srgb[:, None], 3, axis=1))
    np.testing.assert_allclose(lightness_logits(darker, [reference], 10.0), wanted, atol=1e-3)


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_flat_pictures(rng, level):
    flat = encoded(rng, 5, "colorize", color_mean=np.full((5, 3), level))
    assert np.isfinite(lightness_logits(flat, [encoded(rng, 7, "colorize")], 5.0)).all()
    np.testing.assert_allclose(lightness_logits(flat, [flat], 5.0), 0, atol=1e-9)


def test_what_is_masked_does_not_count(rng):
    colors = np.repeat(np.linspace(0.2, 0.8, 10)[:, None], 3, axis=1)
    valid = np.r_[np.ones(5), np.zeros(5)]
    target = encoded(rng, 5, "colorize", color_mean=colors[:5])
    masked = encoded(rng, 10, "colorize", color_mean=colors, validity=valid)
    alone = encoded(rng, 5, "colorize", color_mean=colors[:5])
    logits = lightness_logits(target, [masked], 10.0)
    np.testing.assert_allclose(logits[:, :5], lightness_logits(target, [alone], 10.0), atol=1e-9)


def test_the_map_takes_the_target_to_the_references(rng):
    target, reference = encoded(rng, 20), encoded(rng, 30)
    scale, shift = lightness_map(target, [reference])
    ours, theirs = comparable_lightness(target, [reference])
    np.testing.assert_allclose(ours, lab_from_srgb(target.color_mean)[:, 0] * scale + shift)
    np.testing.assert_array_equal(theirs, reference_lightness("transfer", [reference]))
    np.testing.assert_allclose([ours.mean(), ours.std()], [theirs.mean(), theirs.std()])
