"""A grade in plain float64 NumPy, as its attributes say."""

import numpy as np
from scipy import ndimage

from huegraft.color import lab_from_srgb, srgb_from_lab


def graded(grade, lab):
    """Map the (h, w, 3) colours in CIELAB of a frame."""
    height, width, _ = lab.shape
    y = (np.arange(height) + 0.5) / height
    x = (np.arange(width) + 0.5) / width
    mapped = grade.base(lab)
    inside = np.clip(mapped, *grade.limits)
    place = np.stack([*np.meshgrid(y, x, indexing="ij"), mapped[..., 0] / 100], axis=-1)
    unit = inside / [100, 200, 200] + [0, 0.5, 0.5]
    polynomial = _terms(inside, grade.degree) @ grade.coefficients
    new = mapped + polynomial + interpolated(grade.by_color, unit) + interpolated(grade.by_place, place)
    if grade.kept is not None:
        new = lab_from_srgb(srgb_from_lab(new).clip(0, 1))
        new[..., 0] += np.interp(lab[..., 0], np.linspace(0, 100, len(grade.kept)), grade.kept)
    return new


def interpolated(lattice, where):
    """Return the displacements at (*n, 3) coordinates in [0, 1], linear between the nodes."""
    last = np.array(lattice.values.shape[1:]) - 1
    at = np.moveaxis(where.clip(0, 1) * last, -1, 0)
    channels = [ndimage.map_coordinates(values, at, order=1, mode="nearest") for values in lattice.values]
    return np.stack(channels, axis=-1)


def _terms(lab, degree):
    """Return 1, then the monomials of L*, a*, b* (over 100, a* and b* from the middle) up to the degree."""
    lightness, a, b = np.moveaxis(lab / 100 + [0, 0.5, 0.5], -1, 0)
    first = [lightness, a, b]
    second = [lightness**2, lightness * a, lightness * b, a**2, a * b, b**2]
    return np.stack([np.ones_like(a), *(first if degree > 0 else []), *(second if degree > 1 else [])], axis=-1)
