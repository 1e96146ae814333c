"""Fuse: carry the colours of superpixels to pixels by Mahalanobis weights (equations 4 to 6).

Rows of A sum to 1, so equation (4) is Î(p) = Σ_i d(p, i) C(i) / Σ_i d(p, i) with C = A Ī_R. So the superpixels of the
reference never meet the pixels. The smallest q(p, ·) is subtracted before the exponential. This changes nothing in the
quotient and keeps it from underflowing.

Superpixels that cannot matter to a pixel are left out, with a bound on the error (decision 009).
"""

import numpy as np

from huegraft.compiled.fusion import SIGMA_FLOOR, VectorMoments, fuse_bounded, vector_moments
from huegraft.setting_groups import FuseSettings
from huegraft.shapes import Float32, Float64, Int32
from huegraft.stages.pool import moments, pixel_positions, position_sides
from huegraft.threads import in_blocks
from huegraft.views import View

_SCT_RADIUS = 0.3
_LOWEST_EXPONENT = -100.0  # e^-100 beside 1 is lost in float64, and exp is slow where it underflows
_SUPERPIXELS_AT_ONCE = 8


def fuse(
    target: Float32[np.ndarray, "h w 3"],
    labels: Int32[np.ndarray, "h w"],
    colors: Float64[np.ndarray, "n 3"],
    settings: FuseSettings | View,
) -> Float32[np.ndarray, "h w 3"]:
    """Return the fused picture Î, sRGB in [0, 1].

    Parameters
    ----------
    target
        The prepared target, sRGB in [0, 1]. In colourisation it is grey.
    labels
        The target's superpixels, contiguous from 0.
    colors
        The colour that each superpixel gives, C(i) = Σ_j A(i, j) Ī_R(j).
    settings
        The weights d(p, i), and for "eq5" the tolerance: the error in each channel that leaving out may cause.
    """
    target, labels = np.ascontiguousarray(target), np.ascontiguousarray(labels)
    if settings.fusion == "sct":
        return _fuse_by_own_covariance(target, labels, colors, settings)
    sides = position_sides(labels.shape[0], labels.shape[1], settings.positions)
    of_vectors = vector_moments(target, labels, int(labels.max()) + 1, sides)
    return fuse_bounded(target, sides, _table(of_vectors, colors, settings), settings.sigma_g, settings.tolerance)


def _table(
    of_vectors: VectorMoments, colors: Float64[np.ndarray, "n 3"], settings: FuseSettings | View
) -> Float64[np.ndarray, "_ n"]:
    """Return the table of superpixels that :func:`fuse_bounded` takes."""
    space = whitening(of_vectors.space, settings.delta_s, settings.epsilon)
    color = whitening(of_vectors.color, settings.delta_c, settings.epsilon)
    mean = of_vectors.mean.T
    rows = [*mean[:3], space[0, 0], *space[1], color[0, 0], *colors.T]
    return np.stack(rows if of_vectors.grey else [*rows, *mean[3:], *color[1, :2], *color[2]])


def _fuse_by_own_covariance(
    target: Float32[np.ndarray, "h w 3"],
    labels: Int32[np.ndarray, "h w"],
    colors: Float64[np.ndarray, "n 3"],
    settings: FuseSettings | View,
) -> Float32[np.ndarray, "h w 3"]:
    """Return the fusion "sct": q has the covariance of the pixel's own superpixel, and a radius of 0.3 around it.

    It follows the published code of Giraud 2017. The pixels of a superpixel share the covariance and the superpixels
    within the radius, so they are worked on together.
    """
    height, width = labels.shape
    count = int(labels.max()) + 1
    positions = pixel_positions(height, width, settings.positions)
    space, color = moments(positions, labels, count), moments(target, labels, count)
    vectors = np.concatenate([positions, target], axis=2).reshape(-1, 5)
    centres = np.concatenate([space.mean, color.mean], axis=1)
    whiten_space = whitening(space.covariance, settings.delta_s, settings.epsilon)
    whiten_color = whitening(color.covariance, settings.delta_c, settings.epsilon)
    pixels = np.argsort(labels, axis=None, kind="stable")
    ends = np.cumsum(np.bincount(labels.ravel(), minlength=count))
    fused = np.empty((height * width, 3), np.float32)

    def work(start: int, stop: int) -> None:
        for own in range(start, stop):
            inside = pixels[ends[own - 1] if own else 0 : ends[own]]
            near = np.square(space.mean - space.mean[own]).sum(axis=1) < _SCT_RADIUS**2
            q = np.zeros((len(inside), int(near.sum())))
            for axes, whiten in ((slice(0, 2), whiten_space), (slice(2, 5), whiten_color)):
                turn, middle = whiten[..., own].T, centres[own, axes]
                ours, theirs = (vectors[inside, axes] - middle) @ turn, (centres[near, axes] - middle) @ turn
                for axis in range(len(turn)):
                    q += np.square(ours[:, axis, None] - theirs[:, axis])
            lowest = q.min(axis=1, keepdims=True)
            sigma_g = lowest + SIGMA_FLOOR if settings.sigma_g is None else settings.sigma_g
            weights = np.exp(np.maximum((lowest - q) / sigma_g, _LOWEST_EXPONENT))
            fused[inside] = (weights @ colors[near]) / weights.sum(axis=1, keepdims=True)

    in_blocks(work, count, block=_SUPERPIXELS_AT_ONCE)
    return fused.clip(0, 1).reshape(target.shape)


def whitening(covariance: Float64[np.ndarray, "n d d"], delta: float, epsilon: float) -> Float64[np.ndarray, "d d n"]:
    """Return the lower triangular W_i with W_iᵀ W_i = (δ² Cov_i + ε·1)⁻¹ (equation 6), superpixels on the last axis."""
    identity = np.eye(covariance.shape[-1])
    factor = np.linalg.cholesky(delta**2 * covariance + epsilon * identity)
    inverse = np.linalg.solve(factor, np.broadcast_to(identity, factor.shape))
    return np.ascontiguousarray(np.tril(inverse).transpose(1, 2, 0))
