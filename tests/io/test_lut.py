import warnings
from fractions import Fraction

import av
import numpy as np
import pytest

import huegraft
from huegraft.errors import LutError, LutFileError
from huegraft.io.lut import read_lut_or_curves
from huegraft.lut.table import Curves

HEAD = 'TITLE "mine"\nLUT_3D_SIZE 2\n'
ROWS = "0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n"


@pytest.fixture
def lut(rng):
    """A LUT that no two axes of could be mistaken for each other, some values at the ends."""
    nodes = np.stack(np.meshgrid(*[np.linspace(0, 1, 9)] * 3, indexing="ij"), axis=-1)
    table = nodes**1.3 @ [[0.9, 0.1, 0.0], [0.0, 0.8, 0.3], [0.1, 0.0, 0.7]] + rng.normal(0, 0.02, nodes.shape)
    return huegraft.Lut(np.clip(table, 0, 1), "a look")


@pytest.fixture
def picture(rng):
    picture = rng.integers(0, 256, (16, 32, 3), dtype=np.uint8)
    picture[0, :3] = [[0, 0, 0], [255, 255, 255], [255, 0, 128]]
    return picture


def test_round_trip(lut, tmp_path):
    huegraft.write_lut(tmp_path / "look.cube", lut)
    read = huegraft.read_lut(tmp_path / "look.cube")
    assert (read.title, read.domain, read.table.dtype) == (lut.title, lut.domain, np.float32)
    np.testing.assert_allclose(read.table, lut.table, atol=6e-8)
    other = huegraft.Lut(3 * lut.table - 1, domain=((-0.5, 0, 0.25), (1.5, 2, 0.75)))
    huegraft.write_lut(tmp_path / "look.cube", other, replace=True)
    read = huegraft.read_lut(tmp_path / "look.cube")
    assert (read.title, read.domain) == ("", other.domain)
    np.testing.assert_allclose(read.table, other.table, atol=3e-7)


def test_what_is_written(tmp_path):
    table = np.zeros((2, 2, 2, 3), np.float32)
    table[1, 0, 0] = [0.25, 0.5, 1 / 3]
    huegraft.write_lut(tmp_path / "look.cube", huegraft.Lut(table, "é"))
    lines = (tmp_path / "look.cube").read_text(encoding="utf-8").split("\n")
    assert lines[:4] == ['TITLE "é"', "LUT_3D_SIZE 2", "DOMAIN_MIN 0 0 0", "DOMAIN_MAX 1 1 1"]
    assert lines[4:7] == ["0.0000000 0.0000000 0.0000000", "0.2500000 0.5000000 0.3333333", lines[4]]
    assert len(lines) == 4 + 8 + 1


def test_lenient_files_are_read(tmp_path):
    path = tmp_path / "look.cube"
    text = "\ufeff# made by hand\r\n\r\n" + HEAD.replace("\n", "\r\n") + "LUT_3D_INPUT_RANGE 0.0 2.0\r\n#x\r\n"
    path.write_text(text + ROWS.replace("\n", " \r\n\r\n"), encoding="utf-8", newline="")
    lut = huegraft.read_lut(path)
    assert (lut.title, lut.domain) == ("mine", ((0, 0, 0), (2, 2, 2)))
    np.testing.assert_array_equal(lut.table[1, 0, 1], [1, 0, 1])
    path.write_bytes(b"TITLE \xff\xfe\nLUT_3D_SIZE 2\nDOMAIN_MIN -1 0 0\n" + ROWS.replace("1", "+1.0e0").encode())
    assert huegraft.read_lut(path).domain == ((-1, 0, 0), (1, 1, 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no .cube file of a 3-D LUT"),
        (ROWS, "line 1: expected LUT_3D_SIZE before the numbers"),
        ("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n", "line 1: expected a 3-D LUT, got a 1-D one"),
        (HEAD + HEAD, "line 4: LUT_3D_SIZE stands here after another size"),
        ("LUT_3D_SIZE 1\n", "line 1: LUT_3D_SIZE must be from 2 to 129, got '1'"),
        ("LUT_3D_SIZE 130\n", "got '130'"),
        ("LUT_3D_SIZE " + "9" * 5000, "from 2 to 129"),
        ("LUT_3D_SIZE\n", "got ''"),
        ("LUT_3D_SIZE -2\n", "got '-2'"),
        ("LUT_3D_SIZE ²\n", "from 2 to 129"),
        (HEAD + ROWS[:-6], "expected 8 colours for a size of 2, got 7; the end is missing"),
        (HEAD + ROWS + "0 0 0\n", "line 11: expected 8 colours for a size of 2, got more"),
        (HEAD + "0 0\n", "line 3: expected 3 finite numbers, got '0 0'"),
        (HEAD + "0 0 0 0\n", "line 3: expected 3"),
        (HEAD + "0 0 1e999\n", "finite"),
        (HEAD + "0 0 nan\n", "finite"),
        (HEAD + "0 0 1_0\n", "finite"),
        (HEAD + "nan 0 0\n", "line 3: unknown keyword 'nan'"),
        (HEAD + "0 x" + "y" * 5000, "got '0 xy{37}'"),
        ("LUT_OUT_VIDEO_RANGE\n" + HEAD, "line 1: unknown keyword 'LUT_OUT_VIDEO_RANGE'"),
        ("DOMAIN_MAX 0 1 1\n" + HEAD + ROWS, "domain must be two colours, the first below the second"),
        ("DOMAIN_MAX 1\n" + HEAD + ROWS, "line 1: expected 3 finite numbers"),
        ("\0" * 100, "line 1: expected LUT_3D_SIZE"),
    ],
)
def test_damaged_files(tmp_path, text, message):
    path = tmp_path / "look.cube"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LutFileError, match=message) as caught:
        huegraft.read_lut(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 400


def test_files_that_are_none(tmp_path):
    with pytest.raises(LutFileError, match="no LUT file at"):
        huegraft.read_lut(tmp_path / "look.cube")
    with pytest.raises(LutFileError, match="no LUT file at"):
        huegraft.read_lut(tmp_path)
    with (tmp_path / "large.cube").open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(LutFileError, match="too large for a LUT: 1073741824 bytes"):
        huegraft.read_lut(tmp_path / "large.cube")


def test_an_existing_file_is_kept_unless_asked(lut, tmp_path):
    path = tmp_path / "look.cube"
    path.write_text("mine")
    with pytest.raises(LutFileError, match="exists; choose another name"):
        huegraft.write_lut(path, lut)
    assert path.read_text() == "mine"
    huegraft.write_lut(path, lut, replace=True)
    assert huegraft.read_lut(path).size == 9
    with pytest.raises(LutFileError, match="there is no folder"):
        huegraft.write_lut(tmp_path / "nowhere" / "look.cube", lut)
    with pytest.raises(LutError, match=r"written as .cube, got 'look.3dl'"):
        huegraft.write_lut(tmp_path / "look.3dl", lut)
    (tmp_path / "folder.cube").mkdir()
    with pytest.raises(LutFileError, match="it is a folder"):
        huegraft.write_lut(tmp_path / "folder.cube", lut, replace=True)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder.cube", "look.cube"]


def test_ffmpeg_reads_it_alike(lut, picture, tmp_path):
    huegraft.write_lut(tmp_path / "look.cube", lut)
    graph = av.filter.Graph()
    source = graph.add_buffer(width=32, height=16, format="rgb24", time_base=Fraction(1, 25))
    applied = graph.add("lut3d", f"file={tmp_path / 'look.cube'}:interp=trilinear")
    sink = graph.add("buffersink")
    source.link_to(applied)
    applied.link_to(sink)
    graph.configure()
    graph.push(av.VideoFrame.from_ndarray(picture, format="rgb24"))
    theirs = graph.pull().to_ndarray(format="rgb24").astype(int)
    ours = huegraft.apply_lut(lut, picture)
    assert np.abs(theirs - ours).max() <= 1
    assert np.abs(theirs - picture).mean() > 20


def test_colour_science_reads_it_alike(lut, picture, tmp_path):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message='"Matplotlib" related API features are not available')
        import colour
    huegraft.write_lut(tmp_path / "look.cube", lut)
    theirs = colour.read_LUT(str(tmp_path / "look.cube"))
    values = picture.astype(np.float32) / 255
    np.testing.assert_allclose(theirs.apply(values), huegraft.apply_lut(lut, values), atol=2e-6)
    assert theirs.name == "a look"


def test_curves_are_read_where_they_are_asked_for(tmp_path):
    path = tmp_path / "log.cube"
    path.write_text("LUT_1D_SIZE 3\nLUT_1D_INPUT_RANGE -1 1\n0 0 0\n0.25 0.5 0.75\n1 1 1\n")
    curves = read_lut_or_curves(path)
    assert isinstance(curves, Curves)
    assert curves.domain == ((-1, -1, -1), (1, 1, 1))
    np.testing.assert_array_equal(curves.table[1], np.float32([0.25, 0.5, 0.75]))
    path.write_text(HEAD + ROWS)
    assert isinstance(read_lut_or_curves(path), huegraft.Lut)
    path.write_text("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n" + HEAD + ROWS)
    with pytest.raises(LutFileError, match="line 5: LUT_3D_SIZE stands here after another size; expected one table"):
        read_lut_or_curves(path)
