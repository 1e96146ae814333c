import resource
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from film_writing import frames_of, samples_of, settings_of, write_segments
from huegraft.errors import ArgumentError, FilmError
from huegraft.film.codecs import CODECS
from huegraft.film.packets import is_whole, read_facts, read_packets
from huegraft.film.planes import PlaneFormat
from huegraft.film.segments import check_joinable, segment_bounds, write_segment

EIGHT = PlaneFormat("ycbcr", 8, (2, 2))
SUFFIX = {name: codec.suffixes[-1] for name, codec in CODECS.items()}


def test_bounds_are_whole_shots_and_even_parts_of_long_ones() -> None:
    bounds = segment_bounds([(0, 3), (3, 4), (4, 704)], Fraction(25))
    assert bounds == [(0, 3), (3, 4), (4, 237), (237, 470), (470, 704)]
    assert segment_bounds([(0, 2)], Fraction(1, 100)) == [(0, 1), (1, 2)]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("frames", [1, 2, 3, 30])
def test_each_frame_has_a_packet_and_the_first_is_a_key(tmp_path: Path, codec: str, frames: int) -> None:
    settings = settings_of(codec, SUFFIX[codec], EIGHT)
    facts = write_segment(tmp_path / "s", frames_of(settings, 100, 100 + frames), 100, settings, "key")
    packets = list(read_packets(tmp_path / "s"))
    assert read_facts(tmp_path / "s") == facts
    assert (facts.first, facts.stop, facts.size) == (100, 100 + frames, sum(len(packet.data) for packet in packets))
    assert sorted(packet.frame for packet in packets) == list(range(100, 100 + frames))
    assert packets[0].key
    assert packets[0].frame == 100
    assert all(packet.frame >= 100 + position - facts.delay for position, packet in enumerate(packets))


def test_lossless_frames_come_back(tmp_path: Path) -> None:
    settings = settings_of("ffv1", ".mkv", PlaneFormat("ycbcr", 10, (2, 2)), pixel_aspect=Fraction(16, 15))
    write_segment(tmp_path / "s", frames_of(settings, 5, 8), 5, settings, "key")
    decoder = av.CodecContext.create("ffv1", "r")
    decoder.extradata = read_facts(tmp_path / "s").extradata
    decoder.width, decoder.height = 48, 32
    for packet, frame in zip(read_packets(tmp_path / "s"), frames_of(settings, 5, 8), strict=True):
        decoded = decoder.decode(av.Packet(packet.data))[0]
        for found, written in zip(samples_of(decoded), samples_of(frame), strict=True):
            np.testing.assert_array_equal(found, written)


@pytest.mark.parametrize("codec", CODECS)
def test_the_same_frames_give_the_same_bytes(tmp_path: Path, codec: str) -> None:
    reproducible = bool(CODECS[codec].reproducible)
    settings = settings_of(codec, SUFFIX[codec], EIGHT, size=(120, 256), reproducible=reproducible)
    for name, threads in (("once", 1), ("again", 3)):
        write_segment(tmp_path / name, frames_of(settings, 0, 20), 0, settings, "key", threads=threads)
    assert (tmp_path / "once").read_bytes() == (tmp_path / "again").read_bytes()


def test_quality(tmp_path: Path) -> None:
    for codec in ("x264", "x265", "svtav1"):
        sizes = []
        for quality in (10, None, 40):
            settings = settings_of(codec, ".mp4", EIGHT, quality=quality)
            sizes.append(write_segment(tmp_path / "s", frames_of(settings, 0, 5), 0, settings, "key").size)
        assert sizes == sorted(set(sizes), reverse=True)
    others = [("x265", 51.5), ("svtav1", 0), ("svtav1", 64), ("svtav1", 20.5), ("prores_4444", 3), ("dnxhr_hq", 3)]
    for codec, quality in (("x264", 52), ("ffv1", 3), *others):
        settings = settings_of(codec, SUFFIX[codec], EIGHT, quality=quality)
        with pytest.raises(ArgumentError, match="quality"):
            write_segment(tmp_path / "t", frames_of(settings, 0, 5), 0, settings, "key")


@pytest.mark.parametrize(
    "size", [(1, 1), (2, 2), (3, 5), (33, 47), (47, 36), (64, 65), (65, 67), (120, 256), (239, 427)]
)
@pytest.mark.parametrize("codec", CODECS)
def test_odd_sizes(tmp_path: Path, codec: str, size: tuple[int, int]) -> None:
    least = CODECS[codec].smallest
    if size[0] < least[0] or size[1] < least[1]:
        with pytest.raises(ArgumentError, match=rf"{codec} takes frames of {least[1]} × {least[0]} pixels and more"):
            settings_of(codec, SUFFIX[codec], EIGHT, size=size)
        return
    settings = settings_of(codec, SUFFIX[codec], EIGHT, size=size)
    assert write_segment(tmp_path / "s", frames_of(settings, 0, 1), 0, settings, "key").frames == 1


def test_x264_shares_frames_among_threads_and_closes_its_groups(tmp_path: Path) -> None:
    settings = settings_of("x264", ".mp4", EIGHT)
    write_segment(tmp_path / "s", frames_of(settings, 0, 1), 0, settings, "key", threads=2)
    said = next(read_packets(tmp_path / "s")).data
    assert all(option in said for option in (b"sliced_threads=0", b"open_gop=0", b"crf=16.0", b" threads=2"))


def test_headers_are_those_of_any_number_of_threads(tmp_path: Path) -> None:
    for codec in ("x264", "x265", "svtav1"):
        settings = settings_of(codec, ".mp4", EIGHT)
        headers = [
            write_segment(tmp_path / "s", frames_of(settings, 0, frames), 0, settings, "key", threads=threads).extradata
            for threads, frames in ((1, 1), (2, 3), (5, 9))
        ]
        assert headers == headers[:1] * 3
        assert headers[0]


_ENCODES_EACH = """
import sys, pathlib
from film_writing import frames_of, settings_of
from huegraft.film.codecs import CODECS
from huegraft.film.planes import PlaneFormat
from huegraft.film.segments import write_segment
for codec in CODECS:
    settings = settings_of(codec, CODECS[codec].suffixes[0], PlaneFormat("ycbcr", 8, (2, 2)))
    write_segment(pathlib.Path(sys.argv[1]) / codec, frames_of(settings, 0, 3), 0, settings, "key")
"""


def test_encoders_print_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _ENCODES_EACH, str(tmp_path)]
    done = subprocess.run(command, env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, check=True)  # noqa: S603
    assert (done.stdout, done.stderr) == (b"", b"")
    assert len(list(tmp_path.iterdir())) == len(CODECS)


def test_frames_of_another_layout_are_refused(tmp_path: Path) -> None:
    settings = settings_of("x264", ".mp4", EIGHT)
    others = settings_of("x264", ".mp4", EIGHT, size=(32, 64))
    with pytest.raises(ArgumentError, match="frame 1 is yuv420p 32 × 64; expected yuv420p 32 × 48"):
        write_segment(tmp_path / "s", [*frames_of(settings, 0, 1), *frames_of(others, 1, 2)], 0, settings, "key")
    with pytest.raises(FilmError, match="one frame at least"):
        write_segment(tmp_path / "s", [], 0, settings, "key")
    assert list(tmp_path.iterdir()) == []


def test_damage_is_found(tmp_path: Path) -> None:
    settings = settings_of("ffv1", ".mkv", EIGHT)
    path = tmp_path / "s"
    write_segment(path, frames_of(settings, 0, 3), 0, settings, "key")
    whole = path.read_bytes()
    assert is_whole(path, "key")
    assert not is_whole(path, "other")
    assert not is_whole(tmp_path / "missing", "key")
    for place in range(0, len(whole), 31):  # a bit flipped anywhere
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        with pytest.raises(FilmError, match=r"damaged|not a file of packets"):
            list(read_packets(path))
        assert not is_whole(path, "key")
    for length in range(0, len(whole), 31):
        path.write_bytes(whole[:length])
        with pytest.raises(FilmError):
            read_facts(path)
        assert not is_whole(path, "key")
    path.write_bytes(whole + b"\0")
    assert not is_whole(path, "key")


def test_segments_that_do_not_fit_are_named(tmp_path: Path) -> None:
    settings = settings_of("x264", ".mp4", EIGHT)
    others = settings_of("x264", ".mp4", EIGHT, rate=Fraction(24))
    paths = write_segments(tmp_path, settings, [(0, 3), (3, 4), (5, 6)])
    facts = [read_facts(path) for path in paths]
    with pytest.raises(FilmError, match="0005 begins at frame 5; expected 4"):
        check_joinable(facts, [path.name for path in paths])
    write_segment(tmp_path / "0003", frames_of(others, 3, 5), 3, others, "key")
    facts[1] = read_facts(tmp_path / "0003")
    with pytest.raises(FilmError, match="0003 and 0000 have different headers"):
        check_joinable(facts, [path.name for path in paths])


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    settings = settings_of("ffv1", ".mkv", EIGHT)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))
    try:
        with pytest.raises(FilmError, match="cannot write"):
            write_segment(tmp_path / "s", frames_of(settings, 0, 9), 0, settings, "key")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


_WRITES_FOR_EVER = """
import sys, pathlib
from film_writing import frames_of, settings_of
from huegraft.film.codecs import CODECS
from huegraft.film.planes import PlaneFormat
from huegraft.film.segments import write_segment
codec = sys.argv[2]
settings = settings_of(codec, CODECS[codec].suffixes[0], PlaneFormat("ycbcr", 8, (2, 2)))
for start in range(0, 100000, 4):
    write_segment(pathlib.Path(sys.argv[1]) / f"{start}", frames_of(settings, start, start + 4), start, settings, "key")
"""


@pytest.mark.parametrize("codec", CODECS)
def test_a_kill_leaves_whole_segments(tmp_path: Path, codec: str) -> None:
    command = [sys.executable, "-c", _WRITES_FOR_EVER, str(tmp_path), codec]
    with subprocess.Popen(command, env={"PYTHONPATH": ":".join(sys.path)}) as process:  # noqa: S603
        while len(list(tmp_path.glob("[0-9]*"))) < 3:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    segments = list(tmp_path.glob("[0-9]*"))
    assert len(segments) >= 3
    assert all(is_whole(segment, "key") for segment in segments)
