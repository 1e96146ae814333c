"""Frames output: a film as numbered pictures."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from huegraft import __version__
from huegraft.encodings import SRGB
from huegraft.errors import ArgumentError, FilmError
from huegraft.film.chroma import Keep
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.project import Project
from huegraft.film.reading import output_reading
from huegraft.film.render import Part, renderer, within
from huegraft.film.sequence import Sequence as NumberedFrames
from huegraft.film.source import Source
from huegraft.io.image import check_ending, write_picture
from huegraft.settings import Mode


def check_frames(path: Path, source: Source | None, frames: tuple[int, int] | None, *, replace: bool) -> None:
    """Raise what writing numbered pictures would raise because of their names.

    Raises
    ------
    ArgumentError
        If the name is no pattern, or its ending is of no picture.
    FilmError
        If the folder is missing, the first picture is there and may not be replaced, or it is a frame of the film.
    """
    try:
        _ = path.name % 0
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"expected a pattern of numbered frames such as graded/%05d.tif, got {path.name!r}"
        ) from error
    check_ending(path)
    if not path.parent.is_dir():
        raise FilmError(f"cannot write {path}: there is no folder {path.parent}")
    if source is None or frames is None:
        return
    first = _name(path, source, frames[0])
    if first.exists() and isinstance(source, NumberedFrames) and first.samefile(source.files[frames[0]]):
        raise FilmError(f"cannot write {path}: these are the frames of the film themselves; choose another folder")


def write_frames(
    source: Source,
    project: Project,
    mode: Mode,
    parts: Sequence[Part],
    path: Path,
    frames: tuple[int, int],
    keep: Keep,
    progress: Callable[[int, int, str], None],
    *,
    replace: bool,
    only: Literal["encode", "join"] | None = None,
) -> tuple[str, ...]:
    """Write each frame as a picture, with the metadata of the source's picture, and return what could not be held.

    Pictures that an earlier run of the same colours wrote are left as they are. With `only` "encode" other processes
    may write others meanwhile. With "join" none may be missing.

    Raises
    ------
    FilmError
        If a frame cannot be read, or a picture is missing that may not be.
    PictureFileError
        If a picture cannot be written.
    """
    layout = PlaneFormat("rgb", 8 if source.format.bits == 8 else 16)
    made = renderer(mode, source, parts, layout, output_reading(source.reading, layout, "pc"), keep)
    notes: dict[str, None] = dict.fromkeys(_lost(source))
    total = frames[1] - frames[0]

    def missing() -> list[tuple[Part, int, str]]:
        every = (
            (part, number, _key(source, mode, part, keep, number))
            for part, first, last in within(parts, *frames)
            for number in range(first, last)
        )
        return [each for each in every if not project.has(_name(path, source, each[1]), each[2])]

    if only == "join":
        project.check_made("pictures", (part.shot for part, _, _ in missing()))
    claim = project.segment("pictures_{}_{}".format(*frames))
    with project.claimed(lambda: [claim]) if only == "encode" else nullcontext():
        todo = {number: (part, key) for part, number, key in missing()}
        for start, stop in _runs(list(todo)):
            for number, planes in enumerate(made.frames(start, stop), start=start):
                part, key = todo[number]
                name = _name(path, source, number)
                for note in _write(name, planes, source, number, replace=replace):
                    notes[note.replace(name.name, path.name)] = None
                project.note(name, key)
                progress(number + 1 - frames[0], total, part.shot)
    return tuple(notes)


def _write(path: Path, planes: Planes, source: Source, number: int, *, replace: bool) -> tuple[str, ...]:
    like = source.picture(number) if isinstance(source, NumberedFrames) else None
    if like is not None and like.encoding != SRGB:  # the frames of a film are seen in sRGB
        like = dataclasses.replace(like, encoding=SRGB, profile=None)
    return write_picture(path, np.stack(planes.samples, axis=2), like, replace=replace)


def _name(path: Path, source: Source, number: int) -> Path:
    """Return the file of a frame. Pictures keep the numbers that the pictures of the source have."""
    first = source.first if isinstance(source, NumberedFrames) else 0
    return path.with_name(path.name % (first + number))


def _key(source: Source, mode: Mode, part: Part, keep: Keep, number: int) -> str:
    """Return what a picture is known by: its frame, its colours, and how they are read."""
    colors = [part.start, part.track and part.track.name, part.settings.to_dict()]
    read = [int(source.index.digests[number]), repr(source.format), repr(source.reading)]
    content = [__version__, mode, keep, number, read, colors]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return rising numbers as runs without gaps: the first of each, and the number after its last one."""
    breaks = [place for place in range(1, len(numbers)) if numbers[place] != numbers[place - 1] + 1]
    bounds = [0, *breaks, len(numbers)] if numbers else []
    return [(numbers[start], numbers[stop - 1] + 1) for start, stop in pairwise(bounds)]


def _lost(source: Source) -> list[str]:
    """Return what numbered pictures cannot hold of a film file."""
    if isinstance(source, NumberedFrames):
        return []
    lost = ["numbered frames hold no sound, subtitles and times: they stay in the film"]
    if getattr(source, "rotation", 0):
        lost.append("players turn the film, and its frames are written as they are stored, not turned")
    if source.format.alpha:
        lost.append("the alpha of the film is not written into its frames")
    return lost
