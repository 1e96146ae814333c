"""How steady the colours of films are, with and without averaging along the motion, as a table of Markdown.

python -m benchmarks.steady                           # clips made from a photograph, with 2 % grain; in a minute
python -m benchmarks.steady room/%05d.jpg ride.mpg    # and the first frames of colour films

The films become grey, and some of their own frames are the references. The columns are the mean CIEDE2000 to the true
colours in frames that are no reference; the flicker, which is how far the error of a* and b* moves from frame to frame
along the motion; the colourfulness over the true one; how much comes out of changes of a* or b* at a pixel by more than
2 within eight frames; and milliseconds of CPU a frame. For flicker and changes a* and b* are blurred by a hundredth of
the width.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from skimage.color import deltaE_ciede2000
from skimage.transform import resize_local_mean

import huegraft
from huegraft.compiled.color import lab_picture, srgb_picture_from_lab
from huegraft.compiled.flow import Pyramid, flow
from huegraft.evaluate.package import photograph
from huegraft.film.chroma_track import Colors
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading
from huegraft.film.shot_work import Lender, ShotWork
from huegraft.film.solver import Solver
from huegraft.film.steady import steady_colors
from huegraft.film.tracked import tracked_colors
from huegraft.film.ycbcr import picture_of
from huegraft.session import Session
from huegraft.settings import preset
from huegraft.stages.prepare import working_size
from huegraft.threads import set_threads

SIZE, GRAIN = (192, 341), 0.02
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True)
class Clip:
    """A film in colour and its grey frames, at the working size. The motion of a made clip is known."""

    name: str
    colors: list[np.ndarray]
    grain: float = 0.0
    motion: tuple[float, float] | None = None

    def greys(self) -> Iterator[np.ndarray]:
        """Yield the grey frames."""
        rng = np.random.default_rng(0)
        for rgb in self.colors:
            yield (rgb @ LUMA + self.grain * rng.standard_normal(rgb.shape[:2], np.float32)).clip(0, 1)

    def flow(self, number: int) -> np.ndarray:
        """Return the flow of a frame to the one before it, of the true luma where it is not known."""
        if self.motion is not None:
            return np.broadcast_to(np.array(self.motion, np.float32), (*self.colors[0].shape[:2], 2))
        return flow(*(Pyramid.of(self.colors[each] @ LUMA) for each in (number, number - 1)))


@dataclass(frozen=True)
class GreyFrames:
    """What a shot's work takes its frames from."""

    planes: list[np.ndarray]
    reading: Reading = field(default_factory=lambda: Reading("bt709", "pc"))

    def frames(self, start: int, stop: int) -> Iterator[Planes]:
        """Yield the frames from `start` to `stop`, without the end."""
        for plane in self.planes[start:stop]:
            yield Planes(PlaneFormat("grey", 8), (plane,))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--frames", type=int, default=40)
    arguments = parser.parse_args()
    set_threads(1)
    print("| clip | references | steady | CIEDE2000 | flicker | colourfulness | change | ms a frame |")
    print("|---|---|---|--:|--:|--:|--:|--:|")
    for clip in made(arguments.frames):
        measure(clip, 3 if clip.name == "evening" else 1)
    for path in arguments.films:
        clip = read(path, arguments.frames)
        measure(clip, 1)
        measure(clip, 3)


def made(frames: int) -> Iterator[Clip]:
    """Yield clips that are made from a photograph."""
    scene, (height, width) = photograph("coffee")[60:], SIZE
    pan = [np.ascontiguousarray(scene[:height, 2 * each : 2 * each + width]) for each in range(frames)]
    yield Clip("pan", pan, GRAIN, (0, 2))
    yield Clip("still", [pan[0]] * frames, GRAIN, (0, 0))
    square, across = [each.copy() for each in pan[:1] * frames], photograph("chelsea")[50:110, 100:160]
    for number, each in enumerate(square):
        each[60:120, 10 + 6 * number : 70 + 6 * number] = across
    yield Clip("square moving by 6 pixels", square, GRAIN)
    evening = [lab_picture(each) for each in pan]
    for number, each in enumerate(evening):  # from blue to yellow
        each[..., 2] += 40 * number / frames - 20
    yield Clip("evening", [srgb_picture_from_lab(each).clip(0, 1) for each in evening], GRAIN, (0, 2))


def read(path: Path, frames: int) -> Clip:
    """Return the first frames of a film, at the working size."""
    fps = 24 if "%" in path.name else None
    with tempfile.TemporaryDirectory() as folder, huegraft.Film.open(path, Path(folder) / "p", fps=fps) as film:
        source = film.source
        size = working_size(*source.size, SIZE[0] * SIZE[1])
        pictures = islice(source.frames(0, source.index.frames), frames)
        small = [resize_local_mean(picture_of(each, source.reading), (*size, 3)) for each in pictures]
    return Clip(
        path.parent.name if "%" in path.name else path.name, [np.ascontiguousarray(each, np.float32) for each in small]
    )


def measure(clip: Clip, references: int) -> None:
    """Print the rows of a clip whose references are its first frame, and the middle and the last one if they are 3."""
    keyframes = [0, len(clip.colors) // 2, len(clip.colors) - 1][:references]
    truth = [lab_picture(each) for each in clip.colors]
    planes = [np.rint(each * 255).astype(np.uint8) for each in clip.greys()]
    settings = preset("best").replace(working_pixels=planes[0].size)
    with tempfile.TemporaryDirectory() as folder, Session(threads=1) as session:
        lenders = [Lender(Path(folder) / f"{number}.png", number) for number in keyframes]
        for each in lenders:
            huegraft.write_picture(each.path, clip.colors[each.frame])
        work = ShotWork(GreyFrames(planes), 0, len(planes), "colorize", settings, tuple(lenders))
        began = time.process_time()
        fresh = list(tracked_colors(Solver(work, session)))
        between = time.process_time()
        steady = list(steady_colors(iter(fresh), work.keyframes))
    ended = time.process_time()
    flows = [clip.flow(number) for number in range(1, len(planes))]
    rows = {"none": [each.colors for each in fresh], "motion": steady}
    for (name, colors), seconds in zip(rows.items(), (between - began, ended - began), strict=True):
        facts = [f"{each:.3f}" for each in scores(truth, colors, keyframes, flows)]
        spent = f"{1000 * seconds / len(planes):.0f}"
        print(f"| {clip.name} | {len(keyframes)} | {name} | {' | '.join(facts)} | {spent} |", flush=True)


def scores(
    truth: list[np.ndarray], colors: list[Colors], keyframes: list[int], flows: list[np.ndarray]
) -> tuple[float, float, float, float]:
    """Return the mean CIEDE2000, the flicker, the colourfulness and how much of true changes comes out."""
    wide = truth[0].shape[1] / 100
    found = [np.concatenate([true[..., :1], each.chroma], axis=2) for true, each in zip(truth, colors, strict=True)]
    rest = [number for number in range(len(truth)) if number not in keyframes]
    apart = np.mean([deltaE_ciede2000(truth[number], found[number]).mean() for number in rest])
    result, wanted = (
        np.stack([gaussian_filter(each[..., 1:], (wide, wide, 0)) for each in labs]) for labs in (found, truth)
    )
    errors = result - wanted
    flicker = np.mean([moved(*pair, way) for *pair, way in zip(errors, errors[1:], flows, strict=False)])
    colorful = [np.mean([np.hypot(each[..., 1], each[..., 2]).mean() for each in labs]) for labs in (found, truth)]
    changes, due = (each[8:] - each[:-8] for each in (result, wanted))
    strong = np.abs(due) > 2
    change = (changes * due)[strong].sum() / max(1e-9, np.square(due[strong]).sum())
    return float(apart), float(flicker), float(colorful[0] / colorful[1]), float(change)


def moved(before: np.ndarray, now: np.ndarray, way: np.ndarray) -> float:
    """Return how far errors move along a flow, in a* and b*."""
    height, width = now.shape[:2]
    places = np.moveaxis(np.indices((height, width)).transpose(1, 2, 0) + way, 2, 0)
    inside = ((places >= 0) & (places <= np.array([height - 1, width - 1])[:, None, None])).all(axis=0)
    carried = np.stack([map_coordinates(before[..., each], places, order=1) for each in range(2)], axis=2)
    return float(np.abs(now - carried)[inside].mean())


if __name__ == "__main__":
    main()
