"""Y′CbCr ⇄ R′G′B′: what planes of code values show, small for matching or whole, and planes of a picture.

R′G′B′ of video is taken as sRGB (docs/decisions/022-video-as-srgb.md).
"""

import numpy as np

from huegraft.compiled.shrink import shrink_areas
from huegraft.compiled.sites import Sites
from huegraft.compiled.ycbcr import codes, rgb_from_ycbcr, ycbcr_from_rgb
from huegraft.film.coding import Levels, chroma_levels, coefficients, from_srgb, luma_levels, to_srgb, values
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading
from huegraft.shapes import Float32
from huegraft.windows import Window


def luma_of(planes: Planes, reading: Reading) -> Float32[np.ndarray, "H W"]:
    """Return Y′ at full size, unclipped; of R′G′B′ it is the grey that stills have, 0.299 R′ + 0.587 G′ + 0.114 B′."""
    levels = luma_levels(planes.format.bits, reading.range)
    if planes.format.kind != "rgb":
        return values(planes.samples[0], levels)
    weights = coefficients("rgb").weights
    red, green, blue = (
        weight * values(plane, levels) for weight, plane in zip(weights, planes.samples[:3], strict=True)
    )
    return red + green + blue


def small_luma(planes: Planes, reading: Reading, size: tuple[int, int]) -> Float32[np.ndarray, "h w"]:
    """Return Y′ within the bars at a size, each pixel the mean of its area, clipped to [0, 1].

    At the full size a code becomes (code − black) / (white − black), exactly.
    """
    return shrunk(luma_of(planes, reading)[..., None], reading, size)[..., 0]


def small_picture(planes: Planes, reading: Reading, size: tuple[int, int]) -> Float32[np.ndarray, "h w 3"]:
    """Return the sRGB within the bars at a size, for matching: the means of Y′, Cb, Cr, clipped to [0, 1]."""
    small = shrunk(_video_rgb(planes, reading), reading, size, clipped=False)
    return to_srgb(small, reading.primaries).clip(0, 1)


def picture_of(planes: Planes, reading: Reading) -> Float32[np.ndarray, "H W 3"]:
    """Return the sRGB of a whole frame, chroma enlarged linearly from where it lies. Values beyond [0, 1] are kept."""
    return to_srgb(_video_rgb(planes, reading), reading.primaries)


def shrunk(
    picture: Float32[np.ndarray, "H W c"], reading: Reading, size: tuple[int, int], *, clipped: bool = True
) -> Float32[np.ndarray, "h w c"]:
    """Return the part of a frame within the bars at a size, by the means of areas."""
    inside = picture[window_of(reading, picture.shape[:2]).crop()]
    small = shrink_areas(inside, size)
    return small.clip(0, 1) if clipped else small


def window_of(reading: Reading, size: tuple[int, int]) -> Window:
    """Return the part of a frame that bars leave."""
    return reading.bars or Window.whole(size)


def _video_rgb(planes: Planes, reading: Reading) -> Float32[np.ndarray, "H W 3"]:
    """Return R′G′B′ of the film's own primaries."""
    bits, kind = planes.format.bits, planes.format.kind
    levels = luma_levels(bits, reading.range)
    if kind == "grey":
        return np.repeat(values(planes.samples[0], levels)[..., None], 3, axis=2)
    if kind == "rgb":
        return np.stack([values(plane, levels) for plane in planes.samples[:3]], axis=2)
    of_chroma = chroma_levels(bits, reading.range)
    blues, reds = (values(plane, of_chroma) for plane in planes.samples[1:3])
    sites = Sites.of(planes.format.subsampling, reading.siting)
    return rgb_from_ycbcr(values(planes.samples[0], levels), blues, reds, sites, coefficients(reading.matrix).reach)


def planes_of_picture(
    rgb: Float32[np.ndarray, "H W 3"], layout: PlaneFormat, reading: Reading, frame: int
) -> tuple[np.ndarray, ...]:
    """Return the samples of a picture in a format, without alpha, dithered to its depth.

    Parameters
    ----------
    rgb
        sRGB. What lies beyond [0, 1] keeps its code as far as the depth has one.
    layout, reading
        How the planes are laid out and what their codes shall mean. Chroma is the mean around its site.
    frame
        The number of the frame, which the pattern of the dither depends on.

    Returns
    -------
    Y′; Y′, Cb, Cr; or R′, G′, B′, as the format says: uint8 for 8 bits, else uint16.
    """
    video = from_srgb(rgb, reading.primaries)
    levels = luma_levels(layout.bits, reading.range)
    if layout.kind == "rgb":
        return tuple(
            dithered(np.ascontiguousarray(video[..., channel]), levels, layout.bits, frame, channel)
            for channel in range(3)
        )
    sites = Sites.of(layout.subsampling, reading.siting)
    luma, blues, reds = ycbcr_from_rgb(video, sites, coefficients(reading.matrix).weights)
    of_luma = dithered(luma, levels, layout.bits, frame, 0)
    if layout.kind == "grey":
        return (of_luma,)
    of_chroma = chroma_levels(layout.bits, reading.range)
    chroma = [dithered(plane, of_chroma, layout.bits, frame, index) for index, plane in ((1, blues), (2, reds))]
    return of_luma, *chroma


def moved_planes(
    planes: Planes,
    old: Float32[np.ndarray, "H W 3"],
    new: Float32[np.ndarray, "H W 3"],
    reading: Reading,
    output: tuple[PlaneFormat, Reading],
    frame: int,
) -> tuple[np.ndarray, ...]:
    """Return the samples of a frame whose colours go from old ones to new ones, without alpha.

    What is added to the samples of the source is the difference of the colours. So chroma that is stored at half its
    size does not get softer by being enlarged and shrunk, and what does not change keeps its samples.

    Parameters
    ----------
    planes, reading
        The frame, and what its samples stand for.
    old, new
        Its sRGB, as `picture_of` gives it, and the sRGB that it shall have.
    output
        How the samples are laid out that come back, and what they shall stand for.
    frame
        The number of the frame, which the pattern of the dither depends on.
    """
    layout, means = output
    given = planes.format
    if (given.kind, given.subsampling) != (layout.kind, layout.subsampling) or reading.matrix != means.matrix:
        return planes_of_picture(new, layout, means, frame)
    difference = from_srgb(new, means.primaries) - from_srgb(old, means.primaries)
    if layout.kind == "rgb":
        moves = [np.ascontiguousarray(plane) for plane in np.moveaxis(difference, 2, 0)]
    else:
        sites = Sites.of(layout.subsampling, means.siting)
        moves = list(ycbcr_from_rgb(difference, sites, coefficients(means.matrix).weights))
    samples: list[np.ndarray] = []
    for index, (plane, move) in enumerate(zip(planes.samples, moves, strict=False)):
        of = luma_levels if index == 0 or layout.kind == "rgb" else chroma_levels
        moved = values(plane, of(given.bits, reading.range)) + move
        samples.append(dithered(moved, of(layout.bits, means.range), layout.bits, frame, index))
    return tuple(samples)


def dithered(
    plane: Float32[np.ndarray, "h w"], levels: Levels, bits: int, frame: int, index: int, *, nearest: bool = False
) -> np.ndarray:
    """Return the codes of a plane, dithered, or the nearest ones."""
    return codes(plane, levels, bits, np.full(plane.shape, nearest), frame, index)
