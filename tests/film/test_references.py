"""References: pictures that are frames of the film by their names."""

from fractions import Fraction
from types import SimpleNamespace

import av
import numpy as np
import pytest

import huegraft
from huegraft.errors import FilmError
from huegraft.film.film import Film
from huegraft.film.references import check_shapes
from huegraft.windows import Window


def source(size, aspect=1, bars=None):
    reading = SimpleNamespace(bars=bars and Window(*bars))
    return SimpleNamespace(size=size, pixel_aspect=aspect, reading=reading, index=SimpleNamespace(frames=50))


PAL = source((576, 720), Fraction(64, 45))
BARRED = source((300, 400), bars=(30, 270, 0, 400))


@pytest.mark.parametrize(
    ("film", "size"),
    [
        (source((300, 400)), (300, 400)),
        (source((300, 400)), (75, 100)),
        (source((300, 400)), (601, 799)),
        (PAL, (576, 720)),
        (PAL, (576, 1024)),
        (PAL, (1080, 1920)),
        (BARRED, (300, 400)),
        (BARRED, (240, 400)),
        (BARRED, (120, 201)),
    ],
)
def test_a_frame_of_any_size_has_the_shape_of_the_film(tmp_path, film, size):
    huegraft.write_picture(tmp_path / "ref_000040.png", np.full((*size, 3), 0.5, np.float32))
    check_shapes([tmp_path / "ref_000040.png"], film)


@pytest.mark.parametrize(
    ("film", "size", "shapes"),
    [
        (source((300, 400)), (300, 300), "400x300"),
        (source((300, 400)), (300, 412), "400x300"),
        (PAL, (480, 640), "720x576 or 1024x576"),
        (BARRED, (270, 400), "400x300 or 400x240"),
    ],
)
def test_a_picture_of_another_shape_is_no_frame(tmp_path, film, size, shapes):
    for name in ("ref_000040.png", "ref_000050.png", "other.png"):
        huegraft.write_picture(tmp_path / name, np.full((*size, 3), 0.5, np.float32))
    with pytest.raises(FilmError) as raised:
        check_shapes([tmp_path / "ref_000040.png"], film)
    said = f"it is {size[1]}x{size[0]}, which is not the shape of {shapes}. Crop"
    assert said in str(raised.value)
    check_shapes([tmp_path / "ref_000050.png", tmp_path / "other.png"], film)  # the film has no frame 50


def test_a_film_takes_no_frame_of_another_shape(tmp_path):
    with av.open(str(tmp_path / "film.mkv"), "w") as container:
        video = container.add_stream("ffv1", rate=24)
        video.height, video.width, video.pix_fmt = 48, 64, "gray"
        container.mux(video.encode(av.VideoFrame.from_ndarray(np.full((48, 64), 90, np.uint8), "gray")))
        container.mux(video.encode())
    for name in ("ref_000000.png", "wide.png"):
        huegraft.write_picture(tmp_path / name, np.full((48, 96, 3), 0.5, np.float32))
    with Film.open(tmp_path / "film.mkv", tmp_path / "film.huegraft") as film:
        for give in (lambda path: film.use("colorize", [path]), film.add_references):
            with pytest.raises(FilmError, match="is frame 0 of the film by its name, but it is 96x48"):
                give(tmp_path / "ref_000000.png")
        assert film.listed.references == ()
        film.use("colorize", [tmp_path / "wide.png"])
        film.find_shots()
        film.shots[0].keyframes.add(0, tmp_path / "ref_000000.png")  # a keyframe that people name may be any picture
