import os
import pickle
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import film_clips
from huegraft.errors import ArgumentError, FilmError
from huegraft.film.decode import FilmFile
from huegraft.film.planes_of_frames import planes_of
from huegraft.film.streams import Decoding, opened

TAKEN = [name for name in film_clips.CLIPS if name != "fields.mkv"]


def sequential(path, *, threads=1):
    """Return the samples of all frames, decoded from the start by nothing that is tested here."""
    with opened(path, 0, threads) as (container, stream):
        return [planes_of(frame).samples for frame in Decoding(container, stream)]


def assert_random_access(film, expected, rng, runs=10):
    assert film.index.frames == len(expected)
    for _ in range(runs):
        start = int(rng.integers(len(expected)))
        stop = min(len(expected), start + int(rng.integers(1, 9)))
        found = list(film.frames(start, stop))
        assert len(found) == stop - start
        for ours, theirs in zip(found, expected[start:stop], strict=True):
            for samples, others in zip(ours.samples, theirs, strict=True):
                np.testing.assert_array_equal(samples, others)


@pytest.mark.parametrize("name", TAKEN)
def test_any_frames_are_those_of_the_first_pass(name, tmp_path, rng):
    path = film_clips.clip(tmp_path, name)
    with FilmFile(path) as film:
        assert not film.index.damaged
        assert not film.index.corrupt.any()
        assert (np.diff(film.index.pts) > 0).all()
        assert film.index.variable == (name == "vfr.mkv")
        assert film.index.variable or film.index.rate == 25
        assert_random_access(film, sequential(path), rng)
        assert len(list(film.frames(0, film.index.frames))) == film.index.frames


def test_films_without_entry_points_are_not_decoded_from_their_start(tmp_path, monkeypatch):
    path = film_clips.clip(tmp_path, "refresh.ts", size="64x48", frames=480)
    film = FilmFile(path)
    expected = sequential(path)
    assert len(film.index.entries) == 1
    entries = list[int | None]()
    decoded = film._decoded
    monkeypatch.setattr(film, "_decoded", lambda entry, *rest: entries.append(entry) or decoded(entry, *rest))
    for start in (350, 470):
        for planes, samples in zip(film.frames(start, start + 5), expected[start:], strict=False):
            np.testing.assert_array_equal(planes.samples[0], samples[0])
    assert None not in entries


def test_times_of_frames_on_a_variable_rate(tmp_path):
    film = FilmFile(film_clips.clip(tmp_path, "vfr.mkv"))
    shown = [number for number in range(10**4) if number % 3 == 0 or number % 7 == 0][: film.index.frames]
    assert film.index.pts.tolist() == [40 * number for number in shown]
    assert film.index.time_base == Fraction(1, 1000)
    assert film.index.durations[:-1].tolist() == np.diff(film.index.pts).tolist()


def test_rates_of_film_are_exact(tmp_path):
    for rate in ("24000/1001", "30000/1001", "24", "16"):
        name = f"{rate.replace('/', '_')}.mkv"
        film = FilmFile(film_clips.clip(tmp_path, name, rate=rate, options="-c:v ffv1 -pix_fmt gray"))
        assert (film.index.rate, film.index.variable) == (Fraction(rate), False)


@pytest.mark.parametrize("name", ["ffv1.mkv", "open.mkv", "prores.mov"])
def test_odd_sizes(name, tmp_path, rng):
    options = film_clips.CLIPS[name]
    if "libx264" in options:  # which takes odd sizes only where chroma is whole
        options = options.replace("yuv420p", "yuv444p")
    path = film_clips.clip(tmp_path, name, options=f"-vf format=yuv444p,crop=33:17 {options}")
    with FilmFile(path) as film:
        assert film.size == (17, 33)
        assert_random_access(film, sequential(path), rng)


def test_an_edit_list_counts(tmp_path, rng):
    whole = film_clips.clip(tmp_path, "closed.mp4")
    film_clips.run_ffmpeg("-ss", "1.1", "-i", whole, "-c", "copy", tmp_path / "cut.mov")
    with FilmFile(tmp_path / "cut.mov") as film:
        assert 0 < film.index.frames < 70
        assert_random_access(film, sequential(tmp_path / "cut.mov"), rng)


@pytest.mark.parametrize("name", ["open.mkv", "mpeg2.ts", "asp.avi", "ffv1.mkv", "prores.mov"])
def test_damaged_films_always_decode_alike(name, tmp_path, rng):
    path = film_clips.with_flipped_bits(film_clips.clip(tmp_path, name), f"flipped_{name}")
    with FilmFile(path) as film:
        assert film.index.damaged
        assert_random_access(film, sequential(path), rng)
    again = FilmFile(path).index
    np.testing.assert_array_equal(film.index.digests, again.digests)
    np.testing.assert_array_equal(film.index.corrupt, again.corrupt)


@pytest.mark.parametrize("name", ["open.mkv", "mpeg2.ts", "ffv1.mkv", "closed.mp4"])
def test_truncated_films_have_the_frames_that_are_left(name, tmp_path, rng):
    whole = film_clips.clip(tmp_path, name)
    if name == "closed.mp4":  # its header stands at the end
        film_clips.run_ffmpeg("-i", whole, "-c", "copy", "-movflags", "+faststart", tmp_path / "fast.mp4")
        with pytest.raises(FilmError, match=r"cannot read .* as a film .*must be whole"):
            FilmFile(film_clips.truncated(whole, "headless.mp4"))
        whole = tmp_path / "fast.mp4"
    path = film_clips.truncated(whole, f"short_{name}")
    with FilmFile(path) as film:
        assert 10 < film.index.frames < 70
        assert_random_access(film, sequential(path), rng)


def test_a_change_of_size_is_refused(tmp_path):
    options = "-c:v mpeg2video -pix_fmt yuv420p"
    sizes = "64x48", "96x64"
    parts = [film_clips.clip(tmp_path, f"{size}.ts", size=size, frames=20, options=options) for size in sizes]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    with pytest.raises(FilmError, match=r"from 64x48 yuv420p to 96x64 yuv420p at frame (19|20); expected one size"):
        FilmFile(joined)


def test_interlaced_films_are_refused(tmp_path):
    with pytest.raises(FilmError, match=r"interlaced or telecined \(all frames are of two fields\).*progressive first"):
        FilmFile(film_clips.clip(tmp_path, "fields.mkv"))


def test_what_is_no_film_is_refused(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("no film\n" * 100)
    (tmp_path / "text.mkv").write_text("no film\n")
    (tmp_path / "empty.mkv").touch()
    film_clips.run_ffmpeg("-f", "lavfi", "-i", "sine=duration=1", tmp_path / "sound.wav")
    film_clips.run_ffmpeg("-f", "lavfi", "-i", "testsrc2", "-frames:v", "1", tmp_path / "picture.png")
    for name in ("text.txt", "text.mkv", "empty.mkv"):
        with pytest.raises(FilmError, match=r"cannot read|is no film"):
            FilmFile(tmp_path / name)
    with pytest.raises(FilmError, match=r"no video stream 0.*its streams are: audio.*expected a film with pictures"):
        FilmFile(tmp_path / "sound.wav")
    with pytest.raises(FilmError, match="is no film but"):
        FilmFile(tmp_path / "picture.png")
    with pytest.raises(FilmError, match="there is no such file"):
        FilmFile(tmp_path / "missing.mkv")
    with pytest.raises(FilmError, match="is no file"):
        FilmFile(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.mkv")
    with pytest.raises(FilmError, match="is no file"):
        FilmFile(tmp_path / "pipe.mkv")


def test_a_film_without_frames_is_refused(tmp_path):
    empty = film_clips.clip(tmp_path, "none.mkv", options="-c:v ffv1 -vf select=0")
    with pytest.raises(FilmError, match=r"cannot read|no frame that can be decoded"):
        FilmFile(empty)


def test_a_stream_that_is_not_there(tmp_path):
    with pytest.raises(FilmError, match=r"has no video stream 1, but 1 of them.*choose another stream"):
        FilmFile(film_clips.clip(tmp_path, "ffv1.mkv", frames=3), stream=1)


def test_cover_pictures_are_no_films(tmp_path):
    film = film_clips.clip(tmp_path, "closed.mp4", frames=30)
    film_clips.run_ffmpeg("-f", "lavfi", "-i", "testsrc2", "-frames:v", "1", tmp_path / "cover.png")
    covered = ["-map", "1", "-map", "0", "-c", "copy", "-disposition:v:0", "attached_pic", tmp_path / "covered.mp4"]
    film_clips.run_ffmpeg("-i", film, "-i", tmp_path / "cover.png", *covered)
    assert FilmFile(tmp_path / "covered.mp4").index.frames == 30


def test_one_of_several_video_streams(tmp_path):
    small, large = (
        film_clips.clip(tmp_path, f"{size}.mkv", size=size, frames=9, options="-c:v ffv1")
        for size in ("64x48", "96x64")
    )
    film_clips.run_ffmpeg("-i", small, "-i", large, "-map", "0", "-map", "1", "-c", "copy", tmp_path / "both.mkv")
    films = [FilmFile(tmp_path / "both.mkv", stream=number) for number in (0, 1)]
    assert [film.size for film in films] == [(48, 64), (64, 96)]
    assert [next(film.frames(5, 6)).size for film in films] == [(48, 64), (64, 96)]


@pytest.mark.parametrize("name", ["closed.mp4", "open.ts", "mpeg2.mpg", "vfr.mkv", "negative.mov", "x265.mkv"])
def test_frames_and_times_are_those_that_ffprobe_names(name, tmp_path):
    path = film_clips.clip(tmp_path, name)
    expected = film_clips.probed_times(path)
    pts = FilmFile(path).index.pts.tolist()
    assert len(pts) == len(expected)
    assert all(time in (ours, None) for ours, time in zip(pts, expected, strict=True))


def test_rotation_and_pixel_aspect_are_told(tmp_path):
    film_clips.clip(tmp_path, "wide_pixels.mp4", frames=5)
    turning = ["-c", "copy", "-metadata:s:v", "rotate=90"]
    film_clips.run_ffmpeg("-i", tmp_path / "wide_pixels.mp4", *turning, tmp_path / "turned.mp4")
    film = FilmFile(tmp_path / "turned.mp4")
    assert film.rotation in (90, -90)  # versions of FFmpeg write it in either sense
    assert film.pixel_aspect == 2
    assert film.size == (64, 96)


def test_a_film_can_be_pickled(tmp_path):
    film = FilmFile(film_clips.clip(tmp_path, "open.mkv"))
    expected = [planes.samples[0] for planes in film.frames(30, 34)]
    again = pickle.loads(pickle.dumps(film))  # noqa: S301
    assert (again.reading, again.format, again.size) == (film.reading, film.format, film.size)
    for planes, samples in zip(again.frames(30, 34), expected, strict=True):
        np.testing.assert_array_equal(planes.samples[0], samples)


def test_an_index_is_taken_again(tmp_path):
    path = film_clips.clip(tmp_path, "open.mkv")
    told = []
    index = FilmFile(path, progress=lambda done, count: told.append((done, count))).index
    assert [done for done, _ in told] == list(range(1, 71))
    index.save(tmp_path / "index.npz")
    film = FilmFile(path, index=type(index).load(tmp_path / "index.npz"), progress=told.clear)
    assert told
    assert len(list(film.frames(0, 70))) == 70


def test_another_film_is_noticed(tmp_path):
    path, other = film_clips.clip(tmp_path, "ffv1.mkv"), film_clips.clip(tmp_path, "open.mkv")
    film = FilmFile(path)
    with pytest.raises(FilmError, match="another film than that of its index"):
        FilmFile(other, index=film.index)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    with pytest.raises(FilmError, match=r"another film than that of its index.*make the project anew"):
        list(film.frames(0, 70))


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (4, 3), (0, 71), (71, 71)])
def test_frames_that_are_not_there(start, stop, tmp_path):
    film = FilmFile(film_clips.clip(tmp_path, "ffv1.mkv"))
    with pytest.raises(ArgumentError, match="frames must be from 0 to 70"):
        film.frames(start, stop)
    assert list(film.frames(3, 3)) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_no_handle_stays_open(tmp_path):
    path = film_clips.clip(tmp_path, "open.mkv")
    FilmFile(path)

    def handles():
        found = (os.path.realpath(each) for each in Path("/proc/self/fd").iterdir())
        return sum(each == os.path.realpath(path) for each in found)

    with FilmFile(path) as film:
        assert handles() == 0
        frames = film.frames(10, 40)
        next(frames)
        assert handles() == 1
    assert handles() == 0
    with pytest.raises(FilmError, match="was closed while frames of it were being read"):
        next(frames)
    assert len(list(film.frames(0, 3))) == 3


def test_frames_are_the_same_for_any_number_of_threads(tmp_path):
    path = film_clips.clip(tmp_path, "open.ts")
    one, many = FilmFile(path, threads=1).index, FilmFile(path, threads=4).index
    np.testing.assert_array_equal(one.digests, many.digests)
    assert one.digest == many.digest


def test_texts_of_another_code_are_no_error(tmp_path):
    path = film_clips.clip(tmp_path, "titled.mkv", options="-c:v ffv1 -metadata title=Xtitle", frames=5)
    path.write_bytes(path.read_bytes().replace(b"Xtitle", b"\xe9\xfftle\xe9"))
    assert FilmFile(path).index.frames == 5
