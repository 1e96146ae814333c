import subprocess

import numpy as np
import pytest

import hostile_deep
from huegraft import read_picture, write_picture
from huegraft.encodings import ProfileEncoding
from huegraft.errors import PictureFileError
from huegraft.io import apart
from huegraft.io.content import Content


@pytest.fixture
def ramp():
    """The colours of tests/data/ramp.heic before they were encoded."""
    y, x = np.mgrid[0:24, 0:36]
    return np.stack([x / 35, y / 23, (x + y) / 58], axis=-1)


def test_ten_bits_upright_with_what_goes_with_them(ramp):
    picture = read_picture(hostile_deep.DATA / "ramp.heic")
    assert picture.notes == ()
    assert picture.pixels.dtype == np.uint16
    assert picture.orientation == 6
    np.testing.assert_allclose(picture.pixels / 65535, np.rot90(ramp, -1), atol=0.012)
    assert len(np.unique(picture.pixels)) > 400
    assert isinstance(picture.encoding, ProfileEncoding)
    assert b"Brownie" in picture.exif
    assert b'tiff:Orientation="1"' in picture.xmp


def test_alpha(ramp):
    picture = read_picture(hostile_deep.DATA / "alpha.heic")
    np.testing.assert_allclose(picture.pixels / 255, ramp, atol=0.03)
    np.testing.assert_allclose(picture.alpha[0] / 255, ramp[0, :, 0], atol=0.01)


def test_it_goes_on_into_other_formats(tmp_path):
    picture = read_picture(hostile_deep.DATA / "ramp.heic")
    assert write_picture(tmp_path / "a.png", picture) == ()
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels, picture.pixels)


@pytest.mark.parametrize("ending", ["heic", "dng"])
def test_a_missing_extra_is_named(tmp_path, monkeypatch, ending):
    (tmp_path / f"a.{ending}").write_bytes(hostile_deep.good_file(ending))
    monkeypatch.setattr(apart, "find_spec", lambda name: None)
    with pytest.raises(PictureFileError, match=r'pip install "huegraft\[formats\]"'):
        read_picture(tmp_path / f"a.{ending}")


def test_a_decoder_that_crashes_or_hangs_is_an_error(tmp_path, monkeypatch):
    path = tmp_path / "a.heic"
    path.write_bytes(hostile_deep.heic())
    monkeypatch.setattr(apart, "_LONGEST_SECONDS", 0.01)
    with pytest.raises(PictureFileError, match=r"did not end in 0\.01 s"):
        read_picture(path)
    monkeypatch.setattr(apart.sys, "executable", "/bin/false")
    monkeypatch.setattr(apart, "_LONGEST_SECONDS", 60)
    with pytest.raises(PictureFileError, match="its decoder crashed on it"):
        read_picture(path)


def test_what_a_process_of_its_own_finds_comes_back_whole():
    content = Content(
        np.ones((2, 3, 3), np.uint16), np.zeros((2, 3), np.uint16), coding=(9, 16), exif=b"e", notes=["n"]
    )
    back = apart._unpacked(apart._packed(content))
    assert (back.coding, back.exif, back.xmp, back.notes, back.turned) == ((9, 16), b"e", None, ["n"], True)
    np.testing.assert_array_equal(back.samples, content.samples)


def test_a_kind_that_is_not_read_stays_one_from_a_process_of_its_own(tmp_path, monkeypatch):
    done = subprocess.CompletedProcess([], 0, b'unsupported: ["it is odd", "PNG"]')
    monkeypatch.setattr(apart.subprocess, "run", lambda *_, **__: done)
    (tmp_path / "a.heic").write_bytes(hostile_deep.heic())
    with pytest.raises(PictureFileError, match=r"a\.heic is not supported: it is odd; convert it to PNG"):
        read_picture(tmp_path / "a.heic")
