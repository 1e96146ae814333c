"""Equations (4) to (6) and Giraud's weights from all superpixels for each pixel, in plain float64 NumPy."""

import numpy as np

SIGMA_FLOOR = 1e-5
SCT_RADIUS = 0.3
LOWEST_EXPONENT = -100.0  # e^-100 beside 1 is lost in float64, and exp is slow where it underflows
ELEMENTS_AT_ONCE = 2**17


def fuse_dense(target, labels, colors, settings):
    """Return the fused picture of a (h, w, 3) picture, its labels and (n, 3) colours; no weight is left out."""
    height, width = labels.shape
    own, count = labels.ravel(), int(labels.max()) + 1
    positions, pixels = _positions(height, width, settings.positions), target.reshape(-1, 3).astype(np.float64)
    places, whiten_space = _moments(positions, own, count, settings.delta_s, settings.epsilon)
    means, whiten_color = _moments(pixels, own, count, settings.delta_c, settings.epsilon)
    near = np.square(places[:, None] - places).sum(axis=2) < SCT_RADIUS**2
    fused = np.empty((height * width, 3))
    for start in range(0, height * width, max(1, ELEMENTS_AT_ONCE // count)):
        chosen = slice(start, start + max(1, ELEMENTS_AT_ONCE // count))
        whiten = whiten_space, whiten_color
        if settings.fusion == "sct":
            whiten = [each[:, :, own[chosen], None] for each in whiten]
        q = _squared_norm(whiten[0], positions[chosen], places) + _squared_norm(whiten[1], pixels[chosen], means)
        if settings.fusion == "sct":
            q[~near[own[chosen]]] = np.inf
        lowest = q.min(axis=1, keepdims=True)
        sigma_g = lowest + SIGMA_FLOOR if settings.sigma_g is None else settings.sigma_g
        d = np.exp(np.maximum((lowest - q) / sigma_g, LOWEST_EXPONENT))
        fused[chosen] = (d @ colors) / d.sum(axis=1, keepdims=True)
    return fused.clip(0, 1).astype(np.float32).reshape(height, width, 3)


def _positions(height, width, units):
    sides = (height, width) if units == "frame" else ((height * width) ** 0.5,) * 2
    y, x = np.mgrid[:height, :width] + 0.5
    return np.stack([y.ravel() / sides[0], x.ravel() / sides[1]], axis=1)


def _moments(vectors, own, count, delta, epsilon):
    """Return means, and (d, d, n) the lower triangular W with Wᵀ W the inverse of equation (6)."""
    pixels = np.bincount(own, minlength=count)[:, None]

    def mean(values):
        summed = [np.bincount(own, weights=column, minlength=count) for column in values.T]
        return np.stack(summed, axis=1) / pixels

    axes, means = vectors.shape[1], mean(vectors)
    centred = vectors - means[own]
    covariance = mean((centred[:, :, None] * centred[:, None]).reshape(-1, axes**2)).reshape(-1, axes, axes)
    factor = np.linalg.cholesky(delta**2 * covariance + epsilon * np.eye(axes))
    return means, np.moveaxis(np.linalg.inv(factor), 0, 2)


def _squared_norm(whiten, vectors, means):
    """Return (p, n) of |W (v(p) − mean(i))|²."""
    difference = [vectors[:, axis, None] - means[:, axis] for axis in range(len(whiten))]
    return sum(np.square(sum(row[axis] * difference[axis] for axis in range(len(whiten)))) for row in whiten)
