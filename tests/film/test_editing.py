import json

import numpy as np
import pytest

import huegraft
from huegraft.errors import ArgumentError, FilmError, PictureFileError
from huegraft.evaluate.package import photograph

SIZE = (60, 80)


@pytest.fixture
def film(tmp_path):
    picture = photograph("coffee")[::4, ::4]
    for number in range(9):
        frame = (
            np.ascontiguousarray(picture[:60, number : number + 80]) if number < 5 else np.zeros((*SIZE, 3), np.float32)
        )
        huegraft.write_picture(tmp_path / f"{number:03}.png", frame.mean(axis=2, keepdims=True).repeat(3, axis=2))
    huegraft.write_picture(tmp_path / "coffee.png", np.ascontiguousarray(picture[:60, 2:82]))
    with huegraft.Film.open(tmp_path / "%03d.png", tmp_path / "film.huegraft", fps=24) as film:
        film.use("colorize", [tmp_path / "coffee.png"], working_pixels=4800)
        film.find_shots()
        yield film


def saved(film):
    return json.loads(film.project.shot_list.read_text())["shots"]


def test_shots_are_changed_and_saved(film):
    shot = film.shots[0]
    assert film.shots[shot.id].id == shot.id
    assert [each.id for each in film.shots] == [each["id"] for each in saved(film)]
    shot.frames, shot.note, shot.settings = range(1, shot.frames.stop), "dusk", {"vividness": 0.5}
    shot.kind = "title"
    first = saved(film)[0]
    assert (first["in"], first["note"], first["settings"], first["kind"]) == (1, "dusk", {"vividness": 0.5}, "title")
    assert film.compute(shot) == 0  # a title is not coloured


def test_keyframes_are_added_and_removed(film, tmp_path):
    shot = film.shots[0]
    shot.keyframes.add(3, tmp_path / "coffee.png")
    shot.keyframes.add(1, str(tmp_path / "coffee.png"))
    shot.keyframes.add(3, tmp_path / "coffee.png")
    assert [each.frame for each in shot.keyframes] == [1, 3]
    assert [each["frame"] for each in saved(film)[0]["keyframes"]] == [1, 3]
    shot.keyframes.remove(1)
    assert [each.frame for each in shot.keyframes] == [3]
    with pytest.raises(ArgumentError, match="names no keyframe at 1; it names 3"):
        shot.keyframes.remove(1)
    with pytest.raises(FilmError, match="a keyframe at 400"):
        shot.keyframes.add(400, tmp_path / "coffee.png")
    with pytest.raises(PictureFileError):
        shot.keyframes.add(2, tmp_path / "none.png")
    assert [each.frame for each in shot.keyframes] == [3]


def test_what_cannot_be_is_refused_and_changes_nothing(film):
    before = saved(film)
    for name, value in (("frames", range(99)), ("kind", "titel"), ("same_as", "s9"), ("settings", {"tau": -1})):
        with pytest.raises(FilmError):
            setattr(film.shots[0], name, value)
    with pytest.raises(ArgumentError, match="follow one another"):
        film.shots[0].frames = range(0, 4, 2)
    with pytest.raises(FilmError, match="there is no shot s9"):
        film.shots["s9"]
    with pytest.raises(IndexError):
        film.shots[99]
    assert saved(film) == before


def test_from_a_film_to_arrays_and_a_file(film, tmp_path):
    seen = []
    made = film.compute(film.shots[0].id, progress=seen.append)
    assert made == 1
    assert {each.step for each in seen} >= {"references", "colors"}
    with film.track(film.shots[0].id) as track:
        chroma, confidence = track[0]
    assert chroma.shape == (*SIZE, 2)
    assert confidence.shape == SIZE
    film.compute()
    film.render(tmp_path / "out.mkv", codec="ffv1", frames=(0, 3), progress=seen.append)
    assert (tmp_path / "out.mkv").is_file()
    assert seen[-1].step == "render"
    with pytest.raises(FilmError, match="exists"):
        film.render(tmp_path / "out.mkv", codec="ffv1")
    with pytest.raises(ArgumentError, match="codec"):
        film.render(tmp_path / "out2.mkv", codec="none")
    best = film.suggest([tmp_path / "coffee.png"], film.shots[0])
    assert best[film.shots[0].id][0].fit > 0.5


def test_a_closed_film_serves_no_more(film, tmp_path):
    film.close()
    for call in (film.compute, film.find_shots, lambda: film.render(tmp_path / "x.mkv"), lambda: film.use("transfer")):
        with pytest.raises(FilmError, match="is closed; open it again"):
            call()
    with pytest.raises(FilmError, match="is closed"):
        film.shots[0].note = "dusk"


def test_shots_are_found_once_unless_anew_is_asked_for(film):
    film.shots[0].note = "dusk"
    film.find_shots()
    assert film.shots[0].note == "dusk"
    film.find_shots(anew=True)
    assert film.shots[0].note == ""


def test_a_film_without_shots_is_not_computed(tmp_path):
    for number in range(2):
        huegraft.write_picture(tmp_path / f"{number}.png", np.full((*SIZE, 3), number / 2, np.float32))
    opened = huegraft.Film.open(tmp_path / "%d.png", tmp_path / "film.huegraft", fps=24)
    with opened as film, pytest.raises(FilmError, match="has no shots yet"):
        film.compute()


def test_wrong_arguments_are_named(film, tmp_path):
    shot = film.shots[0]
    with pytest.raises(ArgumentError, match="mode"):
        film.use("paint")
    for options in ({"quality": "x"}, {"frames": "0-2"}, {"keep": "none"}):
        with pytest.raises(ArgumentError, match=next(iter(options))):
            film.render(tmp_path / "out.mkv", **options)
    for name, value in (("frames", (0, 5)), ("settings", 3)):
        with pytest.raises(ArgumentError):
            setattr(shot, name, value)
    with pytest.raises(AttributeError):
        shot.knid = "title"
    with pytest.raises(TypeError):
        shot.settings["tau"] = 0.5
    film.use("colorize", tmp_path / "coffee.png")
    film.compute(shot)
    with film.track(shot) as track:
        pass
    with pytest.raises(FilmError, match="is closed"):
        track[0]


def test_a_refused_film_leaves_no_project(tmp_path):
    (tmp_path / "none.mkv").write_bytes(b"no film")
    with pytest.raises(FilmError):
        huegraft.Film.open(tmp_path / "none.mkv", tmp_path / "film.huegraft")
    assert not (tmp_path / "film.huegraft").exists()
