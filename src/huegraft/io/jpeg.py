"""JPEG, by Pillow."""

import io
import struct
from pathlib import Path
from typing import Any

from PIL import Image

from huegraft.io.content import EXIF_MARK, Content, frames_note
from huegraft.io.limits import MAX_FRAMES, count_scans, refuse_implausible
from huegraft.io.pillow import samples_of
from huegraft.picture import Picture

LONGEST_EXIF, LONGEST_XMP = 65533 - len(EXIF_MARK), 65533 - len(b"http://ns.adobe.com/xap/1.0/\0")
_UNITS = {0: "none", 1: "inch", 2: "centimetre"}
_LARGEST = 2**16 - 1


def read(path: Path) -> Content:
    """Read a JPEG; of several pictures the first."""
    with path.open("rb") as file:
        scans = count_scans(file)
        file.seek(0)
        with Image.open(file, formats=["JPEG"]) as image:
            refuse_implausible(image, scans, path)
            content = samples_of(image)
            content.notes += frames_note(int(getattr(image, "n_frames", 1)), MAX_FRAMES)
            content.profile = image.info.get("icc_profile")
            content.xmp = image.info.get("xmp")
            if exif := image.info.get("exif"):
                content.exif = exif.removeprefix(EXIF_MARK)
            across, down = image.info.get("jfif_density", (1, 1))
            if (across, down) != (1, 1) and across and down:
                content.resolution = across, down, _UNITS.get(image.info["jfif_unit"], "none")
    return content


def encoded(picture: Picture) -> list[bytes]:
    """Return a JPEG of a picture of 8 bits without alpha."""
    options: dict[str, Any] = {"icc_profile": picture.profile}  # none unless named: Pillow would take one from nowhere
    if picture.exif is not None:
        options["exif"] = EXIF_MARK + picture.exif
    if picture.xmp is not None:
        options["xmp"] = picture.xmp
    buffer = io.BytesIO()
    Image.fromarray(picture.pixels).save(buffer, "JPEG", quality=95, subsampling=0, **options)
    if picture.resolution is not None:  # Pillow writes inches only
        buffer.seek(buffer.getvalue()[:32].index(b"JFIF\0") + 7)
        buffer.write(_density(*picture.resolution))
    return [buffer.getvalue()]


def _density(across: float, down: float, unit: str) -> bytes:
    """Return the density as JFIF has it, whole numbers: of centimetres or inches those that are nearer."""
    if unit != "none":
        inches = 2.54 if unit == "centimetre" else 1
        choices = {1: (across * inches, down * inches), 2: (across * inches / 2.54, down * inches / 2.54)}
        own = 2 if unit == "centimetre" else 1
        kind = min((own, 3 - own), key=lambda each: max(abs(number - round(number)) for number in choices[each]))
        across, down = choices[kind]
    else:
        kind = 0
    numbers = (min(max(round(number), 1), _LARGEST) for number in (across, down))
    return struct.pack(">BHH", kind, *numbers)
