"""The joined film: its frames, their times and their tags, as other programs read them."""

import resource
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from film_writing import (
    ffmpeg,
    frames_of,
    needs_ffmpeg,
    probed,
    samples_of,
    settings_of,
    shown,
    video_of,
    write_segments,
)
from huegraft.errors import FilmError
from huegraft.film.codecs import CODECS
from huegraft.film.join import join
from huegraft.film.packets import read_facts
from huegraft.film.planes import PlaneFormat
from huegraft.film.reading import Matrix, Primaries, Range, Reading
from huegraft.film.segments import write_segment
from huegraft.film.times import Times

EIGHT = PlaneFormat("ycbcr", 8, (2, 2))
BOUNDS = [(0, 1), (1, 3), (3, 6), (6, 16)]  # one, two and three frames beside a longer segment
FORMATS = [
    ("x264", ".mp4", PlaneFormat("ycbcr", 8, (2, 2))),
    ("x264", ".mov", PlaneFormat("ycbcr", 10, (1, 2))),
    ("x264", ".mkv", PlaneFormat("ycbcr", 8, (1, 1))),
    ("prores_hq", ".mov", PlaneFormat("ycbcr", 10, (1, 2))),
    ("prores_hq", ".mkv", PlaneFormat("ycbcr", 10, (1, 2))),
    ("ffv1", ".mkv", PlaneFormat("ycbcr", 8, (2, 2))),
    ("ffv1", ".mkv", PlaneFormat("ycbcr", 12, (1, 1))),
    ("ffv1", ".mkv", PlaneFormat("ycbcr", 16, (2, 2))),
    ("ffv1", ".mkv", PlaneFormat("rgb", 8)),
    ("ffv1", ".mkv", PlaneFormat("rgb", 16)),
    ("x265", ".mp4", PlaneFormat("ycbcr", 8, (2, 2))),
    ("x265", ".mp4", PlaneFormat("ycbcr", 12, (1, 1))),
    ("x265", ".mov", PlaneFormat("ycbcr", 10, (1, 2))),
    ("x265", ".mkv", PlaneFormat("ycbcr", 12, (2, 2))),
    ("prores_4444", ".mov", PlaneFormat("ycbcr", 10, (1, 1))),
    ("prores_4444", ".mov", PlaneFormat("ycbcr", 10, (1, 1), alpha=True)),
    ("prores_4444", ".mkv", PlaneFormat("ycbcr", 10, (1, 1))),
    ("dnxhr_hq", ".mov", PlaneFormat("ycbcr", 8, (1, 2))),
    ("dnxhr_hqx", ".mov", PlaneFormat("ycbcr", 10, (1, 2))),
    ("svtav1", ".mp4", PlaneFormat("ycbcr", 8, (2, 2))),
    ("svtav1", ".mkv", PlaneFormat("ycbcr", 10, (2, 2))),
]
DECODED = {("prores_4444", False): "yuv444p12le", ("prores_4444", True): "yuva444p12le"}
TAGGED = [
    *(FORMATS[place] for place in (0, 1, 2, 3, 5)),
    *(format_ for format_ in FORMATS[10:] if format_[:2] not in (("prores_4444", ".mkv"), ("svtav1", ".mkv"))),
]
RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)]
ALL_FORMATS = [
    (*format_, rate)
    for place, format_ in enumerate(FORMATS)
    for rate in (RATES if place in (0, 3, 5, 10, 14, 18, 19) else [RATES[place % 4]])
]


@needs_ffmpeg
@pytest.mark.parametrize(("codec", "suffix", "layout", "rate"), ALL_FORMATS)
def test_frames_and_times(tmp_path: Path, codec: str, suffix: str, layout: PlaneFormat, rate: Fraction) -> None:
    settings = settings_of(codec, suffix, layout, rate=rate)
    segments = write_segments(tmp_path / "segments", settings, BOUNDS)
    output = tmp_path / f"film{suffix}"
    notes = join(output, segments, settings, Times.at_rate(16, rate))
    expected = [frame / rate for frame in range(16)]
    if suffix == ".mkv":
        assert max(abs(found - asked) for found, asked in zip(shown(output), expected, strict=True)) <= Fraction(
            1, 2000
        )
        assert [("1 ms" in note) for note in notes] == ([] if rate == 25 else [True])
    else:
        assert shown(output) == expected
        assert notes == ()
    entries = probed(output, "-count_frames", "-show_streams", "-show_packets", "-select_streams", "v")
    video = entries["streams"][0]
    assert video["pix_fmt"] == DECODED.get((codec, layout.alpha), settings.encoding.pixel_format)
    if codec == "x265" and suffix != ".mkv":
        assert video["codec_tag_string"] == "hvc1"
    assert int(video["nb_read_frames"]) == 16
    assert abs(Fraction(video["avg_frame_rate"]) - rate) < Fraction(1, 100)
    decoding = [int(packet["dts"]) for packet in entries["packets"] if "dts" in packet]
    assert all(before < after for before, after in pairwise(decoding))
    assert all(int(packet["dts"]) <= int(packet["pts"]) for packet in entries["packets"] if "dts" in packet)
    delay = max(read_facts(segment).delay for segment in segments)
    if suffix != ".mkv" and delay:  # frame j is decoded when the frame is shown that is `delay` places earlier
        showing = sorted(int(packet["pts"]) for packet in entries["packets"])
        assert decoding[delay:] == showing[: 16 - delay]
    ffmpeg("-xerror", "-i", output, "-f", "null", "-")


@needs_ffmpeg
@pytest.mark.parametrize(("codec", "suffix"), [(name, suffix) for name in CODECS for suffix in CODECS[name].suffixes])
@pytest.mark.parametrize("time_base", [Fraction(1, 90000), Fraction(1, 1000), Fraction(1001, 120000)])
def test_varying_rates(tmp_path: Path, codec: str, suffix: str, time_base: Fraction) -> None:
    generator = np.random.default_rng(3)
    steps = [int(step) for step in generator.integers(1, 9, 16) * (Fraction(1, 200) // time_base or 1)]
    pts = list(accumulate(steps[:-1], initial=0))
    settings = settings_of(codec, suffix, EIGHT, rate=1 / (Fraction(sum(steps), 16) * time_base))
    segments = write_segments(tmp_path / "segments", settings, BOUNDS)
    join(tmp_path / f"film{suffix}", segments, settings, Times(pts, time_base, steps[-1]))
    found, asked = shown(tmp_path / f"film{suffix}"), [time * time_base for time in pts]
    if suffix == ".mkv":
        assert max(abs(before - after) for before, after in zip(found, asked, strict=True)) <= Fraction(1, 2000)
    else:
        assert found == asked
        end = Fraction(video_of(tmp_path / f"film{suffix}")["duration"])
        assert abs(end - sum(steps) * time_base) < Fraction(1, 1000)


@needs_ffmpeg
@pytest.mark.parametrize(("codec", "suffix", "layout"), TAGGED)
@pytest.mark.parametrize(
    ("matrix", "primaries", "range_", "expected"),
    [
        ("bt709", "bt709", "pc", ("bt709", "bt709", "bt709")),
        ("bt601", "bt601-625", "tv", ("smpte170m", "smpte170m", "bt470bg")),
        ("bt470bg", "bt601-625", "tv", ("bt470bg", "smpte170m", "bt470bg")),
        ("bt601", "bt601-525", "pc", ("smpte170m", "smpte170m", "smpte170m")),
        ("bt2020", "bt2020", "tv", ("bt2020nc", "bt2020-10", "bt2020")),
    ],
)
def test_tags(
    tmp_path: Path,
    codec: str,
    suffix: str,
    layout: PlaneFormat,
    matrix: Matrix,
    primaries: Primaries,
    range_: Range,
    expected: tuple[str, str, str],
) -> None:
    reading = Reading(matrix, range_, "topleft", primaries)
    settings = settings_of(codec, suffix, layout, reading=reading, pixel_aspect=Fraction(16, 15))
    segments = write_segments(tmp_path / "segments", settings, [(0, 2)])
    join(tmp_path / f"film{suffix}", segments, settings, Times.at_rate(2, Fraction(25)))
    entries = probed(tmp_path / f"film{suffix}", "-show_frames", "-show_streams", "-select_streams", "v")
    frame, video = entries["frames"][0], entries["streams"][0]
    for tagged in (frame, video):
        assert (tagged["color_space"], tagged["color_transfer"], tagged["color_primaries"]) == expected
        assert tagged["color_range"] == ("tv" if codec.startswith("prores") else range_)
    if layout.subsampling == (2, 2):
        assert frame["chroma_location"] == video["chroma_location"] == "topleft"
    assert frame["sample_aspect_ratio"] == "16:15"


@needs_ffmpeg
def test_tags_of_rgb(tmp_path: Path) -> None:
    settings = settings_of("ffv1", ".mkv", PlaneFormat("rgb", 10), reading=Reading("rgb", "pc"))
    segments = write_segments(tmp_path / "segments", settings, [(0, 2)])
    join(tmp_path / "film.mkv", segments, settings, Times.at_rate(2, Fraction(25)))
    video = video_of(tmp_path / "film.mkv")
    tags = [video[f"color_{name}"] for name in ("space", "range", "transfer", "primaries")]
    assert tags == ["gbr", "pc", "iec61966-2-1", "bt709"]


@pytest.mark.parametrize("layout", [layout for codec, _, layout in FORMATS if codec == "ffv1"])
def test_lossless_frames_come_back(tmp_path: Path, layout: PlaneFormat) -> None:
    settings = settings_of("ffv1", ".mkv", layout)
    segments = write_segments(tmp_path / "segments", settings, BOUNDS)
    join(tmp_path / "film.mkv", segments, settings, Times.at_rate(16, Fraction(25)))
    with av.open(str(tmp_path / "film.mkv")) as film:
        for decoded, frame in zip(film.decode(video=0), frames_of(settings, 0, 16), strict=True):
            for plane, (found, written) in enumerate(zip(samples_of(decoded), samples_of(frame), strict=True)):
                if layout == PlaneFormat("rgb", 8):  # the fourth byte of each pixel stands for nothing
                    found, written = (np.delete(samples, np.s_[3::4], axis=1) for samples in (found, written))
                np.testing.assert_array_equal(found, written, err_msg=f"plane {plane}")


@pytest.mark.parametrize(("codec", "suffix"), [(codec, CODECS[codec].suffixes[0]) for codec in CODECS])
def test_the_same_bytes(tmp_path: Path, codec: str, suffix: str) -> None:
    settings = settings_of(codec, suffix, EIGHT, reproducible=True)
    for name in ("once", "again"):
        segments = write_segments(tmp_path / name, settings, BOUNDS)
        join(tmp_path / f"{name}{suffix}", segments, settings, Times.at_rate(16, Fraction(25)))
    assert (tmp_path / f"once{suffix}").read_bytes() == (tmp_path / f"again{suffix}").read_bytes()


@needs_ffmpeg
@pytest.mark.parametrize(("suffix", "found"), [(".mp4", None), (".mkv", "center")])
def test_a_siting_that_av1_has_no_name_for(tmp_path: Path, suffix: str, found: str | None) -> None:
    settings = settings_of("svtav1", suffix, EIGHT, reading=Reading("bt709", siting="center"))
    assert [f"{suffix} cannot say" in note for note in settings.encoding.notes] == ([] if found else [True])
    segments = write_segments(tmp_path / "segments", settings, [(0, 2)])
    join(tmp_path / f"film{suffix}", segments, settings, Times.at_rate(2, Fraction(25)))
    assert video_of(tmp_path / f"film{suffix}").get("chroma_location") == found


def test_alpha_comes_back(tmp_path: Path) -> None:
    settings = settings_of("prores_4444", ".mov", PlaneFormat("ycbcr", 10, (1, 1), alpha=True))
    segments = write_segments(tmp_path / "segments", settings, BOUNDS)
    join(tmp_path / "film.mov", segments, settings, Times.at_rate(16, Fraction(25)))
    with av.open(str(tmp_path / "film.mov")) as film:
        for decoded, frame in zip(film.decode(video=0), frames_of(settings, 0, 16), strict=True):
            shift = decoded.format.components[3].bits - 10
            assert shift == 2
            np.testing.assert_array_equal(samples_of(decoded)[3] >> shift, samples_of(frame)[3])


def test_a_part_of_a_film_begins_at_zero(tmp_path: Path) -> None:
    settings = settings_of("x264", ".mp4", EIGHT)
    segments = write_segments(tmp_path / "segments", settings, [(4, 7), (7, 9)])
    join(tmp_path / "film.mp4", segments, settings, Times.at_rate(16, Fraction(25)))
    assert shown(tmp_path / "film.mp4") == [Fraction(frame, 25) for frame in range(5)]


def test_failures_leave_nothing(tmp_path: Path) -> None:
    settings = settings_of("ffv1", ".mkv", EIGHT)
    segments = write_segments(tmp_path / "segments", settings, BOUNDS)
    output, times = tmp_path / "film.mkv", Times.at_rate(16, Fraction(25))
    handles = len(list(Path("/proc/self/fd").iterdir()))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, hard))
    try:
        with pytest.raises(FilmError, match=r"cannot write .*film\.mkv"):
            join(output, segments, settings, times)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    damaged = segments[2].read_bytes()
    segments[2].write_bytes(damaged[:40] + b"!" + damaged[41:])
    with pytest.raises(FilmError, match="0003 is damaged"):
        join(output, segments, settings, times)
    with pytest.raises(FilmError, match="the film has 9"):
        join(output, segments, settings, Times.at_rate(9, Fraction(25)))
    for source in ("missing.mkv", "segments/0000"):
        with pytest.raises(FilmError, match=f"cannot read .*{source}"):
            join(output, segments, settings, times, source=tmp_path / source)
    assert [path.name for path in tmp_path.iterdir()] == ["segments"]
    assert len(list(Path("/proc/self/fd").iterdir())) == handles


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    settings = settings_of("ffv1", ".mkv", EIGHT)
    segments = write_segments(tmp_path / "segments", settings, [(0, 2)])
    output, times = tmp_path / "film.mkv", Times.at_rate(2, Fraction(25))
    output.write_text("kept")
    with pytest.raises(FilmError, match="exists"):
        join(output, segments, settings, times)
    assert output.read_text() == "kept"
    join(output, segments, settings, times, replace=True)
    assert len(shown(output)) == 2


def test_segments_of_other_settings_are_refused(tmp_path: Path) -> None:
    settings = settings_of("ffv1", ".mkv", EIGHT)
    others = settings_of("ffv1", ".mkv", PlaneFormat("ycbcr", 10, (2, 2)))
    segments = write_segments(tmp_path / "segments", settings, [(0, 2), (2, 4)])
    write_segment(segments[1], frames_of(others, 2, 4), 2, others, "key")
    with pytest.raises(FilmError, match="0002 and 0000 have different headers"):
        join(tmp_path / "film.mkv", segments, settings, Times.at_rate(4, Fraction(25)))
