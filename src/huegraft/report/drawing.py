"""Labelled panels and contact sheets, drawn with Pillow."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from huegraft.shapes import Bool, Int32
from huegraft.types import AnyPicture

_GAP = 8
_TEXT_SIZE = 15
_LINE = 20
_LONGEST = 3  # times a panel's height: long strips are shown smaller


def as_image(picture: AnyPicture) -> Image.Image:
    """Return an 8-bit image of sRGB in [0, 1]."""
    return Image.fromarray(np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8))


def as_data_address(image: Image.Image, picture_format: str, **options: Any) -> str:
    """Return the image as a data: address, for pages that need no other file. `options` are those of Pillow."""
    buffer = io.BytesIO()
    image.save(buffer, picture_format, **options)
    return f"data:image/{picture_format.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def with_boundaries(picture: AnyPicture, labels: Int32[np.ndarray, "h w"]) -> AnyPicture:
    """Return the picture with the boundaries of its superpixels in yellow (Figure 1)."""
    marked = picture.copy()
    marked[boundaries(labels)] = (1.0, 0.9, 0.1)
    return marked


def boundaries(labels: Int32[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Tell which pixels have another label above, below, left or right. Pixels of label 0, the ground, do not count."""
    found = np.zeros(labels.shape, np.bool_)
    for axis in (0, 1):
        one, other = np.moveaxis(labels, axis, 0), np.moveaxis(found, axis, 0)
        differ = one[1:] != one[:-1]
        other[1:] |= differ
        other[:-1] |= differ
    return found & (labels != 0)


def contact_sheet(rows: Sequence[Sequence[tuple[str, AnyPicture]]], panel_height: int = 260) -> AnyPicture:
    """Return rows of pictures at one height, each with its label beneath. Newlines divide a label into lines."""
    panels = [[_panel(label, picture, panel_height) for label, picture in row] for row in rows]
    widths = [sum(panel.width + _GAP for panel in row) for row in panels]
    heights = [max(panel.height for panel in row) + _GAP for row in panels]
    sheet = Image.new("RGB", (max(widths) + _GAP, sum(heights) + _GAP), "white")
    top = _GAP
    for row, height in zip(panels, heights, strict=True):
        left = _GAP
        for panel in row:
            sheet.paste(panel, (left, top))
            left += panel.width + _GAP
        top += height
    return np.asarray(sheet, dtype=np.float32) / 255


def _panel(label: str, picture: AnyPicture, height: int) -> Image.Image:
    image = as_image(picture)
    scale = min(height / image.height, _LONGEST * height / image.width)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    image = image.resize(size, Image.Resampling.LANCZOS)
    font = ImageFont.load_default(_TEXT_SIZE)
    lines = label.split("\n")
    width = max(image.width, *(round(font.getlength(line)) for line in lines))
    panel = Image.new("RGB", (width, height + _LINE * len(lines) + 4), "white")
    panel.paste(image, (0, 0))
    for number, line in enumerate(lines):
        ImageDraw.Draw(panel).text((0, height + 4 + number * _LINE), line, fill="black", font=font)
    return panel
