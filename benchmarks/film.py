"""What colours cost in a film: CPU beside a plain transcode, and frames a second, as a table of Markdown.

python -m benchmarks.film                        # 240 grainy frames of 1280×720, in ten minutes
python -m benchmarks.film --frames 24 --once     # does it still run?

Each run is a process of its own. CPU is that of the process with all its threads. The best of three counts.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import av
import numpy as np

import huegraft
from huegraft.cli.main import app
from huegraft.color import grey_from_srgb
from huegraft.evaluate.package import photograph
from huegraft.film import encoder
from huegraft.film.codecs import CODECS, chosen_codec
from huegraft.film.encoder import EncoderSettings
from huegraft.film.film import Film
from huegraft.film.planes import PlaneFormat
from huegraft.film.planes_of_frames import frame_of
from huegraft.film.reading import Reading
from huegraft.film.render import renderer
from huegraft.film.segments import write_segment

SIZE = (720, 1280)
GRAIN = 4  # codes
ROWS = {"x264": ".mkv", "x264 veryfast": ".mkv", "prores_hq": ".mov", "ffv1": ".mkv"}
"""A codec and, after it, a preset of its encoder in place of huegraft's; and the ending of its file."""
MODES = ("colorize", "transfer")


def main() -> None:
    """Make the films, run all, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--once", action="store_true", help="run each once")
    parser.add_argument("--part", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        _run_part(*arguments.part)
        return
    repeats = 1 if arguments.once else 3
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for mode in MODES:
            write_film(folder / f"{mode}.mkv", arguments.frames, grey=mode == "colorize")
        huegraft.write_picture(folder / "reference.png", np.ascontiguousarray(photograph("coffee")[:, ::-1]))
        print("| mode | codec | transcode CPU ms | film CPU ms | added CPU ms | wall ÷ (CPU ÷ 2) | frames a second |")
        print("|---|---|--:|--:|--:|--:|--:|")
        for mode in MODES:
            for row in ROWS:
                _print_row(folder, mode, row, arguments.frames, repeats)
            _, wall = _best(lambda: _spent("null", str(folder / "project")), repeats)
            print(f"| {mode} | none (rendering alone) | | | | | {arguments.frames / wall:.1f} |", flush=True)


def write_film(path: Path, frames: int, *, grey: bool) -> None:
    """Write a pan over a photograph with grain, as x264 of high quality."""
    picture = np.kron(photograph("coffee"), np.ones((3, 3, 1), np.float32))
    grain = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=24, options={"crf": "18", "preset": "veryfast"})
        video.height, video.width, video.pix_fmt = *SIZE, "yuv420p"
        for number in range(frames):
            left = (number * 2) % (picture.shape[1] - SIZE[1])
            shown = picture[200 : 200 + SIZE[0], left : left + SIZE[1]]
            shown = (grey_from_srgb(shown) if grey else shown) * 255
            noisy = shown + grain.normal(0, GRAIN, SIZE)[..., None]
            frame = av.VideoFrame.from_ndarray(noisy.clip(0, 255).astype(np.uint8), "rgb24")
            container.mux(video.encode(frame.reformat(format="yuv420p")))
        container.mux(video.encode())


def _print_row(folder: Path, mode: str, row: str, frames: int, repeats: int) -> None:
    source, reference = str(folder / f"{mode}.mkv"), str(folder / "reference.png")
    output, project = str(folder / f"out{ROWS[row]}"), str(folder / "project")
    plain, _ = _best(lambda: _spent("transcode", row, source, str(folder / "plain")), repeats)
    command = [mode, source, reference, "-o", output, "-p", project, "--codec", row.split()[0], "--force"]
    film, wall = _best(lambda: _spent("huegraft", row, *command), repeats)
    each = [1000 * seconds / frames for seconds in (plain, film, film - plain)]
    figures = " | ".join(f"{figure:.0f}" for figure in each)
    print(f"| {mode} | {row} | {figures} | {2 * wall / film:.2f} | {frames / wall:.1f} |", flush=True)


def _best(run: Callable[[], tuple[float, float]], repeats: int) -> tuple[float, float]:
    """Return the seconds of CPU and the seconds of the run that took the least CPU."""
    return min(run() for _ in range(repeats))


def _spent(*part: str) -> tuple[float, float]:
    """Return the seconds of CPU that a part took as a process of its own, and the seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "benchmarks.film", "--part", *part], check=True, capture_output=True)  # noqa: S603
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def _run_part(part: str, *arguments: str) -> None:
    if part == "null":
        _render_into_nothing(*arguments)
        return
    codec, _, preset = arguments[0].partition(" ")
    if preset:
        known = CODECS[codec]
        quicker = replace(known, options={**known.options, "preset": preset})
        encoder.CODECS = MappingProxyType({**CODECS, codec: quicker})  # pyright: ignore[reportPrivateImportUsage]
    if part == "transcode":
        _transcode(codec, ROWS[arguments[0]], *arguments[1:])
    else:
        app(arguments[1:])


def _transcode(codec: str, suffix: str, source: str, output: str) -> None:
    """Encode a film as huegraft does, without other colours."""
    with av.open(source) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        encoding = chosen_codec(codec, PlaneFormat("ycbcr", 8, (2, 2)), suffix)
        settings = EncoderSettings(encoding, SIZE, Fraction(24), Reading("bt709"))
        frames = (frame.reformat(format=encoding.pixel_format) for frame in container.decode(stream))
        write_segment(Path(output), frames, 0, settings, "plain")


def _render_into_nothing(project: str) -> None:
    with Film.of_project(project) as film:
        source = film.source
        encoding = chosen_codec("x264", source.format, ".mkv")
        parts = film.parts((0, source.index.frames))
        made = renderer(film.listed.mode, source, parts, encoding.format, source.reading)
        for planes in made.frames(0, source.index.frames):
            frame_of(planes, encoding.pixel_format)


if __name__ == "__main__":
    main()
