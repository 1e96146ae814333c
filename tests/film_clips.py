"""Small film files of many kinds, made by FFmpeg's command; tests that need it are skipped where it is absent."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

_X264 = "-pix_fmt yuv420p -c:v libx264 -preset veryfast"
_MPEG2 = "-pix_fmt yuv420p -c:v mpeg2video -g 12 -bf 2 -b:v 1M"
CLIPS = {
    "closed.mp4": f"{_X264} -g 20 -bf 3",
    "open.mkv": f"{_X264} -x264-params open-gop=1:keyint=20:bframes=3",
    "open.ts": f"{_X264} -x264-params open-gop=1:keyint=20:bframes=3",
    "refresh.mkv": f"{_X264} -x264-params intra-refresh=1:keyint=20",
    "refresh.ts": f"{_X264} -x264-params intra-refresh=1:keyint=20",
    "mpeg2.ts": _MPEG2,
    "mpeg2.mpg": _MPEG2,
    "mpeg1.mpg": "-pix_fmt yuv420p -c:v mpeg1video -b:v 1M",
    "asp.avi": "-pix_fmt yuv420p -c:v mpeg4 -g 12 -bf 2 -b:v 1M",
    "prores.mov": "-pix_fmt yuv422p10le -c:v prores_ks",
    "ffv1.mkv": "-pix_fmt yuv420p -c:v ffv1 -level 3 -g 1",
    "ffv1grey.mkv": "-pix_fmt gray10le -c:v ffv1 -level 3 -g 5",
    "x265.mkv": "-pix_fmt yuv420p10le -c:v libx265 -x265-params log-level=none:keyint=20",
    "mjpeg.avi": "-pix_fmt yuvj420p -c:v mjpeg",
    "bottom_up.avi": "-pix_fmt bgr24 -c:v rawvideo",
    "vfr.mkv": f"-vf select=not(mod(n\\,3))+not(mod(n\\,7)) -vsync vfr {_X264} -g 10",
    "negative.mov": f"{_X264} -g 20 -bf 2 -output_ts_offset -0.5 -avoid_negative_ts disabled",
    "raw.h264": f"{_X264} -g 20",
    "fields.mkv": f"{_X264} -flags +ildct+ilme -x264-params tff=1",
    "wide_pixels.mp4": f"{_X264} -aspect 3:1",
}


def run_ffmpeg(*arguments: str | Path) -> None:
    """Run FFmpeg's command, or skip the test where there is none."""
    command = shutil.which("ffmpeg")
    if command is None:
        pytest.skip("needs FFmpeg's command")
    words = [command, "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr


def probed_times(path: Path) -> list[int | None]:
    """Return when each frame is shown, as FFmpeg's ffprobe says, in units of the time base; None where it says none."""
    command = shutil.which("ffprobe")
    if command is None:
        pytest.skip("needs FFmpeg's ffprobe")
    words = [
        command,
        "-v",
        "error",
        "-select_streams",
        "v:0",
        "-show_entries",
        "frame=pts",
        "-of",
        "csv=p=0",
        str(path),
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603
    texts = [line.split(",")[0] for line in done.stdout.split()]
    return [None if text == "N/A" else int(text) for text in texts]


def clip(
    folder: Path, name: str, *, size: str = "96x64", frames: int = 70, rate: str = "25", options: str = ""
) -> Path:
    """Make a clip in a folder: of a kind named above, or encoded as the options say."""
    source = f"testsrc2=size={size}:rate={rate}:duration=20"
    words = (options or CLIPS[name]).split()
    run_ffmpeg("-f", "lavfi", "-i", source, "-frames:v", str(frames), *words, folder / name)
    return folder / name


def truncated(path: Path, name: str, share: float = 0.6) -> Path:
    """Return a copy of a file that ends too early."""
    content = path.read_bytes()
    copy = path.with_name(name)
    copy.write_bytes(content[: int(len(content) * share)])
    return copy


def with_flipped_bits(path: Path, name: str, count: int = 25) -> Path:
    """Return a copy of a file with some bits of its middle flipped, always the same ones."""
    generator = random.Random(4)  # noqa: S311 - nothing secret
    content = bytearray(path.read_bytes())
    for _ in range(count):
        content[generator.randrange(len(content) // 4, len(content) * 3 // 4)] ^= 1 << generator.randrange(8)
    copy = path.with_name(name)
    copy.write_bytes(content)
    return copy
