from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data

import film_clips
from conftest import SHARED
from huegraft.errors import ArgumentError
from huegraft.film.decode import FilmFile
from huegraft.film.first_pass import small_picture_of
from huegraft.film.index import CELLS, Index
from huegraft.film.planes import PlaneFormat, Planes
from huegraft.film.reading import Reading
from huegraft.film.sequence import Sequence
from huegraft.film.shots import cells_inside, find_shots
from huegraft.windows import Window

SIZE = (120, 160)


class Frames:
    """A source whose frames are in memory."""

    def __init__(self, pictures, bits=8, bars=None):
        self.pictures, self.path, self.size = pictures, Path("frames"), pictures[0].shape
        self.format, self.reading = PlaneFormat("grey", bits), Reading("bt709", "pc", bars=bars)

    @property
    def index(self):
        count = len(self.pictures)
        columns = {name: np.zeros(count, bool) for name in ("keys", "corrupt", "interlaced")}
        times = {"pts": np.arange(count), "durations": np.ones(count, np.int64), "digests": np.zeros(count, np.uint32)}
        rest = {"variable": False, "seekable": True, "damaged": False, "pixel_format": "gray", "file_size": 0}
        pictures = np.array([small_picture_of(picture, self.format.bits) for picture in self.pictures])
        return Index(**columns, **times, **rest, pictures=pictures, time_base=Fraction(1, 25), rate=Fraction(25))

    def frames(self, start, stop):
        return (Planes(self.format, (picture,)) for picture in self.pictures[start:stop])


def spans(shots):
    return [(shot.start, shot.stop) for shot in shots]


def moving(name, count):
    """Return a grey photograph of a package, panned across."""
    picture = getattr(data, name)()
    grey = picture.mean(axis=2) if picture.ndim == 3 else picture.astype(float)
    grey = grey[::2, ::2] if min(grey.shape) > 400 else grey
    height, width = SIZE
    room = min(grey.shape[1] - width, 3 * count)
    places = np.linspace(0, room, count).astype(int)
    return [grey[40 : 40 + height, place : place + width].astype(np.uint8) for place in places]


NAMES = ["astronaut", "coffee", "camera", "chelsea", "rocket", "coins", "moon"]


def joined(lengths=(20, 8, 31, 12, 9, 25, 14)):
    pictures, shots = [], []
    for name, length in zip(NAMES, lengths, strict=True):
        shots.append((len(pictures), len(pictures) + length))
        pictures += moving(name, length)
    return pictures, shots


def test_cuts_between_moving_photographs():
    pictures, shots = joined()
    told = []
    assert spans(find_shots(Frames(pictures), progress=lambda *done: told.append(done))) == shots
    assert told[-1] == (len(pictures), len(pictures))


def test_flicker_noise_and_fades_are_no_cuts():
    rng = np.random.default_rng(5)
    pictures = np.array(moving("astronaut", 60), np.float32)
    flicker = rng.uniform(0.8, 1.2, (60, 1, 1))
    noise = rng.normal(0, 12, pictures.shape)
    fade = np.clip(np.arange(60) / 25, 0, 1)[:, None, None]
    for changed in (pictures * flicker, pictures + noise, pictures * flicker + noise, pictures * fade, pictures[::-1]):
        frames = list(changed.clip(0, 255).astype(np.uint8))
        assert spans(find_shots(Frames(frames))) == [(0, 60)]


def test_cuts_are_found_under_flicker_and_noise():
    rng = np.random.default_rng(6)
    pictures, shots = joined()
    worn = [picture * rng.uniform(0.8, 1.2) + rng.normal(0, 8, SIZE) for picture in pictures]
    assert spans(find_shots(Frames([picture.clip(0, 255).astype(np.uint8) for picture in worn]))) == shots


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("place", [2, 15, 25])
def test_flashes_are_part_of_their_shot(length, place):
    pictures = moving("coffee", 30)
    other = moving("moon", length)
    assert spans(find_shots(Frames(pictures[:place] + other + pictures[place:]))) == [(0, 30 + length)]
    white = [np.full(SIZE, 255, np.uint8)] * length
    assert spans(find_shots(Frames(pictures[:place] + white + pictures[place:]))) == [(0, 30 + length)]


def test_single_odd_frames_belong_to_a_neighbour():
    pictures = moving("coffee", 20) + moving("moon", 1) + moving("camera", 20)
    shots = spans(find_shots(Frames(pictures)))
    assert shots in ([(0, 20), (20, 41)], [(0, 21), (21, 41)])


def test_one_shot_without_cuts():
    assert spans(find_shots(Frames(moving("chelsea", 25)))) == [(0, 25)]
    assert spans(find_shots(Frames(moving("chelsea", 1)))) == [(0, 1)]
    assert spans(find_shots(Frames([np.zeros(SIZE, np.uint8)] * 10))) == [(0, 10)]
    assert spans(find_shots(Frames(moving("chelsea", 10) + moving("moon", 1)))) == [(0, 11)]


def test_deep_frames_and_bars():
    pictures, shots = joined()
    assert spans(find_shots(Frames([picture.astype(np.uint16) * 4 for picture in pictures], bits=10))) == shots
    barred = [np.pad(picture, ((40, 40), (0, 0))) for picture in pictures]
    assert spans(find_shots(Frames(barred, bars=Window(40, 160, 0, 160)))) == shots


def test_frames_smaller_than_the_cells():
    dark, light = np.zeros((9, 7), np.uint8), np.zeros((9, 7), np.uint8)
    dark[:4], light[:, 4:] = 200, 200
    assert spans(find_shots(Frames([dark] * 6 + [light] * 5))) == [(0, 6), (6, 11)]


def test_shots_of_a_film_file(tmp_path):
    shots = ["mandelbrot=size=96x64:rate=25", "testsrc2=size=96x64:rate=25", "rgbtestsrc=size=96x64:rate=25"]
    inputs = [word for shot in shots for word in ("-f", "lavfi", "-t", "1", "-i", shot)]
    options = ["-filter_complex", "concat=n=3", "-c:v", "libx264", "-pix_fmt", "yuv420p"]
    film_clips.run_ffmpeg(*inputs, *options, tmp_path / "joined.mkv")
    assert spans(find_shots(FilmFile(tmp_path / "joined.mkv"))) == [(0, 25), (25, 50), (50, 75)]


@pytest.mark.parametrize("threshold", [0, -1, 1, float("nan")])
def test_thresholds_have_a_range(threshold):
    with pytest.raises(ArgumentError, match="threshold must be above 0"):
        find_shots(Frames(moving("chelsea", 2)), threshold=threshold)


@pytest.mark.skipif(not (SHARED / "data" / "video").is_dir(), reason="needs the shared clips")
@pytest.mark.parametrize("name", ["bedroom_color", "mountain_color"])
def test_clips_of_one_shot(name):
    film = Sequence(SHARED / "data" / "video" / name, 25)
    assert spans(find_shots(film)) == [(0, film.index.frames)]


def title(lines, size=(360, 480)):
    picture = Image.new("L", size[::-1], 18)
    font = ImageFont.load_default(26)
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((size[1] / 2, size[0] / 2 + 36 * (number - len(lines) / 2)), line, 225, font, anchor="mm")
    return np.asarray(picture)


@pytest.mark.parametrize("lines", [["The End"], ["A Trip to the Moon", "in five parts"], ["He comes too late,"] * 5])
def test_titles(lines, rng):
    grain = [title(lines) + rng.normal(0, 4, (360, 480)) for _ in range(30)]
    titles = [picture.clip(0, 255).astype(np.uint8) for picture in grain]
    scene = [np.kron(picture, np.ones((3, 3), np.uint8)) for picture in moving("coffee", 20)]
    found = find_shots(Frames([*scene, *titles, *scene]))
    assert [(shot.start, shot.stop, shot.kind) for shot in found] == [
        (0, 20, "picture"), (20, 50, "title"), (50, 70, "picture"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", [*NAMES, "hubble_deep_field", "clock", "retina", "cell", "page", "text"])
def test_still_photographs_are_pictures(name):
    picture = getattr(data, name)()
    grey = (picture.mean(axis=2) if picture.ndim == 3 else picture).astype(np.uint8)
    for shown in (grey, grey[50:300, 20:400], grey // 4, np.pad(grey // 3, 60)):
        assert [shot.kind for shot in find_shots(Frames([np.ascontiguousarray(shown)] * 12))] == ["picture"]


def test_black_and_plain_leaders():
    black, white = [np.full(SIZE, 16, np.uint8)] * 20, [np.full(SIZE, 230, np.uint8)] * 15
    scene = moving("coffee", 30)
    found = find_shots(Frames([*white, *black, *scene, *black, *scene, *white, *scene, *white]))
    kinds = [shot.kind for shot in found]
    assert kinds == ["leader", "black", "picture", "black", "picture", "picture", "picture", "leader"]


def test_fades_through_black():
    shares = np.linspace(1, 0, 20)
    one, other = moving("coffee", 40), moving("moon", 40)
    out = [(frame * share).astype(np.uint8) for frame, share in zip(one[20:], shares, strict=True)]
    into = [(frame * share).astype(np.uint8) for frame, share in zip(other[:20], shares[::-1], strict=True)]
    found = find_shots(Frames([*one[:20], *out, *into, *other[20:]]))
    assert len(found) == 2
    assert 36 <= found[0].stop <= 44
    assert 20 <= found[0].rest["into"]["fade"] <= 44
    held = [np.zeros(SIZE, np.uint8)] * 20
    found = find_shots(Frames([*one[:20], *out, *held, *into, *other[20:]]))
    assert [shot.kind for shot in found] == ["picture", "black", "picture"]


@pytest.mark.parametrize("length", [16, 24, 32])
def test_dissolves_between_moving_photographs(length):
    one, other = moving("coins", 80), moving("astronaut", 80)
    shares = (np.arange(length) + 1) / (length + 1)
    mixed = [
        np.rint((1 - share) * first + share * second).astype(np.uint8)
        for share, first, second in zip(shares, one[80 - length :], other, strict=False)
    ]
    found = find_shots(Frames([*one[: 80 - length], *mixed, *other[length:]]))
    assert len(found) == 2
    assert abs(found[0].stop - (80 - length / 2)) <= 4
    assert 0.5 < found[0].rest["into"]["dissolve"] / length < 2
    whole = find_shots(Frames([*one, *one[::-1]]))
    assert spans(whole) == [(0, 160)]


@pytest.mark.parametrize("window", [Window(0, 100, 0, 100), Window(0, 2, 98, 100), Window(40, 42, 3, 90)])
def test_cells_inside_are_some(window):
    rows, columns = cells_inside(window, (100, 100))
    inside = np.zeros(CELLS, bool)
    inside[rows, columns] = True
    assert inside.any()
    for count, axis, first, stop in ((CELLS[0], 1, *window[:2]), (CELLS[1], 0, *window[2:])):
        places = np.flatnonzero(inside.any(axis=axis))
        if len(places) > 1:
            assert first <= 100 / count * places[0]
            assert 100 / count * (places[-1] + 1) <= stop
