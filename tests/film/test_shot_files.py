import json
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import film_clips
import huegraft
from huegraft.cli.main import app
from huegraft.color import grey_from_srgb
from huegraft.evaluate.package import photograph
from huegraft.film.contact_sheet import ROWS, write_sheet
from huegraft.film.decode import FilmFile
from huegraft.film.shot_files import clock_of
from huegraft.film.shot_list import Shot


def shots(*words):
    return CliRunner().invoke(app, ["film", "shots", *map(str, words)])


def listed(folder):
    content = json.loads((folder / "shots.json").read_text())["shots"]
    return [(shot["id"], shot["in"], shot["out"]) for shot in content]


@pytest.fixture
def film(tmp_path):
    sources = ["mandelbrot=size=96x64:rate=30000/1001", "testsrc2=size=96x64:rate=30000/1001"]
    inputs = [word for source in sources for word in ("-f", "lavfi", "-t", "1", "-i", source)]
    options = ["-filter_complex", "concat=n=2", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-timecode", "00:59:59;10"]
    film_clips.run_ffmpeg(*inputs, *options, tmp_path / "film.mov")
    return tmp_path / "film.mov"


def test_shots_go_out_and_come_back(film, tmp_path):
    project, edl, table = tmp_path / "p", tmp_path / "shots.edl", tmp_path / "shots.csv"
    done = shots(film, "-p", project, "--write", edl, "--json")
    assert done.exit_code == 0, done.output
    assert "001  AX       V     C        00:59:59;10 01:00:00;10 00:59:59;10 01:00:00;10" in edl.read_text()
    before = listed(project)
    assert before == [("s0001", 0, 30), ("s0002", 30, 60)]
    assert shots(film, "-p", project, "--write", table).exit_code == 0
    for file in (edl, table):
        assert shots(film, "-p", project, "--read", file).exit_code == 0
        assert listed(project) == before
    table.write_text("in,out,id\n0,20,\n20,30,\n30,60,s0002\n")
    assert shots(film, "-p", project, "--read", table, "--write", edl, "--force").exit_code == 0
    assert listed(project) == [("s0003", 0, 20), ("s0004", 20, 30), ("s0002", 30, 60)]
    assert edl.read_text().count("* SHOT ID:") == 3


def test_what_cannot_be_is_refused_and_changes_nothing(film, tmp_path):
    project, edl = tmp_path / "p", tmp_path / "shots.edl"
    assert shots(film, "-p", project, "--write", edl).exit_code == 0
    for words, message in [
        (["--write", edl], "exists; choose another file"),
        (["--write", tmp_path / "shots.txt"], "must end in .edl"),
        (["--sheet", tmp_path / "sheet.jpg"], "must end in .png"),
        (["--read", tmp_path / "none.csv"], "cannot read"),
        ([], "lists shots: --force finds them anew"),
    ]:
        done = shots(film, "-p", project, *words)
        assert done.exit_code == 1
        assert message in str(done.exception)
    shot_list = project / "shots.json"
    shot_list.write_text(shot_list.read_text().replace('"note": ""', '"note": "dust"', 1))
    assert "notes of s0001 would be lost" in str(shots(film, "-p", project).exception)
    (tmp_path / "bad.csv").write_text("in,out\n0,90\n")
    assert shots(film, "-p", project, "--read", tmp_path / "bad.csv").exit_code == 1
    assert listed(project) == [("s0001", 0, 30), ("s0002", 30, 60)]


def test_a_varying_rate_has_no_edl(tmp_path):
    film = film_clips.clip(tmp_path, "vfr.mkv")
    done = shots(film, "-p", tmp_path / "p", "--write", tmp_path / "shots.edl")
    assert done.exit_code == 1
    assert "has no constant rate" in str(done.exception)
    assert shots(film, "-p", tmp_path / "p", "--write", tmp_path / "shots.csv").exit_code == 0
    assert (tmp_path / "shots.csv").read_text().splitlines()[1].startswith("s0001,0,")


def test_numbered_frames_need_a_rate_for_an_edl(tmp_path):
    for number in range(4):
        picture = grey_from_srgb(photograph("china")[:64, 2 * number : 2 * number + 96])
        huegraft.write_picture(tmp_path / f"f_{number:03}.png", picture)
    frames = tmp_path / "f_%03d.png"
    assert shots(frames, "-p", tmp_path / "p", "--write", tmp_path / "a.edl").exit_code == 1
    assert shots(frames, "-p", tmp_path / "p", "--fps", "24", "--write", tmp_path / "a.edl").exit_code == 0
    assert "00:00:00:00 00:00:00:04" in (tmp_path / "a.edl").read_text()


def test_contact_sheets_have_pages(film, tmp_path):
    source, told = FilmFile(film), []
    assert clock_of(source).rate == Fraction(30000, 1001)
    many = [Shot(f"s{number:04}", 2 * number, 2 * number + 2) for number in range(ROWS + 1)]
    path = tmp_path / "sheet.png"
    pages = write_sheet(path, many, source, clock_of(source), told=lambda *done: told.append(done))
    assert [page.name for page in pages] == ["sheet_001.png", "sheet_002.png"]
    assert told[-1] == (ROWS + 1, ROWS + 1)
    first, second = (np.asarray(Image.open(page)) for page in pages)
    assert first.shape[1] == second.shape[1]
    assert first.shape[0] > 8 * second.shape[0]
    whole = write_sheet(path, many[:3], source, None, told=lambda *_: None)
    assert whole == [path]
