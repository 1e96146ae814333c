import numpy as np
import pytest

from huegraft.compiled.grade import FlatGrade
from huegraft.errors import FilmError
from huegraft.film.chroma_track import ChromaTrack, Colors, write_chroma_track
from huegraft.film.grade_track import GradeTrack, read_grade_track, write_grade_track


def colors(number, size=(21, 33)):
    rng = np.random.default_rng(number)
    return Colors(rng.uniform(-100, 100, (*size, 2)).astype(np.float32), rng.random(size, np.float32))


def grade(value, kept=1):
    shapes = {"tones": (2, 5), "matrix": (3, 3), "before": (3,), "after": (3,), "limits": (2, 3)}
    shapes |= {"coefficients": (10, 3), "by_color": (2, 2, 2, 4), "by_place": (2, 3, 2, 4), "kept": (kept,)}
    numbers = {name: np.full(shape, value, np.float32) for name, shape in shapes.items()}
    numbers["kept"] = np.full(kept, 0 if kept == 1 else value, np.float32)
    return FlatGrade(**numbers)


def test_chroma_comes_back_within_its_steps(tmp_path):
    assert write_chroma_track(tmp_path / "track.mkv", map(colors, range(12))) == 12
    with ChromaTrack(tmp_path / "track.mkv") as track:
        assert len(track) == 12
        for number in (0, 1, 2, 11, 5, 6, 0, -1):
            expected = colors(number % 12)
            assert np.abs(track[number].chroma - expected.chroma).max() <= 0.25
            assert np.abs(track[number].confidence - expected.confidence).max() <= 0.5 / 1023 + 1e-6
        assert len(track[2:5]) == 3
        with pytest.raises(IndexError, match="the track has 12 frames, got 12"):
            track[12]


def test_slow_ramps_have_no_bands(tmp_path):
    ramp = np.broadcast_to(np.linspace(-1, 1, 1000, dtype=np.float32)[:, None], (1000, 40))
    even = Colors(np.stack([ramp, -ramp], axis=2), np.ones((1000, 40), np.float32))
    write_chroma_track(tmp_path / "track.mkv", iter([even]))
    with ChromaTrack(tmp_path / "track.mkv") as track:
        means = track[0].chroma[..., 0].reshape(50, -1).mean(axis=1)
    assert np.abs(means - ramp.reshape(50, -1).mean(axis=1)).max() < 0.02


def test_neutral_stays_neutral(tmp_path):
    write_chroma_track(
        tmp_path / "track.mkv", iter([Colors(np.zeros((8, 9, 2), np.float32), np.zeros((8, 9), np.float32))])
    )
    with ChromaTrack(tmp_path / "track.mkv") as track:
        assert not track[0].chroma.any()


def test_the_same_bytes_for_any_number_of_threads(tmp_path):
    for threads in (1, 2):
        write_chroma_track(tmp_path / f"{threads}.mkv", map(colors, range(6)), threads)
    assert (tmp_path / "1.mkv").read_bytes() == (tmp_path / "2.mkv").read_bytes()


@pytest.mark.parametrize("content", [b"", b"no track", b"\x1aE\xdf\xa3" + bytes(500)])
def test_no_track(tmp_path, content):
    (tmp_path / "track.mkv").write_bytes(content)
    with pytest.raises(FilmError, match=r"track\.mkv"):
        ChromaTrack(tmp_path / "track.mkv")
    with pytest.raises(FilmError, match=r"missing\.mkv"):
        ChromaTrack(tmp_path / "missing.mkv")


def test_a_damaged_track_is_named(tmp_path):
    path = tmp_path / "track.mkv"
    write_chroma_track(path, map(colors, range(12)))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    path.write_bytes(content)
    with ChromaTrack(path) as track, pytest.raises(FilmError, match="is damaged at frame"):
        for number in range(12):
            track[number]


def test_nothing_is_left_of_a_track_that_was_not_finished(tmp_path):
    def frames():
        yield colors(0)
        raise FilmError("the film ends here")

    with pytest.raises(FilmError, match="the film ends here"):
        write_chroma_track(tmp_path / "track.mkv", frames())
    with pytest.raises(FilmError, match="there are no frames"):
        write_chroma_track(tmp_path / "track.mkv", iter([]))
    assert not list(tmp_path.iterdir())


def test_grades_between_knots(tmp_path):
    track = GradeTrack.of([0, 8, 11], [0.5, 0.25, 0.75], [grade(0), grade(8, kept=4), grade(2)])
    write_grade_track(tmp_path / "track.safetensors", track)
    again = read_grade_track(tmp_path / "track.safetensors")
    assert len(again) == 12
    for frame, value in ((0, 0), (2, 2), (8, 8), (9, 6), (11, 2)):
        assert again[frame].matrix[0, 0] == value
        assert again[frame].by_place.flat[0] == value
    assert again[4].kept.tolist() == [4] * 4
    assert again[11].kept.tolist() == [0] * 4
    with pytest.raises(IndexError, match="the track has 12 frames, got 12"):
        again[12]
    assert np.allclose(again.confidence, [0.5, 0.25, 0.75])


def test_the_grade_of_a_single_frame():
    track = GradeTrack.of([0], [1], [grade(3)])
    assert len(track) == 1
    assert track[0].matrix[0, 0] == 3


def test_no_track_of_grades(tmp_path):
    path = tmp_path / "track.safetensors"
    with pytest.raises(FilmError, match="there is no track of grades"):
        read_grade_track(path)
    path.write_bytes(b"damaged")
    with pytest.raises(FilmError, match="is damaged"):
        read_grade_track(path)
