"""Winograd's transforms around a 3×3 convolution, F(4×4, 3×3) (Lavin & Gray 2016, arXiv:1509.09308).

A tile of 4×4 outputs sees a patch of 6×6 inputs. With both transformed, the convolution is a product over the channels
for each of 36 numbers: 36 multiplications for 16 outputs in place of 144.
"""

from ctypes import c_int64

import numpy as np

from huegraft.compiled.library import array, function
from huegraft.shapes import Float32, Int64

SIDE = 4
"""Side of a tile."""

_inputs = function(
    "winograd_inputs", array(np.float32, 3), c_int64, c_int64, array(np.int64, 1), array(np.int64, 1), c_int64,
    c_int64, c_int64, array(np.float32, 3),
)  # fmt: skip
_outputs = function(
    "winograd_outputs", array(np.float32, 3), c_int64, c_int64, array(np.float32, 1), c_int64, c_int64, c_int64,
    array(np.float32, 3),
)  # fmt: skip


def transform_inputs(
    maps: Float32[np.ndarray, "h w c"],
    rows: Int64[np.ndarray, " down"],
    columns: Int64[np.ndarray, " across"],
    first: int,
    spectra: Float32[np.ndarray, "36 t c"],
) -> None:
    """Write Bᵀ d B of some patches d.

    Parameters
    ----------
    rows, columns
        The row and the column of `maps` at each row and column of the patches, or −1 for zeros: 2 more than four for
        each patch. A patch begins every 4 entries. Patches are numbered along the rows.
    first
        The number of the first patch.
    spectra
        The output, for t patches.
    """
    across = (len(columns) - 2) // SIDE
    _inputs(maps, maps.shape[1], maps.shape[2], rows, columns, across, first, spectra.shape[1], spectra)


def transform_outputs(
    spectra: Float32[np.ndarray, "36 t c"],
    bias: Float32[np.ndarray, " c"],
    first: int,
    maps: Float32[np.ndarray, "h w c"],
) -> None:
    """Write the ReLU of Aᵀ m A plus bias of some tiles m into their places.

    Parameters
    ----------
    first
        The number of the first tile. Tiles are numbered along the rows.
    maps
        The output. The part of a tile that lies beyond it is dropped.
    """
    height, width, channels = maps.shape
    _outputs(spectra, spectra.shape[1], channels, bias, first, height, width, maps)
