"""Films that stand for what people bring: with sound, and with a moment that is seen and heard."""

from pathlib import Path

import av

from film_writing import ffmpeg
from huegraft.film.encoder import EncoderSettings
from huegraft.film.opening import opened_source
from huegraft.film.segments import write_segment
from huegraft.film.times import Times, as_fraction

SIZE = (32, 48)
FLASH, FRAMES = 30, 50  # the frame that is white, with a click where it begins


class FlashAndClick:
    """Makes films of two seconds with a white frame and a click at 1.2 seconds; each is made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[object, Path] = {}

    def __call__(self, name: str, *options: str, start: float = 0) -> Path:
        asked = (name, options, start)
        if asked not in self._made:
            folder = self._folder / str(len(self._made))
            folder.mkdir()
            self._made[asked] = folder / name
            _write(self._made[asked], *options, start=start)
        return self._made[asked]


def _write(path: Path, *options: str, start: float) -> None:
    picture = f"color=black:s={SIZE[1]}x{SIZE[0]}:r=25:d=2,geq=lum='if(eq(N,{FLASH}),235,16)':cb=128:cr=128"
    click = "aevalsrc='if(between(t,1.2,1.21),0.9*sin(6283*(t-1.2)),0.002*random(0))':s=48000:d=2"
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", click, "-output_ts_offset", str(start)]
    ffmpeg(*inputs, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", *options, path)


def times_of(path: Path) -> Times:
    with opened_source(path) as film:
        video = film.streams.video[0]
        pts = sorted(packet.pts for packet in film.demux(video) if packet.pts is not None)
        return Times(pts, as_fraction(video.time_base), pts[-1] - pts[-2])


def segments_of(folder: Path, source: Path, settings: EncoderSettings, start: int, stop: int) -> list[Path]:
    """Encode the source's own frames as two segments, at the size and in the layout of the settings."""
    (height, width), pixel_format = settings.size, settings.encoding.pixel_format
    with av.open(str(source)) as film:
        frames = [frame.reformat(width, height, pixel_format) for frame in list(film.decode(video=0))[start:stop]]
    folder.mkdir(exist_ok=True)
    half = len(frames) // 2
    for path, first, part in (("a", start, frames[:half]), ("b", start + half, frames[half:])):
        write_segment(folder / path, part, first, settings, "key")
    return [folder / "a", folder / "b"]
