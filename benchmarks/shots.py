"""How well shots are found in grey, worn films, beside PySceneDetect, as a page of Markdown.

python -m benchmarks.shots                             # huegraft alone, in three minutes
python -m benchmarks.shots --peer peer/bin/python      # with PySceneDetect, which that Python has with OpenCV
python -m benchmarks.shots --clips FOLDER --markdown docs/shots.md

Films are made of photographs and clips of packages (benchmarks/shot_films.py). Thresholds were tuned on one part of
them and frozen. The figures are of the other part.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import av
import numpy as np
from benchmarks.shot_films import RATE, MadeFilm, Material, made_films, real_films

from huegraft.film.decode import FilmFile
from huegraft.film.shots import find_shots

SHOTS, MINUTES = 60, 10
SEEDS = {"tuning": 1, "test": 7}
_PEER = """
import json, sys
from scenedetect import AdaptiveDetector, SceneManager, open_video
found = {}
for path in sys.argv[1:]:
    manager = SceneManager()
    manager.add_detector(AdaptiveDetector())
    manager.detect_scenes(open_video(path))
    found[path] = [start.frame_num for start, _ in manager.get_scene_list()][1:]
json.dump(found, sys.stdout)
"""


@dataclass(frozen=True)
class Counts:
    """What a program found in a film: cuts of the class, all cuts, false and missed ones, and dissolves."""

    asked: int
    of_asked: int
    right: int
    false: int
    missed: int
    dissolves: int


@dataclass(frozen=True)
class Row:
    """A line of the table: a film, how many frames it has, and what was found in it."""

    title: str
    film: MadeFilm
    frames: int
    ours: Counts
    theirs: Counts | None


def main() -> None:
    """Make the films, find their shots, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=tuple(SEEDS), default="test")
    parser.add_argument("--shots", type=int, default=SHOTS, help="shots of a film")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of takes without a cut")
    parser.add_argument("--clips", type=Path, action="append", default=[], help="folder with clips of other packages")
    parser.add_argument("--peer", type=Path, help="a Python that has scenedetect and opencv-python-headless")
    parser.add_argument("--markdown", type=Path, help="write the page into this file")
    arguments = parser.parse_args()
    material = Material(arguments.part, arguments.clips, SEEDS[arguments.part])
    with tempfile.TemporaryDirectory() as name:
        films = dict(_written(material, Path(name), arguments.shots, arguments.minutes))
        began = time.process_time()
        ours = {title: _found(path) for title, (path, _, _) in films.items()}
        seconds = time.process_time() - began
        paths = [path for path, _, _ in films.values()]
        theirs = None if arguments.peer is None else _found_by_peer(arguments.peer, paths)
    rows = [
        Row(title, film, frames, _counts(title, film, ours[title]), theirs and _counts(title, film, theirs[str(path)]))
        for title, (path, film, frames) in films.items()
    ]
    frames = sum(row.frames for row in rows)
    page = _page(rows, arguments, material.missing, 1000 * seconds / frames)
    print(page)
    if arguments.markdown is not None:
        arguments.markdown.write_text(page + "\n", encoding="utf-8")


def _written(
    material: Material, folder: Path, shots: int, minutes: float
) -> Iterator[tuple[str, tuple[Path, MadeFilm, int]]]:
    for number, (title, film) in enumerate(chain(made_films(material, shots, minutes), real_films(material))):
        path = folder / f"{number}.mkv"
        with av.open(str(path), "w") as container:
            video = container.add_stream("ffv1", rate=RATE)
            video.height, video.width, video.pix_fmt = *film.frames[0].shape, "gray"
            for frame in film.frames:
                container.mux(video.encode(av.VideoFrame.from_ndarray(frame, "gray")))
            container.mux(video.encode())
        yield title, (path, replace(film, frames=[]), len(film.frames))


def _found(path: Path) -> list[int]:
    return [shot.start for shot in find_shots(FilmFile(path))][1:]


def _found_by_peer(python: Path, paths: Sequence[Path]) -> dict[str, list[int]] | None:
    """Return what PySceneDetect finds in films, or None, said, where it is not installed."""
    try:
        subprocess.run([python, "-c", "import scenedetect"], check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        print(f"{python} has no scenedetect; PySceneDetect is left out")
        return None
    command = [str(python), "-c", _PEER, *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return json.loads(done.stdout)


def _counts(title: str, film: MadeFilm, found: Sequence[int]) -> Counts:
    """Return how many cuts were found to one frame, and gradual transitions anywhere within them."""
    asked = [(cut - 1, cut + 1) for cut in film.cuts] + [(start, stop) for start, stop in film.gradual]
    left, hits = list(found), list[bool]()
    for first, last in asked:
        inside = [cut for cut in left if first <= cut <= last]
        hits.append(bool(inside))
        for cut in inside[:1]:
            left.remove(cut)
    of_class = hits[::2] if title == "jump cuts" else hits  # every other cut is between pairs, and no jump
    dissolves = sum(any(start <= cut <= stop for cut in found) for start, stop in film.dissolves)
    return Counts(len(of_class), sum(of_class), sum(hits), len(left), len(hits) - sum(hits), dissolves)


def _f1(counts: Sequence[Counts]) -> float:
    right, wrong = sum(each.right for each in counts), sum(each.false + each.missed for each in counts)
    return 2 * right / max(2 * right + wrong, 1)


def _cells(counts: Counts | None) -> str:
    if counts is None:
        return " | "
    recall = f"{counts.of_asked / counts.asked:.2f}" if counts.asked else ""
    return f"{recall} | {counts.false}"


def _page(
    rows: Sequence[Row],
    arguments: argparse.Namespace,
    missing: Sequence[str],
    milliseconds: float,
) -> str:
    lines = [
        "# How well shots are found",
        "",
        "`python -m benchmarks.shots` makes grey films with grain whose cuts are known, and finds their shots. Recall",
        "is the share of the cuts of a class that were found, to one frame. A gradual transition counts as found if a",
        "cut lies within it. The films are made of photographs and clips that the thresholds were not tuned on.",
        "",
        "| film | frames | asked | recall | false cuts | PySceneDetect: recall | false cuts |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        cells = f"{_cells(row.ours)} | {_cells(row.theirs)}"
        lines.append(f"| {row.title} | {row.frames} | {row.ours.asked} | {cells} |")
    sharp = [row for row in rows if not row.film.gradual and row.title != "long takes"]
    peer = [row.theirs for row in sharp if row.theirs is not None]
    last = f"{_f1(peer):.3f}" if peer else ""
    asked, hit = sum(len(row.film.dissolves) for row in rows), sum(row.ours.dissolves for row in rows)
    lines += [
        "",
        f"F1 of all cuts without the long takes and the gradual transitions: {_f1([row.ours for row in sharp]):.3f}"
        + (f"; PySceneDetect's AdaptiveDetector: {last}." if peer else "."),
        "",
        f"The long takes are {arguments.minutes:g} minutes of strong motion, in which every five seconds there is a",
        "flash of up to three frames, a damaged frame, light that is lit or goes out, or a thing that passes before",
        "the camera. Weave, dirt and splices come with a splice in most takes, at which the picture jumps for one",
        "frame, and with splices at three cuts of ten. In jump cuts the camera is moved by a third of the picture or",
        "more, or is nearer. Gradual transitions are dissolves and fades through black of 8 to 40 frames. Fades are",
        f"found by their black, which is a shot of its own where it is held. Of the {asked} dissolves {hit} are found.",
        "",
        f"A frame takes {milliseconds:.2f} ms of CPU here with its decoding (FFV1 of 320×180).",
    ]
    if missing:
        lines += ["", f"Left out, because their packages are not installed: {', '.join(missing)}."]
    return "\n".join(lines)


if __name__ == "__main__":
    np.seterr(all="raise")
    main()
