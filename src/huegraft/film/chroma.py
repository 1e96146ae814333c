"""Chroma: a track's a*, b* under the luma of a frame, as planes of a codec: sited, legal, dithered."""

from typing import Literal

import numpy as np

from huegraft.compiled.color import lab_picture
from huegraft.compiled.film import limit, paint, paint_lightness, rgb_codes
from huegraft.compiled.sites import Sites
from huegraft.compiled.ycbcr import codes, luma_around, rgb_from_ycbcr, ycbcr_from_rgb
from huegraft.errors import ArgumentError
from huegraft.film import coding
from huegraft.film.grid import Grid
from huegraft.film.planes import PlaneFormat
from huegraft.film.reading import Reading
from huegraft.film.ycbcr import dithered, shrunk, window_of
from huegraft.shapes import Bool, Float32, UInt8, UInt16
from huegraft.stages.guided import guided_lines

Keep = Literal["luma", "lightness"]
Luma = UInt8[np.ndarray, "H W"] | UInt16[np.ndarray, "H W"] | Float32[np.ndarray, "H W"]
_Chroma = tuple[Float32[np.ndarray, "m n"], Float32[np.ndarray, "m n"], Bool[np.ndarray, "m n"]]


class Painter:
    """What colours the frames of a film, one after the other or side by side.

    Parameters
    ----------
    layout, reading
        How the planes that it makes are laid out, and what their codes mean. The kind is "ycbcr" or "rgb".
    size : (H, W)
        Of the frames. The track covers what the bars of the reading leave.
    keep
        "luma" keeps Y′, of which what the colours change is the lightness. "lightness" keeps L* of the frame's grey, as
        stills do, and changes Y′.
    source : (PlaneFormat, Reading), or None
        What the samples of luma are; None where it is the same.

    Raises
    ------
    ArgumentError
        If the planes hold no colours.
    """

    def __init__(
        self,
        layout: PlaneFormat,
        reading: Reading,
        size: tuple[int, int],
        keep: Keep = "luma",
        source: tuple[PlaneFormat, Reading] | None = None,
    ) -> None:
        if layout.kind == "grey":
            raise ArgumentError("frames in colour need planes of the kind 'ycbcr' or 'rgb', got 'grey'")
        self._layout, self._reading, self._keep = layout, reading, keep
        self._sites = Sites.of(layout.subsampling, reading.siting)
        self._window = window_of(reading, size)
        self._grid = Grid(self._sites, self._window)
        self._coefficients = coding.coefficients(reading.matrix)
        self._primaries = coding.linear_from_xyz(reading.primaries)
        self._of_luma = coding.luma_levels(layout.bits, reading.range)
        luma_layout, luma_reading = source or (layout, reading)
        self._of_source = coding.luma_levels(luma_layout.bits, luma_reading.range)
        self._of_chroma = coding.chroma_levels(layout.bits, reading.range)
        # More than dithering can move R′, G′, B′ by: a code of them, or one of Cb, which counts for less than 2 in B′.
        self._margin = 1 / self._of_luma[1] if layout.kind == "rgb" else 2 / self._of_chroma[1]

    def planes(self, luma: Luma, chroma: Float32[np.ndarray, "h w 2"], frame: int) -> tuple[np.ndarray, ...]:
        """Return the samples of a frame in its new colours, without alpha.

        Parameters
        ----------
        luma
            The samples of Y′ of the source, or Y′ itself as floats, which may lie beyond [0, 1].
        chroma
            a*, b* in the track's grid.
        frame
            The number of the frame, which the pattern of the dither depends on.

        Returns
        -------
        Y′, Cb, Cr, or R′, G′, B′. Chroma is shrunk where R′, G′ or B′ would leave [0, 1] once a player has enlarged it
        linearly; a Y′ beyond [0, 1] gets none. Samples of Y′ in the output's depth and range come back as they are.
        Codes are legal to the nearest code of chroma.
        """
        grey = self._values(luma)
        lines = self._lines(grey, chroma)
        if self._keep == "lightness":
            return self._keeping_lightness(grey, lines, frame)
        if self._layout.kind == "rgb":
            blues, reds, near = self._colored(grey, grey, grey, lines)
            weights = self._coefficients.weights, self._coefficients.reach
            return rgb_codes(grey, blues, reds, weights, self._of_luma, self._layout.bits, near, frame)
        of_luma = self._luma_codes(luma, grey, frame)
        if of_luma is not luma:
            grey = coding.values(of_luma, self._of_luma)
        return of_luma, *self._chroma_codes(self._colored(*luma_around(grey, self._sites), lines), frame)

    def lightness_shift(
        self, luma: Luma, chroma: Float32[np.ndarray, "h w 2"]
    ) -> tuple[Float32[np.ndarray, "m n"], Float32[np.ndarray, "m n 2"]]:
        """Return by how much L* exceeds that of the grey with the same Y′, and a*, b* there.

        Both are given at the samples of chroma that lie within the bars.
        """
        grey = self._values(luma)
        around = luma_around(grey, self._sites)
        blues, reds, _ = self._colored(*around, self._lines(grey, chroma))
        video = rgb_from_ycbcr(around[0], blues, reds, Sites.of((1, 1), "center"), self._coefficients.reach)
        grey_video = np.repeat(around[0][..., None], 3, axis=2)
        new, old = (lab_picture(coding.to_srgb(each, self._reading.primaries)) for each in (video, grey_video))
        inside = self._grid.inside()
        return (new - old)[inside][..., 0], new[inside][..., 1:]

    def _values(self, luma: Luma) -> Float32[np.ndarray, "H W"]:
        if luma.dtype == np.float32:
            return np.ascontiguousarray(luma)
        return coding.values(luma, self._of_source)

    def _lines(self, grey: Float32[np.ndarray, "H W"], chroma: Float32[np.ndarray, "h w 2"]) -> np.ndarray:
        """Return a* and b* as lines over L* of the grey, in the track's grid."""
        small = shrunk(grey[..., None], self._reading, chroma.shape[:2])
        lightness = lab_picture(np.repeat(small, 3, axis=2))[..., 0]
        return guided_lines(chroma, np.ascontiguousarray(lightness))

    def _colored(
        self,
        means: Float32[np.ndarray, "m n"],
        least: Float32[np.ndarray, "m n"],
        greatest: Float32[np.ndarray, "m n"],
        lines: Float32[np.ndarray, "h w 4"],
    ) -> _Chroma:
        """Return Cb and Cr under luma, neutral in the bars, and where they come near the border of what is legal."""
        rows, columns = self._grid.taps(means.shape, lines.shape[:2])
        blues, reds = paint(lines, rows, columns, means, self._primaries, self._coefficients.weights)
        for plane in (blues, reds):
            self._grid.fill_beside(plane, np.broadcast_to(np.float32(0), plane.shape))
        return blues, reds, limit(blues, reds, least, greatest, self._coefficients.reach, self._margin)

    def _keeping_lightness(
        self, grey: Float32[np.ndarray, "H W"], lines: Float32[np.ndarray, "h w 4"], frame: int
    ) -> tuple[np.ndarray, ...]:
        """Return the planes of what stills would get: a*, b* under L* of the grey, clipped to sRGB."""
        pixels = Grid(Sites.of((1, 1), self._reading.siting), self._window)
        rgb = paint_lightness(lines, *pixels.taps(grey.shape, lines.shape[:2]), grey)
        pixels.fill_beside(rgb, np.broadcast_to(grey[..., None], rgb.shape))
        rgb = coding.from_srgb(rgb, self._reading.primaries)
        if self._layout.kind == "rgb":
            planes = [np.ascontiguousarray(plane) for plane in np.moveaxis(rgb, 2, 0)]
            return tuple(dithered(plane, self._of_luma, self._layout.bits, frame, 0, nearest=True) for plane in planes)
        luma, blues, reds = ycbcr_from_rgb(rgb, self._sites, self._coefficients.weights)
        of_luma = dithered(luma, self._of_luma, self._layout.bits, frame, 0)
        _, least, greatest = luma_around(coding.values(of_luma, self._of_luma), self._sites)
        near = limit(blues, reds, least, greatest, self._coefficients.reach, self._margin)
        return of_luma, *self._chroma_codes((blues, reds, near), frame)

    def _luma_codes(self, luma: Luma, grey: Float32[np.ndarray, "H W"], frame: int) -> np.ndarray:
        """Return the samples as they are where the output has the same codes, else the codes of Y′."""
        samples = luma.dtype != np.float32
        if samples and self._of_source == self._of_luma:
            return luma
        finer = samples and self._of_source[1] <= self._of_luma[1]
        return dithered(grey, self._of_luma, self._layout.bits, frame, 0, nearest=finer)

    def _chroma_codes(self, chroma: _Chroma, frame: int) -> tuple[np.ndarray, np.ndarray]:
        blues, reds, near = chroma
        bits = self._layout.bits
        return codes(blues, self._of_chroma, bits, near, frame, 1), codes(reds, self._of_chroma, bits, near, frame, 2)
