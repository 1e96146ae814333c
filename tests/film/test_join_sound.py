"""The sound of the joined film is the source's own, and stays in time with the pictures."""

from pathlib import Path

import av
import numpy as np
import pytest

from film_sources import FLASH, FRAMES, FlashAndClick, segments_of, times_of
from film_writing import needs_ffmpeg, packets_of, settings_of
from huegraft.film.join import join
from huegraft.film.planes import PlaneFormat

pytestmark = needs_ffmpeg

EIGHT = PlaneFormat("ycbcr", 8, (2, 2))


@pytest.fixture(scope="module")
def flash_and_click(tmp_path_factory: pytest.TempPathFactory) -> FlashAndClick:
    return FlashAndClick(tmp_path_factory.mktemp("sources"))


def flash_to_click(path: Path) -> tuple[float, float]:
    """Return the second of the white frame, and the seconds from there to the click."""
    with av.open(str(path)) as film:
        flash = next(frame.time for frame in film.decode(video=0) if np.asarray(frame.planes[0])[0] > 100)
    with av.open(str(path)) as film:
        for frame in film.decode(audio=0):
            sound = frame.to_ndarray()[0]
            loud = np.flatnonzero(np.abs(sound) > 0.3 * (1 if sound.dtype.kind == "f" else np.iinfo(sound.dtype).max))
            if len(loud):
                return flash, frame.time + loud[0] / frame.sample_rate - flash
    raise AssertionError("no click")


@pytest.mark.parametrize(
    ("codec", "output"),
    [("x264", ".mp4"), ("x264", ".mov"), ("x264", ".mkv"), ("x265", ".mp4"), ("svtav1", ".mkv"), ("dnxhr_hq", ".mov")],
)
@pytest.mark.parametrize(
    ("name", "options", "start"),
    [
        ("source.mp4", [], 0),
        ("source.mov", ["-c:a", "pcm_s16le"], 3),
        ("source.mkv", ["-c:a", "flac"], 7.01),
        ("source.mkv", ["-c:a", "libopus"], 0),
        ("source.ts", ["-c:a", "mp2"], 0),
        ("source.ts", [], 500.5),
    ],
)
@pytest.mark.parametrize("part", [(0, FRAMES), (21, 40)])
def test_sound_stays_in_time(
    tmp_path: Path,
    flash_and_click: FlashAndClick,
    name: str,
    options: list[str],
    start: float,
    codec: str,
    output: str,
    part: tuple[int, int],
) -> None:
    source = flash_and_click(name, *options, start=start)
    times = times_of(source)
    settings = settings_of(codec, output, EIGHT)
    segments = segments_of(tmp_path / "segments", source, settings, *part)
    result = tmp_path / f"film{output}"
    notes = join(result, segments, settings, times, source=source)
    if output == ".mov" and options[-1:] in (["flac"], ["libopus"]):
        assert "cannot hold stream 1 (audio" in notes[0]
        return
    flash, gap = flash_to_click(result)
    assert abs(gap - flash_to_click(source)[1]) < 0.001
    later = flash - float(times.start(FLASH) - times.start(part[0]))
    if part != (0, FRAMES):
        assert 0 <= later < 0.1
        assert any("the pictures begin" in note for note in notes) == (later > 0.001)
    copied, whole = packets_of(result, "audio")[0], packets_of(source, "audio")[0]
    if not (name.endswith("ts") and options == []):  # the muxer takes the headers of ADTS off
        place = whole.index(copied[0])
        assert copied == (whole if part == (0, FRAMES) else whole[place : place + len(copied)])
    if part != (0, FRAMES):
        with av.open(str(result)) as film:
            sound = sum(frame.samples / frame.sample_rate for frame in film.decode(audio=0))
        assert abs(sound - 19 / 25) < 0.2
