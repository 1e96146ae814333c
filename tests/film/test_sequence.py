import pickle
from fractions import Fraction

import numpy as np
import pytest

import huegraft
from huegraft.encodings import SceneLinearEncoding
from huegraft.errors import ArgumentError, FilmError
from huegraft.film.planes import PlaneFormat
from huegraft.film.sequence import Sequence, rate_of


def written(folder, names, *, dtype=np.uint8, grey=False, size=(24, 32)):
    folder.mkdir(exist_ok=True)
    pictures = []
    for seed, name in enumerate(names):
        values = np.random.default_rng(seed).random((*size, 1 if grey else 3), np.float32)
        values = np.repeat(values, 3, axis=2) if grey else values
        most = 1 if dtype == np.float32 else np.iinfo(dtype).max
        pixels = (values * most).astype(dtype)
        encoding = {"encoding": SceneLinearEncoding()} if dtype == np.float32 else {}
        huegraft.write_picture(folder / name, huegraft.Picture(pixels, **encoding))
        pictures.append(pixels)
    return pictures


@pytest.mark.parametrize(
    ("ending", "dtype"), [("png", np.uint8), ("png", np.uint16), ("tif", np.uint16), ("tif", np.uint8)]
)
@pytest.mark.parametrize("grey", [False, True])
def test_frames_are_the_samples_of_the_files(tmp_path, ending, dtype, grey):
    folder = tmp_path / "frames"
    pictures = written(folder, [f"{number:05d}.{ending}" for number in range(7, 12)], dtype=dtype, grey=grey)
    for path in (folder, folder / f"%05d.{ending}"):
        film = Sequence(path, 24)
        assert film.format == PlaneFormat("grey" if grey else "rgb", 8 * np.dtype(dtype).itemsize)
        assert (film.index.frames, film.first, film.size) == (5, 7, (24, 32))
        for planes, pixels in zip(film.frames(1, 4), pictures[1:4], strict=True):
            for channel, samples in enumerate(planes.samples):
                np.testing.assert_array_equal(samples, pixels[..., channel])
        assert (film.reading.matrix, film.reading.range) == ("bt709" if grey else "rgb", "pc")


def test_times_are_of_the_rate(tmp_path):
    written(tmp_path, ["a1.png", "a2.png", "a3.png"])
    index = Sequence(tmp_path, "24000/1001").index
    assert (index.rate, index.time_base, index.variable) == (Fraction(24000, 1001), Fraction(1001, 24000), False)
    assert index.pts.tolist() == [0, 1, 2]
    numbers = Sequence(tmp_path)
    assert numbers.fps is None
    assert numbers.index.time_base == 1


def test_pictures_keep_what_goes_with_them(tmp_path):
    pixels = np.zeros((8, 9, 3), np.uint8)
    alpha = np.full((8, 9), 100, np.uint8)
    for number in (1, 2):
        huegraft.write_picture(
            tmp_path / f"{number}.png", huegraft.Picture(pixels, alpha=alpha, texts=(("Reel", str(number)),))
        )
    film = Sequence(tmp_path, 24)
    assert film.picture(1).texts == (("Reel", "2"),)
    np.testing.assert_array_equal(film.picture(1).alpha, alpha)
    assert film.format.alpha
    for planes in film.frames(0, 2):
        np.testing.assert_array_equal(planes.samples[-1], alpha)


def test_light_is_given_as_a_view_in_srgb(tmp_path):
    (pixels,) = written(tmp_path, ["1.exr"], dtype=np.float32)
    film = Sequence(tmp_path, 24)
    assert film.format == PlaneFormat("rgb", 16)
    (planes,) = film.frames(0, 1)
    expected = film.picture(0).as_float()[..., 1] * 65535
    assert np.abs(planes.samples[1] - expected).max() <= 0.51
    np.testing.assert_array_equal(film.picture(0).pixels, pixels)


def test_numbers_rise_without_padding_too(tmp_path):
    pictures = written(tmp_path, [f"frame{number}.png" for number in range(8, 13)])
    for path in (tmp_path, tmp_path / "frame%d.png"):
        first = [planes.samples[0] for planes in Sequence(path, 24).frames(0, 5)]
        np.testing.assert_array_equal(first, [pixels[..., 0] for pixels in pictures])


def test_gaps_are_named(tmp_path):
    written(tmp_path, [f"{number:04d}.png" for number in (1, 2, 4, 8, 9)])
    with pytest.raises(FilmError, match=r"lacks the frames 3, 5 to 7 between 1 and 9; expected one picture for each"):
        Sequence(tmp_path / "%04d.png")
    with pytest.raises(FilmError, match=r"lacks the frames 3, 5 to 7.*huegraft batch"):
        Sequence(tmp_path)


def test_pictures_that_are_no_film_are_refused_with_the_line_that_takes_them(tmp_path):
    written(tmp_path, ["1.png", "beach.png"])
    with pytest.raises(
        FilmError, match=r"beach.png has no number.*huegraft batch .* -r REFERENCE -o 'OUT/\{stem\}.png'"
    ):
        Sequence(tmp_path)
    (tmp_path / "beach.png").rename(tmp_path / "beach2.png")
    with pytest.raises(FilmError, match=r"are not numbered alike \(NUMBER.png, beachNUMBER.png\).*huegraft batch"):
        Sequence(tmp_path)
    assert Sequence(tmp_path / "beach%d.png").index.frames == 1


def test_what_is_not_there(tmp_path):
    with pytest.raises(FilmError, match="holds no pictures"):
        Sequence(tmp_path)
    with pytest.raises(FilmError, match=r"no file is named as .*%03d.png says; expected, for example, .*001.png"):
        Sequence(tmp_path / "%03d.png")
    with pytest.raises(FilmError, match="there is no folder"):
        Sequence(tmp_path / "missing" / "%03d.png")
    with pytest.raises(FilmError, match="has 2 places for a number"):
        Sequence(tmp_path / "%d_%d.png")


def test_frames_must_be_alike(tmp_path):
    written(tmp_path, ["1.png"])
    written(tmp_path, ["2.png"], size=(24, 30))
    with pytest.raises(
        FilmError, match=r"2.png is 30x24 uint8.*but the first frame is 32x24 uint8.*one size, one depth"
    ):
        Sequence(tmp_path)
    written(tmp_path / "deep", ["1.png"])
    written(tmp_path / "deep", ["2.png"], dtype=np.uint16)
    with pytest.raises(FilmError, match=r"2.png is 32x24 uint16"):
        Sequence(tmp_path / "deep")


def test_a_changed_frame_is_noticed(tmp_path):
    written(tmp_path, ["1.png", "2.png", "3.png"])
    film = Sequence(tmp_path, 24)
    (tmp_path / "2.png").write_bytes((tmp_path / "1.png").read_bytes())
    assert len(list(film.frames(2, 3))) == 1
    with pytest.raises(FilmError, match=r"2.png has changed since the film was looked through"):
        list(film.frames(0, 3))
    (tmp_path / "3.png").unlink()
    with pytest.raises(FilmError, match=r"cannot read .*3.png"):
        list(film.frames(2, 3))
    with pytest.raises(FilmError, match="has 2 frames, but its index has 3"):
        Sequence(tmp_path, 24, index=film.index)


def test_a_damaged_frame_is_named(tmp_path):
    written(tmp_path, ["1.png", "2.png"])
    content = (tmp_path / "2.png").read_bytes()
    (tmp_path / "2.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(FilmError, match="the frame 2 cannot be read"):
        Sequence(tmp_path)


def test_an_index_and_a_pickled_film_do_without_another_pass(tmp_path):
    written(tmp_path, ["1.png", "2.png"], grey=True)
    told = []
    film = Sequence(tmp_path, 24, progress=lambda done, count: told.append((done, count)))
    assert told == [(1, 2), (2, 2)]
    film.index.save(tmp_path / "index.npz")
    again = Sequence(tmp_path, 24, index=type(film.index).load(tmp_path / "index.npz"))
    assert again.format == film.format
    copy = pickle.loads(pickle.dumps(film))  # noqa: S301
    np.testing.assert_array_equal(next(copy.frames(1, 2)).samples[0], next(film.frames(1, 2)).samples[0])
    with pytest.raises(ArgumentError, match="frames must be from 0 to 2, got 0 to 3"):
        copy.frames(0, 3)


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (24, 24),
        ("25", 25),
        (23.976, Fraction(24000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        (12.5, Fraction(25, 2)),
        (16.67, Fraction(1667, 100)),
    ],
)
def test_rates(fps, rate):
    assert rate_of(fps) == rate


@pytest.mark.parametrize("fps", [0, -1, "x", float("nan"), float("inf"), "1/0", 10**6])
def test_what_is_no_rate(fps):
    with pytest.raises(ArgumentError, match="fps must be"):
        rate_of(fps)
