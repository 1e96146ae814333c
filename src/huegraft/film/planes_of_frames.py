"""The samples of PyAV's frames as planes, and planes as PyAV's frames: they are copied, and nothing converts them."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import av
import numpy as np

from huegraft.errors import FilmError
from huegraft.film.planes import Kind, PlaneFormat, Planes

_SUBSAMPLINGS = {"444": (1, 1), "440": (2, 1), "422": (1, 2), "420": (2, 2), "411": (1, 4), "410": (4, 4)}
_HALF_PLANAR = {"nv12": "420", "nv21": "420", "nv16": "422", "nv24": "444", "nv42": "444"}
_OF_PX = {"0": "420", "2": "422", "4": "444"}
_PACKED_YCBCR = {"yuyv422": (0, 1, 3), "uyvy422": (1, 0, 2), "yvyu422": (0, 3, 1)}
_PACKED_RGB = re.compile(r"([rgba0]{3,4})(24|48|64)?(le|be)?")
_PLANAR = re.compile(r"(gray|ya|yuvj?a?(\d{3})p|gbra?p)(\d*)(le|be)?")


@dataclass(frozen=True)
class _Layout:
    """Where a pixel format has its samples.

    Attributes
    ----------
    format
        How they are laid out as planes.
    parts : tuple of (plane, first, step)
        For each of our planes: the frame's plane, its first sample in a line, and how many samples lie from one to the
        next.
    dtype
        The type of the samples in memory.
    shift
        How many zero bits stand below a sample.
    """

    format: PlaneFormat
    parts: tuple[tuple[int, int, int], ...]
    dtype: np.dtype[Any]
    shift: int = 0


def format_of(name: str) -> PlaneFormat:
    """Return how the frames of a pixel format, as FFmpeg names it, are laid out as planes.

    Raises
    ------
    FilmError
        If the pixel format is none of those that are read.
    """
    return _layout(name).format


def planes_of(frame: av.VideoFrame) -> Planes:
    """Return a copy of the samples of a frame.

    Raises
    ------
    FilmError
        If the frame's pixel format is none of those that are read.
    """
    layout = _layout(frame.format.name)
    sizes = _sizes(layout.format, (frame.height, frame.width))
    samples = list[np.ndarray]()
    for (plane, first, step), (height, width) in zip(layout.parts, sizes, strict=True):
        lines = _lines(frame, plane, layout.dtype)[:height, first : first + step * width : step]
        copy = np.array(lines, layout.format.dtype)  # in the machine's order of bytes
        samples.append(copy >> layout.shift if layout.shift else copy)
    return Planes(layout.format, tuple(samples))


def frame_of(planes: Planes, pixel_format: str) -> av.VideoFrame:
    """Return a frame of a pixel format, as FFmpeg names it, that holds a copy of the samples.

    Raises
    ------
    FilmError
        If the pixel format is none of those that are written, or is laid out in another way than the planes.
    """
    layout = _layout(pixel_format)
    if layout.format != planes.format:
        raise FilmError(
            f"planes of {planes.format} do not fit frames of the pixel format {pixel_format}, which are of "
            f"{layout.format}; choose the pixel format of the planes' own kind, bits and subsampling"
        )
    height, width = planes.size
    frame = av.VideoFrame(width, height, pixel_format)
    for plane in range(len(frame.planes)):
        _lines(frame, plane, layout.dtype)[:] = 0  # the padding of lines, and samples that stand for nothing
    for (plane, first, step), samples in zip(layout.parts, planes.samples, strict=True):
        rows, columns = samples.shape
        lines = _lines(frame, plane, layout.dtype)[:rows, first : first + step * columns : step]
        lines[:] = samples << layout.shift if layout.shift else samples
    return frame


def _lines(frame: av.VideoFrame, plane: int, dtype: np.dtype[Any]) -> np.ndarray:
    """Return a view of the lines of a plane with what pads them, the topmost line first."""
    memory: Any = frame.planes[plane]  # a buffer, which the types of PyAV do not tell
    length = abs(memory.line_size) // dtype.itemsize
    lines = np.frombuffer(memory, dtype).reshape(memory.height, length)
    return lines[::-1] if memory.line_size < 0 else lines  # frames may be stored from the bottom up


def _sizes(layout: PlaneFormat, size: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the height and width of each plane of a frame of a size."""
    chroma = [layout.chroma_size(size)] * 2 if layout.kind != "grey" else []
    return [size, *chroma, *([size] if layout.alpha else [])]


@cache
def _layout(name: str) -> _Layout:
    found = _half_planar(name) or _packed_ycbcr(name) or _planar(name) or _packed_rgb(name)
    if found is None:
        raise FilmError(
            f"frames of the pixel format {name} are not read: expected grey, Y'CbCr or R'G'B' of 8 to 16 bits without "
            f"a palette; convert the film first, as with: ffmpeg -i FILM -c:v ffv1 -pix_fmt gbrp16le FILM.mkv"
        )
    return found


def _made(
    kind: Kind,
    bits: int,
    parts: tuple[tuple[int, int, int], ...],
    *,
    subsampling: tuple[int, int] = (1, 1),
    order: str | None = "le",
    shift: int = 0,
) -> _Layout:
    alpha = len(parts) in (2, 4)
    dtype = np.dtype(np.uint8 if bits == 8 else ">u2" if order == "be" else "<u2")
    return _Layout(PlaneFormat(kind, bits, subsampling, alpha), parts, dtype, shift)


def _half_planar(name: str) -> _Layout | None:
    """Return the layout where one plane holds Cb and Cr in turn."""
    deep = re.fullmatch(r"p([024])(10|12|16)(le|be)", name)
    if not deep and name not in _HALF_PLANAR:
        return None
    first, second = (1, 0) if name in ("nv21", "nv42") else (0, 1)
    parts = (0, 0, 1), (1, first, 2), (1, second, 2)
    if not deep:
        return _made("ycbcr", 8, parts, subsampling=_SUBSAMPLINGS[_HALF_PLANAR[name]])
    subsampling, bits = _SUBSAMPLINGS[_OF_PX[deep[1]]], int(deep[2])
    return _made("ycbcr", bits, parts, subsampling=subsampling, order=deep[3], shift=16 - bits)


def _packed_ycbcr(name: str) -> _Layout | None:
    """Return the layout where one plane holds Y′, Cb, Y′, Cr in some order."""
    if name not in _PACKED_YCBCR:
        return None
    luma, blue, red = _PACKED_YCBCR[name]
    return _made("ycbcr", 8, ((0, luma, 2), (0, blue, 4), (0, red, 4)), subsampling=(1, 2))


def _planar(name: str) -> _Layout | None:
    """Return the layout where each plane has one kind of samples; grey with alpha is counted among them."""
    found = _PLANAR.fullmatch(name)
    if not found or (found[2] and found[2] not in _SUBSAMPLINGS):
        return None
    bits = int(found[3] or 8)
    if not 8 <= bits <= 16 or (bits > 8) != bool(found[4]):
        return None
    if found[1] == "gray":
        return _made("grey", bits, ((0, 0, 1),), order=found[4])
    if found[1] == "ya":
        return _made("grey", bits, ((0, 0, 2), (0, 1, 2)), order=found[4])
    alpha = "a" in found[1]
    parts = [(2, 0, 1), (0, 0, 1), (1, 0, 1)] if found[2] is None else [(0, 0, 1), (1, 0, 1), (2, 0, 1)]
    parts = tuple([*parts, (3, 0, 1)] if alpha else parts)
    if found[2] is None:
        return _made("rgb", bits, parts, order=found[4])
    return _made("ycbcr", bits, parts, subsampling=_SUBSAMPLINGS[found[2]], order=found[4])


def _packed_rgb(name: str) -> _Layout | None:
    """Return the layout where one plane holds red, green and blue in some order."""
    found = _PACKED_RGB.fullmatch(name)
    if not found or not {"r", "g", "b"} <= set(found[1]) or len(set(found[1])) != len(found[1]):
        return None
    bits = 16 if found[2] in ("48", "64") else 8
    if (bits == 16) != bool(found[3]):
        return None
    letters = [letter for letter in "rgba" if letter in found[1]]
    parts = tuple((0, found[1].index(letter), len(found[1])) for letter in letters)
    return _made("rgb", bits, parts, order=found[3])
