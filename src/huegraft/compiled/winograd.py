"""Winograd's transforms around a 3×3 convolution, F(4×4, 3×3) (Lavin & Gray 2016, arXiv:1509.09308).

A tile of 4×4 outputs sees a patch of 6×6 inputs. With both transformed, the convolution is a product over the channels
for each of 36 numbers: 36 multiplications for 16 outputs in place of 144.
"""

import numpy as np

from huegraft.compiled.threads import compiled

SIDE = 4
"""Side of a tile."""

_ZERO, _TWO, _FOUR, _FIVE, _EIGHT = (np.float32(number) for number in (0, 2, 4, 5, 8))  # a bare 2 would mean float64


@compiled(fastmath={"contract"})
def transform_inputs(maps: np.ndarray, rows: np.ndarray, columns: np.ndarray, first: int, spectra: np.ndarray) -> None:
    """Write Bᵀ d B of some patches d.

    Parameters
    ----------
    maps : (h, w, c) float32
    rows, columns : (4·m + 2,) and (4·n + 2,) int64
        Which row and column of `maps` stands at each row and column of the patches, or −1 for zeros. A patch begins
        every 4 entries; patches are numbered along the rows.
    first : int
        Number of the first patch.
    spectra : (36, t, c) float32
        Output, for t patches.
    """
    across = (len(columns) - 2) // SIDE
    channels = maps.shape[2]
    patch = np.empty((6, 6, channels), np.float32)
    half = np.empty((6, 1, 6 * channels), np.float32)
    for place in range(spectra.shape[1]):
        top, left = SIDE * ((first + place) // across), SIDE * ((first + place) % across)
        for i in range(6):
            row = rows[top + i]
            for j in range(6):
                column = columns[left + j]
                if row < 0 or column < 0:
                    for c in range(channels):
                        patch[i, j, c] = _ZERO
                else:
                    for c in range(channels):
                        patch[i, j, c] = maps[row, column, c]
        _combine(patch.reshape((6, 6 * channels)), half, 0, 0)
        lines = half.reshape((6, 6, channels))
        for i in range(6):
            _combine(lines[i], spectra, 6 * i, place)


@compiled(fastmath={"contract"})
def _combine(lines: np.ndarray, out: np.ndarray, first: int, place: int) -> None:
    """Write Bᵀ times six lines; each loop has few streams, or it would not be vectorised."""
    for c in range(lines.shape[1]):
        out[first, place, c] = _FOUR * lines[0, c] - _FIVE * lines[2, c] + lines[4, c]
    for c in range(lines.shape[1]):
        even = lines[4, c] - _FOUR * lines[2, c]
        odd = lines[3, c] - _FOUR * lines[1, c]
        out[first + 1, place, c] = even + odd
        out[first + 2, place, c] = even - odd
    for c in range(lines.shape[1]):
        even = lines[4, c] - lines[2, c]
        odd = _TWO * (lines[3, c] - lines[1, c])
        out[first + 3, place, c] = even + odd
        out[first + 4, place, c] = even - odd
    for c in range(lines.shape[1]):
        out[first + 5, place, c] = _FOUR * lines[1, c] - _FIVE * lines[3, c] + lines[5, c]


@compiled(fastmath={"contract"})
def transform_outputs(spectra: np.ndarray, bias: np.ndarray, first: int, maps: np.ndarray) -> None:
    """Write the ReLU of Aᵀ m A plus bias of some tiles m into their places.

    Parameters
    ----------
    spectra : (36, t, c) float32
    bias : (c,) float32
    first : int
        Number of the first tile; they are numbered along the rows.
    maps : (h, w, c) float32
        Output; what of a tile lies beyond it is dropped.
    """
    height, width, channels = maps.shape
    across = -(-width // SIDE)
    half = np.empty((4, 6, channels), np.float32)
    line = np.empty((4, channels), np.float32)
    for place in range(spectra.shape[1]):
        top, left = SIDE * ((first + place) // across), SIDE * ((first + place) % across)
        for j in range(6):
            for c in range(channels):
                near = spectra[6 + j, place, c] + spectra[12 + j, place, c]
                far = spectra[18 + j, place, c] + spectra[24 + j, place, c]
                half[0, j, c] = spectra[j, place, c] + near + far
                half[2, j, c] = near + _FOUR * far
            for c in range(channels):
                near = spectra[6 + j, place, c] - spectra[12 + j, place, c]
                far = spectra[18 + j, place, c] - spectra[24 + j, place, c]
                half[1, j, c] = near + _TWO * far
                half[3, j, c] = near + _EIGHT * far + spectra[30 + j, place, c]
        for i in range(min(SIDE, height - top)):
            for c in range(channels):
                near = half[i, 1, c] + half[i, 2, c]
                far = half[i, 3, c] + half[i, 4, c]
                line[0, c] = half[i, 0, c] + near + far
                line[2, c] = near + _FOUR * far
            for c in range(channels):
                near = half[i, 1, c] - half[i, 2, c]
                far = half[i, 3, c] - half[i, 4, c]
                line[1, c] = near + _TWO * far
                line[3, c] = near + _EIGHT * far + half[i, 5, c]
            for j in range(min(SIDE, width - left)):
                for c in range(channels):
                    maps[top + i, left + j, c] = max(line[j, c] + bias[c], _ZERO)
