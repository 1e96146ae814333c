import dataclasses
from contextlib import suppress
from fractions import Fraction

import numpy as np
import pytest

from huegraft.errors import FilmError
from huegraft.film.index import CELLS, Index, timing


@pytest.fixture
def index():
    return Index(
        pts=np.array([0, 40, 80, 120]),
        durations=np.array([40, 40, 40, 40]),
        keys=np.array([True, False, True, False]),
        digests=np.array([1, 2**32 - 1, 3, 4], np.uint32),
        corrupt=np.zeros(4, bool),
        interlaced=np.zeros(4, bool),
        pictures=np.arange(4 * np.prod(CELLS)).astype(np.uint8).reshape(4, *CELLS),
        time_base=Fraction(1, 1000),
        rate=Fraction(25),
        variable=False,
        seekable=True,
        damaged=False,
        pixel_format="gray",
        file_size=1234,
    )


def test_an_index_comes_back_whole(index, tmp_path):
    index.save(tmp_path / "index.npz")
    index.save(tmp_path / "index.npz")
    again = Index.load(tmp_path / "index.npz")
    for each in dataclasses.fields(Index):
        ours, theirs = getattr(again, each.name), getattr(index, each.name)
        assert type(ours) is type(theirs)
        np.testing.assert_array_equal(ours, theirs)
    assert again.digest == index.digest
    assert (again.frames, again.entries.tolist()) == (4, [0, 2])
    assert [path.name for path in tmp_path.iterdir()] == ["index.npz"]


def test_the_digest_tells_films_apart(index):
    other = dataclasses.replace(index, digests=index.digests[::-1].copy())
    later = dataclasses.replace(index, pts=index.pts + 1)
    assert len({index.digest, other.digest, later.digest}) == 3
    assert dataclasses.replace(index, file_size=1).digest == index.digest


@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_a_damaged_index_is_refused(index, tmp_path, share):
    path = tmp_path / "index.npz"
    index.save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FilmError, match=r"is no index of a film, or it is damaged.*delete .*index.npz"):
        Index.load(path)


def test_every_flipped_byte_is_harmless(index, tmp_path):
    path = tmp_path / "index.npz"
    index.save(path)
    content = path.read_bytes()
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :])
        with suppress(FilmError):
            assert Index.load(path).frames == 4


def test_other_files_are_no_index(index, tmp_path):
    path = tmp_path / "index.npz"
    with pytest.raises(FilmError, match="is no index of a film"):
        Index.load(path)
    np.savez(path, schema=2, pts=np.arange(3))
    with pytest.raises(FilmError, match="holds other data than an index"):
        Index.load(path)
    with path.open("wb") as file:
        np.save(file, np.arange(3))
    with pytest.raises(FilmError, match="is no index of a film"):
        Index.load(path)
    dataclasses.replace(index, pts=index.pts[::-1].copy()).save(path)
    with pytest.raises(FilmError, match="the times of the frames do not rise"):
        Index.load(path)
    dataclasses.replace(index, keys=index.keys[:2]).save(path)
    with pytest.raises(FilmError, match=r"keys is bool \(2,\), expected bool \(4,\)"):
        Index.load(path)
    np.savez(path, schema=9, pts=np.arange(3))
    with pytest.raises(FilmError, match="schema 9, expected 2"):
        Index.load(path)


def test_an_index_that_cannot_be_written(index, tmp_path):
    with pytest.raises(FilmError, match="cannot write the index"):
        index.save(tmp_path / "missing" / "index.npz")


MILLISECONDS = Fraction(1, 1000)


def test_rounded_times_are_of_an_exact_rate():
    stamps = [round(place * 1001 / 24) for place in range(1000)]
    found = timing(stamps, MILLISECONDS, 42, [])
    assert (found["rate"], found["variable"], found["seekable"]) == (Fraction(24000, 1001), False, True)
    assert found["pts"].tolist() == stamps
    assert found["durations"][:3].tolist() == [42, 41, 42]
    assert found["durations"][-1] == 42


def test_a_frame_left_out_is_no_grid():
    found = timing([0, 1, 2, 4, 5], Fraction(1, 25), 0, [Fraction(25)])
    assert found["variable"]
    assert found["rate"] == 20
    assert found["durations"].tolist() == [1, 1, 2, 1, 1]


def test_times_that_lack_or_run_backwards_are_filled_in():
    found = timing([0, None, 80, 70, 160, None], MILLISECONDS, 0, [Fraction(25)])
    assert found["pts"].tolist() == [0, 40, 80, 120, 160, 200]
    assert (found["rate"], found["variable"]) == (25, False)


def test_a_negative_start_stays():
    found = timing([-80, -40, 0, 40], MILLISECONDS, 0, [])
    assert found["pts"].tolist() == [-80, -40, 0, 40]
    assert found["rate"] == 25


def test_films_without_times_get_them_by_the_rate():
    found = timing([None] * 4, Fraction(1, 90000), 0, [Fraction(30000, 1001)])
    assert found["pts"].tolist() == [0, 3003, 6006, 9009]
    assert not found["seekable"]
    with pytest.raises(FilmError, match="too long for 25 frames"):
        timing([None] * 4, Fraction(1), 0, [])


def test_one_frame():
    assert timing([7], MILLISECONDS, 40, [Fraction(24)])["rate"] == 24
    assert timing([7], MILLISECONDS, 0, [])["durations"].tolist() == [40]
