"""TIFF, read by tifffile."""

import logging
import math
import mmap
from pathlib import Path
from typing import Any

import numpy as np

from huegraft.io.content import Content, Unsupported, frames_note, full_range, further_note, straight
from huegraft.io.directories import Directories
from huegraft.io.exif import IPTC, block_of_tiff, resolution_of
from huegraft.io.limits import MAX_FRAMES, check_directories, refuse_claim
from huegraft.io.photoshop import IPTC as RECORDS
from huegraft.io.photoshop import resources
from huegraft.io.tiff_pages import full_resolution, reduced_copies

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # what matters is raised as well

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _INK, _YCBCR, _SENSOR = 0, 1, 2, 3, 5, 6, 32803
_CIELAB, _ICCLAB = 8, 9
_CHANNELS = {
    _WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _INK: 4, _YCBCR: 3, _CIELAB: 3, _ICCLAB: 3,
}  # fmt: skip
_JPEG = 7
_WHOLE, _SIGNED, _FLOATS = 1, 2, 3
_ASSOCIATED, _UNASSOCIATED = 1, 2
_FROM_LAB = "its colours are converted from CIELAB to sRGB"
_PROFILE, _XMP, _PHOTOSHOP = 34675, 700, 34377


def read(path: Path) -> Content:
    """Read a TIFF of whole numbers of up to 16 bits, or of floats: its first page of full resolution."""
    from tifffile import TiffFile, TiffPage  # heavy

    with path.open("rb") as file:
        frames = check_directories(file)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            directories = Directories(data)
            chosen = full_resolution(directories)
            offset = directories.first if chosen is None else chosen.offset
            if chosen is not None:
                frames -= reduced_copies(directories, chosen)
            check_directories(file, offset)
            file.seek(0)
            with TiffFile(file) as tiff:
                tiff.filehandle.seek(offset)
                page: Any = TiffPage(tiff, 0)
                _check(path, page)
                content = _interpreted(page, _rgb_of_ycbcr(path, page) if _is_raw_ycbcr(page) else _decoded(page))
            if offset != directories.first:
                content.notes.insert(0, "its picture of full resolution is taken, not the thumbnail before it")
            _describe(content, directories, offset)
    content.notes[:0] = frames_note(frames, MAX_FRAMES)
    return content


def _check(path: Path, page: Any) -> None:
    """Raise before decoding if the page is of a kind that is not read, or claims too much."""
    if page.photometric == _SENSOR:
        raise Unsupported("it holds the raw data of a camera's sensor; give it its own ending, .dng for one", "")
    if page.photometric not in _CHANNELS:
        raise Unsupported(f"its colours are {getattr(page.photometric, 'name', page.photometric)}", "RGB")
    bits, kind, samples = page.bitspersample, page.sampleformat, page.samplesperpixel
    if not isinstance(bits, int) or kind not in (_WHOLE, _FLOATS) or (kind == _WHOLE and bits > 16):
        kinds = {_WHOLE: "whole numbers", _SIGNED: "whole numbers with signs", _FLOATS: "floats"}
        raise Unsupported(f"it holds {kinds.get(kind, 'numbers')} of {bits} bits", "whole numbers of 16 bits or floats")
    if page.imagedepth != 1 or samples < _CHANNELS[page.photometric]:
        raise ValueError(f"its {samples} channels are not those of a picture")
    if page.photometric in (_CIELAB, _ICCLAB) and (kind == _FLOATS or bits not in (8, 16)):
        raise Unsupported(f"its CIELAB is of {bits} bits a channel", "RGB")
    if _is_raw_ycbcr(page) and (bits != 8 or page.index != 0 or page.offset != page.parent.pages.first.offset):
        raise Unsupported(f"its YCbCr is of {bits} bits a channel, or below its first page", "RGB")
    for width, length in ((page.imagewidth, page.imagelength), (page.tilewidth, page.tilelength)):
        refuse_claim(path, max(width, 1), max(length, 1), bytes_per_pixel=samples * -(-bits // 8))
    if page.imagewidth * page.imagelength == 0:
        raise ValueError("it has no pixels")


def _is_raw_ycbcr(page: Any) -> bool:
    return page.photometric == _YCBCR and page.compression != _JPEG


def _rgb_of_ycbcr(path: Path, page: Any) -> np.ndarray:
    """Return RGB of YCbCr that is not JPEG, as libtiff converts it, by the file's own coefficients."""
    from imagecodecs import tiff_decode  # heavy

    ends = [offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False)]
    if len(ends) < math.prod(page.chunked) or max(ends, default=0) > page.parent.filehandle.size:
        raise ValueError("its pixels end too early")  # libtiff would leave them black
    return tiff_decode(path.read_bytes(), asrgb=True)[..., :3]


def _decoded(page: Any) -> np.ndarray:
    """Return the samples (H, W, channels) as the file has them."""
    samples = page.asarray()
    if samples.ndim == 2:
        return samples[..., None]
    return np.moveaxis(samples, 0, 2) if page.planarconfig == 2 and page.samplesperpixel > 1 else samples


def _interpreted(page: Any, samples: np.ndarray) -> Content:
    """Return the samples at 8, 16 or 32 bits. Black is 0, palettes are looked up, and alpha is straight."""
    channels, notes = _CHANNELS[page.photometric], list[str]()
    if page.photometric in (_CIELAB, _ICCLAB):
        samples = np.dstack([_srgb_of_lab(samples[..., :3], page), samples[..., 3:]])
        notes.append(_FROM_LAB)
    elif page.sampleformat == _FLOATS:
        samples = samples.astype(np.float32, copy=False)
    elif page.photometric != _PALETTE:
        samples = full_range(samples.astype(np.uint8) if samples.dtype == np.bool_ else samples, page.bitspersample)
    extra = [int(kind) for kind in page.extrasamples[: samples.shape[2] - channels]]
    alpha, content = None, samples[..., :channels]
    kind = next((kind for kind in extra if kind in (_ASSOCIATED, _UNASSOCIATED)), None)
    if kind is not None:
        alpha = np.ascontiguousarray(samples[..., channels + extra.index(kind)])
    notes += further_note(samples.shape[2] - channels - (alpha is not None))
    if kind == _ASSOCIATED and alpha is not None:
        content = straight(content, alpha)
        notes.append("its colours were multiplied by its alpha, so they are divided by it")
    if page.photometric == _PALETTE:
        content = _looked_up(content[..., 0], page.colormap)
        notes.append("the colours of its palette become RGB")
    elif page.photometric == _WHITE_IS_ZERO:
        content = (np.iinfo(content.dtype).max if page.sampleformat == _WHOLE else 1) - content
    linear = np.eye(3) if page.sampleformat == _FLOATS else None
    return Content(content, alpha, linear=linear, unranged=linear is not None, notes=notes)


def _srgb_of_lab(samples: np.ndarray, page: Any) -> np.ndarray:
    """Return whole numbers of sRGB for those of CIELAB under D50, at their depth.

    CIELAB (TIFF 6.0, section 23) has signed a* and b*. ICCLAB adds half of the range to them.
    """
    from imagecodecs import cms_profile, cms_transform  # heavy

    half, signed = 2 ** (page.bitspersample - 1), page.photometric == _CIELAB
    white = 65280 if page.bitspersample == 16 and not signed else 2 * half - 1
    lightness, chroma = samples[..., :1] * (100 / white), samples[..., 1:].astype(np.float64)
    chroma = np.where(chroma >= half, chroma - 2 * half, chroma) if signed else chroma - half
    lab = np.concatenate([lightness, chroma * (128 / half)], axis=-1).astype(np.float32)
    return cms_transform(
        lab, cms_profile("lab4"), cms_profile("srgb"),
        colorspace="lab", outcolorspace="rgb", outdtype=samples.dtype.str[1:], intent=1,
    )  # fmt: skip


def _looked_up(indexes: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Return the colours of a palette. They have 16 bits, and 8 bits in old files."""
    table = colors >> 8 if colors.max() > 255 else colors
    return table.T.astype(np.uint8)[np.minimum(indexes, colors.shape[1] - 1)]


def _describe(content: Content, directories: Directories, offset: int) -> None:
    """Add profile, XMP, IPTC, resolution and EXIF, from the picture's directory, or else from the first one."""
    found = dict[int, bytes]()
    for place in {offset: None, directories.first: None}:
        for tag, at in directories.entries(place)[0]:
            if tag in (_PROFILE, _XMP, IPTC, _PHOTOSHOP) and (value := directories.value(at)):
                found.setdefault(tag, value.content)
    content.xmp = found.get(_XMP)
    if _FROM_LAB not in content.notes:
        content.profile = found.get(_PROFILE)
    content.iptc = found.get(IPTC) or resources(found.get(_PHOTOSHOP, b"")).get(RECORDS)
    content.resolution = resolution_of(directories, offset)
    try:
        content.exif = block_of_tiff(directories, offset)
    except ValueError:
        content.notes.append("its EXIF block is damaged and left out")
