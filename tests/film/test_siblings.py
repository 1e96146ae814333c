"""Shots that show one scene: how they are found, what they share, and where they do not agree."""

import json
from dataclasses import replace

import av
import numpy as np
import pytest
from typer.testing import CliRunner

import huegraft
from huegraft.cli.main import app
from huegraft.color import grey_from_srgb, lab_from_srgb
from huegraft.compiled.color import lab_picture, srgb_picture_from_lab
from huegraft.errors import FilmError
from huegraft.evaluate.package import photograph
from huegraft.film.choices import Choices
from huegraft.film.film import Film
from huegraft.film.report import film_report
from huegraft.film.report_page import Thumbnails, report_page
from huegraft.film.shot_list import Keyframe, Reference, Shot, ShotList
from huegraft.film.shot_list_file import load_shot_list
from huegraft.film.siblings import apart
from huegraft.session import Session

SIZE, FRAMES = (160, 208), 8
CUT = (("chelsea", 0), ("coffee", 0), ("chelsea", 3), ("coffee", 3), ("chelsea", 6), ("rocket", 0))
SMALL = {"working_pixels": SIZE[0] * SIZE[1]}
SCENES = {"s0001": ["s0001", "s0003", "s0005"], "s0002": ["s0002", "s0004"]}


def scene(name, number):
    return np.ascontiguousarray(photograph(name)[20 : 20 + SIZE[0], 10 + 3 * number : 10 + 3 * number + SIZE[1]])


def swapped(name, number):
    return np.ascontiguousarray(scene(name, number)[..., ::-1])


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A film that cuts back and forth between two scenes and ends with another one, and some pictures."""
    folder = tmp_path_factory.mktemp("films")
    for kind in ("grey", "color"):
        with av.open(str(folder / f"{kind}.mkv"), "w") as container:
            video = container.add_stream("ffv1", rate=24)
            video.height, video.width, video.pix_fmt = *SIZE, "gray" if kind == "grey" else "bgr0"
            for name, first in CUT:
                for number in range(first, first + FRAMES):
                    shown = scene(name, number)
                    samples = np.rint((grey_from_srgb(shown)[..., 0] if kind == "grey" else shown) * 255)
                    frame = av.VideoFrame.from_ndarray(samples.astype(np.uint8), "gray" if kind == "grey" else "rgb24")
                    container.mux(video.encode(frame.reformat(format=video.pix_fmt)))
            container.mux(video.encode())
    for name in ("chelsea", "coffee", "rocket"):
        huegraft.write_picture(folder / f"{name}.png", scene(name, 4))
    huegraft.write_picture(folder / "swapped.png", swapped("chelsea", 4))
    return folder


def opened(films, tmp_path, references, mode="colorize", **settings):
    film = Film.open(films / ("grey.mkv" if mode == "colorize" else "color.mkv"), tmp_path / "film.huegraft")
    film.use(mode, [films / f"{each}.png" for each in references], **SMALL, **settings)
    film.find_shots()
    return film


def error_of(film, shot, number):
    """Return how far a* and b* of a frame of a shot of the first scene, counted from 0, are from the truth."""
    with film.track(shot) as track:
        truth = lab_from_srgb(scene("chelsea", {"s0001": 0, "s0003": 3, "s0005": 6}[shot] + number).astype(float))
        return np.abs(track[number].chroma - truth[..., 1:]).mean()


def test_shots_of_one_scene_are_found(films, tmp_path):
    with opened(films, tmp_path, ["rocket"]) as film:
        assert film.listed.scenes() == SCENES
        assert [shot.scene for shot in film.listed.shots] == ["s0001", "s0002"] * 2 + ["s0001", "s0006"]
    result = CliRunner().invoke(
        app, ["film", "shots", str(films / "grey.mkv"), "-p", str(tmp_path / "film.huegraft"), "--force", "--json"]
    )
    assert json.loads(result.stdout)["scenes"] == SCENES


def test_without_siblings_no_scene_is_looked_for(films, tmp_path):
    with opened(films, tmp_path, ["rocket"], siblings="none") as film:
        assert {shot.scene for shot in film.listed.shots} == {None}
        assert film.listed.scenes() == {}


def test_a_shot_takes_the_keyframe_of_its_sibling(films, tmp_path):
    with opened(films, tmp_path, ["swapped", "coffee", "rocket"]) as film:
        film.shots["s0001"].keyframes.add(4, films / "chelsea.png")
        assert film.compute() == 6
        assert all(error_of(film, shot, 2) < 3 for shot in ("s0001", "s0003", "s0005"))
        film.shots["s0005"].settings = {"siblings": "none"}
        assert film.compute() == 1
        assert error_of(film, "s0005", 2) > 10
        film.shots["s0005"].settings = {}
        film.shots["s0001"].keyframes.add(4, films / "rocket.png")
        assert film.compute() == 3  # what a sibling lends counts
        assert error_of(film, "s0003", 2) > 5
        assert film.compute() == 0


def test_siblings_without_keyframes_take_what_the_first_one_takes(films, tmp_path):
    with opened(films, tmp_path, ["chelsea", "swapped", "coffee", "rocket"]) as film:
        film.compute()
        ranked = [shot.id for shot in film.listed.shots if shot.ranking is not None]
        assert ranked == ["s0001", "s0002", "s0006"]
        choices = Choices(film.source, film.project, film.listed)
        lent = [choices.job(film.listed.shot(name)).work.references for name in SCENES["s0001"]]
        assert lent[0] == lent[1] == lent[2]
        assert [note[:11] for note in film.notes_on_references()] == ["shot s0001:"]


def test_siblings_of_a_transfer_begin_with_one_grade(films, tmp_path):
    with opened(films, tmp_path, ["rocket"], "transfer") as film:
        film.compute()
        tracks = [film.track(name) for name in SCENES["s0001"]]
        for each in tracks[1:]:
            np.testing.assert_allclose(each[0].matrix, tracks[0][0].matrix, atol=1e-6)


def test_people_decide_what_a_sibling_is(films, tmp_path):
    opened(films, tmp_path, ["rocket"]).close()
    path = tmp_path / "film.huegraft" / "shots.json"
    content = json.loads(path.read_text())
    content["shots"][0].update(scene="kitchen", mine=1)
    content["shots"][2]["scene"] = ""
    content["shots"][5]["scene"] = "kitchen"
    del content["shots"][4]["scene"]
    path.write_text(json.dumps(content))
    with Film.of_project(tmp_path / "film.huegraft") as film:
        film.compute("s0002")
        found = [shot.scene for shot in film.listed.shots]
        assert found == ["kitchen", "s0002", "", "s0002", "kitchen", "kitchen"]
        assert film.listed.shots[0].rest == {"mine": 1}
        film.shots["s0006"].scene = ""
        assert film.listed.scenes() == {"kitchen": ["s0001", "s0005"], "s0002": ["s0002", "s0004"]}
    content["shots"][0]["scene"] = 3
    path.write_text(json.dumps(content))
    with pytest.raises(FilmError, match='"scene" must be a word or null'):
        load_shot_list(path)


def test_the_nearest_keyframes_of_siblings_count():
    shots = [Shot(f"s{place}", 10 * place, 10 * place + 10, scene="a") for place in range(6)]
    for place in (0, 1, 3, 5):
        shots[place] = replace(shots[place], keyframes=(Keyframe(10 * place + 4, "r"),))
    shots[3] = replace(shots[3], settings={"siblings": "none"})
    listed = ShotList("colorize", {"path": "f", "frames": 60}, (Reference("r", "r.png"),), shots=tuple(shots))
    choices = Choices(None, None, listed)
    assert [key.frame for _, key in choices.basis(shots[2]).keyframes] == [14, 54]
    assert [key.frame for _, key in choices.basis(shots[1]).keyframes] == [14]
    same = replace(shots[4], same_as="s3")
    assert [key.frame for _, key in choices.basis(same).keyframes] == [34]
    assert choices.basis(shots[4]).ranked.id == choices.basis(shots[2]).ranked.id == "s0"


def test_how_far_colours_are_apart():
    one = scene("chelsea", 0)
    lab = lab_picture(one)
    lab[..., 1:] += (-6, 8)
    other = np.ascontiguousarray(srgb_picture_from_lab(lab).clip(0, 1), np.float32)
    with Session(max_bytes=0) as session:
        assert apart(one, one, session) < 1
        assert apart(one, scene("chelsea", 5), session) < 3
        assert 8 < apart(one, other, session) < 11
        assert apart(one, scene("rocket", 0), session) is None


def test_the_report_names_siblings_that_do_not_agree(films, tmp_path):
    with opened(films, tmp_path, ["coffee", "rocket"]) as film:
        film.shots["s0001"].keyframes.add(4, films / "chelsea.png")
        film.shots["s0005"].keyframes.add(36, films / "swapped.png")
        film.shots["s0003"].keyframes.add(20, films / "chelsea.png")
        film.compute()
        report = film_report(film, drawn=Thumbnails())
    siblings = report.content["siblings"]
    assert siblings["scenes"] == SCENES
    assert siblings["compared"] == 3
    (found,) = siblings["disagreeing"]
    assert found["shots"] == ["s0003", "s0005"]
    assert found["apart"] > 20
    assert '"same_as": "s0003"' in found["steps"][0]
    by_id = {shot["id"]: shot for shot in report.content["shots"]}
    assert found["text"] in by_id["s0005"]["notes"]
    assert by_id["s0003"]["scene"] == "s0001"
    page = report_page(report)
    assert "3 pairs of siblings were compared, and 1 of them do not agree" in page
    assert found["text"] in page
    (pair,) = report.disagreeing
    assert [shown.frame for shown in pair] == found["frames"]


def test_the_report_tells_of_keyframes_of_siblings(films, tmp_path):
    with opened(films, tmp_path, ["coffee", "rocket"]) as film:
        film.shots["s0001"].keyframes.add(4, films / "chelsea.png")
        film.compute()
        report = film_report(film)
    by_id = {shot["id"]: shot for shot in report.content["shots"]}
    (used,) = by_id["s0005"]["references"]
    assert (used["why"], used["frame"], used["of"]) == ("sibling", 4, "s0001")
    assert report.content["siblings"]["disagreeing"] == []
    assert "keyframe at frame 4, of s0001" in report_page(report)
