"""TIFF, read by tifffile; of several pages the first."""

import logging
import mmap
from pathlib import Path
from typing import Any

import numpy as np

from huegraft.errors import PictureFileError
from huegraft.io.content import Content, frames_note, full_range, straight
from huegraft.io.directories import Directories
from huegraft.io.exif import block_of_tiff, resolution_of
from huegraft.io.limits import MAX_FRAMES, check_directories, refuse_claim

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # what matters of it, it also raises

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _INK, _YCBCR, _SENSOR = 0, 1, 2, 3, 5, 6, 32803
_CHANNELS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _INK: 4, _YCBCR: 3}
_JPEG = 7
_WHOLE, _FLOATS = 1, 3
_ASSOCIATED, _UNASSOCIATED = 1, 2
_PROFILE, _XMP = 34675, 700


def read(path: Path) -> Content:
    """Read a TIFF: whole numbers of up to 16 bits, or floats, which are scene-linear light."""
    from tifffile import TiffFile  # heavy

    with path.open("rb") as file:
        frames = check_directories(file)
        file.seek(0)
        with TiffFile(file) as tiff:
            page: Any = tiff.pages[0]
            _check(path, page)
            samples = _decoded(page)
            content = _interpreted(page, samples)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            _describe(content, Directories(data))
    content.notes[:0] = frames_note(frames, MAX_FRAMES)
    return content


def _check(path: Path, page: Any) -> None:
    """Raise before decoding for what cannot be read, or cannot be true."""
    if page.photometric == _SENSOR:
        raise ValueError("it holds the raw data of a camera's sensor; give it its own ending, .dng for one")
    if page.photometric not in _CHANNELS or (page.photometric == _YCBCR and page.compression != _JPEG):
        raise ValueError(f"its colours are {getattr(page.photometric, 'name', page.photometric)}, which is not read")
    bits, kind, samples = page.bitspersample, page.sampleformat, page.samplesperpixel
    if not isinstance(bits, int) or kind not in (_WHOLE, _FLOATS) or (kind == _WHOLE and bits > 16):
        raise PictureFileError(f"{path} holds {bits} bits a channel of kind {kind}; 1 to 16 and floats can be read")
    if page.imagedepth != 1 or samples < _CHANNELS[page.photometric]:
        raise ValueError(f"its {samples} channels are not those of a picture")
    for width, length in ((page.imagewidth, page.imagelength), (page.tilewidth, page.tilelength)):
        refuse_claim(path, max(width, 1), max(length, 1), bytes_per_pixel=samples * -(-bits // 8))
    if page.imagewidth * page.imagelength == 0:
        raise ValueError("it has no pixels")


def _decoded(page: Any) -> np.ndarray:
    """Return (H, W, channels), as the file has them."""
    samples = page.asarray()
    if samples.ndim == 2:
        return samples[..., None]
    return np.moveaxis(samples, 0, 2) if page.planarconfig == 2 and page.samplesperpixel > 1 else samples


def _interpreted(page: Any, samples: np.ndarray) -> Content:
    """Return the samples with black as 0, at 8, 16 or 32 bits, palettes looked up, alpha straight."""
    channels, notes = _CHANNELS[page.photometric], list[str]()
    if page.sampleformat == _FLOATS:
        samples = samples.astype(np.float32, copy=False)
    elif page.photometric != _PALETTE:
        samples = full_range(samples.astype(np.uint8) if samples.dtype == np.bool_ else samples, page.bitspersample)
    extra = [int(kind) for kind in page.extrasamples[: samples.shape[2] - channels]]
    alpha, content = None, samples[..., :channels]
    kind = next((kind for kind in extra if kind in (_ASSOCIATED, _UNASSOCIATED)), None)
    if kind is not None:
        alpha = np.ascontiguousarray(samples[..., channels + extra.index(kind)])
    if (left := samples.shape[2] - channels - (alpha is not None)) > 0:
        notes.append(f"{left} channels beyond its colours are left out, whose meaning it does not say")
    if kind == _ASSOCIATED and alpha is not None:
        content = straight(content, alpha)
        notes.append("its colours were multiplied by its alpha, and are divided by it")
    if page.photometric == _PALETTE:
        content = _looked_up(content[..., 0], page.colormap)
        notes.append("its palette is written out as RGB")
    elif page.photometric == _WHITE_IS_ZERO:
        content = (np.iinfo(content.dtype).max if page.sampleformat == _WHOLE else 1) - content
    linear = np.eye(3) if page.sampleformat == _FLOATS else None
    return Content(content, alpha, linear=linear, notes=notes)


def _looked_up(indexes: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Return the colours of a palette, which are of 16 bits, in old files of 8."""
    table = colors >> 8 if colors.max() > 255 else colors
    return table.T.astype(np.uint8)[np.minimum(indexes, colors.shape[1] - 1)]


def _describe(content: Content, directories: Directories) -> None:
    """Add profile, XMP, resolution and EXIF, as they stand in the directory."""
    places = dict(directories.entries(directories.first)[0])
    values = {tag: directories.value(places[tag]) for tag in (_PROFILE, _XMP) if tag in places}
    content.profile, content.xmp = (value.content if (value := values.get(tag)) else None for tag in (_PROFILE, _XMP))
    content.resolution = resolution_of(directories)
    try:
        content.exif = block_of_tiff(directories)
    except ValueError:
        content.notes.append("its EXIF block is damaged and left out")
