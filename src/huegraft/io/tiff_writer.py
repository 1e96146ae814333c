"""TIFF, written here: deflated strips, and one directory that holds the entries of the EXIF block as well.

No library at hand puts a camera's directories into a compressed TIFF. The file has the byte order of the EXIF block, so
no value of the block needs to be understood.
"""

import struct
from collections.abc import Sequence

import numpy as np

from huegraft.io.directories import (
    Directories,
    Order,
    Tree,
    longs,
    plain_bytes,
    rational,
    serialized,
    shorts,
    undefined,
)
from huegraft.io.exif import IPTC, descriptive_tree
from huegraft.picture import Picture

_STRIP_BYTES = 2**18
_LEVEL = 4
_RGB, _DEFLATE, _DIFFERENCES, _FLOAT_DIFFERENCES = 2, 8, 2, 3
_WHOLE, _FLOATS, _UNASSOCIATED = 1, 3, 2
_UNITS = {"none": 1, "inch": 2, "centimetre": 3}


def encoded(picture: Picture) -> Sequence[bytes | bytearray]:
    """Return a TIFF of a picture of 8 or 16 bits or of float32, in parts."""
    order, tree = _described(picture)
    strips, rows = _strips(picture, order)
    offsets = np.cumsum([8, *(len(strip) + len(strip) % 2 for strip in strips)]).tolist()
    height, width = picture.pixels.shape[:2]
    channels = 3 + (picture.alpha is not None)
    floats = picture.pixels.dtype == np.float32
    tree |= {
        0x100: longs(order, [width]),
        0x101: longs(order, [height]),
        0x102: shorts(order, *[picture.pixels.dtype.itemsize * 8] * channels),
        0x103: shorts(order, _DEFLATE),
        0x106: shorts(order, _RGB),
        0x111: longs(order, offsets[:-1]),
        0x112: shorts(order, 1),
        0x115: shorts(order, channels),
        0x116: longs(order, [rows]),
        0x117: longs(order, [len(strip) for strip in strips]),
        0x11C: shorts(order, 1),
        0x13D: shorts(order, _FLOAT_DIFFERENCES if floats else _DIFFERENCES),
        0x153: shorts(order, *[_FLOATS if floats else _WHOLE] * channels),
    }
    if picture.alpha is not None:
        tree[0x152] = shorts(order, _UNASSOCIATED)
    header = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, offsets[-1])
    padded = [strip + b"\0" * (len(strip) % 2) for strip in strips]
    return [header, *padded, serialized(tree, order, offsets[-1])]


def _described(picture: Picture) -> tuple[Order, Tree]:
    """Return the byte order, and what the directory says about the picture."""
    order, tree = "<", Tree()
    if picture.exif is not None:
        directories = Directories(picture.exif)
        order, tree = directories.order, descriptive_tree(directories)
    if picture.resolution is not None:
        across, down, unit = picture.resolution
        tree |= {0x11A: rational(order, across), 0x11B: rational(order, down), 0x128: shorts(order, _UNITS[unit])}
    if picture.profile is not None:
        tree[34675] = undefined(picture.profile)
    if picture.iptc is not None:
        tree[IPTC] = undefined(picture.iptc)
    if picture.xmp is not None:
        tree[700] = plain_bytes(picture.xmp)
    return order, tree


def _strips(picture: Picture, order: Order) -> tuple[list[bytes | bytearray], int]:
    """Return the compressed strips, and the number of rows of a strip."""
    from imagecodecs import deflate_encode, floatpred_encode  # heavy

    pixels, alpha = picture.pixels, picture.alpha
    height, width, channels = pixels.shape
    row = width * (channels + (alpha is not None)) * pixels.dtype.itemsize
    rows = min(max(_STRIP_BYTES // row, 1), height)
    strips = list[bytes | bytearray]()
    for first in range(0, height, rows):
        strip = pixels[first : first + rows]
        if alpha is not None:
            strip = np.dstack([strip, alpha[first : first + rows]])
        if strip.dtype == np.float32:
            differences = floatpred_encode(np.ascontiguousarray(strip), axis=-2)
        else:
            differences = np.array(strip, order="C")
            differences[:, 1:] -= strip[:, :-1]
            differences = differences.astype(strip.dtype.newbyteorder(order), copy=False)
        strips.append(deflate_encode(differences.tobytes(), level=_LEVEL))
    return strips, rows
