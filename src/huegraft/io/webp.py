"""WebP, by Pillow. It always has 8 bits, and it is written without loss."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from huegraft.io.content import EXIF_MARK, Content, frames_note
from huegraft.io.limits import MAX_FRAMES, refuse_implausible
from huegraft.io.pillow import samples_of
from huegraft.picture import Picture


def read(path: Path) -> Content:
    """Read a WebP, or the first of its frames."""
    with Image.open(path, formats=["WEBP"]) as image:
        refuse_implausible(image, 1, path)
        content = samples_of(image)
        content.notes += frames_note(int(getattr(image, "n_frames", 1)), MAX_FRAMES)
        content.profile = image.info.get("icc_profile")
        content.xmp = image.info.get("xmp")
        if exif := image.info.get("exif"):
            content.exif = exif.removeprefix(EXIF_MARK)
    return content


def encoded(picture: Picture) -> list[bytes]:
    """Return a WebP of a picture of 8 bits."""
    pixels = picture.pixels if picture.alpha is None else np.dstack([picture.pixels, picture.alpha])
    parts = {"exif": picture.exif, "icc_profile": picture.profile, "xmp": picture.xmp}
    options: dict[str, Any] = {name: part for name, part in parts.items() if part is not None}
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", lossless=True, exact=True, **options)
    return [buffer.getvalue()]
