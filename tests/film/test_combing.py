"""Interlaced and telecined films are told from progressive ones by their pictures."""

import json
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

import film_clips
from huegraft.cli.main import app
from huegraft.errors import FilmError
from huegraft.evaluate.package import photograph
from huegraft.film.combing import Combing
from huegraft.film.decode import FilmFile

SIZE = 240, 160


def photographed(number, step=3):
    picture = photograph("chelsea")[..., 1] * 255
    return picture[:, step * number :][: SIZE[0], : SIZE[1]].astype(np.uint8)


def sines(number, down, across, speed):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return (128 + 100 * np.sin(2 * np.pi * (down * rows + across * columns + speed * number))).astype(np.uint8)


def rolling(number, step):
    """White bars of some lines each, as letters are, that roll up on black."""
    text = np.zeros((700, SIZE[1]), np.uint8)
    letters = np.random.default_rng(3).random((100, 40)) < 0.4
    text[:] = np.kron(letters, np.ones((7, 4))) * 235
    text[::40] = text[1::40] = 0
    return text[step * number :][: SIZE[0]]


def noise(number):
    return np.random.default_rng(number).integers(0, 255, SIZE).astype(np.uint8)


MOVING = {
    "pan": lambda number: photographed(number, 1),
    "fast pan": lambda number: photographed(number, 3),
    "grainy pan": lambda number: (photographed(number) / 2 + noise(number) / 8).astype(np.uint8),
    "rolling stripes": lambda number: sines(number, 1 / 2.7, 0, 0.37),
    "slanted stripes": lambda number: sines(number, 0.45, 0.1, 0.7),
    "credits 1": lambda number: rolling(number, 1),
    "credits 2": lambda number: rolling(number, 2),
    "credits 3": lambda number: rolling(number, 3),
}
STILL = {
    "noise": noise,
    "stripes": lambda number: sines(0, 0.5, 0, 0) + np.uint8(0),
    "alternating lines": lambda number: np.repeat(((np.arange(SIZE[0]) + number) % 2 * 255)[:, None], SIZE[1], 1),
    "flicker": lambda number: (photographed(0) * (0.8 + 0.2 * (number % 3) / 2)).astype(np.uint8),
    "cuts": lambda number: photographed(number * 37 % 50),
}


def found(frames):
    combing = Combing()
    for frame in frames:
        combing.add(frame)
    return combing.found


def woven(moments, first):
    """Yield frames whose fields are of two moments each."""
    for early, late in zip(moments[0::2], moments[1::2], strict=False):
        frame = early.copy()
        frame[1 - first :: 2] = late[1 - first :: 2]
        yield frame


def telecined(moments):
    """Yield five frames for each four: the third and the fourth are of two moments."""
    for a, b, c, d in zip(*(moments[start::4] for start in range(4)), strict=False):
        yield from (a, b, *woven((b, c), 0), *woven((c, d), 0), d)


@pytest.mark.parametrize("kind", [*MOVING, *STILL])
def test_progressive_films_are_not_found(kind):
    made = MOVING.get(kind) or STILL[kind]
    assert not found(made(number) for number in range(60))
    assert not found((made(number).astype(np.uint16) * 257) for number in range(60))


@pytest.mark.parametrize("kind", [kind for kind in MOVING if kind != "credits 1"])  # whose fields are alike
def test_interlaced_and_telecined_ones_are(kind):
    moments = [MOVING[kind](number) for number in range(80)]
    assert found(woven(moments, 0))
    assert found(woven(moments, 1))
    if kind != "grainy pan":
        assert found(telecined(moments))


def test_a_film_of_stills_is_progressive():
    assert not found([photographed(0)] * 40)
    assert not found([photographed(0)])


@pytest.fixture
def combed(tmp_path):
    options = "-vf tinterlace=mode=interleave_top,setfield=prog -c:v libx264 -crf 12 -pix_fmt yuv420p"
    return film_clips.clip(tmp_path, "combed.mkv", size="320x240", frames=35, options=options)


def test_an_unflagged_film_is_refused_unless_it_is_said_to_be_progressive(combed, tmp_path):
    with pytest.raises(FilmError, match=r"interlaced or telecined.*bwdif.*--fields progressive takes the frames"):
        FilmFile(combed)
    assert FilmFile(combed, progressive=True).index.frames == 35
    assert FilmFile(film_clips.clip(tmp_path, "fields.mkv"), progressive=True).index.interlaced.all()

    def scan(*options):
        return CliRunner().invoke(app, ["film", "scan", str(combed), "-p", str(tmp_path / "a.huegraft"), *options])

    assert isinstance(scan().exception, FilmError)
    assert scan("--fields", "progressive").exit_code == 0
    assert scan().exit_code == 0
    assert json.loads((tmp_path / "a.huegraft" / "shots.json").read_text())["source"]["fields"] == "progressive"
    shutil.rmtree(tmp_path / "a.huegraft")


@pytest.mark.parametrize("size", ["96x64", "320x180", "320x240", "352x288", "640x360"])
@pytest.mark.parametrize("source", ["testsrc", "testsrc2", "mandelbrot", "life=mold=10:ratio=0.3", "cellauto"])
def test_test_pictures_of_ffmpeg_are_progressive(tmp_path, source, size):
    source += f"{':' if '=' in source else '='}size={size}"
    film_clips.run_ffmpeg("-f", "lavfi", "-i", source, "-frames:v", "40", "-c:v", "ffv1", tmp_path / "film.mkv")
    assert not FilmFile(tmp_path / "film.mkv").index.interlaced.any()


def test_the_clips_of_the_tests_are_progressive(tmp_path):
    for name in ("closed.mp4", "mpeg2.ts", "mjpeg.avi", "bottom_up.avi", "ffv1grey.mkv"):
        assert not FilmFile(film_clips.clip(tmp_path, name)).index.interlaced.any()
