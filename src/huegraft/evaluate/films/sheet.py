"""Sheets: frames of a clip for people to look at, the truth beside what designs made of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from huegraft.compiled.color import lab_picture, srgb_picture_from_lab
from huegraft.io.atomic import written_whole
from huegraft.types import AnyPicture

_ROWS = 6
_MARGIN, _TEXT = 8, 20  # pixels: around a picture, and for the names above
_GROUND, _INK = (32, 32, 32), (230, 230, 230)
_GAIN = 3  # by which differences are shown


def write_sheet(path: Path, truth: Sequence[AnyPicture], results: Mapping[str, Sequence[AnyPicture]]) -> None:
    """Write a PNG: some frames of the truth, those of each result, and what each result has more of a* and b*.

    A difference is shown as a colour of L* = 50 with three times the difference, so grey is right.
    """
    numbers = sorted({round(number) for number in np.linspace(0, len(truth) - 1, _ROWS)})
    right = [truth[number] for number in numbers]
    found = {name: [frames[number] for number in numbers] for name, frames in results.items()}
    columns = {"truth": right} | found
    for name, frames in found.items():
        columns[f"{name} less truth"] = [_difference(*pair) for pair in zip(frames, right, strict=True)]
    height, width = truth[0].shape[:2]
    size = len(columns) * (width + _MARGIN) + _MARGIN, len(numbers) * (height + _MARGIN) + _TEXT + _MARGIN
    sheet = Image.new("RGB", size, _GROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for place, (name, frames) in enumerate(columns.items()):
        left = _MARGIN + place * (width + _MARGIN)
        draw.text((left, 2), name, _INK, font)
        for row, (number, frame) in enumerate(zip(numbers, frames, strict=True)):
            picture = Image.fromarray(np.rint(255 * frame.clip(0, 1)).astype(np.uint8))
            top = _TEXT + _MARGIN + row * (height + _MARGIN)
            sheet.paste(picture, (left, top))
            if place == 0:
                draw.text((left + 2, top + 2), f"frame {number}", _INK, font, stroke_width=2, stroke_fill=_GROUND)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path, replace=True) as temporary:
        sheet.save(temporary, format="PNG")


def _difference(one: AnyPicture, other: AnyPicture) -> AnyPicture:
    """Return what one picture has more of a* and b* than another one, as colours on grey."""
    chroma = np.float32(_GAIN) * (lab_picture(one) - lab_picture(other))[..., 1:]
    return srgb_picture_from_lab(np.dstack([np.full(chroma.shape[:2], 50, np.float32), chroma]))
