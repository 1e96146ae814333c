"""Whole films: what goes in, what comes out, and what is made again."""

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest
import tifffile
from typer.testing import CliRunner

import film_clips
import huegraft
from film_long import command, peak_memory, write_long_film
from huegraft.cli.main import app
from huegraft.color import grey_from_srgb
from huegraft.errors import FilmError, HuegraftError
from huegraft.evaluate.package import photograph
from huegraft.film.chroma_track import ChromaTrack
from huegraft.film.film import Film
from huegraft.film.film_settings import check_film_settings
from huegraft.film.output import Output
from huegraft.film.planes_of_frames import planes_of
from huegraft.film.shot_list import ShotList
from huegraft.settings import STAGES, Settings

SIZE = (72, 96)
FRAMES = 16
SMALL = ["--working-pixels", "2000"]


def scene(name, number):
    picture = photograph(name)[::3, ::3]
    return np.ascontiguousarray(picture[10 : 10 + SIZE[0], number : number + SIZE[1]])


def write_film(path, *, grey, codec="ffv1", layout="gray", sound=True):
    """Write a film of two shots, with a tone as its sound."""
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=24)
        video.height, video.width, video.pix_fmt = *SIZE, layout
        audio = container.add_stream("pcm_s16le", rate=8000, layout="mono") if sound else None
        for number in range(FRAMES):
            picture = scene("chelsea" if number < FRAMES // 2 else "coffee", number % (FRAMES // 2))
            shown = grey_from_srgb(picture) if grey else picture
            samples = np.rint(shown * 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(samples[..., 0] if grey else samples, "gray" if grey else "rgb24")
            container.mux(video.encode(frame.reformat(format=layout)))
        if audio is not None:
            tone = (np.sin(np.arange(8000 * FRAMES // 24) / 5) * 9000).astype(np.int16)
            block = av.AudioFrame.from_ndarray(tone[None], "s16", "mono")
            block.sample_rate = 8000
            container.mux(audio.encode(block))
            container.mux(audio.encode())
        container.mux(video.encode())
    return path


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    write_film(folder / "grey.mkv", grey=True)
    write_film(folder / "color.mov", grey=False, codec="prores_ks", layout="yuv422p10le")
    for name in ("chelsea", "coffee", "rocket"):
        huegraft.write_picture(folder / f"{name}.png", np.ascontiguousarray(photograph(name)[::3, ::-3]))
    return folder


def run(*arguments, code=0):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if code == 0 and result.exception is not None:
        raise result.exception
    if code:
        assert isinstance(result.exception, HuegraftError), result.output
        return str(result.exception)
    return result.stdout


def run_json(*arguments):
    return json.loads(run(*arguments, "--json"))


def planes(path):
    """Return the samples of all frames of a film, a list for each plane."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    rows = []
    for frame in frames:
        deep = frame.format.components[0].bits > 8
        rows.append(
            [
                np.frombuffer(plane, np.uint16 if deep else np.uint8).reshape(plane.height, -1)[:, : plane.width].copy()
                for plane in frame.planes
            ]
        )
    return [np.stack(each) for each in zip(*rows, strict=True)]


def colorize(films, folder, *options, output="out.mkv"):
    references = [films / "chelsea.png", films / "coffee.png"]
    arguments = ["colorize", films / "grey.mkv", *references, "-o", folder / output, "--codec", "ffv1"]
    return run_json(*arguments, *SMALL, *options)


def test_a_colourised_film_keeps_luma_and_sound(films, tmp_path):
    facts = colorize(films, tmp_path)
    assert (facts["frames"], facts["shots"], facts["computed"]) == (FRAMES, 2, 2)
    before, after = planes(films / "grey.mkv"), planes(tmp_path / "out.mkv")
    assert np.array_equal(before[0], after[0])
    assert after[1].std() > 2
    assert after[2].std() > 2
    with av.open(str(films / "grey.mkv")) as old, av.open(str(tmp_path / "out.mkv")) as new:
        sounds = [[bytes(packet) for packet in each.demux(audio=0)] for each in (old, new)]
    assert sounds[0] == sounds[1]
    assert any(sounds[0])


def test_colours_are_those_of_the_references(films, tmp_path):
    colorize(films, tmp_path)
    with Film.of_project(tmp_path / "out.huegraft") as film:
        for shot, name in zip(film.listed.shots, ("chelsea", "coffee"), strict=True):
            track = film.track(shot.id)
            assert isinstance(track, ChromaTrack)
            with track:
                assert len(track) == FRAMES // 2
                found = track[3].chroma.mean(axis=(0, 1))
            true = huegraft.color.lab_from_srgb(scene(name, 3).astype(np.float64))[..., 1:].mean(axis=(0, 1))
            hues = [np.degrees(np.arctan2(b, a)) for a, b in (found, true)]
            assert abs(hues[0] - hues[1]) < 15
            assert np.linalg.norm(found) > np.linalg.norm(true) / 2


def test_going_on_computes_nothing_again(films, tmp_path):
    colorize(films, tmp_path)
    first = (tmp_path / "out.mkv").read_bytes()
    project = ["-p", tmp_path / "out.huegraft"]
    arguments = ["colorize", films / "grey.mkv", films / "chelsea.png", "-o", tmp_path / "other.mkv"]
    message = run(*arguments, *project, code=1)
    assert "--resume goes on with it, and --force makes it anew" in message
    (tmp_path / "out.mkv").unlink()
    tracks = {path: path.stat().st_mtime_ns for path in (tmp_path / "out.huegraft").rglob("*") if path.is_file()}
    facts = colorize(films, tmp_path, "--resume")
    assert facts["computed"] == 0
    assert (tmp_path / "out.mkv").read_bytes() == first
    for path, changed in tracks.items():
        assert path.name in ("shots.json", "lock") or path.stat().st_mtime_ns == changed
    assert colorize(films, tmp_path, "--force")["computed"] == 2


def test_the_same_bytes_for_any_number_of_threads(films, tmp_path):
    made = []
    for threads in ("1", "2"):
        folder = tmp_path / threads
        folder.mkdir()
        colorize(films, folder, "--threads", threads)
        tracks = sorted((folder / "out.huegraft" / "tracks").iterdir())
        made.append([path.read_bytes() for path in [*tracks, folder / "out.mkv"]])
        assert len(tracks) == 2
    assert made[0] == made[1]


def test_an_edited_shot_list_recomputes_what_changed(films, tmp_path):
    colorize(films, tmp_path)
    project = tmp_path / "out.huegraft"
    content = json.loads((project / "shots.json").read_text())
    first, second = content["shots"]
    first["keyframes"] = [{"frame": 0, "reference": "r1"}]
    second["mine"] = "kept"
    split = {**first, "id": "s0001b", "in": 4, "out": first["out"], "keyframes": []}
    first["out"] = 4
    content["shots"] = [first, split, second]
    (project / "shots.json").write_text(json.dumps(content))
    assert run_json("film", "color", project)["computed"] == 2
    assert run_json("film", "color", project)["computed"] == 0
    run("film", "render", project, "-o", tmp_path / "edited.mkv", "--codec", "ffv1")
    assert np.array_equal(planes(tmp_path / "edited.mkv")[0], planes(films / "grey.mkv")[0])
    assert json.loads((project / "shots.json").read_text())["shots"][2]["mine"] == "kept"


def test_frames_keep_colours_of_their_own_where_that_is_asked_for(films, tmp_path):
    colorize(films, tmp_path)
    project = tmp_path / "out.huegraft"
    averaged = sorted((project / "tracks").iterdir())
    assert run_json("film", "color", project, "--steady", "none")["computed"] == 2
    own = sorted(set((project / "tracks").iterdir()) - set(averaged))
    assert json.loads((project / "shots.json").read_text())["settings"]["steady"] == "none"
    assert len(own) == 2
    assert {path.read_bytes() for path in own}.isdisjoint(path.read_bytes() for path in averaged)
    assert run_json("film", "color", project, "--steady", "motion")["computed"] == 0


def test_a_setting_goes_back_to_its_default(films, tmp_path):
    colorize(films, tmp_path)
    project = tmp_path / "out.huegraft"

    def settings():
        return json.loads((project / "shots.json").read_text())["settings"]

    before = settings()
    run("film", "color", project, "--tau", "0.02", "--steady", "none", "--shots", "1")
    assert settings() == before | {"tau": 0.02, "steady": "none"}
    assert run_json("film", "color", project, "--default", "tau", "--default", "steady")["computed"] == 0
    assert settings() == before
    run("film", "color", project, "--default", "working-pixels", "--tau", "0.02", "--shots", "1")
    assert settings() == {"preset": "best", "working_pixels": 2**16, "tau": 0.02}
    run("film", "color", project, "--default", "all", "--working-pixels", "2000")
    assert settings() == before
    message = run("film", "color", project, "--default", "tua", code=1)
    assert "unknown setting 'tua'; did you mean tau?" in message


def test_what_a_project_no_longer_needs_is_listed_and_deleted(films, tmp_path):
    colorize(films, tmp_path)
    project = tmp_path / "out.huegraft"
    mine = [project / name for name in ("refs/photo.jpg", "tracks/song.wav", "segments/mine")]
    for path in mine:
        path.write_text("kept")

    def listed(*options):
        return [each["file"] for each in run_json("film", "tidy", project, *options)["files"]]

    used = sorted((project / "tracks").iterdir())
    segments = sorted(path for path in (project / "segments").iterdir() if path not in mine)
    assert listed() == []
    assert listed("--segments") == [path.relative_to(project).as_posix() for path in segments]
    run("film", "color", project, "-r", films / "chelsea.png", "--steady", "none")
    unused = ["refs/coffee.png", *(f"tracks/{path.name}" for path in used if path.suffix == ".mkv")]
    assert listed() == unused
    with Film.of_project(project):
        assert "another process works on" in run("film", "tidy", project, "--force", code=1)
    run("film", "color", project, "--default", "steady", "-r", films / "chelsea.png", "-r", films / "coffee.png")
    assert not set(listed()) & {"refs/coffee.png", *unused[1:]}
    facts = run_json("film", "tidy", project, "--segments", "--force")
    assert facts["deleted"]
    assert facts["bytes"] > 0
    assert listed("--segments") == []
    assert run_json("film", "color", project)["computed"] == 0
    assert all(path.read_text() == "kept" for path in mine)
    run("film", "render", project, "-o", tmp_path / "again.mkv", "--codec", "ffv1")
    assert (tmp_path / "again.mkv").read_bytes() == (tmp_path / "out.mkv").read_bytes()


def test_each_setting_that_film_color_shows_serves_films(films, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = CliRunner().invoke(app, ["film", "color", "--help"]).output
    needed = {"standardize": {"whiten": 0.0}, "min_confidence": {"fallback": "keep"}}
    needed |= {name: {"steady": "none"} for name in ("local_evidence", "local_lightness", "local_radius")}
    for stage in STAGES:
        for name, value in vars(getattr(Settings(), stage)).items():
            settings = needed.get(name, {}) | {name: value}
            served = 0
            for mode in ("colorize", "transfer"):
                with contextlib.suppress(HuegraftError):
                    check_film_settings(ShotList(mode, {}, settings=settings), [name])
                    served += 1
            assert bool(served) == (f"--{name.replace('_', '-')} " in text), name
    assert "[default: 65536]" in text
    run("film", "scan", films / "grey.mkv", "-p", tmp_path / "p")
    assert "finish: for still pictures" in run("film", "color", tmp_path / "p", "--finish", "rgb", code=1)


def test_frames_in_no_shot_stay_grey(films, tmp_path):
    colorize(films, tmp_path)
    project = tmp_path / "out.huegraft"
    content = json.loads((project / "shots.json").read_text())
    content["shots"][0]["in"] = 2
    content["shots"][1]["kind"] = "title"
    (project / "shots.json").write_text(json.dumps(content))
    run("film", "color", project)
    run("film", "render", project, "-o", tmp_path / "part.mkv", "--codec", "ffv1")
    luma, blues, _ = planes(tmp_path / "part.mkv")
    assert (blues[:2] == 128).all()
    assert (blues[8:] == 128).all()
    assert blues[2:8].std() > 2
    assert np.array_equal(luma, planes(films / "grey.mkv")[0])


def test_a_transfer_changes_colours_and_keeps_depth(films, tmp_path):
    output = tmp_path / "graded.mov"
    arguments = ["transfer", films / "color.mov", films / "rocket.png", *SMALL, "--codec", "prores_hq"]
    facts = run_json(*arguments, "-o", output)
    assert facts["computed"] == 2
    before, after = planes(films / "color.mov"), planes(output)
    assert after[0].shape == before[0].shape
    assert after[0].max() > 255
    assert np.abs(after[0].astype(int) - before[0]).mean() > 20
    run(*arguments, "-o", tmp_path / "again.mov")
    assert (tmp_path / "again.mov").read_bytes() == output.read_bytes()


def test_strength_0_leaves_a_film_as_it_is(films, tmp_path):
    run("transfer", films / "color.mov", films / "rocket.png", "-o", tmp_path / "same.mkv", *SMALL, "--strength", "0")
    for old, new in zip(planes(films / "color.mov"), planes(tmp_path / "same.mkv"), strict=True):
        assert np.abs(old.astype(int) - new).max() <= 1


def test_numbered_frames_in_and_out(films, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    for number in range(4):
        like = huegraft.Picture(
            np.rint(grey_from_srgb(scene("chelsea", number)) * 65535).astype(np.uint16),
            texts=(("Title", f"frame {number}"),),
        )
        huegraft.write_picture(tmp_path / "in" / f"f_{number + 40:04}.png", like)
    run("colorize", tmp_path / "in", films / "chelsea.png", "-o", tmp_path / "out" / "%05d.png", *SMALL)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"{number:05}.png" for number in range(40, 44)
    ]
    for number in range(4):
        old = huegraft.read_picture(tmp_path / "in" / f"f_{number + 40:04}.png")
        new = huegraft.read_picture(tmp_path / "out" / f"{number + 40:05}.png")
        assert new.pixels.dtype == np.uint16
        assert ("Title", f"frame {number}") in new.texts
        weights = np.array([0.299, 0.587, 0.114])
        assert np.abs(new.pixels @ weights - old.pixels @ weights).max() <= 0.5 + 1e-6
        assert new.pixels.std(axis=2).mean() > 200
    message = run("colorize", tmp_path / "in", films / "chelsea.png", "-o", tmp_path / "x.mkv", *SMALL, code=1)
    assert "--fps" in message
    run("colorize", tmp_path / "in", films / "chelsea.png", "-o", tmp_path / "y.mkv", *SMALL, "--fps", "25")
    assert len(planes(tmp_path / "y.mkv")[0]) == 4


@pytest.mark.parametrize(("dtype", "mode"), [(np.uint8, "transfer"), (np.uint16, "transfer"), (np.uint16, "colorize")])
def test_alpha_of_numbered_frames_goes_into_a_film(films, tmp_path, dtype, mode):
    (tmp_path / "in").mkdir()
    most, alphas = np.iinfo(dtype).max, []
    for number in range(3):
        shown = scene("chelsea", number)
        pixels = np.rint((shown if mode == "transfer" else grey_from_srgb(shown)) * most).astype(dtype)
        alphas.append((np.linspace(0, 1, SIZE[1]) * np.ones(SIZE) * most).astype(dtype) // (number + 1))
        alpha = None if number == 2 else alphas[number]
        huegraft.write_picture(tmp_path / "in" / f"{number:03}.png", huegraft.Picture(pixels, alpha=alpha))
    alphas[2][:] = most
    arguments = [mode, tmp_path / "in", films / "rocket.png", *SMALL, "--fps", "25"]
    notes = run_json(*arguments, "-o", tmp_path / "out.mkv", "--codec", "ffv1")["notes"]
    assert not any("alpha" in note for note in notes)
    with av.open(str(tmp_path / "out.mkv")) as film:
        frames = list(film.decode(video=0))
    assert all(component.bits == 8 * np.dtype(dtype).itemsize for component in frames[0].format.components)
    for frame, alpha in zip(frames, alphas, strict=True):
        np.testing.assert_array_equal(planes_of(frame).samples[-1], alpha)
    notes = run_json(*arguments, "-o", tmp_path / "out.mp4", "--codec", "x264", "--resume")["notes"]
    assert "x264 holds no alpha here: the alpha of the source is left out" in notes


def test_alpha_that_hides_nothing_is_none(films, tmp_path):
    (tmp_path / "in").mkdir()
    pixels = np.rint(scene("chelsea", 0) * 255).astype(np.uint8)
    picture = huegraft.Picture(pixels, alpha=np.full(SIZE, 255, np.uint8))
    huegraft.write_picture(tmp_path / "in" / "1.png", picture)
    arguments = ["transfer", tmp_path / "in", films / "rocket.png", "-o", tmp_path / "out.mp4", "--fps", "24"]
    assert not any("alpha" in note for note in run_json(*arguments, *SMALL)["notes"])


def write_exr(path, layers):
    """Write an OpenEXR file: half floats of each layer's R, G, B."""
    channels = {}
    for layer, pixels in layers.items():
        for letter, channel in zip("RGB", range(3), strict=True):
            channels[f"{layer}.{letter}" if layer else letter] = np.ascontiguousarray(pixels[..., channel], np.float16)
    OpenEXR.File({"type": OpenEXR.scanlineimage}, channels).write(str(path))


def test_float_frames_are_read_as_the_options_say(films, tmp_path):
    for folder in ("in", "out", "again"):
        (tmp_path / folder).mkdir()
    for number in range(3):
        values = (scene("chelsea", number) * 255).astype(np.float32)
        tifffile.imwrite(tmp_path / "in" / f"{number:03}.tif", values, photometric="rgb")
    arguments = ["transfer", tmp_path / "in", films / "rocket.png", *SMALL, "--strength", "0"]
    message = run(*arguments, "-o", tmp_path / "out" / "%03d.tif", code=1)
    assert "Say --float-range 255" in message
    run(*arguments, "-o", tmp_path / "out" / "%03d.tif", "--float-range", "255")
    for number in range(3):
        pixels = huegraft.read_picture(tmp_path / "out" / f"{number:03}.tif").pixels
        assert pixels.dtype == np.uint16
        assert np.abs(pixels / 65535 - scene("chelsea", number)).max() < 1e-4
    project = tmp_path / "out.huegraft"
    assert json.loads((project / "shots.json").read_text())["source"]["float_range"] == 255
    run("film", "render", project, "-o", tmp_path / "again" / "%03d.tif")
    assert (tmp_path / "again" / "001.tif").read_bytes() == (tmp_path / "out" / "001.tif").read_bytes()
    message = run("film", "scan", tmp_path / "in", "-p", project, "--float-range", "1023", code=1)
    assert "was made with float_range 255" in message
    message = run(*arguments, "-o", tmp_path / "out" / "%03d.png", "--layer", "beauty", code=1)
    assert "--layer would change nothing" in message
    message = run(
        "transfer", films / "color.mov", films / "rocket.png", "-o", tmp_path / "x.mkv", "--layer", "a", code=1
    )
    assert "are for numbered frames" in message


def test_a_layer_of_exr_frames_is_taken_and_the_others_are_kept(films, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    for number in range(2):
        light = huegraft.color.linear_from_srgb(scene("chelsea", number).astype(np.float64))
        write_exr(tmp_path / "in" / f"{number:03}.exr", {"beauty": light, "other": light[::-1]})
    arguments = ["transfer", tmp_path / "in", films / "rocket.png", *SMALL, "-o", tmp_path / "out" / "%03d.exr"]
    run(*arguments, "--layer", "beauty")
    old, new = (huegraft.read_picture(tmp_path / each / "001.exr", layer="other").pixels for each in ("in", "out"))
    np.testing.assert_array_equal(old, new)
    old, new = (huegraft.read_picture(tmp_path / each / "001.exr", layer="beauty").pixels for each in ("in", "out"))
    assert np.abs(old.astype(float) - new).mean() > 0.01


def test_a_range_and_some_shots(films, tmp_path):
    facts = colorize(films, tmp_path, "--range", "2-4")
    assert facts["computed"] == 1
    assert np.array_equal(planes(tmp_path / "out.mkv")[0], planes(films / "grey.mkv")[0][2:5])
    facts = colorize(films, tmp_path, "--shots", "2", "--resume", output="second.mkv")
    project = tmp_path / "out.huegraft"
    run("film", "color", project)
    run("film", "render", project, "-o", tmp_path / "two.mkv", "--shots", "2", "--codec", "ffv1")
    assert np.array_equal(planes(tmp_path / "two.mkv")[0], planes(films / "grey.mkv")[0][8:])


def test_a_dry_run_makes_no_colours(films, tmp_path):
    facts = colorize(films, tmp_path, "--dry-run")
    assert (facts["frames"], facts["rate"], facts["size"], facts["frames_to_compute"]) == (
        FRAMES,
        "24",
        "96x72",
        FRAMES,
    )
    assert (facts["codec"], facts["copied"], facts["lost"]) == ("ffv1", ["audio pcm_s16le"], [])
    assert facts["seconds_of_colors_about"] >= 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["colorize", "{grey}", "{ref}", "-o", "out.mov", "--codec", "ffv1"], r".mov cannot hold ffv1"),
        (["colorize", "{grey}", "{ref}", "-o", "out.png"], "pattern"),
        (["colorize", "{grey}", "{ref}", "-o", "none/out.mkv"], "there is no folder none"),
        (["colorize", "{grey}", "{ref}", "-o", "out.mkv", "--pin", "1,1:2,2"], "--pin is for still pictures"),
        (["colorize", "{grey}", "{ref}", "-o", "out.mkv", "--target-mask", "x.png"], "--target-mask is for still"),
        (["colorize", "{grey}", "{ref}", "-o", "out.mkv", "--native"], "native"),
        (["transfer", "{grey}", "{ref}", "-o", "out.mkv", "--fallback", "global"], "fallback"),
        (["colorize", "{grey}", "{ref}", "-o", "out.mkv", "--range", "9-2"], "--range must be two numbers such as 3-5"),
        (["colorize", "{grey}", "{ref}", "-o", "out.mkv", "--range", "9-99"], "frames 0 to 15"),
        (["colorize", "{grey}", "{ref}", "-o", "out.mkv", "--shots", "7"], "the film has shots 1 to 2"),
        (["colorize", "{grey}", "no.png", "-o", "out.mkv"], "no.png"),
        (["colorize", "no.mkv", "{ref}", "-o", "out.mkv"], "no.mkv"),
        (["transfer", "{grey}", "{ref}", "-o", "out.mkv", "--base", "none"], "base none"),
        (["transfer", "{grey}", "{ref}", "-o", "out.mkv", "--keep", "luma"], "--keep would change nothing"),
        (
            ["transfer", "{grey}", "{ref}", "-o", "out.mkv", "--local-radius", "0.2"],
            "local_radius would change nothing",
        ),
        (
            ["colorize", "{ref}", "{ref}", "-o", "out.png", "--steady", "none"],
            "--steady would change nothing for a still",
        ),
        (["colorize", "{grey}", "{ref}", "-o", "out.mkv", "--preset", "bset"], "unknown preset 'bset'"),
        (["colorize", "{grey}", "{ref}", "-o", "out.mkv", "--contrast", "0.2"], "contrast"),
        (["colorize", "{grey}", "{ref}", "-o", "out.mkv", "--quality", "99"], "quality of x264 is from 0"),
        (["colorize", "{grey}", "{ref}", "-o", "out.mkv", "--shots", "1", "--range", "1-2"], "exclude each other"),
        (["colorize", "{grey}", "{ref}", "-o", "100%_%05d.png"], "pattern of numbered frames"),
        (["colorize", "{grey}", "{ref}", "-o", "out.mkv", "--fps", "24"], "which has its own"),
        (["colorize", "{grey}", "{ref}", "-o", "out.mkv", "--keep", "hue"], "--keep must be luma or lightness"),
        (["colorize", "{grey}", "{ref}", "-o", "%05d.png", "--codec", "x264"], "codec would change nothing"),
        (
            ["colorize", "{ref}", "{ref}", "-o", "out.png", "--codec", "x264"],
            "--codec would change nothing for a still",
        ),
        (["film", "color", "nothing"], "huegraft film scan"),
    ],
)
def test_what_cannot_be_is_said(films, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    names = {"{grey}": films / "grey.mkv", "{ref}": films / "chelsea.png"}
    text = run(*[names.get(each, each) for each in arguments], code=1)
    assert message in text
    assert not list(tmp_path.glob("out.m*"))


def test_a_project_of_another_film(films, tmp_path):
    colorize(films, tmp_path)
    other = write_film(tmp_path / "other.mkv", grey=True, sound=False, codec="mpeg4", layout="yuv420p")
    arguments = ["colorize", other, films / "chelsea.png", "-o", tmp_path / "out.mkv", "--resume", "--force"]
    message = run(*arguments, "-p", tmp_path / "out.huegraft", code=1)
    assert "other" in message


@pytest.mark.parametrize("moment", ["tracks", "segments", "journal.jsonl"])
def test_a_killed_run_goes_on(films, tmp_path, moment):
    """Kill the process as soon as something is there, go on, and get the same bytes."""
    whole = tmp_path / "whole"
    whole.mkdir()
    colorize(films, whole)
    arguments = [
        "colorize",
        films / "grey.mkv",
        films / "chelsea.png",
        films / "coffee.png",
        "-o",
        tmp_path / "out.mkv",
    ]
    command = [sys.executable, "-m", "huegraft", *map(str, arguments), "--codec", "ffv1", *SMALL]
    process = subprocess.Popen(command)  # noqa: S603
    watched = tmp_path / "out.huegraft" / moment
    while process.poll() is None and not (watched.is_file() or (watched.is_dir() and any(watched.iterdir()))):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "out.mkv").exists() or process.returncode == 0
    shutil.rmtree(tmp_path / "none", ignore_errors=True)
    colorize(films, tmp_path, "--resume", *(["--force"] if (tmp_path / "out.mkv").exists() else []))
    assert (tmp_path / "out.mkv").read_bytes() == (whole / "out.mkv").read_bytes()


def test_no_file_stays_open(films, tmp_path):
    handles = Path("/proc/self/fd")
    if not handles.is_dir():
        pytest.skip("needs /proc to count open files")
    before = {str(path.readlink()) for path in handles.iterdir() if path.exists()}
    colorize(films, tmp_path)
    after = {str(path.readlink()) for path in handles.iterdir() if path.exists()}
    assert not {name for name in after - before if str(tmp_path) in name or str(films) in name}


def test_a_dry_run_leaves_a_project_as_it_is(films, tmp_path):
    colorize(films, tmp_path)
    (tmp_path / "out.mkv").unlink()
    project = tmp_path / "out.huegraft"
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert colorize(films, tmp_path, "--dry-run", "--force")["frames_to_compute"] == FRAMES
    assert colorize(films, tmp_path, "--dry-run", "--resume", "--tau", "0.05")["frames_to_compute"] == FRAMES
    assert colorize(films, tmp_path, "--dry-run", "--resume")["frames_to_compute"] == 0
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_force_deletes_what_is_the_projects_own_alone(films, tmp_path):
    colorize(films, tmp_path)
    mine = [tmp_path / "out.huegraft" / name for name in ("mine.txt", "refs/photo.jpg", "tracks/song.wav")]
    for path in mine:
        path.write_text("kept")
    message = run("colorize", films / "grey.mkv", "no.png", "-o", tmp_path / "out.mkv", "--force", code=1)
    assert "no.png" in message
    assert (tmp_path / "out.huegraft" / "shots.json").is_file()
    assert colorize(films, tmp_path, "--force")["computed"] == 2
    assert all(path.read_text() == "kept" for path in mine)


def test_a_command_that_is_refused_changes_no_project(films, tmp_path):
    arguments = ["colorize", films / "grey.mkv", "-o", tmp_path / "out.mkv", "--force"]
    assert "shots 1 to 2" in run(*arguments, films / "chelsea.png", "--shots", "9", code=1)
    assert not list(tmp_path.iterdir())
    colorize(films, tmp_path)
    project = tmp_path / "out.huegraft"
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert "frames 0 to 15" in run(*arguments, films / "chelsea.png", "--range", "50-60", code=1)
    assert "lies in the project that is made anew" in run(*arguments, project / "refs" / "chelsea.png", code=1)
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_colours_of_other_frames_are_not_rendered(films, tmp_path):
    colorize(films, tmp_path)
    project = tmp_path / "out.huegraft"
    content = json.loads((project / "shots.json").read_text())
    content["shots"][0]["out"] = content["shots"][1]["in"] = 7
    (project / "shots.json").write_text(json.dumps(content))
    message = run("film", "render", project, "-o", tmp_path / "other.mkv", "--codec", "ffv1", code=1)
    assert "shots s0001, s0002 are not computed as they stand: huegraft film color" in message
    track = next((project / "tracks").iterdir())
    run("film", "color", project)
    damaged = next(path for path in (project / "tracks").iterdir() if path != track)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    assert run_json("film", "color", project)["computed"] == (damaged.stem in (project / "shots.json").read_text())


def test_a_film_is_not_written_over_itself(films, tmp_path):
    film = shutil.copy(films / "grey.mkv", tmp_path / "film.mkv")
    content = film.read_bytes()
    message = run("colorize", film, films / "chelsea.png", "-o", film, "--force", *SMALL, code=1)
    assert "it is the film itself" in message
    assert film.read_bytes() == content
    for number in range(3):
        huegraft.write_picture(tmp_path / f"{number:03}.png", scene("chelsea", number))
    (tmp_path / "project").mkdir()
    arguments = ["transfer", tmp_path / "%03d.png", films / "rocket.png", "-p", tmp_path / "project", *SMALL]
    message = run(*arguments, "-o", tmp_path / "%03d.png", "--force", code=1)
    assert "these are the frames of the film themselves" in message


def test_what_people_correct_in_the_reading_counts(films, tmp_path):
    run("film", "scan", films / "grey.mkv", "-p", tmp_path / "p")
    content = json.loads((tmp_path / "p" / "shots.json").read_text())
    assert content["reading"]["bars"] is None
    content["reading"] |= {"matrix": "bt709", "bars": [0, 16, 96, 40]}
    (tmp_path / "p" / "shots.json").write_text(json.dumps(content))
    run("film", "color", tmp_path / "p", "-r", films / "chelsea.png", "--mode", "colorize", *SMALL)
    run("film", "render", tmp_path / "p", "-o", tmp_path / "barred.mkv", "--codec", "ffv1")
    _, blues, reds = planes(tmp_path / "barred.mkv")
    for chroma in (blues, reds):
        assert (chroma[:, :16] == 128).all()
        assert (chroma[:, 56:] == 128).all()
        assert chroma[:, 16:56].std() > 1
    with av.open(str(tmp_path / "barred.mkv")) as container:
        assert next(container.decode(video=0)).colorspace == 1
    content["reading"]["bars"] = [0, 0, 97, 40]
    (tmp_path / "p" / "shots.json").write_text(json.dumps(content))
    message = run("film", "color", tmp_path / "p", code=1)
    assert "bars must be null or [x, y, width, height] within 96x72" in message


def test_numbered_frames_get_a_rate_later_and_are_not_written_twice(films, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    for number in range(3):
        huegraft.write_picture(tmp_path / "in" / f"{number:03}.png", grey_from_srgb(scene("chelsea", number)))
    arguments = ["colorize", tmp_path / "in", films / "chelsea.png", *SMALL, "-p", tmp_path / "p"]
    run(*arguments, "-o", tmp_path / "out" / "%03d.png")
    (tmp_path / "out" / "001.png").unlink()
    times = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    run(*arguments, "-o", tmp_path / "out" / "%03d.png", "--resume")
    assert len(list((tmp_path / "out").iterdir())) == 3
    assert all((tmp_path / "out" / name).stat().st_mtime_ns == changed for name, changed in times.items())
    assert run_json(*arguments, "-o", tmp_path / "film.mkv", "--fps", "25", "--resume")["computed"] == 0
    with av.open(str(tmp_path / "film.mkv")) as container:
        assert container.streams.video[0].average_rate == 25
    run("film", "render", tmp_path / "p", "-o", tmp_path / "fast.mkv", "--fps", "50")
    with av.open(str(tmp_path / "fast.mkv")) as container:
        assert container.streams.video[0].average_rate == 50


def test_a_second_process_is_kept_out(films, tmp_path):
    with Film.open(films / "grey.mkv", tmp_path / "p"), pytest.raises(FilmError, match="another process works on"):
        Film.open(films / "grey.mkv", tmp_path / "p")
    Film.open(films / "grey.mkv", tmp_path / "p").close()


def test_a_film_that_moved_is_found_again(films, tmp_path):
    first = shutil.copy(films / "grey.mkv", tmp_path / "first.mkv")
    run("film", "scan", first, "-p", tmp_path / "p")
    second = Path(first).rename(tmp_path / "second.mkv")
    assert "says where it is now" in run("film", "color", tmp_path / "p", "-r", films / "chelsea.png", code=1)
    run("film", "scan", second, "-p", tmp_path / "p")
    assert json.loads((tmp_path / "p" / "shots.json").read_text())["source"]["path"] == str(second)


def test_a_minute_takes_little_memory(tmp_path):
    pytest.importorskip("resource", reason="needs resource to measure memory")
    film = write_long_film(tmp_path / "film.mkv", 60)
    peak = peak_memory(command(film, tmp_path / "out.mkv", "--threads", "2"))
    assert peak < 240


def test_writing_names_the_shot_it_is_at(films, tmp_path):
    told = []
    with Film.open(films / "grey.mkv", tmp_path / "a.huegraft", progress=told.append) as film:
        film.use("colorize", [films / "chelsea.png"], working_pixels=1000)
        film.find_shots()
        film.compute()
        film.write(Output(tmp_path / "out.mkv"))
        film.write(Output(tmp_path / "%03d.png"))
    shots = [each.shot for each in told if each.step == "render" and each.done]
    assert len(shots) == 2 * FRAMES
    for half in (shots[:FRAMES], shots[FRAMES:]):
        assert [half.count(name) for name in ("s0001", "s0002")] == [8, 8]


def test_the_timecode_of_the_first_frame_stands_in_the_project(films, tmp_path):
    film = film_clips.clip(tmp_path, "a.mov", frames=3, options="-c:v libx264 -timecode 01:00:00:00")
    run("film", "scan", film, "-p", tmp_path / "a.huegraft")
    assert json.loads((tmp_path / "a.huegraft" / "shots.json").read_text())["source"]["timecode"] == "01:00:00:00"
    run("film", "scan", films / "grey.mkv", "-p", tmp_path / "b.huegraft")
    assert "timecode" not in json.loads((tmp_path / "b.huegraft" / "shots.json").read_text())["source"]


def test_facts_are_printed_as_plain_lines(films, tmp_path):
    result = CliRunner().invoke(app, ["film", "scan", str(films / "grey.mkv"), "-p", str(tmp_path / "a.huegraft")])
    lines = result.output.splitlines()
    assert "variable: no" in lines
    assert "layout: kind grey, bits 8, subsampling 1 1, alpha no" in lines
    assert any(line.startswith("reading: matrix bt601, range pc") and line.endswith("progressive") for line in lines)
    assert not set("{}[]()'") & set("".join(lines))
    arguments = ["film", "color", str(tmp_path / "a.huegraft"), "-r", str(films / "chelsea.png"), *SMALL]
    assert CliRunner().invoke(app, arguments).exit_code == 0


def test_frames_that_are_not_coloured_are_named(films, tmp_path):
    colorize(films, tmp_path)
    path = tmp_path / "out.huegraft" / "shots.json"
    content = json.loads(path.read_text())
    content["shots"][0]["in"] = 1
    path.write_text(json.dumps(content))
    with Film.of_project(path.parent) as film:
        assert "1 frame is in no shot, and appears grey" in list(film.notes())
    content["shots"][0]["in"] = 2
    content["shots"][1]["kind"] = "title"
    path.write_text(json.dumps(content))
    output = CliRunner().invoke(app, ["film", "color", str(path.parent)]).output
    assert "2 frames are in no shot, and appear grey" in output
    assert "8 frames are in shots of the kind title, and appear grey" in output
    content["mode"] = "transfer"
    path.write_text(json.dumps(content))
    with Film.of_project(path.parent) as film:
        assert "2 frames are in no shot, and appear as they are" in list(film.notes())
