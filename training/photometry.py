"""Changes of light, camera, film and grade, as one picture of a thing differs from another."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from training.color import linear_from_srgb, srgb_from_linear


def worn(picture: Tensor, strength: float, rng: np.random.Generator) -> Tensor:
    """Return a picture (c, h, w) in [0, 1] with other tones, blur, vignetting and grain, each now and then.

    Parameters
    ----------
    picture
        sRGB or grey.
    strength
        Of all changes, 1 for old film.
    rng
        Decides.
    """
    if rng.random() < 0.7:
        picture = picture.clamp(0, 1) ** np.exp(rng.normal(0, 0.3 * strength))
    if rng.random() < 0.7:
        contrast = np.exp(rng.normal(0, 0.2 * strength))
        picture = (picture - 0.5) * contrast + 0.5 + rng.normal(0, 0.07 * strength)
    if rng.random() < 0.3:
        picture = _blurred(picture, rng.uniform(0.3, 0.4 + 1.2 * strength))
    if rng.random() < 0.3:
        along = torch.linspace(-1, 1, picture.shape[1])
        dark = rng.uniform(0, 0.5 * strength)
        picture = picture * (1 - dark * (along[:, None] ** 2 + along**2) / 2)
    if rng.random() < 0.5:
        noise = torch.from_numpy(rng.normal(0, 1, picture.shape).astype(np.float32))
        if rng.random() < 0.5:
            noise = 2.5 * _blurred(noise, rng.uniform(0.5, 0.9))
        picture = picture + noise * rng.uniform(0, 0.06 * strength)
    return picture.clamp(0, 1)


def draw_grade(strength: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw a grade: a matrix (3, 3) for linear light, exposure included, and a gamma for each channel (3,)."""
    mixing = np.eye(3) + rng.normal(0, 0.12 * strength, (3, 3))
    saturation = np.exp(rng.normal(0, 0.35 * strength))
    mixing = mixing @ (saturation * np.eye(3) + (1 - saturation) / 3)
    gains = np.exp(rng.normal(0, 0.25 * strength) + rng.normal(0, 0.15 * strength, 3))
    gamma = np.exp(rng.normal(0, 0.25 * strength) + rng.normal(0, 0.05 * strength, 3))
    return gains[:, None] * mixing / mixing.sum(axis=1, keepdims=True).clip(0.2), gamma


def graded(picture: Tensor, grade: tuple[np.ndarray, np.ndarray]) -> Tensor:
    """Return an sRGB picture (3, h, w) under a grade."""
    matrix, gamma = (torch.from_numpy(part).float() for part in grade)
    linear = (linear_from_srgb(picture.permute(1, 2, 0)) @ matrix.T).clamp(1e-6, 1)
    return (srgb_from_linear(linear).clamp(1e-6, 1) ** gamma).permute(2, 0, 1)


def smooth_mask(pixels: int, rng: np.random.Generator) -> Tensor:
    """Return a mask (h, w) from 0 to 1 that changes slowly."""
    seeds = torch.from_numpy(rng.normal(0, 1, (1, 1, 3, 3)).astype(np.float32))
    field = functional.interpolate(seeds, size=(pixels, pixels), mode="bicubic", align_corners=True)[0, 0]
    return torch.sigmoid(4 * field)


def _blurred(picture: Tensor, deviation: float) -> Tensor:
    reach = int(np.ceil(2.5 * deviation))
    kernel = torch.exp(-torch.arange(-reach, reach + 1.0).square() / (2 * deviation**2))
    kernel = kernel / kernel.sum()
    stack = picture[:, None]
    for shape, border in (((-1, 1), (0, 0, reach, reach)), ((1, -1), (reach, reach, 0, 0))):
        padded = functional.pad(stack, border, mode="replicate")
        stack = functional.conv2d(padded, kernel.reshape(1, 1, *shape))
    return stack[:, 0]
