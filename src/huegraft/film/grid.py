"""Grid: where a track's pixels lie among a codec's samples of chroma, bars left out."""

import numpy as np

from huegraft.compiled.film import Taps
from huegraft.compiled.sites import Sites
from huegraft.shapes import Float64
from huegraft.windows import Window

_SLOPE = -0.75  # of Keys' kernel, as in compiled/enlarge.c


class Grid:
    """The samples of chroma of frames of which a track covers a part.

    Parameters
    ----------
    sites
        Where the samples lie among the pixels.
    window
        The rows and columns of pixels that the track covers.
    """

    def __init__(self, sites: Sites, window: Window) -> None:
        self._sites, self._window = sites, window

    def taps(self, size: tuple[int, int], track: tuple[int, int]) -> tuple[Taps, Taps]:
        """Return for rows and columns of a plane of a size the places in a track and their weights, bicubic."""
        rows, columns = (self._taps_of(axis, size[axis], track[axis]) for axis in (0, 1))
        return rows, columns

    def inside(self) -> tuple[slice, slice]:
        """Return the rows and columns of the planes of chroma that lie on what the track covers."""
        rows, columns = (
            slice(*(max(0, int(np.ceil((edge - first) / step))) for edge in edges))
            for edges, first, step in zip(
                (self._window[:2], self._window[2:]), self._sites.firsts, self._sites.steps, strict=True
            )
        )
        return rows, columns

    def fill_beside(self, values: np.ndarray, neutral: np.ndarray) -> None:
        """Take the neutral values where the track covers nothing."""
        rows, columns = self.inside()
        for part in np.s_[: rows.start], np.s_[rows.stop :], np.s_[:, : columns.start], np.s_[:, columns.stop :]:
            values[part] = neutral[part]

    def _taps_of(self, axis: int, count: int, length: int) -> Taps:
        start, extent = self._window[2 * axis], self._window.size[axis]
        pixels = np.arange(count) * self._sites.steps[axis] + self._sites.firsts[axis] + 0.5 - start
        where = pixels * length / extent - 0.5
        places = np.floor(where)[:, None] + np.arange(-1, 3)
        weights = _keys(np.abs(where[:, None] - places))
        return places.clip(0, length - 1).astype(np.int64), weights.astype(np.float32)


def _keys(distance: Float64[np.ndarray, "n 4"]) -> Float64[np.ndarray, "n 4"]:
    """Return the weights of Keys' cubic kernel (1981, doi:10.1109/TASSP.1981.1163711)."""
    near = ((_SLOPE + 2) * distance - (_SLOPE + 3)) * distance**2 + 1
    far = ((_SLOPE * distance - 5 * _SLOPE) * distance + 8 * _SLOPE) * distance - 4 * _SLOPE
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0))
