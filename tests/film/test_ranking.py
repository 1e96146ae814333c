import json
import shutil

import av
import numpy as np
import pytest
from typer.testing import CliRunner

import huegraft
from huegraft.cli.main import app
from huegraft.color import grey_from_srgb, lab_from_srgb
from huegraft.errors import FilmError
from huegraft.evaluate.package import photograph
from huegraft.film import ranking
from huegraft.film.film import Film
from huegraft.film.shot_work import Lender
from huegraft.film.solver import around

SIZE, FRAMES, SCENES = (160, 208), 10, ("chelsea", "coffee", "rocket")
SMALL = {"working_pixels": SIZE[0] * SIZE[1]}


def scene(name, number):
    return np.ascontiguousarray(photograph(name)[20 : 20 + SIZE[0], 10 + 3 * number : 10 + 3 * number + SIZE[1]])


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A film of three scenes in grey and in colour, a coloured frame of each, a stranger and one of other colours."""
    folder = tmp_path_factory.mktemp("films")
    for kind in ("grey", "color"):
        with av.open(str(folder / f"{kind}.mkv"), "w") as container:
            video = container.add_stream("ffv1", rate=24)
            video.height, video.width, video.pix_fmt = *SIZE, "gray" if kind == "grey" else "bgr0"
            for name in SCENES:
                for number in range(FRAMES):
                    shown = scene(name, number)
                    samples = np.rint((grey_from_srgb(shown)[..., 0] if kind == "grey" else shown) * 255)
                    frame = av.VideoFrame.from_ndarray(samples.astype(np.uint8), "gray" if kind == "grey" else "rgb24")
                    container.mux(video.encode(frame.reformat(format=video.pix_fmt)))
            container.mux(video.encode())
    (folder / "stills").mkdir()
    for name in SCENES:
        huegraft.write_picture(folder / "stills" / f"{name}.png", scene(name, 5))
    huegraft.write_picture(folder / "stranger.png", np.ascontiguousarray(photograph("astronaut")[::2, ::2]))
    huegraft.write_picture(folder / "swapped.png", np.ascontiguousarray(scene("chelsea", 5)[..., ::-1]))
    return folder


def computed(films, tmp_path, references, mode="colorize", **settings):
    film = Film.open(films / ("grey.mkv" if mode == "colorize" else "color.mkv"), tmp_path / "film.huegraft")
    film.use(mode, [films / each for each in references], **SMALL, **settings)
    film.find_shots()
    return film, film.compute()


def used_of(film):
    names = {
        each.id: each.path.rsplit("/", 1)[-1].partition(".")[0].partition("-")[0] for each in film.listed.references
    }
    return [[names[name] for name in shot.ranking.used] for shot in film.listed.shots]


@pytest.mark.parametrize("mode", ["colorize", "transfer"])
def test_every_shot_takes_the_picture_of_its_scene(films, tmp_path, mode):
    film, _ = computed(films, tmp_path, [f"stills/{name}.png" for name in ("rocket", "chelsea", "coffee")], mode)
    with film:
        assert used_of(film) == [[name] for name in SCENES]
        assert list(film.notes_on_references()) == []
        if mode == "colorize":
            for shot, name in zip(film.listed.shots, SCENES, strict=True):
                with film.track(shot.id) as track:
                    apart = track[5].chroma - lab_from_srgb(scene(name, 5).astype(float))[..., 1:]
                assert np.abs(apart).mean() < 4
    with Film.of_project(tmp_path / "film.huegraft") as again:
        assert again.compute() == 0


def test_strangers_and_disagreement_are_named(films, tmp_path):
    film, _ = computed(films, tmp_path, ["stranger.png"])
    with film:
        assert any("may show another scene" in note for note in film.notes_on_references())
        film.use("colorize", [films / "stills" / "chelsea.png", films / "swapped.png"])
        film.compute()
        notes = [note for note in film.notes_on_references() if "other colours" in note]
        assert notes[0].startswith("shot s0001:")
        assert len(film.listed.shots[0].ranking.used) == 1


def test_a_named_frame_is_the_keyframe_of_its_shot(films, tmp_path):
    (tmp_path / "ref_000013.png").write_bytes((films / "stills" / "coffee.png").read_bytes())
    film, made = computed(films, tmp_path, [tmp_path / "ref_000013.png", "stills/chelsea.png"])
    with film:
        assert made == 3
        _, second, third = film.listed.shots
        assert [each.frame for each in film.listed.keyframes_of(second)] == [13]
        assert second.ranking is None
        assert third.ranking is not None


def test_a_shot_that_is_the_same_as_another_takes_its_references_and_grade(films, tmp_path):
    film, _ = computed(films, tmp_path, [f"stills/{name}.png" for name in SCENES], "transfer")
    with film:
        alone, path = film.track("s0003"), film.project.shot_list
    content = json.loads(path.read_text())
    content["shots"][0]["settings"] = {"lightness": 0.5}
    for number in (1, 2):
        content["shots"][number]["same_as"] = "s0001"
    path.write_text(json.dumps(content))
    with Film.of_project(tmp_path / "film.huegraft") as film:
        assert film.compute() == 3  # the first shot for its setting, and the others
        assert film.listed.settings_of(film.listed.shot("s0003")).grade.lightness == 0.5
        mine, other = film.track("s0003"), film.track("s0002")
        np.testing.assert_allclose(mine[0].matrix, other[0].matrix, atol=1e-6)  # the base map of s0001's first frame
        assert np.abs(mine[0].matrix - alone[0].matrix).max() > 0.01


def test_the_references_around_a_frame():
    lenders = [Lender("all"), *(Lender(f"{frame}", frame) for frame in (3, 10, 20))]
    assert [each.path for each in around(lenders, 5)] == ["all", "3", "10"]
    assert [each.path for each in around(lenders, 10)] == ["all", "10"]
    assert [each.path for each in around(lenders, 30)] == ["all", "20"]
    assert [each.path for each in around(lenders, 0)] == ["all", "3"]


def test_pictures_of_a_folder_are_ranked_for_each_shot(films, tmp_path, monkeypatch):
    film, _ = computed(films, tmp_path, ["stranger.png"])
    film.close()
    stills = tmp_path / "stills"
    shutil.copytree(films / "stills", stills)
    (stills / "empty.png").write_bytes(b"")
    (stills / "half.png").write_bytes((stills / "coffee.png").read_bytes()[:3000])
    read = []
    monkeypatch.setattr(ranking, "read_picture", lambda path: read.append(path) or huegraft.read_picture(path))
    result = CliRunner().invoke(
        app, ["film", "suggest", str(tmp_path / "film.huegraft"), str(stills), "--top", "1", "--json"]
    )
    assert result.exit_code == 0, result.output
    assert sorted(read) == sorted(stills.iterdir())  # each once
    assert result.stderr.count("left out") == 2
    found = json.loads(result.stdout)
    assert [best["picture"] for (best,) in found.values()] == [str(stills / f"{name}.png") for name in SCENES]
    assert list(found) == ["s0001", "s0002", "s0003"]
    for name in SCENES:
        (stills / f"{name}.png").unlink()
    with Film.of_project(tmp_path / "film.huegraft") as film:
        with pytest.raises(FilmError, match="none of the pictures can be read"):
            film.suggest(stills.iterdir(), left_out=read.append)
        with pytest.raises(huegraft.errors.PictureFileError, match=r"empty\.png is empty"):
            film.suggest(stills / "empty.png")


def edited(change):
    """Return a function that changes the shots of a list as a person does in the file."""

    def edit(path):
        content = json.loads(path.read_text())
        content["shots"] = change(content["shots"])
        path.write_text(json.dumps(content))

    return edit


@pytest.mark.parametrize(
    ("change", "computed_again"),
    [
        (lambda shots: [shots[0], {**shots[1], "out": 30}], 1),  # merged
        (lambda shots: [{**shots[0], "out": 4}, {"id": "new", "in": 4, "out": 10}, *shots[1:]], 2),  # split
        (lambda shots: [{**shots[0], "out": 9}, {**shots[1], "in": 9}, shots[2]], 2),  # nudged
        (lambda shots: [shots[0], {**shots[1], "kind": "title"}, shots[2]], 0),  # skipped
        (lambda shots: [{**shot, "mine": 1, "note": "dusk"} for shot in shots], 0),  # unknown keys and remarks
        (lambda shots: [{**shots[0], "settings": {"vividness": 0.5}}, *shots[1:]], 1),
    ],
)
def test_an_edited_list_recomputes_what_changed_alone(films, tmp_path, change, computed_again):
    film, made = computed(films, tmp_path, [f"stills/{name}.png" for name in SCENES])
    film.close()
    assert made == 3
    edited(change)(tmp_path / "film.huegraft" / "shots.json")
    with Film.of_project(tmp_path / "film.huegraft") as again:
        assert again.compute() == computed_again
        assert again.compute() == 0
        again.render(tmp_path / "out.mkv", codec="ffv1")
