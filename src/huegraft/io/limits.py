"""Limits of what a picture file may claim. docs/decisions/004-hostile-files.md says why they have these values."""

import io
import os
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from huegraft.errors import PictureFileError

_TRUSTED_PIXELS = 2**24
_PIXELS_PER_BYTE = 8 * 1032
_TRUSTED_BYTES, _BYTES_PER_BYTE = 2**26, 2**11
_SCANNED_PIXELS = 2**32
_MAX_SEGMENTS = 2**12
_MAX_ENTRIES = 2**12
_MAX_NUMBERS = 2**17
MAX_FRAMES = 1000
_TILE_WIDTH, _TILE_LENGTH = 322, 323
SUBDIRECTORIES = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop)
_RATIONALS, _TEXTS = (5, 10), (1, 2, 6, 7)  # types of TIFF values: fractions; bytes and characters


def refuse_implausible(image: Image.Image, scans: int, path: Path) -> None:
    """Raise before decoding if the file claims more pixels than its bytes can hold, or too many scans."""
    tags = getattr(image, "tag_v2", {})
    tile = int(tags.get(_TILE_WIDTH, 0)) * int(tags.get(_TILE_LENGTH, 0))
    pixels, size = max(image.width * image.height, tile), path.stat().st_size
    if pixels > max(_TRUSTED_PIXELS, _PIXELS_PER_BYTE * size) or scans * pixels > _SCANNED_PIXELS:
        claim = f"{pixels} in {size} bytes" + (f" and {scans} scans" if scans > 1 else "")
        raise PictureFileError(f"{path} claims more pixels than can be trusted: {claim}")


def refuse_claim(path: Path, width: int, height: int, *, bytes_per_pixel: int) -> None:
    """Raise before decoding if the file claims more pixels, or more bytes of pixels, than its bytes can hold.

    It does for other decoders what `refuse_implausible` does for Pillow.
    """
    pixels, size = width * height, path.stat().st_size
    if width < 1 or height < 1:
        raise ValueError("it has no pixels")
    most = 2 * (Image.MAX_IMAGE_PIXELS or pixels)
    plausible = _BYTES_PER_BYTE * size
    if pixels > min(max(_TRUSTED_PIXELS, plausible), most) or pixels * bytes_per_pixel > max(_TRUSTED_BYTES, plausible):
        raise PictureFileError(f"{path} claims more pixels than can be trusted: {width}×{height} in {size} bytes")


def refuse_bytes(path: Path, count: int) -> None:
    """Raise before decoding if all pictures of a file claim more bytes of pixels than the file's bytes can hold."""
    size = path.stat().st_size
    if count > max(_TRUSTED_BYTES, _BYTES_PER_BYTE * size):
        raise PictureFileError(f"{path} claims more pixels than can be trusted: {count} bytes of them in {size} bytes")


def count_scans(file: io.BufferedIOBase) -> int:
    """Return the number of scans of a JPEG, and raise for too many EXIF segments. Coded data look like neither."""
    scans = segments = 0
    file.seek(0)
    last = b""
    while block := file.read(2**20):
        scans += (last + block).count(b"\xff\xda")
        segments += (last + block).count(b"\xff\xe1")
        last = block[-1:]
    if segments > _MAX_SEGMENTS:
        raise ValueError(f"{segments} EXIF segments are too many to be true")
    return scans


def check_directories(file: io.BufferedIOBase, *more: int) -> int:
    """Return how many pictures a TIFF file or EXIF block lists, at most `MAX_FRAMES`. A list ends where it loops.

    Parameters
    ----------
    file
        The file or block.
    more
        Offsets of directories that are looked at beside the first.

    Raises
    ------
    ValueError
        If these directories hold more than Pillow reads in a moment.
    """
    file.seek(0)
    head = file.read(16)
    big, order = head[2:3] == b"+", "<" if head[:2] == b"II" else ">"  # version 43, as Pillow tells it
    count_size, offset_size = (8, 8) if big else (2, 4)
    number = f"u{offset_size}"
    entry = np.dtype([("tag", "u2"), ("type", "u2"), ("count", number), ("value", number)]).newbyteorder(order)
    length = file.seek(0, os.SEEK_END)

    def number_at(offset: int, size: int) -> int:
        file.seek(min(offset, length))
        return int.from_bytes(file.read(size), "little" if order == "<" else "big")

    first = number_at(offset_size, offset_size)
    pages, offset = dict[int, None](), first
    while 0 < offset < length and offset not in pages and len(pages) < MAX_FRAMES:
        pages[offset] = None
        end = offset + count_size + number_at(offset, count_size) * entry.itemsize
        offset = number_at(end, offset_size)

    waiting, seen, entries, numbers = [first, *more], set[int](), 0, 0
    while waiting:
        offset = waiting.pop()
        if offset in seen or offset >= length:
            continue
        seen.add(offset)
        count = number_at(offset, count_size)
        table = file.read(min(count, _MAX_ENTRIES) * entry.itemsize)
        directory = np.frombuffer(table[: len(table) // entry.itemsize * entry.itemsize], entry)
        values = directory["count"].astype(float)
        entries += count + values[np.isin(directory["type"], _RATIONALS)].sum()
        numbers += values[~np.isin(directory["type"], _TEXTS)].sum()
        if entries > _MAX_ENTRIES or numbers > _MAX_NUMBERS:
            raise ValueError(f"a directory of {count} entries and {numbers:.0f} numbers is too long to be true")
        waiting += directory["value"][np.isin(directory["tag"], SUBDIRECTORIES)].tolist()
    return len(pages)
