"""Pitié, Kokaram. The linear Monge–Kantorovitch linear colour mapping. CVMP 2007. doi:10.1049/cp:20070055."""

import numpy as np

from huegraft.color import lab_from_srgb, srgb_from_lab
from huegraft.shapes import Float64
from huegraft.types import AnyPicture

_FLOOR = 1e-10


def monge_kantorovitch_rgb(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Map the target's mean and covariance in sRGB to the reference's, moving colours as little as possible."""
    return np.clip(_mapped(target.astype(np.float64), reference.astype(np.float64)), 0, 1).astype(np.float32)


def monge_kantorovitch_lab(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Do the same in CIELAB, the space its authors recommend."""
    ours, theirs = (lab_from_srgb(each.astype(np.float64)) for each in (target, reference))
    return srgb_from_lab(_mapped(ours, theirs)).clip(0, 1).astype(np.float32)


def _mapped(ours: Float64[np.ndarray, "h w 3"], theirs: Float64[np.ndarray, "_ _ 3"]) -> Float64[np.ndarray, "h w 3"]:
    means = [each.mean(axis=(0, 1)) for each in (ours, theirs)]
    return (ours - means[0]) @ _matrix(_covariance(ours), _covariance(theirs)) + means[1]


def _matrix(ours: Float64[np.ndarray, "3 3"], theirs: Float64[np.ndarray, "3 3"]) -> Float64[np.ndarray, "3 3"]:
    """Return the symmetric A^(-1/2) (A^(1/2) B A^(1/2))^(1/2) A^(-1/2), which maps covariance A to B."""
    root, inverse = _power(ours, 0.5), _power(ours, -0.5)
    return inverse @ _power(root @ theirs @ root, 0.5) @ inverse


def _covariance(picture: Float64[np.ndarray, "_ _ 3"]) -> Float64[np.ndarray, "3 3"]:
    return np.cov(picture.reshape(-1, 3).T) + _FLOOR * np.eye(3)


def _power(matrix: Float64[np.ndarray, "3 3"], exponent: float) -> Float64[np.ndarray, "3 3"]:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, _FLOOR) ** exponent) @ vectors.T
