"""Long films: how much memory a command takes, and whether it goes on after it was killed at any moment."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np

import huegraft
from huegraft.evaluate.package import photograph

SIZE = (48, 64)


def write_long_film(path: Path, seconds: int) -> Path:
    """Write a film of noise over a photograph that moves, with a cut every ten seconds."""
    rng = np.random.default_rng(0)
    pictures = [photograph(name)[::4, ::4].mean(axis=2) * 255 for name in ("chelsea", "coffee", "rocket")]
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=24, options={"preset": "ultrafast", "crf": "20"})
        video.height, video.width, video.pix_fmt = *SIZE, "gray"
        for number in range(24 * seconds):
            picture = pictures[number // 240 % len(pictures)]
            left = number % 24 // 2
            shown = picture[10 : 10 + SIZE[0], left : left + SIZE[1]] + rng.normal(0, 3, SIZE)
            frame = av.VideoFrame.from_ndarray(shown.clip(0, 255).astype(np.uint8), "gray")
            container.mux(video.encode(frame))
        container.mux(video.encode())
    huegraft.write_picture(path.with_name("reference.png"), photograph("chelsea")[::4, ::4], replace=True)
    return path


def command(film: Path, output: Path, *options: str) -> list[str]:
    """Return the command that colourises a film at a small working size."""
    names = [str(film), str(film.with_name("reference.png")), "-o", str(output), "--working-pixels", "1000"]
    return [sys.executable, "-m", "huegraft", "colorize", *names, *options]


_MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_memory(arguments: list[str]) -> float:
    """Run a command to its end, and return the most memory that it took, in MB.

    A small process starts the command: Linux counts what the starting process holds as the command's own.
    """
    done = subprocess.run([sys.executable, "-c", _MEASURE, *arguments], check=True, capture_output=True, text=True)  # noqa: S603
    return int(done.stdout.split()[-1]) / (1024 if sys.platform == "linux" else 2**20)


def kill_and_go_on(film: Path, folder: Path, kills: int, seed: int = 0) -> bytes:
    """Kill a command at random moments, go on each time, and return the finished film."""
    generator = random.Random(seed)  # noqa: S311 - nothing secret
    output, killed = folder / "out.mkv", 0
    while killed < kills:
        process = subprocess.Popen(command(film, output, "--codec", "ffv1", "--resume"))  # noqa: S603
        try:
            assert process.wait(generator.uniform(0.3, 6)) == 0
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        if output.exists():
            output.unlink()
            time.sleep(0.05)
    subprocess.run(command(film, output, "--codec", "ffv1", "--resume"), check=True)  # noqa: S603
    return output.read_bytes()
