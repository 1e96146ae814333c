"""The report on a film: what it says, the page, and the frames that it asks for."""

import base64
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import av
import numpy as np
import pytest
from PIL import Image, ImageFilter
from typer.testing import CliRunner

import huegraft
from huegraft.cli.main import app
from huegraft.color import grey_from_srgb
from huegraft.evaluate.package import photograph
from huegraft.film.film import Film
from huegraft.film.lightness import told_shift
from huegraft.film.planes import PlaneFormat
from huegraft.film.reading import Reading
from huegraft.film.report import film_report
from huegraft.film.report_page import Thumbnails, report_page
from huegraft.film.shot_list import Keyframe, Shot
from huegraft.film.shown import written
from huegraft.film.wanted import Sight, best_frame, uses

SIZE, FRAMES = (96, 128), 24
PIXELS = SIZE[0] * SIZE[1]
BLACK, BLURRED = 16, 17


def panned(number):
    """A pan from one photograph to another one, which the second half shows more than half of."""
    parts = [photograph("chelsea")[20:212:2, 20:276:2], photograph("coffee")[100:292:2, 100:356:2]]
    strip = np.concatenate(parts, axis=1)
    left = round(number * (strip.shape[1] - SIZE[1]) / (FRAMES - 1))
    return np.ascontiguousarray(strip[:, left : left + SIZE[1]])


def write_film(path, pictures, *, grey):
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=24)
        video.height, video.width, video.pix_fmt = *SIZE, "gray" if grey else "bgr0"
        container.metadata["timecode"] = "01:00:00:00"
        for shown in pictures:
            samples = np.rint((grey_from_srgb(shown)[..., 0] if grey else shown) * 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(samples, "gray" if grey else "rgb24")
            container.mux(video.encode(frame.reformat(format=video.pix_fmt)))
        container.mux(video.encode())


def spoiled(number):
    """A frame of the pan; one of them is black and one is blurred."""
    picture = panned(number)
    if number == BLACK:
        return np.zeros_like(picture)
    if number == BLURRED:
        image = Image.fromarray(np.rint(picture * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(4))
        return np.asarray(image, np.float32) / 255
    return picture


@pytest.fixture(scope="module")
def pan(tmp_path_factory):
    """The project of a film of one shot, whose second half shows what its only reference does not show."""
    folder = tmp_path_factory.mktemp("pan")
    write_film(folder / "pan.mkv", map(spoiled, range(FRAMES)), grey=True)
    huegraft.write_picture(folder / "ref_000000.png", panned(0))
    with Film.open(folder / "pan.mkv", folder / "pan.huegraft") as film:
        film.use("colorize", [folder / "ref_000000.png"], working_pixels=PIXELS)
        film.listed = replace(film.listed, shots=(Shot("s0001", 0, FRAMES, note="the <pan>"),))
        film.compute()
    return folder


def reported(project, **options):
    with Film.of_project(project) as film:
        return film_report(film, **options)


def test_the_frame_that_shows_what_no_reference_has_is_wanted_and_helps(pan):
    content = reported(pan / "pan.huegraft").content
    (shot,), first = content["shots"], content["wanted"][0]
    assert first["frame"] >= FRAMES // 2
    means = shot["confidence"]["means"]
    assert means[0] > 0.97 > means[FRAMES // 4] > means[FRAMES // 2] > means[-1]  # more and more enters
    assert first["frame"] not in (BLACK, BLURRED)
    assert first["frames"] > FRAMES // 3
    assert first["text"].startswith(f"frame {first['frame']} in s0001: its colours are unsure for about ")
    assert f"ref_{first['frame']:06}.png" in first["steps"][2]
    given = pan / f"ref_{first['frame']:06}.png"
    huegraft.write_picture(given, panned(first["frame"]))
    with Film.open(pan / "pan.mkv", pan / "more.huegraft") as film:
        film.use("colorize", [pan / "ref_000000.png", given], working_pixels=PIXELS)
        film.listed = replace(film.listed, shots=(Shot("s0001", 0, FRAMES),))
        film.compute()
        after = film_report(film).content
    assert after["shots"][0]["confidence"]["mean"] > shot["confidence"]["mean"] + 0.05
    others = [each["frame"] for each in after["wanted"]]
    assert all(abs(other - first["frame"]) > 1 and other > 1 for other in others)
    assert sum(each["gain"] for each in after["wanted"]) < first["gain"] / 2


def test_a_report_says_what_a_shot_was_made_from(pan):
    content = reported(pan / "pan.huegraft").content
    (shot,) = content["shots"]
    assert set(content) == {"schema", "film", "notes", "references", "wanted", "siblings", "shots"}
    assert (shot["in"], shot["out"], shot["kind"], shot["state"]) == (0, FRAMES, "picture", "computed")
    assert (shot["timecode_in"], shot["timecode_out"]) == ("01:00:00:00", "01:00:01:00")
    assert shot["references"] == [{"id": "r1", "why": "keyframe", "frame": 0, "of": "s0001", "used": True}]
    sure = shot["confidence"]
    assert sure["frames"] == list(range(FRAMES))
    assert sure["means"][0] > 0.9 > sure["means"][-1]
    assert 0 < sure["low"] < 1
    assert shot["lightness_shift"]["least"] <= shot["lightness_shift"]["mean"] <= shot["lightness_shift"]["greatest"]
    assert set(shot["lightness_shift"]["colors"]) <= {"red", "orange", "yellow", "green", "cyan", "blue", "magenta"}
    json.dumps(content)


def test_a_shot_with_keyframes_of_its_own_has_to_name_the_reference(pan):
    with Film.open(pan / "pan.mkv", pan / "pan.huegraft", saving=False) as film:
        named = replace(film.listed.shots[0], keyframes=(Keyframe(0, "r1"),))
        film.listed = replace(film.listed, shots=(named,))
        wanted = film_report(film).content["wanted"]
    assert "takes what they name" in wanted[0]["steps"][3]


def test_a_keyframe_that_is_no_picture_of_its_frame_keeps_nothing_from_being_wanted(tmp_path):
    write_film(tmp_path / "still.mkv", [panned(23)] * 6, grey=True)
    huegraft.write_picture(tmp_path / "cat.png", panned(0))
    with Film.open(tmp_path / "still.mkv", tmp_path / "still.huegraft") as film:
        film.use("colorize", [tmp_path / "cat.png"], working_pixels=PIXELS)
        film.listed = replace(film.listed, shots=(Shot("s0001", 0, 6, keyframes=(Keyframe(0, "r1"),)),))
        film.compute()
        (wanted,) = film_report(film).content["wanted"]
    assert wanted["frame"] > 0


def test_nothing_is_computed_or_changed(pan):
    project = pan / "pan.huegraft"
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    with Film.open(pan / "pan.mkv", project, saving=False) as film:
        film.listed = replace(film.listed, shots=(Shot("s0001", 0, 8), Shot("s0003", 16, FRAMES, kind="title")))
        report = film_report(film, drawn=Thumbnails())
    assert [shot["state"] for shot in report.content["shots"]] == ["not computed", "not coloured"]
    assert report.content["wanted"] == []
    assert [each.colored for each in report.frames["s0001"]] == ["", "", ""]
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before
    assert "not computed as it stands" in report_page(report)


def test_a_shot_that_is_the_same_as_another_takes_part_in_what_is_wanted(tmp_path):
    write_film(tmp_path / "twice.mkv", [panned(23 - number // 6) for number in range(12)], grey=True)
    huegraft.write_picture(tmp_path / "ref.png", panned(0))
    with Film.open(tmp_path / "twice.mkv", tmp_path / "twice.huegraft") as film:
        film.use("colorize", [tmp_path / "ref.png"], working_pixels=PIXELS)
        shots = Shot("s0001", 0, 6), Shot("s0002", 6, 12, same_as="s0001", settings={"tau": 0.02})
        film.listed = replace(film.listed, shots=shots)
        film.compute()
        content = film_report(film).content
        second = content["shots"][1]
        assert second["references"][0]["of"] == "s0001"
        assert second["references"][0]["why"] == "ranking"
        assert second["settings"] == {"tau": 0.02}
        assert content["shots"][0]["notes"] == list(film.notes_on_references())
        assert [(each["shot"], each["frames"]) for each in content["wanted"]] == [("s0001", 12)]
        assert "in the place of r1" in content["wanted"][0]["steps"][3]


def test_a_transfer_asks_where_its_knots_are_unsure(tmp_path):
    pictures = [panned(23 if number < 9 else 0) for number in range(18)]
    write_film(tmp_path / "color.mkv", pictures, grey=False)
    huegraft.write_picture(tmp_path / "cat.png", panned(0))
    with Film.open(tmp_path / "color.mkv", tmp_path / "color.huegraft") as film:
        film.use("transfer", [tmp_path / "cat.png"], working_pixels=PIXELS)
        film.listed = replace(film.listed, shots=(Shot("s0001", 0, 9), Shot("s0002", 9, 18)))
        film.compute()
        report = film_report(film, drawn=Thumbnails())
    unsure, sure = report.content["shots"]
    assert unsure["confidence"]["frames"] == [0, 4, 8]
    assert unsure["confidence"]["low"] is None
    assert unsure["lightness_shift"] is None
    assert unsure["confidence"]["mean"] < sure["confidence"]["mean"]
    assert {each["shot"] for each in report.content["wanted"]} <= {"s0001"}
    assert all(each.colored for each in report.frames["s0001"])


LOOKS = np.repeat(np.arange(4.0)[:, None], 6, axis=1)  # four things, none of which looks like another one


def sight(number, doubt, *, usable=True):
    return Sight(number, 1.0, np.array(doubt, float), LOOKS, usable)


def test_the_thing_that_is_seen_longest_is_wanted():
    long_seen = [sight(number, [0.5, 0, 0, 0]) for number in range(10)]
    large = [sight(number, [0, 0.5, 0.5, 0]) for number in range(10, 14)]
    own = [*long_seen, *large]
    best = best_frame("s", own, own, [])
    assert best.frame < 10
    assert (best.frames, best.share, best.gain) == (10, 0.25, pytest.approx(10 * 0.125))
    assert best_frame("s", own, own, [0, 9]).frame in range(1, 9)  # keyframes keep it from none of its frames
    assert best_frame("s", own, own, list(range(10))).frame >= 10
    spoiled = [*(sight(number, [0.5, 0, 0, 0], usable=False) for number in range(10)), *large]
    assert best_frame("s", spoiled, spoiled, []).frame >= 10
    sure = [sight(number, [0, 0, 0, 0]) for number in range(3)]
    assert best_frame("s", sure, sure, []) is None


def test_a_frame_uses_a_reference_that_no_keyframe_parts_from_it():
    assert uses(5, 8, [])
    assert uses(5, 8, [3, 9])
    assert not uses(5, 8, [7])
    assert not uses(7, 8, [7])
    assert uses(8, 8, [7, 9])


def test_the_change_of_lightness_is_told_by_colors():
    hues = np.array([-1] * 900 + [0] * 99 + [5])
    shift = np.array([0.0] * 900 + [3.0] * 99 + [9.0])
    told = told_shift([(shift, hues), (shift, hues)])
    assert told == {"mean": 0.31, "least": 0.0, "greatest": 3.0, "colors": {"red": 3.0}}


def test_colors_are_shown_by_the_matrix_of_the_film(pan):
    with Film.open(pan / "pan.mkv", pan / "pan.huegraft", saving=False) as film:
        film.source.reading = Reading("bt709", "tv")
        assert written(film.source) == (PlaneFormat("ycbcr", 8), Reading("bt709", "tv"))


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_needs_no_other_file_and_says_what_its_pictures_show(pan):
    report = reported(pan / "pan.huegraft", drawn=Thumbnails())
    text = report_page(report)
    page = Page(text)
    assert not page.open
    assert not {"script", "link"} & {tag for tag, _ in page.tags}
    assert "http" not in text
    named = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(named) == len(set(named))
    for tag, attributes in page.tags:
        if tag in ("img", "image"):
            data = attributes.get("src") or attributes["href"]
            assert data.startswith("data:image/webp;base64,")
            assert len(base64.b64decode(data.partition(",")[2])) <= 8000
        if tag == "img":
            assert re.fullmatch(r"Frame \d+ of \w+ (as the film has it|in its new colours)", attributes["alt"])
        if tag in ("a", "use"):
            assert attributes["href"][1:] in named
    assert sum(tag == "img" for tag, _ in page.tags) == 6 + 2 * len(report.content["wanted"])
    assert "the &lt;pan&gt;" in text
    assert "prefers-color-scheme: dark" in text


def test_thumbnails_have_the_shape_that_players_show():
    wide = Thumbnails(pixel_aspect=2)(np.zeros((100, 100, 3), np.float32))
    turned = Thumbnails(rotation=90)(np.zeros((50, 100, 3), np.float32))
    sizes = [Image.open(io.BytesIO(base64.b64decode(each.partition(",")[2]))).size for each in (wide, turned)]
    assert sizes == [(176, 88), (50, 100)]


def test_the_command_writes_the_page_or_prints_json(pan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        return CliRunner().invoke(app, ["film", "report", str(pan / "pan.huegraft"), *arguments])

    assert call().exit_code == 0
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    refused = call()
    assert refused.exit_code != 0
    assert "report.html exists" in str(refused.exception)
    assert call("--force", "--shots", "1-1").exit_code == 0
    printed = call("--json")
    assert printed.exit_code == 0
    assert [shot["id"] for shot in json.loads(printed.stdout)["shots"]] == ["s0001"]
