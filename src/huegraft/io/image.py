"""Picture files: the module that reads or writes each format, and what holds for all formats."""

import dataclasses
import importlib
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image, UnidentifiedImageError

from huegraft.encodings import SRGB, SceneLinearEncoding
from huegraft.errors import ArgumentError, PictureError, PictureFileError
from huegraft.io.apart import check_decoder
from huegraft.io.atomic import check_file_writable, written_whole
from huegraft.io.content import Content, Unsupported
from huegraft.io.fitting import as_depth, fitted
from huegraft.io.formats import FORMATS, OTHERS_OF_LIGHT, WRITTEN, Format, format_of, name_of_other, names_of
from huegraft.io.interpretation import FloatRange, check_float_range, interpreted, turned, upright_exif
from huegraft.picture import Picture
from huegraft.stages.alpha import hides

__all__ = [
    "Picture",
    "check_ending",
    "check_readable",
    "check_writable",
    "read_mask",
    "read_picture",
    "write_picture",
]

_T = TypeVar("_T")


def read_picture(path: str | Path, *, float_range: FloatRange = None, layer: str | None = None) -> Picture:
    """Read a picture upright, at its own depth and in its own colours, with its metadata.

    :mod:`huegraft.io.formats` lists the formats; HEIC and camera raw need the extra ``formats``.

    Parameters
    ----------
    path
        The file.
    float_range
        What the floats of a TIFF, or the whole numbers of an OpenEXR file, stand for. With None they are scene-linear
        light, and values that do not look like light are refused. With "light" they are scene-linear light, whatever
        the values are. With a number they are colours from 0 to this number, of the file's profile or of sRGB. For
        other files this argument has no effect.
    layer
        The layer or part of an OpenEXR file that is taken. With None it is the one whose name calls it the picture. For
        other files this argument has no effect.

    Raises
    ------
    PictureFileError
        If the file is missing, damaged, of a kind that is not supported, or needs an extra that is not installed.
    ArgumentError
        If `float_range` is no range or too small for the values, or the file has several layers and none of that name.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> notes = huegraft.write_picture("grey.png", np.full((4, 6, 3), 128, np.uint8))
    >>> picture = huegraft.read_picture("grey.png")
    >>> picture.size, picture.pixels.dtype
    ((4, 6), dtype('uint8'))
    """
    path = Path(path)
    check_float_range(float_range)

    def read() -> Picture:
        content = _content(path, layer)
        if float_range is not None and not content.unranged and _format(path).floats:
            content.notes.append("its range is known, so the float range changes nothing")
        return interpreted(content, path.name, float_range)

    return _guarded(path, read)


def read_mask(path: str | Path) -> np.ndarray:
    """Read a mask: the values of a grey picture as the file has them, upright.

    Returns
    -------
    (H, W) uint8, uint16 or float32
        The grey channel, or the alpha of a cut-out. A cut-out is a picture whose alpha hides something and that has
        colours, or a picture of one grey with alpha.

    Raises
    ------
    PictureFileError
        As `read_picture`, or if the picture has colours.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> white_above = np.zeros((4, 6, 3), np.uint8)
    >>> white_above[:2] = 255
    >>> notes = huegraft.write_picture("mask.png", white_above)
    >>> huegraft.read_mask("mask.png")[:, 0]
    array([255, 255,   0,   0], dtype=uint8)
    """
    path = Path(path)
    content = _guarded(path, lambda: _content(path))
    orientation = 1 if content.turned else upright_exif(content)[1]
    samples, alpha = content.samples, content.alpha
    mask, colored = samples[..., 0], samples.shape[2] == 4 or bool((samples != samples[..., :1]).any())
    if alpha is not None and (hides(alpha) if colored else (mask == mask[0, 0]).all()):
        mask = alpha
    elif colored:
        raise PictureFileError(
            f"{path} has colours; a mask is a grey picture that is white where it counts, or a cut-out with alpha"
        )
    if mask.dtype == np.uint32:
        raise PictureFileError(f"{path} holds whole numbers of 32 bits; a mask is of 8 or 16 bits, or of floats")
    mask = mask.astype(np.float32) if mask.dtype == np.float16 else mask
    return np.ascontiguousarray(turned(mask, orientation))


def write_picture(
    path: str | Path, image: Any, like: Picture | None = None, *, replace: bool = False
) -> tuple[str, ...]:
    """Write a picture in the format of the name's ending, whole or not at all.

    Parameters
    ----------
    path
        Ends in .png, .jpg, .jpeg, .webp, .tif, .tiff, .exr or .jp2.
    image
        A :class:`Picture`, or an array (H, W, 3). A Torch tensor on the CPU works as an array. Whole numbers are
        written at their depth, and floats are written with 8 bits. Arrays are sRGB unless `like` says otherwise.
    like
        The picture whose encoding, alpha and metadata the array has. Floats are then written at the depth of `like`.
    replace
        Whether an existing file may be replaced.

    Returns
    -------
    What the format could not hold, one line for each thing.

    Raises
    ------
    PictureError
        If the ending is unknown, `image` is no picture, or its alpha is of another size.
    PictureFileError
        If the file exists and `replace` is False, or cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> import huegraft
    >>> huegraft.write_picture("deep.png", np.zeros((4, 6, 3), np.uint16))
    ()
    >>> huegraft.write_picture("deep.jpg", np.zeros((4, 6, 3), np.uint16))
    ('deep.jpg: JPEG holds no 16 bits, so the result is written with 8 bits',)
    """
    path = Path(path)
    check_writable(path, replace=replace)
    container = WRITTEN[path.suffix.lower()]
    picture = image if isinstance(image, Picture) else _as_picture(image, like, container)
    if picture.alpha is not None and picture.alpha.shape != picture.pixels.shape[:2]:
        raise PictureError(
            f"the alpha is of size {picture.alpha.shape}, but the picture is of size {picture.pixels.shape[:2]}"
        )
    try:
        picture, notes = fitted(picture, container)
        parts = _module(container.writer or container.module).encoded(picture)
        with written_whole(path, replace=replace) as temporary, temporary.open("wb") as file:
            file.writelines(parts)
    except (OSError, ValueError, RuntimeError) as error:
        raise PictureFileError(f"cannot write {path}: {error}") from error
    return tuple(f"{path.name}: {note}" for note in notes)


def check_writable(path: Path, *, replace: bool) -> None:
    """Raise now what writing to `path` would raise after the work is done; see `write_picture`."""
    check_ending(path)
    check_file_writable(path, replace=replace, error=PictureFileError)


def check_ending(path: Path) -> None:
    """Raise PictureError if the name's ending is of no format that can be written."""
    if path.suffix.lower() not in WRITTEN:
        known = next((each.name for each in FORMATS if path.suffix.lower() in each.endings), None)
        only = f"; {known} is read but not written" if known else ""
        raise PictureError(f"the output must end in {', '.join(WRITTEN)}, got {path.name or str(path)!r}{only}")


def check_readable(paths: Iterable[Path]) -> None:
    """Raise as `read_picture` does if a file is missing, of an unknown format or needs an extra. No file is read."""
    for path in paths:
        _guarded(path, partial(_format, path))


def _content(path: Path, layer: str | None = None) -> Content:
    found = _format(path)
    module = _module(found.module)
    try:
        return module.read(path, layer) if found.layers else module.read(path)
    except UnidentifiedImageError as error:
        if found.begins is None:  # the name's ending alone said what it is
            raise
        raise ValueError(f"it begins as {found.name} and does not go on as one") from error


def _format(path: Path) -> Format:
    """Return the format of a file, or raise if a package that the format needs is not installed."""
    if path.stat().st_size == 0:
        raise PictureFileError(f"{path} is empty")
    found = format_of(path)
    if found is None and (other := name_of_other(path)):
        raise Unsupported(f"{other} is not read", "OpenEXR" if other in OTHERS_OF_LIGHT else "PNG or TIFF")
    if found is None:
        raise UnidentifiedImageError(path)
    check_decoder(found.package, path)
    return found


def _module(name: str) -> Any:
    """Load the module of one format. Most runs need one or two modules, and some modules load heavy libraries."""
    return importlib.import_module(f"huegraft.io.{name}")


def _guarded(path: Path, read: Callable[[], _T]) -> _T:
    """Return what the reading function returns, and turn its errors into those that `read_picture` raises."""
    try:
        if not path.is_file():
            if path.is_dir():
                raise PictureFileError(f"{path} is a folder; name a picture in it")
            raise PictureFileError(f"there is no picture file at {path}")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="PIL")  # what matters is raised
            return read()
    except UnidentifiedImageError as error:
        raise PictureFileError(f"{path} is no {names_of(FORMATS)} picture, or its beginning is damaged") from error
    except Unsupported as error:
        raise PictureFileError(f"{path} is not supported: {error}") from error
    except ArgumentError as error:  # an option of reading does not fit the file
        raise ArgumentError(f"{path} {error}") from error
    except PictureFileError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureFileError(f"{path} claims more pixels than can be trusted: {error}") from error
    except Exception as error:  # decoders raise nearly anything on a damaged file
        what = "cannot be read" if isinstance(error, OSError) and error.errno else "is damaged"
        reason = " ".join((str(error) or type(error).__name__).split())
        raise PictureFileError(f"{path} {what}: {reason}") from error


def _as_picture(image: Any, like: Picture | None, container: Format) -> Picture:
    """Return a caller's array as a picture, with the encoding, the alpha and the metadata of `like`."""
    array = np.asarray(image)
    floats = np.issubdtype(array.dtype, np.floating)
    known = floats or array.dtype.type in (np.uint8, np.uint16)
    if array.ndim != 3 or array.shape[2] != 3 or array.size == 0 or not known:
        raise PictureError(
            "expected a picture (H, W, 3) of uint8, uint16 or of floats in [0, 1], "
            f"got {array.dtype} of shape {array.shape}"
        )
    if floats and not np.isfinite(array).all():
        raise PictureError("the picture to write holds NaN or infinite values")
    depth = array.dtype
    if floats:
        depth = np.dtype(np.uint16 if container.linear else np.uint8) if like is None else like.pixels.dtype
    pixels = as_depth(array, depth)
    if like is None:
        return Picture(pixels)
    alpha = None if like.alpha is None else as_depth(like.alpha, depth)
    if isinstance(like.encoding, SceneLinearEncoding) and not floats:  # whole numbers are no light
        like = dataclasses.replace(like, encoding=SRGB)
    return dataclasses.replace(like, pixels=pixels, alpha=alpha)
