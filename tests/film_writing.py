"""Small films that tests make, and what other programs read in them."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from huegraft.film.codecs import CODECS, chosen_codec
from huegraft.film.encoder import EncoderSettings
from huegraft.film.planes import PlaneFormat
from huegraft.film.reading import Reading
from huegraft.film.segments import write_segment

needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffprobe"), reason="needs the programs ffmpeg and ffprobe")


def settings_of(
    codec: str,
    suffix: str,
    layout: PlaneFormat,
    *,
    size: tuple[int, int] | None = None,
    rate: Fraction = Fraction(25),
    reading: Reading | None = None,
    **others: Any,
) -> EncoderSettings:
    """Return settings for frames that are small: as small as the codec takes them, where no size is given."""
    reading = reading or Reading("bt709")
    least_height, least_width = CODECS[codec].smallest
    size = size or (max(32, least_height), max(48, least_width + least_width % 2))
    encoding = chosen_codec(codec, layout, suffix, reading=reading, size=size)
    return EncoderSettings(encoding, size, rate, reading, **others)


def frames_of(settings: EncoderSettings, start: int, stop: int) -> Iterator[av.VideoFrame]:
    """Yield frames of noise over a ramp, the same for the same index: each sample is one that the format allows."""
    height, width = settings.size
    for index in range(start, stop):
        frame = av.VideoFrame(width, height, settings.encoding.pixel_format)
        generator = np.random.default_rng(index)
        for plane in frame.planes:
            kind = np.uint8 if settings.encoding.format.bits == 8 else np.dtype("<u2")
            shape = plane.height, plane.line_size // np.dtype(kind).itemsize
            ramp = np.linspace(0.1, 0.9, shape[1]) + generator.uniform(-0.05, 0.05, shape)
            plane.update((ramp * (2**settings.encoding.format.bits - 1)).astype(kind).tobytes())
        yield frame


def write_segments(folder: Path, settings: EncoderSettings, bounds: Sequence[tuple[int, int]]) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{start:04}" for start, _ in bounds]
    for path, (start, stop) in zip(paths, bounds, strict=True):
        write_segment(path, frames_of(settings, start, stop), start, settings, "key", threads=2)
    return paths


def probed(path: Path, *asked: str) -> dict[str, Any]:
    """Return what ffprobe says of a file."""
    command = ["ffprobe", "-v", "error", "-of", "json", *asked, str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)  # noqa: S603


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-y", "-v", "error", *map(str, arguments)], check=True)  # noqa: S603, S607


def video_of(path: Path) -> dict[str, Any]:
    return probed(path, "-show_streams", "-select_streams", "v:0")["streams"][0]


def packets_of(path: Path, kind: str) -> list[list[str]]:
    """Return digests of the packets of each stream of a kind."""
    with av.open(str(path)) as film:
        streams = [stream for stream in film.streams if stream.type == kind]
        found: dict[int, list[str]] = {stream.index: [] for stream in streams}
        for packet in film.demux(streams) if streams else ():
            if packet.size:
                found[packet.stream_index].append(hashlib.sha256(bytes(packet)).hexdigest())
    return list(found.values())


def shown(path: Path) -> list[Fraction]:
    """Return the seconds at which the frames are shown."""
    with av.open(str(path)) as film:
        video = film.streams.video[0]
        base = Fraction(video.time_base.numerator, video.time_base.denominator)
        return [frame.pts * base for frame in film.decode(video)]


def samples_of(frame: av.VideoFrame) -> list[np.ndarray]:
    """Return the samples of each plane without what stands behind the lines."""
    step = np.dtype(np.uint8 if frame.format.components[0].bits == 8 else "<u2")
    return [
        np.frombuffer(bytes(plane), step).reshape(-1, plane.line_size // step.itemsize)[: plane.height, : plane.width]
        for plane in frame.planes
    ]
