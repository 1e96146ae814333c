import numpy as np
import pytest
import torch

from huegraft.color import grey_from_srgb, lab_from_srgb
from huegraft.stages.prior import lightness_logits
from superpixels import encoded

CPU = torch.device("cpu")


def lightness(colors):
    return lab_from_srgb(grey_from_srgb(torch.tensor(colors)))[:, 0].numpy()


def test_equal_lightness_is_preferred(rng):
    picture = encoded(rng, 20, "colorize")
    logits = lightness_logits(picture, [picture], 10.0, CPU)
    own = lightness(picture.color_mean)
    np.testing.assert_allclose(logits, -((own[:, None] - own) ** 2) / 200, atol=1e-6)


def test_exposure_and_contrast_do_not_count(rng):
    reference = encoded(rng, 20, "colorize", color_mean=np.repeat(rng.uniform(0.3, 0.7, (20, 1)), 3, axis=1))
    wanted = lightness_logits(reference, [reference], 10.0, CPU)
    levels = torch.tensor(0.5 * lightness(reference.color_mean) + 12)
    y = ((levels + 16) / 116) ** 3
    srgb = torch.where(y > 0.0031308, 1.055 * y ** (1 / 2.4) - 0.055, 12.92 * y)
    darker = encoded(rng, 20, "colorize", color_mean=np.repeat(srgb.numpy()[:, None], 3, axis=1))
    np.testing.assert_allclose(lightness_logits(darker, [reference], 10.0, CPU), wanted, atol=1e-3)


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_flat_pictures(rng, level):
    flat = encoded(rng, 5, "colorize", color_mean=np.full((5, 3), level))
    assert torch.isfinite(lightness_logits(flat, [encoded(rng, 7, "colorize")], 5.0, CPU)).all()
    np.testing.assert_allclose(lightness_logits(flat, [flat], 5.0, CPU), 0, atol=1e-9)


def test_what_is_masked_does_not_count(rng):
    colors = np.repeat(np.linspace(0.2, 0.8, 10)[:, None], 3, axis=1)
    valid = np.r_[np.ones(5), np.zeros(5)]
    target = encoded(rng, 5, "colorize", color_mean=colors[:5])
    masked = encoded(rng, 10, "colorize", color_mean=colors, validity=valid)
    alone = encoded(rng, 5, "colorize", color_mean=colors[:5])
    logits = lightness_logits(target, [masked], 10.0, CPU)
    np.testing.assert_allclose(logits[:, :5], lightness_logits(target, [alone], 10.0, CPU), atol=1e-9)
