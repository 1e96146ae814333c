"""What is measured, each in a process of its own: ``python -m benchmarks.speed.jobs JOB ARGUMENTS OUTPUT``.

ARGUMENTS are JSON; what the job returns is written to OUTPUT as JSON.
"""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from benchmarks.speed.measure import LONGEST, alternating, forget_peak, gemm_rate, peak_bytes
from benchmarks.speed.pictures import REFERENCE, TARGET, picture

import huegraft
from huegraft.blas import blas_on_one_thread
from huegraft.io.image import read_picture, write_picture
from huegraft.pipeline import colorize, transfer
from huegraft.threads import set_threads, thread_count

if TYPE_CHECKING:
    from benchmarks.speed.comparisons import Sides

ROOT = Path(__file__).resolve().parents[2]
_WARM_PIXELS = 2**14
_ENDINGS = (".png", ".jpg", ".tif")
_COLOR_MATCHER = ROOT / "benchmarks" / "color_matcher" / ".venv"


def machine() -> dict[str, Any]:
    """Measure the rate of matrix products."""
    return {"threads": thread_count(), "gemm_flop_per_second": gemm_rate()}


def command(pixels: int, repeats: int) -> dict[str, Any]:
    """Time ``huegraft transfer`` as a command of its own, and Python with nothing but NumPy imported beside it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for role, source in (("target", TARGET), ("reference", REFERENCE)):
            write_picture(folder / f"{role}.png", picture(source, pixels))
        files = [str(folder / f"{role}.png") for role in ("target", "reference", "output")]
        threads = str(thread_count())
        options = ["-o", files[2], "--preset", "best", "--force", "--threads", threads]
        transferring = [sys.executable, "-m", "huegraft", "transfer", *files[:2], *options]

        def run(arguments: list[str]) -> None:
            subprocess.run(arguments, check=True, capture_output=True)  # noqa: S603

        run(transferring)  # fills the caches of Python's own files
        seconds = alternating([lambda: run(transferring), lambda: run([sys.executable, "-c", "import numpy"])], repeats)
    return {"seconds": seconds[0], "import_numpy_seconds": seconds[1]}


def whole(mode: str, preset: str, pixels: int, reference_pixels: int, repeats: int, warm_up: bool) -> dict[str, Any]:
    """Time a call of `transfer` or `colorize` on arrays in memory, stage by stage, and take its peak of memory."""
    imports = peak_bytes()
    settings = huegraft.preset(preset).replace(backbone="builtin")
    target, reference = picture(TARGET, pixels), picture(REFERENCE, reference_pixels)
    recolor = transfer if mode == "transfer" else colorize
    stages: list[dict[str, float]] = []

    def run() -> None:
        stages.append(dict(recolor(target, reference, settings).seconds))

    forget_peak()
    pictures = peak_bytes()
    if warm_up:
        run()
        stages.clear()
    seconds = alternating([run], repeats)[0]
    arrays = 2 * target.nbytes + reference.nbytes  # with the result, the caller's
    return {
        "seconds": seconds,
        "stages": stages,
        "target_pixels": target.shape[0] * target.shape[1],
        "imports_bytes": imports,
        "pictures_bytes": pictures,
        "arrays_bytes": arrays,
        "peak_bytes": peak_bytes(),
    }


def codecs(pixels: int, repeats: int) -> dict[str, Any]:
    """Time writing and reading files of each format."""
    pixel_values = picture(TARGET, pixels)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for ending in _ENDINGS:
            path = Path(folder) / f"picture{ending}"
            work = [
                lambda path=path: write_picture(path, pixel_values, replace=True),
                lambda path=path: read_picture(path).as_float(),
            ]
            seconds = alternating(work, repeats)
            found[ending] = {"write_seconds": seconds[0], "read_seconds": seconds[1], "bytes": path.stat().st_size}
    return found


def comparison(name: str, source: str, pixels: int, repeats: int) -> dict[str, Any]:
    """Time both sides of a comparison in turn, and take the difference of their results."""
    sides = _sides(name, source, pixels)
    difference = sides.difference(sides.plain(), sides.optimised())
    seconds = alternating([sides.plain, sides.optimised], repeats)
    return {"difference": difference, "plain_seconds": seconds[0], "optimised_seconds": seconds[1]}


def memory(name: str, source: str, pixels: int, side: str) -> dict[str, Any]:
    """Take the peak of memory of one side of a comparison, and what the process holds before."""
    sides = _sides(name, source, pixels)
    forget_peak()
    before = peak_bytes()
    getattr(sides, side)()
    return {"before_bytes": before, "peak_bytes": peak_bytes()}


def _sides(name: str, source: str, pixels: int) -> "Sides":
    """Return both sides on as many threads: those of Torch, and those of the blocks beside BLAS on one, as in a run."""
    import torch  # here, and the comparisons, which load it: they would weigh on the memory of whole calls
    from benchmarks.speed.comparisons import COMPARISONS

    torch.set_num_threads(thread_count())
    sides = COMPARISONS[name].sides(picture(source, pixels))
    return dataclasses.replace(sides, optimised=blas_on_one_thread()(sides.optimised))


def peer(name: str, pixels: int, repeats: int) -> dict[str, Any]:
    """Time another method on the pair that huegraft is timed on."""
    pair = picture(TARGET, pixels), picture(REFERENCE, pixels)
    if name.startswith("color-matcher "):
        return _color_matcher(name.removeprefix("color-matcher "), pair, repeats)
    from huegraft.evaluate.methods import histogram, transport  # here: they would weigh on the others' memory

    method = {"histogram matching": histogram.histogram_matching, "optimal transport": transport.optimal_transport}[
        name
    ]
    method(picture(TARGET, _WARM_PIXELS), picture(REFERENCE, _WARM_PIXELS))
    return {"seconds": alternating([lambda: method(*pair)], repeats)[0]}


def _color_matcher(method: str, pair: tuple[np.ndarray, np.ndarray], repeats: int) -> dict[str, Any]:
    if not _COLOR_MATCHER.is_dir():
        return {"missing": "not installed: make benchmarks/color_matcher/.venv"}
    program = [str(_COLOR_MATCHER / "bin" / "python"), str(Path(__file__).with_name("time_color_matcher.py"))]
    with tempfile.TemporaryDirectory() as folder:
        for role, values in zip(("target", "reference"), pair, strict=True):
            np.save(Path(folder) / f"{role}.npy", np.rint(255 * values).astype(np.uint8))
        arguments = [*program, method, str(repeats), str(LONGEST), folder]
        done = subprocess.run(arguments, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"color-matcher ended with {done.returncode}: {done.stderr.strip()}")
    return {"seconds": json.loads(done.stdout.splitlines()[-1])}


JOBS: Mapping[str, Callable[..., dict[str, Any]]] = {
    job.__name__: job for job in (machine, command, whole, codecs, comparison, memory, peer)
}


def main() -> None:
    """Run one job."""
    name, arguments, output = sys.argv[1:]
    set_threads(int(os.environ["OMP_NUM_THREADS"]))
    Path(output).write_text(json.dumps(JOBS[name](**json.loads(arguments))), encoding="utf-8")


if __name__ == "__main__":
    main()
