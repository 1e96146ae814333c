"""Numbered picture files: the frames of a film, by a pattern or in a folder."""

import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from huegraft.errors import FilmError
from huegraft.io.folder import pictures_in

_NUMBER = re.compile(r"%(?:0(\d+))?d")
_MOST_NAMED = 10


def is_pattern(path: Path) -> bool:
    """Tell whether a path's name holds a place for a number, as in ``%05d.png``."""
    return bool(_NUMBER.search(path.name))


def numbered_files(path: Path) -> dict[int, Path]:
    """Return the numbered picture files of a pattern or in a folder, by their numbers, rising without a gap.

    Parameters
    ----------
    path
        A folder, all of whose pictures are numbered alike, or a pattern such as ``frames/%05d.png``.

    Raises
    ------
    FilmError
        If there are no such files, numbers are missing, or the pictures of a folder are not numbered alike.
    """
    folder = path.parent if is_pattern(path) else path
    if not folder.is_dir():
        raise FilmError(f"cannot read {path}: there is no folder {folder}")
    try:
        files = _of_pattern(path) if is_pattern(path) else _of_folder(path)
    except OSError as error:
        raise error if isinstance(error, FilmError) else FilmError(f"cannot read {folder}: {error}") from error
    missing = [(last + 1, first - 1) for last, first in pairwise(files) if first - last > 1]
    if missing:
        raise FilmError(
            f"{path} lacks the frames {_said(missing)} between {min(files)} and {max(files)}; expected one picture for "
            f"each number. Bring them in, or number the frames anew. {_batch(folder)}"
        )
    return files


def _of_pattern(path: Path) -> dict[int, Path]:
    places = list(_NUMBER.finditer(path.name))
    if len(places) != 1:
        raise FilmError(f"{path} has {len(places)} places for a number, expected one, as in frames/%05d.png")
    place = places[0]
    before, after, width = path.name[: place.start()], path.name[place.end() :], int(place[1] or 1)
    numbers = re.compile(re.escape(before) + r"(\d+)" + re.escape(after))
    found = dict[int, Path]()
    for each in path.parent.iterdir():
        match = numbers.fullmatch(each.name)
        if match and match[1] == f"{int(match[1]):0{width}d}":
            found[int(match[1])] = each
    if not found:
        raise FilmError(f"no file is named as {path} says; expected, for example, {path.with_name(path.name % 1)}")
    return dict(sorted(found.items()))


def _of_folder(folder: Path) -> dict[int, Path]:
    pictures, _ = pictures_in(folder)
    if not pictures:
        raise FilmError(f"{folder} holds no pictures; expected frames that are numbered, such as 00001.png")
    found, kinds = dict[int, Path](), set[tuple[str, str, str]]()
    for picture in pictures:
        match = re.fullmatch(r"(.*?)(\d+)(\D*)", picture.stem)
        if match is None:
            raise FilmError(f"{picture} has no number in its name; expected frames of a film. {_batch(folder)}")
        kinds.add((match[1], match[3], picture.suffix.lower()))
        if int(match[2]) in found:
            raise FilmError(f"{found[int(match[2])]} and {picture} have one number; expected one frame for each")
        found[int(match[2])] = picture
    if len(kinds) > 1:
        names = ", ".join(f"{before}NUMBER{after}{ending}" for before, after, ending in sorted(kinds)[:3])
        raise FilmError(
            f"the pictures of {folder} are not numbered alike ({names}); name those of one film by a pattern, such as "
            f"{folder / '%05d.png'}. {_batch(folder)}"
        )
    return dict(sorted(found.items()))


def _said(missing: Iterable[tuple[int, int]]) -> str:
    texts = [str(first) if first == last else f"{first} to {last}" for first, last in missing]
    more = f" and more, {len(texts)} gaps in all" if len(texts) > _MOST_NAMED else ""
    return ", ".join(texts[:_MOST_NAMED]) + more


def _batch(folder: Path) -> str:
    return f"Pictures that are no film are taken by: huegraft batch {folder} -r REFERENCE -o 'OUT/{{stem}}.png'"
