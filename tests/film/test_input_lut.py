"""Films behind a LUT: they are worked on as if they were the pictures that the LUT makes of them."""

import json

import av
import numpy as np
import pytest
from typer.testing import CliRunner

import huegraft
from huegraft.cli.main import app
from huegraft.encodings import SRGB
from huegraft.errors import FilmError
from huegraft.evaluate.package import photograph
from huegraft.film.film import Film
from huegraft.film.input_lut import InputLut

FRAMES, SMALL = 3, ["--working-pixels", "1500"]
CURVES = "LUT_1D_SIZE 1025\n" + "".join(3 * f"{(node / 1024) ** 2:.9f} " + "\n" for node in range(1025))


def scene(number, *, grey=False):
    picture = photograph("chelsea")[10:58, number : number + 64]
    codes = np.rint(picture.astype(np.float64) * 1023).astype(np.uint16)
    return np.repeat(codes[..., 1:2], 3, axis=2) if grey else codes


def write_log_film(path, *, grey=False):
    """Write a film of 10 bits that is tagged as a logarithm."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=24)
        video.height, video.width, video.pix_fmt = 48, 64, "gbrp10le"
        video.color_trc = 9
        for number in range(FRAMES):
            frame = av.VideoFrame(64, 48, "gbrp10le")
            for plane, channel in enumerate((1, 2, 0)):
                frame.planes[plane].update(np.ascontiguousarray(scene(number, grey=grey)[..., channel]).tobytes())
            frame.color_trc = 9
            container.mux(video.encode(frame))
        container.mux(video.encode())
    return path


def squared(codes, most=1023):
    """Return the codes that the LUT gives: the square, linear between its nodes."""
    nodes = np.linspace(0, 1, 1025)
    return np.rint(np.interp(codes / most, nodes, nodes**2) * most)


def samples(path):
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(channel_last=True) for frame in container.decode(video=0)])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_log_film(tmp_path / "log.mkv")
    (tmp_path / "log.cube").write_text(CURVES)
    huegraft.write_picture("ref.png", photograph("coffee")[::4, ::4])
    return tmp_path


def run(*arguments):
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    if result.exception is not None and result.exit_code:
        raise result.exception
    return result


def test_a_film_is_seen_through_the_lut(folder):
    with pytest.raises(FilmError, match=r"tagged as a logarithm.*--input-lut FILE\.cube"):
        Film.open("log.mkv", "a.huegraft")
    with Film.open("log.mkv", "a.huegraft", input_lut="log.cube") as film:
        assert (film.source.format.kind, film.source.format.bits, film.source.reading.matrix) == ("rgb", 10, "rgb")
        for number, planes in enumerate(film.source.frames(0, FRAMES)):
            assert np.abs(np.stack(planes.samples, axis=2) - squared(scene(number))).max() <= 1
        assert any("log.cube: its output is BT.709" in note for note in film.notes())
        alike = film.source.shared(1)
        assert [int(each.samples[0].sum()) for each in alike.frames(1, 3)] == [
            int(each.samples[0].sum()) for each in film.source.frames(1, 3)
        ]


def test_a_transfer_begins_at_what_the_lut_gives_and_is_tagged_as_bt709(folder):
    facts = json.loads(
        run("transfer", "log.mkv", "ref.png", "-o", "out.mkv", "--input-lut", "log.cube", *SMALL, "--strength", "0",
            "--json").stdout
    )  # fmt: skip
    assert facts["frames"] == FRAMES
    for number, frame in enumerate(samples("out.mkv")):
        assert np.abs(frame - squared(scene(number))).max() <= 2
    run("film", "render", "out.huegraft", "-o", "out.mp4", "--codec", "x264")
    with av.open("out.mp4") as written:
        frame = next(written.decode(video=0))
        assert (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range) == (1, 1, 1, 1)


def test_a_colourisation_keeps_the_luma_that_the_lut_gives(folder):
    write_log_film(folder / "grey.mkv", grey=True)
    run("colorize", "grey.mkv", "ref.png", "-o", "out.mkv", "--input-lut", "log.cube", *SMALL)
    weights = np.array([0.299, 0.587, 0.114])
    for number, frame in enumerate(samples("out.mkv")):
        assert np.abs(frame @ weights - squared(scene(number, grey=True))[..., 0]).max() <= 1
        assert frame.std(axis=2).mean() > 2


def test_the_project_remembers_the_lut_and_another_one_computes_anew(folder):
    run("transfer", "log.mkv", "ref.png", "-o", "out.mkv", "--input-lut", "log.cube", *SMALL)
    source = json.loads((folder / "out.huegraft" / "shots.json").read_text())["source"]
    assert source["input_lut"] == str(folder / "log.cube")

    def computed():
        return json.loads(run("film", "color", "out.huegraft", "--json").stdout)["computed"]

    assert computed() == 0
    (folder / "log.cube").write_text(CURVES.replace("1.000000000", "0.950000000"))
    assert computed() == 1
    (folder / "log.cube").write_text(CURVES)
    assert computed() == 0
    (folder / "log.cube").unlink()
    with pytest.raises(huegraft.errors.LutFileError, match=r"log\.cube, which is not there; huegraft film scan"):
        computed()
    (folder / "moved.cube").write_text(CURVES)
    run("film", "scan", "log.mkv", "-p", "out.huegraft", "--input-lut", "moved.cube")
    assert computed() == 0


def test_a_lut_is_taken_off(folder):
    (folder / "in").mkdir()
    for number in range(2):
        huegraft.write_picture(f"in/{number:03}.png", scene(number, grey=True) * 60)
    for given, kind in (("none", "grey"), ("log.cube", "rgb"), (None, "rgb"), ("none", "grey"), (None, "grey")):
        with Film.open("in", "a.huegraft", fps=24, input_lut=given) as film:
            assert film.source.format.kind == kind
            assert (film.listed.source.get("input_lut") is None) == (kind == "grey")
    run("film", "scan", "log.mkv", "-p", "b.huegraft", "--input-lut", "log.cube")
    (folder / "log.cube").unlink()
    with pytest.raises(FilmError, match="tagged as a logarithm"):
        run("film", "scan", "log.mkv", "-p", "b.huegraft", "--input-lut", "none")


def test_numbered_frames_come_through_the_lut_by_their_codes(folder):
    (folder / "in").mkdir()
    for number in range(FRAMES):
        pixels = (scene(number).astype(np.uint32) * 65535 // 1023).astype(np.uint16)
        pq = huegraft.Picture(pixels, huegraft.broadcast.BroadcastEncoding(9, 16))
        huegraft.write_picture(f"in/{number:03}.png", pq)
    (folder / "out").mkdir()
    run("transfer", "in", "ref.png", "-o", "out/%03d.png", "--input-lut", "log.cube", *SMALL, "--strength", "0")
    for number in range(FRAMES):
        old, new = (huegraft.read_picture(f"{each}/{number:03}.png") for each in ("in", "out"))
        assert new.encoding == SRGB
        assert np.abs(new.pixels - squared(old.pixels, 65535)).max() <= 2


def test_tables_of_both_kinds_see_the_same(tmp_path, rng):
    (tmp_path / "curves.cube").write_text("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n")
    huegraft.write_lut(
        tmp_path / "cube.cube",
        huegraft.Lut(np.stack(np.meshgrid([0.0, 1], [0.0, 1], [0.0, 1], indexing="ij"), axis=-1)),
    )
    rgb = rng.uniform(-0.1, 1.1, (9, 11, 3)).astype(np.float32)
    for name in ("curves.cube", "cube.cube"):
        planes = InputLut.read(tmp_path / name).planes(rgb, 10)
        np.testing.assert_array_equal(np.stack(planes, axis=2), np.rint(rgb.clip(0, 1) * np.float32(1023)))


def test_a_lut_is_for_films(folder):
    with pytest.raises(huegraft.errors.ArgumentError, match="--input-lut would change nothing for a still picture"):
        run("transfer", "ref.png", "ref.png", "-o", "out.png", "--input-lut", "log.cube")
