"""Picture files: 8-bit PNG, JPEG, WebP and TIFF, through Pillow."""

import io
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from huegraft.errors import PictureError, PictureFileError
from huegraft.io.atomic import written_whole

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
_SAVE_OPTIONS = {
    "PNG": {},
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True},
    "TIFF": {"compression": "tiff_deflate"},
}
_BITS_PER_SAMPLE = 258
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
_DAMAGE = (OSError, SyntaxError, ValueError, struct.error, OverflowError, MemoryError)


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture file's content, upright and in sRGB.

    Attributes
    ----------
    pixels : (H, W, 3) uint8
        sRGB at the file's own depth. Grey files have three equal channels.
    alpha : (H, W) uint8 or None
        Straight alpha.
    exif : bytes or None
        The metadata block, its orientation reset.
    notes : tuple of str
        What was changed in reading, a line each, for the user.
    """

    pixels: UInt8[np.ndarray, "H W 3"]
    alpha: UInt8[np.ndarray, "H W"] | None = None
    exif: bytes | None = None
    notes: tuple[str, ...] = ()

    def as_float(self) -> Float32[np.ndarray, "H W 3"]:
        """Return sRGB in [0, 1]."""
        return self.pixels.astype(np.float32) / np.iinfo(self.pixels.dtype).max


def read_picture(path: str | Path) -> Picture:
    """Read a picture: EXIF orientation applied, an embedded profile converted to sRGB, alpha kept apart.

    Raises
    ------
    PictureFileError
        If the file is missing, damaged, of an unknown format, or deeper than 8 bits.
    """
    path = Path(path)
    if not path.is_file():
        raise PictureFileError(f"no picture file at {path}")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="PIL")  # what matters of it is raised below
            with Image.open(path, formats=sorted(set(FORMATS.values()))) as image:
                return _read(image, path)
    except UnidentifiedImageError as error:
        raise PictureFileError(f"{path} is no PNG, JPEG, WebP or TIFF picture, or its beginning is damaged") from error
    except PictureFileError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureFileError(f"{path} claims more pixels than can be trusted: {error}") from error
    except _DAMAGE as error:
        raise PictureFileError(f"{path} is damaged: {error}") from error


def write_picture(
    path: str | Path, image: Float32[np.ndarray, "H W 3"], like: Picture | None = None, *, replace: bool = False
) -> tuple[str, ...]:
    """Write sRGB in [0, 1] as an 8-bit picture in the format of the name's ending, whole or not at all.

    Parameters
    ----------
    path
        Ends in .png, .jpg, .jpeg, .webp, .tif or .tiff.
    image
        sRGB in [0, 1].
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
        If the ending is unknown.
    PictureFileError
        If the file exists and `replace` is False, or cannot be written.
    """
    path = Path(path)
    check_writable(path, replace=replace)
    pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    picture_format, notes = FORMATS[path.suffix.lower()], ()
    options: dict[str, Any] = dict(_SAVE_OPTIONS[picture_format])
    if like is not None and like.exif is not None:
        options["exif"] = like.exif
    if like is not None and like.alpha is not None:
        if picture_format == "JPEG":
            notes = (f"{path.name}: JPEG holds no alpha, so the picture is written without it",)
        else:
            pixels = np.dstack([pixels, like.alpha])
            options |= {"exact": True} if picture_format == "WEBP" else {}
    try:
        with written_whole(path, replace=replace) as temporary:
            Image.fromarray(pixels).save(temporary, format=picture_format, **options)
    except (OSError, ValueError) as error:
        raise PictureFileError(f"cannot write {path}: {error}") from error
    return notes


def check_writable(path: Path, *, replace: bool) -> None:
    """Raise now what writing to `path` would raise after the work is done; see `write_picture`."""
    if path.suffix.lower() not in FORMATS:
        raise PictureError(f"the output must end in {', '.join(FORMATS)}, got {path.name!r}")
    if not path.parent.is_dir():
        raise PictureFileError(f"cannot write {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise PictureFileError(f"cannot write {path}: it is a folder")
    if path.exists() and not replace:
        raise PictureFileError(f"{path} exists; choose another name, or --force (replace=True) to replace it")


def _read(image: Image.Image, path: Path) -> Picture:
    _refuse_deep(image, path)
    frames = getattr(image, "n_frames", 1)
    notes = [f"{path.name}: the first of {frames} frames is taken"] if frames > 1 else []
    exif, profile = _metadata(image), image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    has_alpha = image.has_transparency_data
    alpha = np.array(image.convert("RGBA").getchannel("A")) if has_alpha else None
    color, profile_notes = _as_srgb(image, profile, path)
    return Picture(
        pixels=np.array(color),
        alpha=alpha,
        exif=exif.tobytes() if len(exif) else None,
        notes=(*notes, *profile_notes),
    )


def _metadata(image: Image.Image) -> Image.Exif:
    """Return the EXIF tags that stay true of the result: no orientation, and of a TIFF none of its layout."""
    exif = image.getexif()
    kept = Image.Exif()
    kept.update({tag: value for tag, value in exif.items() if tag in _DESCRIPTIVE_TAGS or image.format != "TIFF"})
    kept.pop(ExifTags.Base.Orientation, None)
    for block in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
        if content := exif.get_ifd(block):
            kept.get_ifd(block).update(content)
    return kept


def _refuse_deep(image: Image.Image, path: Path) -> None:
    """Raise for a file deeper than 8 bits: Pillow would read most of them as 8 without a word."""
    bits = 8
    if image.format == "PNG":
        with path.open("rb") as file:
            bits = file.read(25)[24]
    elif image.format == "TIFF":
        bits = max(np.atleast_1d(image.tag_v2.get(_BITS_PER_SAMPLE, 8)))  # pyright: ignore[reportAttributeAccessIssue]
    if bits > 8 or image.mode in ("I", "F") or image.mode.startswith("I;"):
        raise PictureFileError(f"{path} holds {max(bits, 16)} bits a channel; so far only 8 can be read")


def _as_srgb(image: Image.Image, profile: bytes | None, path: Path) -> tuple[Image.Image, list[str]]:
    """Return the picture as RGB in sRGB, through its embedded profile if it has one."""
    base = image.convert("RGB") if image.mode not in ("L", "RGB", "CMYK") else image
    if image.mode in ("LA", "La", "1"):
        base = image.convert("L")
    if not profile:
        return base.convert("RGB"), []
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(base, embedded, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return base.convert("RGB"), [f"{path.name}: its colour profile is damaged or does not fit; taken as sRGB"]
    if converted is None:
        return base.convert("RGB"), []
    description = ImageCms.getProfileDescription(embedded).strip()
    changed = not np.array_equal(np.array(converted), np.array(base.convert("RGB")))
    return converted, [f"{path.name}: converted from {description or 'its profile'} to sRGB"] if changed else []
