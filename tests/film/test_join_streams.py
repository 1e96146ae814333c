"""What the joined film takes over from its source: sound, subtitles, attachments, chapters and labels."""

import math
import os
from fractions import Fraction
from pathlib import Path

import av
import pytest

from film_sources import FRAMES, FlashAndClick, segments_of, times_of
from film_writing import ffmpeg, frames_of, needs_ffmpeg, packets_of, probed, settings_of, video_of, write_segments
from huegraft.errors import FilmError
from huegraft.film.codecs import CODECS
from huegraft.film.join import join
from huegraft.film.opening import opened_source
from huegraft.film.planes import PlaneFormat
from huegraft.film.segments import write_segment
from huegraft.film.times import Times

pytestmark = needs_ffmpeg

EIGHT = PlaneFormat("ycbcr", 8, (2, 2))
SUBTITLES = "1\n00:00:00,500 --> 00:00:01,500\nhello\n\n2\n00:00:01,600 --> 00:00:01,900\nagain\n"
LABELS = """;FFMETADATA1
title=Street
artist=Somebody
[CHAPTER]
TIMEBASE=1/1000
START=0
END=1000
title=one
[CHAPTER]
TIMEBASE=1/1000
START=1000
END=2000
title=two
"""


@pytest.fixture(scope="module")
def flash_and_click(tmp_path_factory: pytest.TempPathFactory) -> FlashAndClick:
    return FlashAndClick(tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def full_source(flash_and_click: FlashAndClick, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a film with all that Matroska holds."""
    folder = tmp_path_factory.mktemp("full")
    plain = flash_and_click("plain.mov", "-timecode", "01:00:00:00")
    (folder / "subtitles.srt").write_text(SUBTITLES)
    (folder / "labels.txt").write_text(LABELS)
    (folder / "font.ttf").write_bytes(bytes(range(256)))
    inputs = [part for name in (plain, "subtitles.srt", "labels.txt") for part in ("-i", folder / name)]
    maps = ["-map", "0:v", "-map", "0:a", "-map", "0:a", "-map", "1", "-map_metadata", "2", "-map_chapters", "2"]
    labels = ["-metadata:s:a:1", "language=fra", "-metadata:s:a:1", "title=Commentary", "-disposition:a:1", "comment"]
    labels += ["-metadata:s:s:0", "language=deu", "-disposition:s:0", "forced", "-c", "copy", "-c:s", "srt"]
    attached = ["-attach", folder / "font.ttf", "-metadata:s:t", "mimetype=application/x-truetype-font"]
    ffmpeg(*inputs, *maps, *labels, *attached, folder / "full.mkv")
    return folder / "full.mkv"


def test_all_else_is_kept_in_matroska(tmp_path: Path, full_source: Path) -> None:
    settings = settings_of("ffv1", ".mkv", EIGHT)
    segments = segments_of(tmp_path / "segments", full_source, settings, 0, FRAMES)
    assert join(tmp_path / "film.mkv", segments, settings, times_of(full_source), source=full_source) == ()
    found, asked = (probed(path, "-show_streams", "-show_chapters") for path in (tmp_path / "film.mkv", full_source))
    assert len(found["streams"]) == len(asked["streams"]) == 5
    for after, before in zip(found["streams"], asked["streams"], strict=True):
        assert after["codec_type"] == before["codec_type"]
        assert after["disposition"] == before["disposition"]
        for label in ("language", "title", "filename", "mimetype", "TIMECODE"):
            assert after.get("tags", {}).get(label) == before.get("tags", {}).get(label)
    assert found["streams"][0]["tags"]["TIMECODE"] == "01:00:00:00"
    assert found["chapters"] == asked["chapters"]
    for kind in ("audio", "subtitle"):
        assert packets_of(tmp_path / "film.mkv", kind) == packets_of(full_source, kind)
    with av.open(str(tmp_path / "film.mkv")) as film:
        assert film.metadata["title"] == "Street"
        assert [stream.data for stream in film.streams if stream.type == "attachment"] == [bytes(range(256))]


@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
def test_what_mov_cannot_hold_is_named(tmp_path: Path, full_source: Path, suffix: str) -> None:
    settings = settings_of("x264", suffix, EIGHT)
    segments = segments_of(tmp_path / "segments", full_source, settings, 0, FRAMES)
    output = tmp_path / f"film{suffix}"
    notes = join(output, segments, settings, times_of(full_source), source=full_source)
    assert [note.partition(": it")[0] for note in notes] == [
        "the output cannot hold stream 4 (attachment, font.ttf)",
    ]
    found = probed(output, "-show_streams", "-show_chapters", "-show_format")
    assert [chapter["tags"]["title"] for chapter in found["chapters"]] == ["one", "two"]
    assert [float(chapter["end_time"]) for chapter in found["chapters"]] == [1, 2]
    assert found["streams"][0]["tags"]["timecode"] == "01:00:00:00"
    assert found["streams"][2]["tags"]["language"] == "fra"
    assert found["format"]["tags"]["title"] == "Street"
    assert packets_of(output, "audio") == packets_of(full_source, "audio")


def spoken(path: Path) -> str:
    """Return the subtitles of a film as an SRT file."""
    ffmpeg("-i", path, "-map", "0:s", "-f", "srt", path.with_suffix(".spoken"))
    return path.with_suffix(".spoken").read_text().replace("\r", "")


@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
def test_subtitles_become_the_text_that_the_container_holds(tmp_path: Path, full_source: Path, suffix: str) -> None:
    italic = SUBTITLES.replace("hello", "<i>hel</i>lo & grüße\nsecond line")
    (tmp_path / "italic.srt").write_text(italic)
    inputs = ["-i", full_source, "-i", tmp_path / "italic.srt", "-map", "0:v", "-map", "0:a", "-map", "1"]
    ffmpeg(
        *inputs, "-c", "copy", "-metadata:s:s:0", "language=fra", "-disposition:s:0", "forced", tmp_path / "first.mkv"
    )
    path, shown = tmp_path / "first.mkv", spoken(tmp_path / "first.mkv")
    assert "<i>hel</i>lo & grüße\nsecond line" in shown
    for name, codec, text in ((f"second{suffix}", "x264", "mov_text"), ("third.mkv", "ffv1", "subrip")):
        settings = settings_of(codec, name[-4:], EIGHT)
        segments = segments_of(tmp_path / f"{codec}.segments", path, settings, 0, FRAMES)
        notes = join(tmp_path / name, segments, settings, times_of(path), source=path)
        assert not any("cannot hold stream" in note for note in notes)
        path = tmp_path / name
        [stream] = probed(path, "-show_streams", "-select_streams", "s")["streams"]
        assert (stream["codec_name"], stream["tags"]["language"]) == (text, "fra")
        assert suffix == ".mov" or stream["disposition"]["forced"] == 1  # MOV holds it of no subtitles
        assert spoken(path) == shown


def test_a_part_of_subtitles_that_become_another_text(tmp_path: Path, full_source: Path) -> None:
    settings = settings_of("x264", ".mp4", EIGHT)
    segments = segments_of(tmp_path / "segments", full_source, settings, 20, 40)
    join(tmp_path / "film.mp4", segments, settings, times_of(full_source), source=full_source)
    said = spoken(tmp_path / "film.mp4")
    assert said.count("-->") == 1
    assert said.splitlines()[1].startswith("00:00:00,0")
    assert "hello" in said


def test_a_part_has_its_own_chapters_timecode_and_subtitles(tmp_path: Path, full_source: Path) -> None:
    settings = settings_of("ffv1", ".mkv", EIGHT)
    segments = segments_of(tmp_path / "segments", full_source, settings, 20, 40)
    join(tmp_path / "film.mkv", segments, settings, times_of(full_source), source=full_source)
    found = probed(tmp_path / "film.mkv", "-show_streams", "-show_chapters", "-show_packets", "-select_streams", "s")
    chapters = [(chapter["tags"]["title"], float(chapter["end_time"])) for chapter in found["chapters"]]
    shift = float(times_of(full_source).start(20))
    assert [name for name, _ in chapters] == ["one", "two"]
    assert math.isclose(chapters[0][1], 1 - shift, abs_tol=0.03)
    assert math.isclose(chapters[1][1], 0.8, abs_tol=0.03)
    assert video_of(tmp_path / "film.mkv")["tags"]["TIMECODE"] == "01:00:00:20"
    [subtitle] = found["packets"]
    assert float(subtitle["pts_time"]) < 0.03
    assert math.isclose(float(subtitle["duration_time"]), 1.5 - shift, abs_tol=0.03)


def test_sixteen_tracks_of_sound(tmp_path: Path, flash_and_click: FlashAndClick) -> None:
    tracks = [part for _ in range(16) for part in ("-map", "1:a")]
    source = flash_and_click("source.mov", "-map", "0:v", *tracks, "-c:a", "pcm_s24le")
    settings = settings_of("prores_hq", ".mov", EIGHT)
    segments = write_segments(tmp_path / "segments", settings, [(0, FRAMES)])
    assert join(tmp_path / "film.mov", segments, settings, times_of(source), source=source) == ()
    found = packets_of(tmp_path / "film.mov", "audio")
    assert len(found) == 16
    for track in range(0, 16, 5):
        assert sound_of(tmp_path / "film.mov", track) == sound_of(source, track)


def sound_of(path: Path, track: int) -> bytes:
    with av.open(str(path)) as film:
        return b"".join(bytes(packet) for packet in film.demux(film.streams.audio[track]) if packet.size)


@pytest.mark.parametrize(("codec", "suffix"), [(name, suffix) for name in CODECS for suffix in CODECS[name].suffixes])
def test_rotation(tmp_path: Path, flash_and_click: FlashAndClick, codec: str, suffix: str) -> None:
    plain = flash_and_click("source.mp4")
    source = tmp_path / "source.mp4"
    ffmpeg("-i", plain, "-c", "copy", "-metadata:s:v", "rotate=90", source)
    settings = settings_of(codec, suffix, EIGHT)
    segments = segments_of(tmp_path / "segments", source, settings, 0, FRAMES)
    join(tmp_path / f"film{suffix}", segments, settings, times_of(source), source=source)
    assert packets_of(tmp_path / f"film{suffix}", "audio") == packets_of(source, "audio")
    found, asked = (video_of(path)["side_data_list"][0]["rotation"] for path in (tmp_path / f"film{suffix}", source))
    assert found == asked
    assert abs(asked) == 90


def test_the_stream_that_is_replaced(tmp_path: Path, flash_and_click: FlashAndClick) -> None:
    source = tmp_path / "source.mkv"
    plain = flash_and_click("plain.mkv")
    ffmpeg("-i", plain, "-map", "0:a", "-map", "0:v", "-map", "0:v", "-c", "copy", source)
    settings = settings_of("ffv1", ".mkv", EIGHT)
    segments = write_segments(tmp_path / "segments", settings, [(0, FRAMES)])
    for stream in (None, 1, 2):
        join(tmp_path / "film.mkv", segments, settings, times_of(source), source=source, stream=stream, replace=True)
        names = [found["codec_name"] for found in probed(tmp_path / "film.mkv", "-show_streams")["streams"]]
        assert names == (["aac", "h264", "ffv1"] if stream == 2 else ["aac", "ffv1", "h264"])
    with pytest.raises(FilmError, match="has no video stream 0"):
        join(tmp_path / "film.mkv", segments, settings, times_of(source), source=source, stream=0, replace=True)


@pytest.mark.parametrize(("suffix", "holds"), [(".mkv", True), (".mp4", True), (".mov", False)])
@pytest.mark.parametrize("attached", [True, False])
def test_covers(tmp_path: Path, flash_and_click: FlashAndClick, suffix: str, holds: bool, attached: bool) -> None:
    cover, source = tmp_path / "cover.png", tmp_path / ("source.mkv" if attached else "source.mp4")
    ffmpeg("-f", "lavfi", "-i", "color=red:s=16x16", "-frames:v", "1", cover)
    plain = flash_and_click("source.mp4")
    if attached:
        ffmpeg("-i", plain, "-attach", cover, "-metadata:s:t", "mimetype=image/png", "-c", "copy", source)
    else:
        maps = ["-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1", "attached_pic"]
        ffmpeg("-i", plain, "-i", cover, *maps, source)
    settings = settings_of("x264", suffix, EIGHT)
    segments = write_segments(tmp_path / "segments", settings, [(20, 40)])
    notes = join(tmp_path / f"film{suffix}", segments, settings, times_of(source), source=source)
    if not holds:
        assert "cannot hold stream 2 (video, png)" in notes[0]
        return
    with av.open(str(tmp_path / f"film{suffix}")) as film:
        found = next(packet for packet in film.demux(film.streams.video[1]) if packet.size)
        assert bytes(found) == cover.read_bytes()


def test_labels_of_cameras(tmp_path: Path, flash_and_click: FlashAndClick) -> None:
    source = tmp_path / "source.mov"
    labels = ["-metadata", "com.apple.quicktime.make=Someone", "-movflags", "use_metadata_tags"]
    ffmpeg("-i", flash_and_click("source.mp4"), "-c", "copy", *labels, source)
    for suffix in (".mov", ".mp4", ".mkv"):
        settings = settings_of("x264", suffix, EIGHT)
        segments = write_segments(tmp_path / "segments", settings, [(0, FRAMES)])
        join(tmp_path / f"film{suffix}", segments, settings, times_of(source), source=source)
        with av.open(str(tmp_path / f"film{suffix}")) as film:
            found = {name.lower(): value for name, value in film.metadata.items()}
        assert found["com.apple.quicktime.make"] == "Someone"


@pytest.mark.parametrize(
    ("label", "held"), [("10:00:00;10", "10:00:00:10"), ("ten o'clock", None), ("10:00:00:10", "10:00:00:10")]
)
def test_timecodes_that_are_none(tmp_path: Path, flash_and_click: FlashAndClick, label: str, held: str | None) -> None:
    source = tmp_path / "source.mkv"
    ffmpeg("-i", flash_and_click("source.mp4"), "-c", "copy", "-metadata:s:v", f"timecode={label}", source)
    settings = settings_of("x264", ".mov", EIGHT)
    segments = write_segments(tmp_path / "segments", settings, [(0, FRAMES)])
    notes = join(tmp_path / "film.mov", segments, settings, times_of(source), source=source)
    assert video_of(tmp_path / "film.mov")["tags"].get("timecode") == held
    assert any("cannot hold the labels timecode" in note for note in notes) == (held is None)


def test_labels_in_other_bytes(tmp_path: Path, flash_and_click: FlashAndClick) -> None:
    source = tmp_path / "source.mp4"
    title = os.fsdecode("Été".encode("latin-1"))
    ffmpeg("-i", flash_and_click("source.mp4"), "-c", "copy", "-metadata", f"title={title}", source)
    settings = settings_of("x264", ".mp4", EIGHT)
    segments = write_segments(tmp_path / "segments", settings, [(0, FRAMES)])
    join(tmp_path / "film.mp4", segments, settings, times_of(source), source=source)
    with opened_source(tmp_path / "film.mp4") as film:
        assert film.metadata["title"] == title


@pytest.mark.parametrize("name", ["source.mkv", "source.ts"])
def test_sources_that_are_cut_short(tmp_path: Path, flash_and_click: FlashAndClick, name: str) -> None:
    whole = flash_and_click(name, "-c:a", "mp2")
    source = tmp_path / name
    source.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    settings = settings_of("x264", ".mp4", EIGHT)
    segments = write_segments(tmp_path / "segments", settings, [(0, FRAMES)])
    join(tmp_path / "film.mp4", segments, settings, times_of(whole), source=source)
    found, asked = packets_of(tmp_path / "film.mp4", "audio")[0], packets_of(whole, "audio")[0]
    assert 0 < len(found) < len(asked)
    assert found[:-1] == asked[: len(found) - 1]


def test_frames_without_a_source(tmp_path: Path) -> None:
    settings = settings_of("ffv1", ".mkv", EIGHT)
    write_segment(tmp_path / "a", frames_of(settings, 0, 4), 0, settings, "key")
    join(tmp_path / "film.mkv", [tmp_path / "a"], settings, Times.at_rate(4, Fraction(25)))
    assert len(probed(tmp_path / "film.mkv", "-show_streams")["streams"]) == 1
