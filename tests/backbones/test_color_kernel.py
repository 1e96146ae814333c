import numpy as np
import torch

from huegraft.backbones.color_kernel import color_kernel
from huegraft.color import lab_from_srgb


def test_products_are_about_a_gaussian_of_the_distance(rng):
    colors = torch.from_numpy(np.clip(rng.uniform(0.2, 0.8, 3) + rng.normal(0, 0.1, (1, 200, 3)), 0, 1))
    features = color_kernel(colors)[:, 0]
    distance = torch.cdist(*[lab_from_srgb(colors)[0]] * 2)
    expected = torch.exp(-distance.square() / (2 * 10**2))
    products = features.T @ features / 16
    assert torch.allclose(products.diagonal(), torch.ones(200).double())
    assert (products - expected)[distance < 10].abs().mean() < 0.05
    assert (products - expected).square().mean().sqrt() < 0.15
