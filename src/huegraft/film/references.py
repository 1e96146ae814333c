"""References: the pictures that a film's shot list names."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from huegraft.film.project import Project
from huegraft.film.shot_list import Reference, ShotList

_KNOWN_FRAME = "ref_"  # ref_000040.png shows frame 40


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
