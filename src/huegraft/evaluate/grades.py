"""Random views and grades of a photograph, which the made sets consist of."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter
from skimage.transform import AffineTransform, warp

from huegraft.color import linear_from_srgb, srgb_from_linear
from huegraft.shapes import Float, Float64
from huegraft.types import AnyPicture

ZOOM, ANGLE = 1.25, 10.0


def view(photograph: AnyPicture, rng: np.random.Generator) -> AnyPicture:
    """Return the photograph flipped, turned by 10° one way or the other, and zoomed by 1.25 about its middle."""
    height, width = photograph.shape[:2]
    angle = np.deg2rad(ANGLE * rng.choice([-1, 1]))
    middle = AffineTransform(translation=((width - 1) / 2, (height - 1) / 2))
    turn = AffineTransform(scale=(-1 / ZOOM, 1 / ZOOM), rotation=angle)
    seen = AffineTransform(middle.params @ turn.params @ np.linalg.inv(middle.params))
    return np.clip(warp(photograph, seen, order=1, mode="reflect"), 0, 1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class RandomGrade:
    """A 3×3 matrix and an exposure in linear light, then a monotone tone curve on the sRGB values.

    Attributes
    ----------
    matrix : (3, 3)
        The matrix for linear RGB, with the exposure in it.
    tones : (5,)
        The values that 0, ¼, ½, ¾ and 1 become.
    """

    matrix: Float64[np.ndarray, "3 3"]
    tones: Float64[np.ndarray, "5"]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "RandomGrade":
        """Draw a grade: channels mixed by up to 0.12, gains of ± 20 %, -0.8 to 0.3 stops, tones ± 0.08."""
        mixed = np.eye(3) + rng.uniform(-0.12, 0.12, (3, 3))
        gains = rng.uniform(0.8, 1.2, 3) * 2 ** rng.uniform(-0.8, 0.3)
        tones = np.linspace(0, 1, 5)
        tones[1:4] += rng.uniform(-0.08, 0.08, 3)
        return cls(mixed / mixed.sum(axis=1, keepdims=True) * gains[:, None], tones)

    def __call__(self, picture: AnyPicture) -> AnyPicture:
        """Return the graded picture, sRGB clipped to [0, 1]."""
        linear = linear_from_srgb(picture.astype(np.float64)) @ self.matrix.T
        encoded = srgb_from_linear(linear.clip(0, 1)).clip(0, 1)
        return PchipInterpolator(np.linspace(0, 1, 5), self.tones)(encoded).astype(np.float32)


def smooth_mask(height: int, width: int, rng: np.random.Generator) -> Float[np.ndarray, "h w 1"]:
    """Return a random mask in [0, 1] whose edges are as soft as a fifth of the shorter side."""
    noise = gaussian_filter(rng.normal(size=(height, width)), 0.2 * min(height, width), mode="reflect")
    mask = 1 / (1 + np.exp(-3 * (noise - noise.mean()) / noise.std()))
    return mask[..., None].astype(np.float32)
