"""Picture files: 8-bit PNG, JPEG, WebP and TIFF, through Pillow."""

import io
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from huegraft.errors import PictureError, PictureFileError
from huegraft.io.atomic import check_file_writable, written_whole
from huegraft.io.limits import MAX_FRAMES, SUBDIRECTORIES, check_directories, count_scans, refuse_implausible
from huegraft.picture import Picture

logging.getLogger("PIL").addHandler(logging.NullHandler())  # what it logs as an error, it also raises

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
_SAVE_OPTIONS = {
    "PNG": {},
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True},
    "TIFF": {"compression": "tiff_deflate"},
}
_BITS_PER_SAMPLE = 258
_UNTRUE_TAGS = frozenset(  # of a result that may have been turned and converted
    {
        ExifTags.Base.Orientation,
        ExifTags.Base.ColorSpace,
        ExifTags.Base.ExifImageWidth,
        ExifTags.Base.ExifImageHeight,
    }
)
_DESCRIPTIVE_TAGS = frozenset(
    {
        ExifTags.Base.ImageDescription,
        ExifTags.Base.Make,
        ExifTags.Base.Model,
        ExifTags.Base.XResolution,
        ExifTags.Base.YResolution,
        ExifTags.Base.ResolutionUnit,
        ExifTags.Base.DateTime,
        ExifTags.Base.Artist,
        ExifTags.Base.Copyright,
    }
)


def read_picture(path: str | Path) -> Picture:
    """Read a picture: EXIF orientation applied, an embedded profile converted to sRGB, alpha kept apart.

    Raises
    ------
    PictureFileError
        If the file is missing, damaged, of an unknown format, or deeper than 8 bits.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise PictureFileError(f"no picture file at {path}")
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.filterwarnings("ignore", module="PIL")  # what matters of it is raised below
            head = file.read(4)
            scans = count_scans(file) if head[:2] == b"\xff\xd8" else 1
            frames = check_directories(file) if head[:2] in (b"II", b"MM") else None
            file.seek(0)
            with Image.open(file, formats=sorted(set(FORMATS.values()))) as image:
                refuse_implausible(image, scans, path)
                return _read(image, path, frames or getattr(image, "n_frames", 1))
    except UnidentifiedImageError as error:
        raise PictureFileError(f"{path} is no PNG, JPEG, WebP or TIFF picture, or its beginning is damaged") from error
    except PictureFileError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureFileError(f"{path} claims more pixels than can be trusted: {error}") from error
    except Exception as error:  # Pillow's readers raise nearly anything on a damaged file
        what = "cannot be read" if isinstance(error, OSError) and error.errno else "is damaged"
        raise PictureFileError(f"{path} {what}: {str(error) or type(error).__name__}") from error


def write_picture(
    path: str | Path, image: Any, like: Picture | None = None, *, replace: bool = False
) -> tuple[str, ...]:
    """Write sRGB as an 8-bit picture in the format of the name's ending, whole or not at all.

    Parameters
    ----------
    path
        Ends in .png, .jpg, .jpeg, .webp, .tif or .tiff.
    image
        sRGB, uint8 or floats in [0, 1]; values outside are clipped. A Torch tensor on the CPU will do.
    like
        The picture whose alpha and EXIF go with it.
    replace
        Whether an existing file may be replaced.

    Returns
    -------
    What the format could not hold, a line each.

    Raises
    ------
    PictureError
        If the ending is unknown, `image` is no picture, or `like` has an alpha of another size.
    PictureFileError
        If the file exists and `replace` is False, or cannot be written.
    """
    path = Path(path)
    if isinstance(image, Picture):
        image, like = image.pixels, image
    check_writable(path, replace=replace)
    pixels = _as_bytes(image)
    picture_format, notes = FORMATS[path.suffix.lower()], []
    options: dict[str, Any] = dict(_SAVE_OPTIONS[picture_format])
    if like is not None and like.exif is not None:
        try:
            options |= _exif_options(picture_format, like.exif)
        except Exception:  # whatever a strange block makes Pillow's writers raise
            notes.append(f"{path.name}: {picture_format} cannot hold its EXIF block, which is left out")
    if like is not None and like.alpha is not None:
        if picture_format == "JPEG":
            notes.append(f"{path.name}: JPEG holds no alpha, so the picture is written without it")
        elif like.alpha.shape != pixels.shape[:2]:
            raise PictureError(f"the alpha is of size {like.alpha.shape}, the picture of {pixels.shape[:2]}")
        else:
            pixels = np.dstack([pixels, like.alpha])
            options |= {"exact": True} if picture_format == "WEBP" else {}
    try:
        content = _encode(Image.fromarray(pixels), picture_format, options)
        with written_whole(path, replace=replace) as temporary:
            temporary.write_bytes(content)
    except (OSError, ValueError) as error:
        raise PictureFileError(f"cannot write {path}: {error}") from error
    return tuple(notes)


def _as_bytes(image: Any) -> UInt8[np.ndarray, "H W 3"]:
    array = np.asarray(image)
    depths = array.dtype == np.uint8 or np.issubdtype(array.dtype, np.floating)
    if array.ndim != 3 or array.shape[2] != 3 or array.size == 0 or not depths:
        raise PictureError(
            f"expected a picture (H, W, 3) of uint8 or of floats in [0, 1], got {array.dtype} of shape {array.shape}"
        )
    if array.dtype == np.uint8:
        return array
    if not np.isfinite(array).all():
        raise PictureError("the picture to write holds NaN or infinite values")
    return np.rint(np.clip(array, 0, 1) * 255).astype(np.uint8)


def check_writable(path: Path, *, replace: bool) -> None:
    """Raise now what writing to `path` would raise after the work is done; see `write_picture`."""
    check_ending(path)
    check_file_writable(path, replace=replace, error=PictureFileError)


def check_ending(path: Path) -> None:
    """Raise PictureError if the name's ending is of no format that can be written."""
    if path.suffix.lower() not in FORMATS:
        raise PictureError(f"the output must end in {', '.join(FORMATS)}, got {path.name!r}")


def _read(image: Image.Image, path: Path, frames: int) -> Picture:
    _refuse_deep(image, path)
    image.load()
    more = " or more" if frames == MAX_FRAMES else ""
    notes = [f"{path.name}: the first of {frames}{more} frames is taken"] if frames > 1 else []
    profile = image.info.get("icc_profile")
    exif, orientation = None, 1
    try:
        exif, orientation = _turn_upright(image)
    except Exception:  # as with the readers; the picture itself is sound
        notes.append(f"{path.name}: its EXIF block is damaged and left out")
    alpha = None
    if image.has_transparency_data:
        alpha = np.array((image if "A" in image.getbands() else image.convert("RGBA")).getchannel("A"))
    color, profile_notes = _as_srgb(image, profile, path)
    return Picture(np.array(color), alpha=alpha, exif=exif, orientation=orientation, notes=(*notes, *profile_notes))


def _turn_upright(image: Image.Image) -> tuple[bytes | None, int]:
    """Turn the picture as its EXIF orientation says; return the block that stays true of it, and the orientation."""
    if block := image.info.get("exif"):
        check_directories(io.BytesIO(block.removeprefix(b"Exif\0\0")))
    exif, orientation = _metadata(image), image.getexif().get(ExifTags.Base.Orientation, 1)
    ImageOps.exif_transpose(image, in_place=True)
    return exif.tobytes() if len(exif) else None, orientation if orientation in range(1, 9) else 1


def _metadata(image: Image.Image) -> Image.Exif:
    """Return the EXIF tags that stay true of the result: no orientation, no size, and of a TIFF none of its layout."""
    exif = image.getexif()
    kept = Image.Exif()
    kept.update({tag: value for tag, value in exif.items() if tag in _DESCRIPTIVE_TAGS or image.format != "TIFF"})
    for tag in _UNTRUE_TAGS:
        kept.pop(tag, None)
    for block in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
        kept.pop(block, None)  # where the block lay in this file
        if content := exif.get_ifd(block):
            kept[block] = {tag: value for tag, value in content.items() if tag not in _UNTRUE_TAGS | {*SUBDIRECTORIES}}
    return kept


def _refuse_deep(image: Image.Image, path: Path) -> None:
    """Raise for a file deeper than 8 bits: Pillow would read most of them as 8 without a word."""
    bits = 8
    if image.format == "PNG":
        with path.open("rb") as file:
            head = file.read(25)
        if head[12:16] != b"IHDR":
            raise PictureFileError(f"{path} is damaged: its header is not where PNG has it")
        bits = head[24]
    elif image.format == "TIFF":
        bits = max(np.atleast_1d(image.tag_v2.get(_BITS_PER_SAMPLE, 8)))  # pyright: ignore[reportAttributeAccessIssue]
    if bits > 8 or image.mode in ("I", "F") or image.mode.startswith("I;"):
        raise PictureFileError(f"{path} holds {max(bits, 16)} bits a channel; so far only 8 can be read")


def _exif_options(picture_format: str, exif: bytes) -> dict[str, Any]:
    """Return what writes the block; raise if the format cannot hold it, as JPEG more than 64 kB, by trying it."""
    options: dict[str, Any] = {"exif": exif}
    if picture_format == "TIFF":
        content = Image.Exif()
        content.load(exif)
        if ExifTags.IFD.Exif in content or ExifTags.IFD.GPSInfo in content:
            options["compression"] = "raw"  # libtiff, which compresses, would leave the two out
    _encode(Image.new("RGB", (1, 1)), picture_format, _SAVE_OPTIONS[picture_format] | options)
    return options


def _encode(image: Image.Image, picture_format: str, options: dict[str, Any]) -> bytes:
    """Return the file's content. In memory, because libtiff turns a full disk into "encoder error -2"."""
    buffer = io.BytesIO()
    image.save(buffer, format=picture_format, **options)
    return buffer.getvalue()


def _as_srgb(image: Image.Image, profile: bytes | None, path: Path) -> tuple[Image.Image, list[str]]:
    """Return the picture as RGB in sRGB, through its embedded profile if it has one."""
    base = image.convert("RGB") if image.mode not in ("L", "RGB", "CMYK") else image
    if image.mode in ("LA", "La", "1"):
        base = image.convert("L")
    plain = base if base.mode == "RGB" else base.convert("RGB")
    if not profile:
        return plain, []
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(base, embedded, ImageCms.createProfile("sRGB"), outputMode="RGB")
        description = ImageCms.getProfileDescription(embedded).strip()
    except (ImageCms.PyCMSError, OSError):
        return plain, [f"{path.name}: its colour profile is damaged or does not fit; taken as sRGB"]
    if converted is None or np.array_equal(np.array(converted), np.array(plain)):
        return plain, []
    return converted, [f"{path.name}: converted from {description or 'its profile'} to sRGB"]


def read_mask(path: str | Path) -> UInt8[np.ndarray, "H W"]:
    """Read."""
    return read_picture(path).pixels[..., 0].copy()
