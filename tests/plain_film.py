"""What film does to colours, in plain NumPy and double precision: what the loops are held to."""

import numpy as np

from huegraft.color import lab_from_srgb, linear_from_srgb
from huegraft.film.coding import chroma_levels, luma_levels

RED_AND_BLUE = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}


def weights_of(matrix):
    red, blue = RED_AND_BLUE[matrix]
    return np.array([red, 1 - red - blue, blue])


def to_rgb(luma, blues, reds, matrix):
    """R′G′B′ by the definition of Cb and Cr."""
    weights = weights_of(matrix)
    red, blue = luma + 2 * (1 - weights[0]) * reds, luma + 2 * (1 - weights[2]) * blues
    return np.stack([red, (luma - weights[0] * red - weights[2] * blue) / weights[1], blue], axis=-1)


def from_rgb(rgb, matrix):
    weights = weights_of(matrix)
    luma = rgb @ weights
    return luma, (rgb[..., 2] - luma) / 2 / (1 - weights[2]), (rgb[..., 0] - luma) / 2 / (1 - weights[0])


def first_site(step, axis, siting):
    """Where the first sample lies along an axis, in pixels."""
    return 0 if siting == "topleft" or (siting == "left" and axis == 1) else (step - 1) / 2


def enlarged(plane, size, subsampling, siting):
    """What a player makes of a plane of chroma: linear between sites, constant beyond the last ones."""
    for axis, (length, step) in enumerate(zip(size, subsampling, strict=True)):
        where = (np.arange(length) - first_site(step, axis, siting)) / step
        sites = np.arange(plane.shape[axis])
        plane = np.apply_along_axis(lambda line, at=where, of=sites: np.interp(at, of, line), axis, plane)
    return plane


def averaged(plane, subsampling, siting):
    """The mean of the pixels that each sample stands for, edges repeated."""
    for axis, step in enumerate(subsampling):
        on_pixel = first_site(step, axis, siting) == 0 and step > 1
        taps = {k: step - abs(k) for k in range(1 - step, step)} if on_pixel else dict.fromkeys(range(step), 1)
        places = np.arange(-(-plane.shape[axis] // step)) * step
        last = plane.shape[axis] - 1
        parts = [weight * plane.take((places + k).clip(0, last), axis) for k, weight in taps.items()]
        plane = sum(parts) / sum(taps.values())
    return plane


def decoded(samples, layout, reading):
    """The R′G′B′ that a player shows."""
    bits = layout.bits
    (black, span), (middle, reach) = luma_levels(bits, reading.range), chroma_levels(bits, reading.range)
    luma = (samples[0].astype(float) - black) / span
    chroma = [
        enlarged((plane.astype(float) - middle) / reach, luma.shape, layout.subsampling, reading.siting)
        for plane in samples[1:]
    ]
    return to_rgb(luma, *chroma, reading.matrix)


def lightness_of_grey(luma):
    return lab_from_srgb(np.repeat(np.asarray(luma, float)[..., None], 3, axis=-1))[..., 0]


def lab_of(rgb):
    """CIELAB of sRGB whose curve goes on below 0 as above it."""
    linear = np.sign(rgb) * linear_from_srgb(np.abs(rgb))
    curved = np.where(linear < 0, linear * 12.92, np.abs(rgb))  # lab_from_srgb continues the linear part
    return lab_from_srgb(curved)
