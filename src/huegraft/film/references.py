"""References: the pictures that a film's shot list names."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from huegraft.errors import FilmError
from huegraft.film.project import Project
from huegraft.film.shot_list import Reference, ShotList
from huegraft.film.source import Source
from huegraft.io.image import read_picture

_KNOWN_FRAME = "ref_"  # ref_000040.png shows frame 40
_ALIKE = 1.02  # shapes that differ by less are one: programs round sizes, and the aspect of pixels


def check_shapes(paths: Sequence[Path], source: Source) -> None:
    """Raise FilmError if a picture that shows a frame of a film by its name is not of the shape of the frames.

    The picture may have any size. It may be as the film stores frames or as players show them, with bars or without.

    Raises
    ------
    PictureFileError
        If such a picture cannot be read.
    """
    for path in paths:
        frame = _frame_shown(path)
        if frame is None or frame >= source.index.frames:
            continue
        (height, width), shapes = read_picture(path).size, _shapes(source)
        if not any(max(width / height / shape, shape * height / width) < _ALIKE for shape in shapes.values()):
            raise FilmError(
                f"{path} is frame {frame} of the film by its name, but it is {width}x{height}, which is not the shape "
                f"of {' or '.join(shapes)}. Crop or scale it to that shape; or give it another name, and it serves as "
                "any other picture"
            )


def _shapes(source: Source) -> dict[str, float]:
    """Return how many times wider than high a frame is, with bars and without, as it is stored and as it is shown."""
    sizes = [source.size] if source.reading.bars is None else [source.size, source.reading.bars.size]
    aspects = (1, getattr(source, "pixel_aspect", 1))
    wide = [(width * aspect, height) for height, width in sizes for aspect in aspects]
    return {f"{round(width)}x{height}": float(width / height) for width, height in wide}


def with_references(shots: ShotList, project: Project, paths: Sequence[Path]) -> ShotList:
    """Return a shot list whose references are pictures, and those that keyframes name.

    Pictures that the list knows keep their records. The others are copied into the project.

    Raises
    ------
    FilmError
        If a picture cannot be copied.
    """
    known, free = {reference.path: reference for reference in shots.references}, _free_ids(shots)
    named = {keyframe.reference for shot in shots.shots for keyframe in shot.keyframes}
    copies = {project.add_reference(path): path for path in paths}
    chosen = [
        replace(known[copy], scope="film") if copy in known else Reference(next(free), copy, _frame_shown(path))
        for copy, path in copies.items()
    ]
    others = [each for each in known.values() if each.id in named and each.path not in copies]
    return replace(shots, references=(*chosen, *(replace(each, scope="shots") for each in others)))


def with_picture(
    shots: ShotList, project: Project, path: Path, scope: Literal["film", "shots"]
) -> tuple[ShotList, str]:
    """Return a shot list that knows a picture beside those that it knows already, and the id of the picture.

    Parameters
    ----------
    shots, project, path
        The shot list, the project that the picture is copied into, and the file of the picture.
    scope
        The scope of the picture if the list does not know it yet.

    Raises
    ------
    FilmError
        If the picture cannot be copied.
    """
    copy = project.add_reference(path)
    for reference in shots.references:
        if reference.path == copy:
            return shots, reference.id
    added = Reference(next(_free_ids(shots)), copy, _frame_shown(path), scope)
    return replace(shots, references=(*shots.references, added)), added.id


def _free_ids(shots: ShotList) -> Iterator[str]:
    taken = {reference.id for reference in shots.references}
    return (name for number in itertools.count(1) if (name := f"r{number}") not in taken)


def _frame_shown(path: Path) -> int | None:
    """Return the frame that a reference shows by its name, such as ref_000040.png."""
    number = path.stem.removeprefix(_KNOWN_FRAME)
    return int(number) if number != path.stem and number.isdecimal() else None
