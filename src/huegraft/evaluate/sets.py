"""Sets of pictures: folders with roles, photographs in pairs, and sets made from photographs."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from huegraft.errors import EvaluationError
from huegraft.evaluate import package
from huegraft.evaluate.grades import view
from huegraft.evaluate.made import Loader, MadeSet, made_cases
from huegraft.evaluate.pairs import Case, Pair, check_pixels, eight_bits, grey, halves, shrunk
from huegraft.io.folder import pictures_among
from huegraft.io.image import read_picture
from huegraft.settings import Mode
from huegraft.stages.prepare import shrink
from huegraft.types import AnyPicture


@dataclass(frozen=True)
class FolderSet:
    """Folders of pictures, one for each case. A role is a pattern of file names below the folder.

    Attributes
    ----------
    mode
        "transfer" or "colorize".
    folders
        Pattern of folders below the data folder.
    reference
        The picture that the colours come from. It may lie outside the folder ("../stills/0.jpg").
    target, frames
        The picture, or the frames of a clip; one of the two is needed.
    truth
        The right answer, or one for each frame. If no target is named, the target is the truth made grey.
    mask, reference_mask
        Pictures that are bright where the result is measured and where the reference may lend its colours.
    view_reference
        Whether the reference is flipped, turned and zoomed, for references that are the truth itself.
    leave_out
        Names of folders that fit the pattern but are no cases.
    pixels
        Pictures are shrunk to at most this many.
    """

    mode: Mode
    folders: str
    reference: str
    target: str | None = None
    frames: str | None = None
    truth: str | None = None
    mask: str | None = None
    reference_mask: str | None = None
    view_reference: bool = False
    leave_out: list[str] = field(default_factory=list)
    pixels: int = 131072

    def __post_init__(self) -> None:
        check_pixels(self.pixels)


@dataclass(frozen=True)
class PairedSet:
    """Photographs that take the colours of other ones; the right answer is not known.

    Attributes
    ----------
    mode
        "transfer" or "colorize".
    pairs
        Names of a target and a reference each.
    photographs
        A pattern of pictures and folders below the data folder, or "package". Of a folder the first picture counts.
    pixels
        Pictures are shrunk to at most this many.
    """

    mode: Mode
    pairs: list[list[str]]
    photographs: str = "package"
    pixels: int = 131072

    def __post_init__(self) -> None:
        check_pixels(self.pixels)


def set_cases(
    description: FolderSet | PairedSet | MadeSet, data: Path, say: Callable[[str], None] = lambda _: None
) -> list[Case]:
    """Return the cases of a set whose files lie below the folder `data`, in the order of their names.

    Parameters
    ----------
    description
        The set.
    data
        The folder.
    say
        Called with a line that names the files that are left out because they are no pictures.

    Raises
    ------
    EvaluationError
        If a pattern fits nothing, if a role has several files or none, or if a photograph of a pair is not there.
    """
    if isinstance(description, MadeSet):
        return made_cases(description, _photographs(description.photographs, data, say))
    if isinstance(description, PairedSet):
        return _paired_cases(description, _photographs(description.photographs, data, say))
    found = [path for path in _found(data, description.folders) if path.is_dir()]
    folders = _by_name([path for path in found if path.name not in description.leave_out])
    if not folders:
        raise EvaluationError(f"there is no folder {description.folders} in {data}")
    half = halves(folders)
    return [Case(name, half[name], partial(_pairs, description, path)) for name, path in folders.items()]


def _paired_cases(description: PairedSet, photographs: Mapping[str, Sequence[Loader]]) -> list[Case]:
    for pair in description.pairs:
        if len(pair) != 2 or not set(pair) <= photographs.keys():
            raise EvaluationError(f"the pair {pair} does not name two of the photographs {', '.join(photographs)}")
    half = halves(target for target, _ in description.pairs)

    def load(target: str, reference: str) -> list[Pair]:
        seen, colors = (shrunk(photographs[name][0](), description.pixels) for name in (target, reference))
        return [Pair(description.mode, grey(seen) if description.mode == "colorize" else seen, colors)]

    pairs = dict.fromkeys((target, reference) for target, reference in description.pairs)
    return [
        Case(f"{target} like {reference}", half[target], partial(load, target, reference))
        for target, reference in pairs
    ]


def _photographs(pattern: str, data: Path, say: Callable[[str], None]) -> Mapping[str, Sequence[Loader]]:
    if pattern == "package":
        return {name: [partial(package.photograph, name)] for name in package.NAMES}
    found = _found(data, pattern)
    folders = [path for path in found if path.is_dir()]
    pictures = _said_pictures([path for path in found if not path.is_dir()], data, say)
    loaders: dict[str, Sequence[Loader]] = {}
    for name, path in _by_name([*folders, *pictures]).items():
        frames = _said_pictures(_found(path, "*"), path, say) if path.is_dir() else [path]
        if frames:
            loaders[name] = [partial(_read, frame) for frame in frames]
    if not loaders:
        raise EvaluationError(f"there is no photograph {pattern} in {data}")
    return loaders


def _said_pictures(paths: Sequence[Path], folder: Path, say: Callable[[str], None]) -> list[Path]:
    pictures, left_out = pictures_among(paths, folder)
    if left_out:
        say(f"{folder}: {left_out}")
    return pictures


def _pairs(description: FolderSet, folder: Path) -> list[Pair]:
    one = partial(_one, folder)
    targets = _found(folder, description.frames) if description.frames else one(description.target)
    truths = _found(folder, description.truth) if description.frames and description.truth else one(description.truth)
    if not (targets or truths) or (targets and truths and len(targets) != len(truths)):
        raise EvaluationError(f"{folder.name} has {len(targets)} targets and {len(truths)} truths")
    seen = (
        (lambda picture: view(picture, _generator(folder))) if description.view_reference else (lambda picture: picture)
    )
    reference = shrunk(seen(_read(one(description.reference)[0])), description.pixels)
    reference_mask = _mask(one(description.reference_mask), reference.shape[:2], seen)
    pairs = []
    for target_path, truth_path in zip(targets or truths, truths or [None] * len(targets), strict=True):
        target = shrunk(_read(target_path), description.pixels)
        truth = None if truth_path is None else _truth(truth_path, target)
        target = grey(target) if description.mode == "colorize" else target
        mask = _mask(one(description.mask), target.shape[:2])
        pairs.append(Pair(description.mode, target, reference, truth, mask, reference_mask))
    return pairs


def _generator(folder: Path) -> np.random.Generator:
    return np.random.default_rng(list(folder.name.encode()))


def _truth(path: Path, target: AnyPicture) -> AnyPicture:
    """Return the truth at the target's size."""
    truth = _read(path)
    (height, width), (h, w) = truth.shape[:2], target.shape[:2]
    if height < h or width < w or abs(height * w - width * h) > max(height, width, h, w):
        raise EvaluationError(f"{path} is {width} × {height}, which does not shrink to its target's {w} × {h}")
    return eight_bits(shrink(truth, (h, w)))


def _by_name(paths: Sequence[Path]) -> dict[str, Path]:
    """Return the paths by the names of their cases: the name of a folder, or of a file without its ending."""
    named: dict[str, Path] = {}
    for path in paths:
        name = path.name if path.is_dir() else path.stem
        if name in named:
            raise EvaluationError(f"{named[name]} and {path} would both be the case {name!r}; rename one")
        named[name] = path
    return named


def _one(folder: Path, pattern: str | None) -> list[Path]:
    if pattern is None:
        return []
    found = _found(folder, pattern)
    if len(found) != 1:
        raise EvaluationError(f"{folder} has {len(found) or 'no'} files {pattern}; one is needed")
    return found


def _found(folder: Path, pattern: str) -> list[Path]:
    while pattern.startswith("../"):
        folder, pattern = folder.parent, pattern.removeprefix("../")
    try:
        seen = (path for path in folder.glob(pattern) if not path.name.startswith("."))  # ._1.png and the like
        return sorted(seen, key=_natural)
    except (NotImplementedError, ValueError) as error:
        raise EvaluationError(f"{pattern!r} is no pattern of files below a folder: {error}") from error


def _natural(path: Path) -> list[tuple[int, str]]:
    """Order names as people do: 2 before 10."""
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", str(path))]


def _mask(
    paths: Sequence[Path], size: Sequence[int], seen: Callable[[AnyPicture], AnyPicture] = lambda picture: picture
) -> np.ndarray | None:
    if not paths:
        return None
    mask = shrink(seen(_read(paths[0])), (size[0], size[1])).mean(axis=2) > 0.5
    if not mask.any():
        raise EvaluationError(f"the mask {paths[0]} is dark everywhere")
    return mask


def _read(path: Path) -> AnyPicture:
    return read_picture(path).as_float()
