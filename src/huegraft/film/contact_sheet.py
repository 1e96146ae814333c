"""Contact sheets: the first, the middle and the last frame of each shot, for people to look at."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from huegraft.errors import FilmError
from huegraft.film.first_pass import FrameProgress
from huegraft.film.shot_list import Shot
from huegraft.film.shot_table import Clock
from huegraft.film.source import Source
from huegraft.film.wording import counted
from huegraft.film.ycbcr import picture_of
from huegraft.io.atomic import written_whole

ROWS = 12
"""Shots on a page."""

_WIDTH, _MARGIN, _TEXT = 320, 12, 40  # pixels: a picture, around it, and what is written below it
_GROUND, _INK, _SIZE = (32, 32, 32), (230, 230, 230), 14


def pages_of(path: Path, shots: Sequence[Shot]) -> list[Path]:
    """Return the files of a contact sheet: a number follows the name if there are several pages."""
    count = -(-len(shots) // ROWS)
    return [path] if count <= 1 else [path.with_stem(f"{path.stem}_{page:03}") for page in range(1, count + 1)]


def check_sheet(path: Path, shots: Sequence[Shot], *, replace: bool) -> None:
    """Raise FilmError if a contact sheet is no PNG, or would replace a file that it must not."""
    if path.suffix.lower() != ".png":
        raise FilmError(f"{path.name} must end in .png, got {path.suffix or 'no ending'!r}")
    there = [page for page in pages_of(path, shots) if page.exists()]
    if there and not replace:
        raise FilmError(f"{there[0]} exists; choose another file, or replace it with --force")


def write_sheet(
    path: Path,
    shots: Sequence[Shot],
    source: Source,
    clock: Clock | None,
    *,
    replace: bool = False,
    told: FrameProgress,
) -> list[Path]:
    """Write a contact sheet of shots, a page for each `ROWS` of them, and return its files.

    Parameters
    ----------
    path
        A PNG. If there are several pages, a number follows its name.
    shots
        The shots.
    source
        The film.
    clock
        The timecodes of the film, which are written under the pictures; None for none.
    replace
        Whether existing files are replaced.
    told
        Is told how many shots are done, and how many there are.

    Raises
    ------
    FilmError
        If the file is no PNG, exists or cannot be written, or the film cannot be read.
    """
    check_sheet(path, shots, replace=replace)
    pages = pages_of(path, shots)
    for number, page in enumerate(pages):
        part = shots[number * ROWS : (number + 1) * ROWS]
        rows = list[Image.Image]()
        for shot in part:
            rows.append(_row(shot, source, clock))
            told(number * ROWS + len(rows), len(shots))
        sheet = Image.new("RGB", (rows[0].width, sum(row.height for row in rows) + _MARGIN), _GROUND)
        top = 0
        for row in rows:
            sheet.paste(row, (0, top))
            top += row.height
        try:
            with written_whole(page, replace=replace) as temporary:
                sheet.save(temporary, format="PNG")
        except OSError as error:
            raise FilmError(f"cannot write {page}: {error}") from error
    return pages


def _row(shot: Shot, source: Source, clock: Clock | None) -> Image.Image:
    """Return the three pictures of a shot with what is written below them."""
    places = [shot.start, (shot.start + shot.stop - 1) // 2, shot.stop - 1]
    pictures = list(_pictures(places, source))
    height = pictures[0].height
    row = Image.new("RGB", (3 * (_WIDTH + _MARGIN) + _MARGIN, height + _MARGIN + _TEXT), _GROUND)
    draw, font = ImageDraw.Draw(row), ImageFont.load_default(_SIZE)
    for number, (place, picture) in enumerate(zip(places, pictures, strict=True)):
        left = _MARGIN + number * (_WIDTH + _MARGIN)
        row.paste(picture, (left, _MARGIN))
        timecode = "" if clock is None else f"   {clock.timecode(place)}"
        draw.text((left, height + _MARGIN + 2), f"{place}{timecode}", _INK, font)
    kind = "" if shot.kind == "picture" else f"   {shot.kind}"
    said = f"{shot.id}   {counted(shot.stop - shot.start, 'frame')}{kind}   {shot.note}"
    draw.text((_MARGIN, height + _MARGIN + 20), said, _INK, font)
    return row


def _pictures(places: Sequence[int], source: Source) -> Iterator[Image.Image]:
    for place in places:
        planes = next(source.frames(place, place + 1))
        picture = picture_of(planes, source.reading)
        codes = np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)
        height, width = codes.shape[:2]
        shape = float(getattr(source, "pixel_aspect", 1)) * width / height
        yield Image.fromarray(codes).resize((_WIDTH, max(1, round(_WIDTH / shape))), Image.Resampling.BOX)
